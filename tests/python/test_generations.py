"""Generations: kept, rolled back to, put right; and one command at a time."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
from datetime import datetime, timezone
from decimal import Decimal

import pytest
from conftest import PROJECT, build_shop, query, run_module
from small_shop import (
    build_template,
    copy_warehouse,
    generation_file,
    is_whole,
    leftovers,
    manifest,
    publish_variation,
    read_json,
    run_script,
    sales,
)

from scripts import generations
from scripts.errors import UserError
from scripts.rollback import rollback


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    return build_template(tmp_path_factory.mktemp("generations"), report=True)


@pytest.fixture
def shop(template):
    return template[0]


@pytest.fixture
def warehouse(template, tmp_path):
    """A copy of a warehouse with one generation."""
    return copy_warehouse(template[1], tmp_path / "warehouse")


@pytest.fixture
def three(warehouse):
    """A warehouse with three generations of 300, 301 and 302 lines; the last is current."""
    publish_variation(warehouse, "a", "an earlier state")
    publish_variation(warehouse, "b")
    return warehouse


def line_count(warehouse):
    return query(warehouse, "select line_count from marts.shop_summary")[0][0]


def refused(shop, warehouse, module="scripts.pipeline", **environment):
    """Run a command that must be refused; its sentence."""
    process = run_module(module, shop=shop, warehouse=warehouse, check=False, **environment)
    assert process.returncode == 1, process.stderr
    assert "Traceback" not in process.stderr
    return process.stderr.partition("Error: ")[2].strip()


def flip(path, place=0.5):
    """Change one bit of a file, in place."""
    content = bytearray(path.read_bytes())
    content[int(len(content) * place)] ^= 1
    mode = path.stat().st_mode
    path.chmod(0o644)
    with path.open("r+b") as file:
        file.write(content)
    path.chmod(mode)


def truncate(path):
    mode = path.stat().st_mode
    path.chmod(0o644)
    os.truncate(path, path.stat().st_size // 2)
    path.chmod(mode)


def remove(path):
    path.unlink()


# --- what is kept -----------------------------------------------------------------------------


def test_a_manifest_says_what_was_published(warehouse):
    said = manifest(warehouse)
    file = warehouse / "sales.duckdb"
    assert {name: said[name] for name in ("generation", "line_count", "file_count")} == {
        "generation": 1,
        "line_count": 300,
        "file_count": 4,
    }
    assert said["as_of_date"] == "2025-03-28"
    # pieces 1 to 5 in turn at 2.50, 100 lines in each of three files
    assert Decimal(said["revenue_amount"]) == Decimal("2.50") * 3 * 300
    assert said["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert said["byte_count"] == file.stat().st_size
    age = datetime.now(timezone.utc) - datetime.fromisoformat(said["published_at"])
    assert 0 <= age.total_seconds() < 3600
    assert [(file["path"], file["input_name"], file["records"]) for file in said["files"]] == [
        ("products.csv", "products", 7),
        ("sales-01.csv", "sales", 100),
        ("sales-02.csv", "sales", 100),
        ("sales-03.csv", "sales", 100),
    ]
    entries = [read_json(path) for path in (warehouse / "landing" / "ledger").glob("*.json")]
    assert {file["file_id"] for file in said["files"]} == {one["file_id"] for one in entries}
    assert (
        generation_file(warehouse, 1, "json").read_bytes()
        == (warehouse / "sales.json").read_bytes()
    )


def test_a_generation_takes_its_place_once(warehouse):
    """The published file and its generation are one file on the disk, and nobody may write it."""
    said = publish_variation(warehouse, "a")
    assert said["generation"] == 2
    assert (warehouse / "sales.duckdb").samefile(generation_file(warehouse, 2))
    assert (warehouse / "sales.duckdb").stat().st_mode & 0o222 == 0
    assert leftovers(warehouse) == []


@pytest.mark.parametrize(("keep", "kept"), [(None, [4, 5, 6]), ("1", [6]), ("4", [3, 4, 5, 6])])
def test_the_last_generations_are_kept(warehouse, monkeypatch, keep, kept):
    if keep is None:
        monkeypatch.delenv("KEEP_GENERATIONS", raising=False)
    else:
        monkeypatch.setenv("KEEP_GENERATIONS", keep)
    for name in "abcde":
        publish_variation(warehouse, name)
    assert list(generations.kept(warehouse)) == kept
    names = sorted(path.name for path in (warehouse / "generations").iterdir())
    files = [f"{number:06d}.{ending}" for number in kept for ending in ("duckdb", "json")]
    assert names == sorted([*files, "last.json"])
    assert is_whole(warehouse)


@pytest.mark.parametrize("keep", ["0", "-1", "many", "2.5"])
def test_a_number_of_generations_that_is_none(shop, warehouse, keep):
    message = refused(shop, warehouse, KEEP_GENERATIONS=keep)
    assert message.startswith(f"KEEP_GENERATIONS is '{keep}'. Set it to a whole number")


def test_the_copy_that_does_not_read_back_is_not_published(warehouse, monkeypatch):
    """A disk that lies: what is read back is not what was written."""
    original = shutil.copyfile

    def copy(source, target):
        original(source, target)
        with target.open("r+b") as file:
            file.seek(5000)
            byte = file.read(1)[0]
            file.seek(5000)
            file.write(bytes([byte ^ 1]))

    monkeypatch.setattr(generations.shutil, "copyfile", copy)
    before = (warehouse / "sales.duckdb").read_bytes()
    with pytest.raises(UserError, match="the copy differs from its original"):
        publish_variation(warehouse, "a")
    assert (warehouse / "sales.duckdb").read_bytes() == before
    assert list(generations.kept(warehouse)) == [1]
    assert leftovers(warehouse) == []


def test_a_file_system_without_links_gets_copies(warehouse, monkeypatch):
    def no_link(source, target):
        raise PermissionError(1, "Operation not permitted", str(source))

    monkeypatch.setattr(os, "link", no_link)
    publish_variation(warehouse, "a")
    rollback(warehouse)
    assert line_count(warehouse) == 300
    assert not (warehouse / "sales.duckdb").samefile(generation_file(warehouse, 1))
    assert (warehouse / "sales.duckdb").stat().st_mode & 0o222 == 0
    assert is_whole(warehouse)


# --- rollback ---------------------------------------------------------------------------------


def test_rolling_back_holds_until_something_changes(shop, three):
    """Back, held with a sentence and the report of what is published, forth, and on."""
    report = three / "report" / "report.html"
    said = run_module("scripts.rollback", shop=shop, warehouse=three).stderr
    assert "Published is generation 2 (as of 2025-03-28, revenue 2252.50) again" in said
    assert "in place of generation 3 (as of 2025-03-28, revenue 2255.00)" in said
    assert (line_count(three), is_whole(three)) == (301, True)
    for arguments in ([], ["--without-ingest", "--without-report"]):
        process = run_module("scripts.pipeline", *arguments, shop=shop, warehouse=three)
        assert "Generation 3 was rolled back, and no file, setting or model" in process.stderr
        assert "generation 2 stays published" in process.stderr
        assert "make rollback GENERATION=3" in process.stderr
        assert "Building" not in process.stderr
    assert (line_count(three), is_whole(three)) == (301, True)
    assert "2,252.50" in report.read_text(encoding="utf-8")

    # one more step back holds both
    run_module("scripts.rollback", shop=shop, warehouse=three)
    assert line_count(three) == 300
    held = read_json(three / "rollback.json")["held"]
    assert [entry["generation"] for entry in held] == [2, 3]

    run_module("scripts.rollback", shop=shop, warehouse=three, GENERATION="3")
    assert line_count(three) == 302
    process = run_module("scripts.pipeline", shop=shop, warehouse=three)
    assert "Nothing to build" in process.stderr
    assert "2,255.00" in report.read_text(encoding="utf-8")
    assert not (three / "rollback.json").exists()


def test_what_was_published_after_a_rollback_stays_when_the_command_died(three, monkeypatch):
    """Killed after readers were shown the new one, before the rollback was noted as over."""
    rollback(three)

    def die(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(generations, "end_rollback", die)
        with pytest.raises(KeyboardInterrupt):
            publish_variation(three, "c")
    shown = line_count(three)
    assert generations.settle(three)["generation"] == 4
    assert line_count(three) == shown
    assert not (three / "rollback.json").exists()


def test_a_corrected_file_is_published_after_a_rollback(shop, three, tmp_path):
    """With a number above all that were ever given."""
    # a copy of the folder would be another shop, so the folder is put back afterwards
    rollback(three)
    added = shop / "sales-05.csv"
    added.write_text(sales(5, count=10), encoding="utf-8")
    try:
        process = build_shop(shop, three)
    finally:
        added.unlink()
    assert "Published generation 4" in process.stderr
    assert line_count(three) == 310
    assert list(generations.kept(three)) == [2, 3, 4]
    assert not (three / "rollback.json").exists()


def test_a_damaged_generation_is_never_put_in_place(shop, three):
    flip(generation_file(three, 2))
    message = refused(shop, three, "scripts.rollback", GENERATION="2")
    assert message.startswith("Generation 2 is damaged (its file is not what was published)")
    assert "Kept are also: 1." in message
    assert line_count(three) == 302
    process = run_module("scripts.rollback", shop=shop, warehouse=three)
    assert "Generation 2 is damaged" in process.stderr
    assert "is passed over" in process.stderr
    assert (line_count(three), is_whole(three)) == (300, True)


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        ("9", "There is no generation 9. Kept are also: 1, 2. Choose one with make rollback"),
        ("two", "There is no generation two. Kept are also: 1, 2."),
        ("3", "Generation 3 is the published one. Kept are also: 1, 2."),
    ],
)
def test_a_generation_that_cannot_be_meant(shop, three, wanted, sentence):
    assert refused(shop, three, "scripts.rollback", GENERATION=wanted).startswith(sentence)
    assert line_count(three) == 302


def test_there_is_nothing_to_go_back_to(shop, warehouse, tmp_path):
    message = refused(shop, warehouse, "scripts.rollback")
    assert message.startswith("There is no earlier generation to go back to.")
    message = refused(shop, tmp_path / "none", "scripts.rollback")
    assert message.endswith("yet. Run make report first.")
    assert not (tmp_path / "none").exists()


def test_what_was_rolled_back_to_is_damaged(shop, three):
    """The files are those of the generation that was rolled back: a person must decide."""
    rollback(three)
    flip(three / "sales.duckdb")
    message = refused(shop, three)
    assert "generation 3 was rolled back" in message
    assert "make rollback GENERATION=3" in message
    # by default it goes further back, not to what was given up
    run_module("scripts.rollback", shop=shop, warehouse=three)
    assert (line_count(three), is_whole(three)) == (300, True)


# --- putting right ----------------------------------------------------------------------------

BESIDE = {
    "sales.json": lambda warehouse: warehouse / "sales.json",
    "the manifest of its generation": lambda warehouse: generation_file(warehouse, 3, "json"),
    "sales.duckdb": lambda warehouse: warehouse / "sales.duckdb",
    "the file of its generation": lambda warehouse: generation_file(warehouse, 3),
}


@pytest.mark.parametrize("how", [flip, truncate, remove])
@pytest.mark.parametrize("what", BESIDE)
def test_one_run_puts_right_what_is_beside_a_whole_copy(shop, three, what, how):
    """Without a build: of the file and of the manifest there are two each."""
    if how is not remove:
        # two files instead of two names of one, as after a restored backup
        content = (three / "sales.duckdb").read_bytes()
        (three / "sales.duckdb").unlink()
        (three / "sales.duckdb").write_bytes(content)
        (three / "sales.duckdb").chmod(0o444)
    before = manifest(three)
    how(BESIDE[what](three))
    process = run_module("scripts.pipeline", "--without-report", shop=shop, warehouse=three)
    assert "Nothing to build" in process.stderr
    assert manifest(three) == before
    assert (line_count(three), is_whole(three)) == (302, True)
    if what == "the file of its generation" and how is not remove:
        # read only when it is needed: status and rollback hash it
        shown = run_module("scripts.status", shop=shop, warehouse=three, check=False)
        assert shown.returncode == 1
        assert "3  damaged: its file is not what was published. " in shown.stdout
        return
    assert len(process.stderr.splitlines()) == 3, process.stderr
    assert run_module("scripts.status", shop=shop, warehouse=three).returncode == 0


@pytest.mark.parametrize("what", ["sales.json", "the manifest of its generation"])
def test_a_manifest_with_another_figure_is_damaged(shop, three, what):
    """It can be read, and has the hash of the file: its own hash tells."""
    before = manifest(three)
    path = BESIDE[what](three)
    path.write_text(
        path.read_text(encoding="utf-8").replace('"line_count": 302', '"line_count": 303')
    )
    assert read_json(path) != before
    run_module("scripts.pipeline", "--without-report", shop=shop, warehouse=three)
    assert manifest(three) == before
    assert is_whole(three)


def test_both_names_of_the_file_are_damaged(shop, three):
    """Nothing can take its place: it is built again, under a new number."""
    flip(three / "sales.duckdb")
    process = build_shop(shop, three)
    assert "Generation 3 is damaged and was removed." in process.stderr
    assert "Published generation 4" in process.stderr
    assert (line_count(three), is_whole(three)) == (300, True)
    assert list(generations.kept(three)) == [1, 2, 4]


@pytest.mark.parametrize("how", [flip, truncate, remove])
def test_the_manifest_of_an_older_generation(shop, three, how):
    how(generation_file(three, 1, "json"))
    run_module("scripts.pipeline", "--without-report", shop=shop, warehouse=three)
    shown = run_module("scripts.status", shop=shop, warehouse=three, check=False)
    assert shown.returncode == 1
    assert re.search(r"^(Kept)? +1  damaged: its manifest is damaged\.", shown.stdout, re.MULTILINE)
    message = refused(shop, three, "scripts.rollback", GENERATION="1")
    assert message.startswith("Generation 1 is damaged (its manifest is damaged)")


@pytest.mark.parametrize("how", [flip, truncate])
def test_a_damaged_note_of_a_rollback_still_holds(shop, three, how):
    rollback(three)
    note = three / "rollback.json"
    note.write_text("{" if how is truncate else note.read_text().replace('"to"', '"tp"'))
    process = run_module("scripts.pipeline", "--without-report", shop=shop, warehouse=three)
    assert "rollback.json was damaged" in process.stderr
    assert "Generation 3 was rolled back" in process.stderr
    assert read_json(note)["to"] == 2
    assert line_count(three) == 301


def test_leftovers_of_a_killed_command_are_removed(shop, three):
    for name in ("sales.duckdb.partial", "sales.json.partial", "last_run.json.partial"):
        (three / name).write_text("x")
    generation_file(three, 4, "duckdb.partial").write_text("x")
    generation_file(three, 4, "json").write_text("{}")
    (three / "report" / ".report.html.77.tmp").write_text("x")
    (three / "report" / "made_from.txt").write_text("")  # the report was not finished
    process = run_module("scripts.pipeline", shop=shop, warehouse=three)
    assert "Nothing to build" in process.stderr
    assert leftovers(three) == []
    assert list(generations.kept(three)) == [1, 2, 3]
    assert not generation_file(three, 4, "json").exists()


# --- two commands at once ---------------------------------------------------------------------

HOLD = """
import sys
from pathlib import Path
from scripts.lock import warehouse_lock
with warehouse_lock(Path(sys.argv[1])):
    print("held", flush=True)
    input()
