"""A disk that is full or may only be read: one sentence, nothing lost, and the next run repairs.

Each test puts a published warehouse on a small disk of its own.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from contextlib import contextmanager

import pytest
from conftest import REQUIRE_ALL, build_shop, query, run_module
from small_shop import (
    build_template,
    change_shop,
    copy_warehouse,
    is_whole,
    leftovers,
    manifest,
    run_script,
    state,
)

pytestmark = pytest.mark.slow

SIZE = "96m"

# Runs the pipeline, and fills the disk but for some bytes when a step begins.
FILLING = """
import os, sys
from pathlib import Path
from scripts import pipeline
from scripts.errors import run

ballast, step, text = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
original = getattr(pipeline, step)

def fill_then(*arguments, **options):
    candidate = Path(os.environ["WAREHOUSE"]) / "candidate.duckdb"
    room = candidate.stat().st_size // 4096 * 4096 + 4096 if text == "one copy" else int(text)
    free = os.statvfs(ballast.parent)
    count = max(free.f_bavail * free.f_frsize - room, 0)
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(count, 1))
    return original(*arguments, **options)

setattr(pipeline, step, fill_then)
sys.argv[1:] = []
run(pipeline.main)
"""
# the step, as the pipeline calls it, with the room that is left to it
FULL_AT = {
    "ingest": ("ingest", 12_000),
    "build": ("build", 1_500_000),
    "publish": ("publish", 1_000_000),
    "publish, after the copy": ("publish", "one copy"),
    "report": ("write_report", 100_000),
    "report, at its first byte": ("write_report", 0),
}


@contextmanager
def small_disk(folder, size):
    """A disk of `size` at `folder`; skips where one may not be mounted."""
    mount = shutil.which("mount")
    command = [str(mount), "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if mount is None or subprocess.run(command, capture_output=True, check=False).returncode != 0:
        if REQUIRE_ALL and os.geteuid() == 0 and os.environ.get("CI"):
            pytest.fail("a small disk is required, and this user may not mount one")
        pytest.skip("only a user who may mount file systems can fill a small disk")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A shop that has changed since it was published; and what a run with room makes of it."""
    folder = tmp_path_factory.mktemp("disk")
    shop, warehouse = build_template(folder, report=True)
    change_shop(shop)
    roomy = copy_warehouse(warehouse, folder / "roomy")
    build_shop(shop, roomy, report=True)
    return shop, warehouse, state(roomy)


@pytest.fixture
def on_disk(template, tmp_path):
    """(shop, the warehouse on a small disk)"""
    disk = tmp_path / "disk"
    disk.mkdir()
    with small_disk(disk, SIZE):
        yield template[0], copy_warehouse(template[1], disk / "warehouse")


def sentence_of(process):
    """The only sentence of a command that was refused."""
    assert process.returncode == 1, process.stdout + process.stderr
    assert process.stdout == ""
    assert "Traceback" not in process.stderr
    assert len(re.findall("^Error: ", process.stderr, re.MULTILINE)) == 1, process.stderr
    message = process.stderr.partition("Error: ")[2].strip()
    assert message.count("\n") == 0
    assert not re.search(r"\b(Errno|Exception|None|site-packages|\.py)\b", message), message
    return message


@pytest.mark.parametrize("where", FULL_AT)
def test_the_disk_is_full(template, on_disk, where):
    shop, warehouse = on_disk
    expected = template[2]
    step, room = FULL_AT[where]
    ballast = warehouse.parent / "ballast"
    before = manifest(warehouse)
    process = run_script(FILLING, ballast, step, room, shop=shop, warehouse=warehouse)
    message = sentence_of(process)
    assert re.search(
        "No space left on device|The disk of .* is full|could not be written", message
    ), message
    # what was published is whole; only the report comes after the new generation
    assert is_whole(warehouse)
    if step == "write_report":
        assert manifest(warehouse)["generation"] == 2
        assert "make report" in message
    else:
        assert manifest(warehouse) == before
        assert re.search("stays? as it was|is as it was|readers see is whole", message), message
        assert query(warehouse, "select line_count from marts.shop_summary") == [(300,)]
    assert run_module("scripts.status", shop=shop, warehouse=warehouse).returncode == 0

    # with room again, the next run repairs by itself
    ballast.unlink()
    run_module("scripts.pipeline", shop=shop, warehouse=warehouse)
    assert state(warehouse) == expected
    assert is_whole(warehouse)
    assert leftovers(warehouse) == []
    assert (warehouse / "report" / "made_from.txt").exists()
    shown = run_module("scripts.status", shop=shop, warehouse=warehouse).stdout
    assert "and still holds" not in shown


def test_a_disk_that_may_only_be_read(template, on_disk):
    shop, warehouse = on_disk
    disk = str(warehouse.parent)
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    try:
        for module in ("scripts.pipeline", "scripts.ingest", "scripts.rollback"):
            message = sentence_of(run_module(module, shop=shop, warehouse=warehouse, check=False))
            assert message.startswith(
                f"The warehouse {warehouse} cannot be written: Read-only file system."
            )
            assert "WAREHOUSE=" in message
        # who only looks is not disturbed
        shown = run_module("scripts.status", shop=shop, warehouse=warehouse).stdout
        assert "generation 1, whole" in shown
        assert "sales-04.csv (new)" in shown
        assert query(warehouse, "select line_count from marts.shop_summary") == [(300,)]
    finally:
        subprocess.run(["mount", "-o", "remount,rw", disk], check=True)
    run_module("scripts.pipeline", shop=shop, warehouse=warehouse)
    assert state(warehouse) == template[2]
    assert is_whole(warehouse)
