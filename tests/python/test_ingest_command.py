"""The commands: one sentence and exit status 1 for a user's mistake, and one lock."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from test_ingest_helpers import HEADER, Shop

from scripts.errors import UserError
from scripts.lock import warehouse_lock

PROJECT = Path(__file__).resolve().parents[2]

HOLD = """
import sys, time
from pathlib import Path
from scripts.lock import warehouse_lock
with warehouse_lock(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(float(sys.argv[2]))
"""


@pytest.fixture
def shop(tmp_path):
    shop = Shop(tmp_path)
    shop.write("sales.csv", HEADER + "2026-01-01,a,1,2\n")
    return shop


def command(shop, *arguments):
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=PROJECT,
        env={**os.environ, "SHOP": str(shop.folder), "WAREHOUSE": str(shop.warehouse)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def hold(warehouse, seconds):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(warehouse), str(seconds)],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "held\n"
    return process


def test_the_ingest_command_says_what_it_did(shop):
    first = command(shop, "scripts.ingest")
    assert (first.returncode, first.stdout) == (0, "")
    assert first.stderr.splitlines() == ["sales.csv: 1 record", "1 file read, 0 unchanged"]
    assert command(shop, "scripts.ingest").stderr == "Nothing new: 1 file is already landed.\n"


def test_records_are_counted_in_the_line_of_a_file(shop):
    shop.write("sales.csv", HEADER + "2026-01-01,a,1,2\n" * 1200 + "x\n,,,\n")
    line = command(shop, "scripts.ingest").stderr.splitlines()[0]
    assert line == "sales.csv: 1 202 records, 1 rejected, 1 ignored"


def test_a_mistake_ends_in_one_line_and_status_1(shop):
    shop.write("sales.csv", "")
    process = command(shop, "scripts.ingest")
    assert process.returncode == 1
    assert process.stderr.startswith("Error: sales.csv is empty")
    assert len(process.stderr.splitlines()) == 1


def test_withdraw_and_restore(shop):
    command(shop, "scripts.ingest")
    done = command(shop, "scripts.withdraw", "sales.csv")
    assert (done.returncode, done.stderr.split(".csv ")[1].split(".")[0]) == (0, "withdrawn")
    assert shop.entry()["state"] == "withdrawn"
    assert "1 withdrawn" not in command(shop, "scripts.ingest").stderr
    assert command(shop, "scripts.withdraw", "--restore", "sales.csv").returncode == 0
    assert shop.entry()["state"] == "landed"
    assert command(shop, "scripts.withdraw", "no.csv").returncode == 1


def test_a_second_process_waits_for_the_first(shop, caplog):
    caplog.set_level("INFO")
    process = hold(shop.warehouse, 1.0)
    started = time.monotonic()
    with warehouse_lock(shop.warehouse):
        waited = time.monotonic() - started
    process.wait()
    assert 0.3 < waited < 20
    assert f"process {process.pid} (" in caplog.text
    assert "Waiting" in caplog.text


def test_a_second_process_gives_up_and_says_who_holds_the_lock(shop, monkeypatch):
    monkeypatch.setenv("LOCK_WAIT_SECONDS", "0.3")
    process = hold(shop.warehouse, 30)
    try:
        with (
            pytest.raises(UserError, match=rf"in use by process {process.pid} \("),
            warehouse_lock(shop.warehouse),
        ):
            pass
    finally:
        process.kill()
        process.wait()
    # a killed process holds nothing
    with warehouse_lock(shop.warehouse):
        pass


def test_the_lock_is_free_again_after_an_error(shop):
    with pytest.raises(ZeroDivisionError), warehouse_lock(shop.warehouse):
        raise ZeroDivisionError
    process = hold(shop.warehouse, 0)
    assert process.wait() == 0


def test_a_command_and_its_children_share_the_lock(shop, monkeypatch):
    monkeypatch.setenv("LOCK_WAIT_SECONDS", "0")
    with warehouse_lock(shop.warehouse), warehouse_lock(shop.warehouse):
        assert command(shop, "scripts.ingest").returncode == 0
    with warehouse_lock(shop.warehouse):
        pass
