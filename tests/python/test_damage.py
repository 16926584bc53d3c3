"""Damage to what lies between the shop's files and what is published is noticed and mended.

What is beside the published file is in test_generations. Here: the landing, the ledger and the
settings, which ingest puts right, and the databases that dbt works in.
"""

from __future__ import annotations

import os
import shutil

import duckdb
import pytest
from conftest import REQUIRE_ALL, build_shop, run_module
from small_shop import build_template, change_shop, copy_warehouse, is_whole, leftovers, state
from test_generations import flip, remove, truncate

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """(shop, its warehouse, every file of the landing): nothing has changed since."""
    shop, warehouse = build_template(tmp_path_factory.mktemp("damage"))
    return shop, warehouse, landing_of(warehouse)


@pytest.fixture
def warehouse(template, tmp_path):
    return copy_warehouse(template[1], tmp_path / "warehouse")


def landing_of(warehouse):
    """Every file below the landing with its bytes."""
    folder = warehouse / "landing"
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def blur(path):
    """A byte that is no text in any encoding of ours."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] = 0xFF
    path.write_bytes(content)


def empty(path):
    path.write_bytes(b"")


def of_sales(warehouse):
    """The landing file of one file of sales."""
    return next(
        path
        for path in sorted((warehouse / "landing" / "sales").glob("*.parquet"))
        if path.name != "empty.parquet"
    )


LANDED = {
    "a landing file": of_sales,
    "an empty input's file": lambda warehouse: warehouse / "landing" / "stores" / "empty.parquet",
    "a ledger entry": lambda warehouse: min((warehouse / "landing" / "ledger").glob("*.json")),
    "the settings": lambda warehouse: warehouse / "landing" / "settings.json",
}


@pytest.mark.parametrize("how", [flip, blur, truncate, empty, remove])
@pytest.mark.parametrize("what", LANDED)
def test_the_landing(template, warehouse, what, how):
    """One ingest makes it what it was, byte for byte; or a sentence says what to remove."""
    shop, _, before = template
    path = LANDED[what](warehouse)
    how(path)
    assert landing_of(warehouse) != before
    process = run_module("scripts.ingest", shop=shop, warehouse=warehouse, check=False)
    assert "Traceback" not in process.stderr
    if process.returncode != 0:
        # what the sentence says to do, and then it is right
        assert process.stderr.startswith("Error: ")
        assert str(path) in process.stderr
        path.unlink()
        run_module("scripts.ingest", shop=shop, warehouse=warehouse)
    assert landing_of(warehouse) == before


def cut_log(path):
    """A write-ahead log as a crash leaves it: work in progress, its end missing."""
    with duckdb.connect(str(path), config={"autoinstall_known_extensions": False}) as connection:
        connection.execute("pragma disable_checkpoint_on_shutdown")
        connection.execute("create table main.left_over as select range as n from range(1000)")
    log = path.with_name(path.name + ".wal")
    assert log.exists()
    os.truncate(log, log.stat().st_size - 7)


def spoil_log(path):
    """A write-ahead log that is none."""
    path.with_name(path.name + ".wal").write_bytes(os.urandom(5000))


# every kind of damage in CI, the likeliest elsewhere: each of them takes a whole build
BUILT = {"candidate.duckdb": [flip], "build.duckdb": [flip, spoil_log]}
if REQUIRE_ALL:
    BUILT["candidate.duckdb"] += [truncate, cut_log]
    BUILT["build.duckdb"] += [truncate, remove, cut_log]


@pytest.fixture(scope="module")
def changed(template, tmp_path_factory):
    """The shop with a change that must be built, and the state that an undamaged run reaches."""
    folder = tmp_path_factory.mktemp("changed")
    shop = shutil.copytree(template[0], folder / "shop")
    warehouse = folder / "warehouse"
    build_shop(shop, warehouse)
    change_shop(shop)
    undisturbed = copy_warehouse(warehouse, folder / "undisturbed")
    build_shop(shop, undisturbed)
    return shop, warehouse, state(undisturbed)


@pytest.mark.parametrize(
    ("name", "how"), [(name, how) for name, kinds in BUILT.items() for how in kinds]
)
def test_the_databases_of_dbt(changed, tmp_path, name, how):
    """Before a build that has something to do, as after a power cut in the last one."""
    shop, template, expected = changed
    warehouse = copy_warehouse(template, tmp_path / "warehouse")
    how(warehouse / name)
    process = run_module(
        "scripts.pipeline", "--without-report", shop=shop, warehouse=warehouse, check=False
    )
    assert process.returncode == 0, process.stderr
    assert state(warehouse) == expected
    assert is_whole(warehouse)
    assert leftovers(warehouse) == []


@pytest.mark.parametrize("name", ["candidate.duckdb", "build.duckdb"])
def test_damage_that_no_run_reads_hides_nothing(template, warehouse, name):
    """Without a change nothing is built, and what is published is not touched by it."""
    flip(warehouse / name)
    process = run_module(
        "scripts.pipeline", "--without-report", shop=template[0], warehouse=warehouse
    )
    assert "Nothing to build" in process.stderr
    assert is_whole(warehouse)