"""


@pytest.fixture
def holder(warehouse):
    """Another process that holds the lock until it is told to end."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(warehouse)],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


def test_the_second_waits_and_then_says_who_holds_the_lock(shop, warehouse, holder):
    message = refused(shop, warehouse, LOCK_WAIT_SECONDS="0.5")
    assert message.startswith(f"The warehouse {warehouse} is in use by process {holder.pid} (")
    assert "Wait until it has finished, then run this again." in message


def test_the_second_goes_on_when_the_first_has_finished(shop, warehouse, holder):
    second = subprocess.Popen(
        [sys.executable, "-m", "scripts.pipeline", "--without-report"],
        cwd=PROJECT,
        env={**os.environ, "SHOP": str(shop), "WAREHOUSE": str(warehouse)},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        line = second.stderr.readline()
        assert line.startswith(f"Waiting up to 60 s: {warehouse} is used by process {holder.pid} (")
        holder.communicate("\n")
        _, said = second.communicate(timeout=120)
    finally:
        second.kill()
    assert second.returncode == 0, said
    assert "Nothing to build" in said


def test_a_killed_process_holds_nothing(shop, warehouse, holder):
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    assert f"process {holder.pid} " in (warehouse / ".lock").read_text()
    process = build_shop(shop, warehouse, LOCK_WAIT_SECONDS="0")
    assert "Nothing to build" in process.stderr


@pytest.mark.parametrize("wait", ["soon", "-1"])
def test_a_time_to_wait_that_is_none(shop, warehouse, wait):
    message = refused(shop, warehouse, LOCK_WAIT_SECONDS=wait)
    assert message.startswith(f"LOCK_WAIT_SECONDS is '{wait}'. Set it to a number of seconds")


def test_a_status_does_not_disturb_who_takes_the_lock(warehouse):
    """Its look at the lock may coincide with another command's try, which then tries again."""
    script = """
import fcntl, os, sys, threading
from pathlib import Path
from scripts.lock import warehouse_lock
warehouse = Path(sys.argv[1])
looking = os.open(warehouse / ".lock", os.O_RDONLY)
fcntl.flock(looking, fcntl.LOCK_SH)
threading.Timer(0.05, os.close, [looking]).start()
with warehouse_lock(warehouse, wait_seconds=0):
    print("got it")
"""
    process = run_script(script, warehouse)
    assert (process.stdout, process.stderr) == ("got it\n", "")
