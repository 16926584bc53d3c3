"""Damaged and lost files of the landing are noticed by every ingest and made anew, or said."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from test_ingest_helpers import HEADER, INPUTS, Shop

from scripts.errors import UserError
from scripts.ingest import damaged_files
from scripts.withdraw import withdraw

PROJECT = Path(__file__).resolve().parents[2]
CONTENT = HEADER + "2026-01-01,a,1,2\n2026-01-02,b,1,2\nx\n"


@pytest.fixture
def shop(tmp_path):
    shop = Shop(tmp_path)
    shop.write("sales.csv", CONTENT)
    shop.ingest()
    return shop


def flip(path):
    """Change one byte in the middle."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def truncate(path):
    os.truncate(path, path.stat().st_size // 2)


def empty(path):
    os.truncate(path, 0)


DAMAGES = [flip, truncate, empty, Path.unlink]


def ledger_file(shop):
    (found,) = (shop.warehouse / "landing/ledger").glob("*.json")
    return found


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("which", ["landing_file", "rejects_file"])
def test_a_damaged_landing_file_is_made_anew(shop, caplog, which, damage):
    before = shop.files()
    name = shop.entry()[which]
    assert damaged_files(shop.warehouse) == []
    damage(shop.warehouse / name)
    assert damaged_files(shop.warehouse) == [name]
    summary = shop.ingest()
    assert (summary.read, summary.changed) == (1, True)
    assert "sales.csv: its landing file was" in caplog.text
    assert shop.files() == before
    assert not shop.ingest().changed


@pytest.mark.parametrize("which", ["landing_file", "rejects_file"])
def test_a_damaged_landing_file_without_its_file_is_one_sentence(shop, which):
    before = shop.entries()
    flip(shop.warehouse / shop.entry()[which])
    (shop.folder / "sales.csv").unlink()
    shop.write("sales_2.csv", HEADER + "2026-02-01,a,1,2\n")
    with pytest.raises(UserError, match=r"landing file of sales\.csv .* is damaged") as caught:
        shop.ingest()
    assert "make withdraw FILE=sales.csv" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert shop.entries() == before
    # both ways out
    withdraw(shop.folder, shop.warehouse, "sales.csv")
    assert shop.ingest().read == 1
    withdraw(shop.folder, shop.warehouse, "sales.csv", restore=True)
    shop.write("sales.csv", CONTENT)
    assert shop.ingest().read == 1
    assert damaged_files(shop.warehouse) == []


def test_content_that_was_appended_and_changed_since_is_not_lost_in_silence(tmp_path):
    inputs = INPUTS.replace("sold_on: day", "sale_id: id, sold_on: day") + "  key: [sale_id]\n"
    shop = Shop(tmp_path, inputs + "  update: append\n")
    shop.write("sales.csv", "id," + HEADER + "1,2026-01-01,a,1,2\n")
    shop.ingest()
    first = shop.entry()["landing_file"]
    shop.write("sales.csv", "id," + HEADER + "2,2026-01-01,a,1,2\n")
    shop.ingest()
    truncate(shop.warehouse / first)
    with pytest.raises(UserError, match=r"damaged, and the file itself is gone .* or has changed"):
        shop.ingest()


def test_a_copy_in_the_folder_mends_what_its_original_landed(shop):
    shop.write("sales_b.csv", CONTENT)
    shop.ingest()
    (shop.folder / "sales.csv").unlink()
    before = shop.files()
    flip(shop.warehouse / shop.entry()["landing_file"])
    assert shop.ingest().read == 1
    assert shop.files() == before


def test_what_is_read_again_has_the_hash_of_todays_bytes(shop):
    """An older version of the engine wrote the same rows in other bytes."""
    path = ledger_file(shop)
    content = json.loads(path.read_text())
    content["landing_sha256"] = "0" * 64
    del content["checksum"]
    path.write_text(json.dumps(content))
    shop.write("sales_b.csv", CONTENT)
    (shop.folder / "sales.csv").unlink()
    assert shop.ingest().read == 1
    assert damaged_files(shop.warehouse) == []
    assert not shop.ingest().changed


def test_an_entry_of_an_earlier_version_loads(shop):
    path = ledger_file(shop)
    content = json.loads(path.read_text())
    del content["checksum"], content["rejects_sha256"]
    path.write_text(json.dumps(content))
    assert not shop.ingest().changed
    assert damaged_files(shop.warehouse) == []
    (shop.warehouse / content["rejects_file"]).unlink()
    assert damaged_files(shop.warehouse) == [content["rejects_file"]]
    assert shop.ingest().read == 1


def wrong_type(path):
    content = json.loads(path.read_text())
    del content["checksum"]
    path.write_text(json.dumps({**content, "landed_count": "2"}))


def other_count(path):
    text = path.read_text()
    assert text.count('"landed_count": 2') == 1
    path.write_text(text.replace('"landed_count": 2', '"landed_count": 1'))


def no_object(path):
    path.write_text("[]")


def other_path(path):
    content = json.loads(path.read_text())
    del content["checksum"]
    path.write_text(json.dumps({**content, "path": "sales_b.csv"}))


def not_utf8(path):
    path.write_bytes(path.read_bytes().replace(b"sales.csv", b"sal\xe9s.csv"))


BAD_ENTRIES = [truncate, empty, wrong_type, other_count, no_object, other_path, not_utf8]


@pytest.mark.parametrize("damage", BAD_ENTRIES)
def test_a_damaged_ledger_entry_is_made_anew(shop, caplog, damage):
    before = shop.files()
    damage(ledger_file(shop))
    with pytest.raises(UserError, match=r"is damaged\. Run make ingest"):
        damaged_files(shop.warehouse)
    assert shop.ingest().read == 1
    assert "sales.csv: its ledger entry was damaged and is made anew" in caplog.text
    assert shop.files() == before
    assert not shop.ingest().changed


def test_a_damaged_ledger_entry_whose_file_left_is_one_sentence(shop):
    truncate(ledger_file(shop))
    before = shop.files()
    (shop.folder / "sales.csv").unlink()
    shop.write("sales_2.csv", HEADER + "2026-02-01,a,1,2\n")
    with pytest.raises(UserError, match="is damaged, and its file is not in the shop") as caught:
        shop.ingest()
    assert str(ledger_file(shop)) in str(caught.value)
    assert shop.files() == before


def test_a_damaged_entry_under_another_name_goes(tmp_path):
    """An input that appended and replaces now: its entries have other names."""
    shop = Shop(tmp_path, INPUTS + "  update: append\n")
    shop.write("sales.csv", CONTENT)
    shop.ingest()
    truncate(ledger_file(shop))
    shop.write("inputs.yml", INPUTS)
    assert shop.ingest().read == 1
    assert ledger_file(shop).name.count("-") == 0
    assert not shop.ingest().changed


@pytest.mark.parametrize("damage", [*DAMAGES, lambda path: path.write_bytes(b"\xff")])
@pytest.mark.parametrize("name", ["landing/settings.json", "landing/stores/empty.parquet"])
def test_settings_and_empty_files_are_written_again(shop, name, damage):
    before = shop.files()
    damage(shop.warehouse / name)
    shop.ingest()
    assert shop.files() == before


# Ends the process at the n-th file that gets its final name; every write goes through there.
KILLED_AT = """
import os, signal, sys
from pathlib import Path
from scripts.ingest import ingest

left = int(sys.argv[3])
replace = Path.replace

def replace_or_die(self, target):
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return replace(self, target)

Path.replace = replace_or_die
ingest(Path(sys.argv[1]), Path(sys.argv[2]))
"""


def test_a_run_killed_between_any_two_files_is_repaired_by_the_next(tmp_path):
    """A file is revised, one is new, one becomes a copy, and a setting changes at once."""
    shop = Shop(tmp_path)
    changes = [
        ("sales_1.csv", HEADER + "2026-01-01,a,1,2\n2026-01-02,c,1,2\n"),
        ("sales_0.csv", HEADER + "2026-02-01,b,1,2\ny\n"),
        ("sales_3.csv", HEADER + "2026-03-01,b,1,2\nz\n"),
        ("inputs.yml", INPUTS + "locale: fr\n"),
    ]
    first = [("sales_1.csv", HEADER + "2026-01-01,a,1,2\n"), ("sales_2.csv", changes[1][1])]
    expected = None
    # the last round is not killed; the rounds before are each killed one file later
    for number in [10_000, *range(100)]:
        shop.warehouse = tmp_path / f"warehouse {number}"
        for name in ["sales_0.csv", "sales_3.csv"]:
            (shop.folder / name).unlink(missing_ok=True)
        shop.write("inputs.yml", INPUTS)
        for name, content in first:
            shop.write(name, content)
        shop.ingest()
        for name, content in changes:
            shop.write(name, content)
        command = [sys.executable, "-c", KILLED_AT, shop.folder, shop.warehouse, str(number)]
        process = subprocess.run(command, cwd=PROJECT, check=False, stderr=subprocess.DEVNULL)
        if expected is None:
            assert process.returncode == 0
            expected = shop.files()
            continue
        if process.returncode == 0:
            break
        assert process.returncode == -signal.SIGKILL
        shop.ingest()
        assert shop.files() == expected
        assert damaged_files(shop.warehouse) == []
    # landing and rejects of two files, settings, two originals and a copy
    assert number >= 8


def test_a_full_disk_while_the_ledger_is_written_changes_nothing(shop, monkeypatch):
    before = shop.files()
    shop.write("sales_2.csv", HEADER + "2026-02-01,a,1,2\n")
    shop.write("sales_3.csv", HEADER + "2026-03-01,a,1,2\n")
    shop.add_to_inputs("locale: fr\n")
    original = Path.write_bytes
    written = []

    def full(self, data):
        if "ledger" in self.parts:
            written.append(self)
            if len(written) == 2:
                raise OSError(28, "No space left on device", str(self))
        return original(self, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(UserError, match="No space left on device"):
        shop.ingest()
    monkeypatch.undo()
    named = {name for name in shop.files() if name in before}
    assert {name: shop.files()[name] for name in named} == before
    assert len(shop.entries()) == 1
    assert shop.ingest().read == 2
