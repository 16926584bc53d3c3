"""Shared fixtures: shops in temporary folders, and warehouses that are built once a session."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import duckdb
import pytest

PROJECT = Path(__file__).resolve().parents[2]
SAMPLE = PROJECT / "data" / "sample"
PUBLIC_SCHEMAS = ("core", "marts", "quality")

# In CI nothing may be skipped for lack of something: it is there, or the run is red.
REQUIRE_ALL = os.environ.get("REQUIRE_ALL") == "1"


# Whole runs in many variations: in CI, and on request, so that `make test` stays short.
WITH_SLOW = REQUIRE_ALL or os.environ.get("SLOW") == "1"
# The files that take longest begin first, so that no worker ends long after the others.
LONG = ("test_spark.py", "test_histories.py", "test_crash.py", "test_readers.py", "test_reruns.py")


def pytest_configure(config):
    """Make the marks known."""
    config.addinivalue_line("markers", "slow: only in CI or with SLOW=1")


def pytest_collection_modifyitems(config, items):
    """Put the long files first, and leave the slow ones out unless they are asked for."""
    items.sort(key=lambda item: LONG.index(item.path.name) if item.path.name in LONG else len(LONG))
    named = any("::" in argument or argument.endswith(".py") for argument in config.args)
    if not WITH_SLOW and not named:
        slow = [item for item in items if item.get_closest_marker("slow")]
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if not item.get_closest_marker("slow")]


def pytest_terminal_summary(terminalreporter):
    """What the tests of crashes and readers counted, also in other processes."""
    counts = Counter()
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            if name == "count":
                counts[value[0]] += value[1]
    for label in sorted(counts):
        terminalreporter.write_line(f"{counts[label]:6d}  {label}")


def run_module(module, *arguments, shop=None, warehouse=None, check=True, **environment):
    """Run `python -m module` as a user's command would; returns the finished process."""
    variables = {**os.environ, **environment}
    if shop is not None:
        variables["SHOP"] = str(shop)
    if warehouse is not None:
        variables["WAREHOUSE"] = str(warehouse)
    process = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=PROJECT,
        env=variables,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    if check and process.returncode != 0:
        raise AssertionError(f"{module} ended with {process.returncode}:\n{process.stderr}")
    return process


def build_shop(shop, warehouse, *, report=False, check=True, **environment):
    """Ingest, build and publish a shop; with `report` also write the report."""
    arguments = [] if report else ["--without-report"]
    return run_module(
        "scripts.pipeline", *arguments, shop=shop, warehouse=warehouse, check=check, **environment
    )


def query(warehouse, statement, parameters=None):
    """Rows of a statement on the published file."""
    with duckdb.connect(str(Path(warehouse) / "sales.duckdb"), read_only=True) as connection:
        return connection.execute(statement, parameters or []).fetchall()


def public_tables(warehouse):
    """(schema, table) of all public tables of the published file, sorted."""
    return query(
        warehouse,
        "select schema_name, table_name from duckdb_tables() where not internal order by all",
    )


def contents(warehouse):
    """Every cell of every public table: {schema.table: sorted rows}."""
    return {
        f"{schema}.{table}": sorted(query(warehouse, f"from {schema}.{table}"), key=repr)
        for schema, table in public_tables(warehouse)
    }


@pytest.fixture(scope="session")
def sample_warehouse(tmp_path_factory):
    """The sample shop, built and reported once; tests must not change it."""
    warehouse = tmp_path_factory.mktemp("sample") / "warehouse"
    build_shop(SAMPLE, warehouse, report=True)
    return warehouse


@pytest.fixture
def sample_copy(tmp_path):
    """A copy of the sample shop's folder that a test may change."""
    return shutil.copytree(SAMPLE, tmp_path / "shop")


@pytest.fixture(scope="session")
def real_files():
    """The folder of real exports beside the project; tests skip when it is absent."""
    folder = PROJECT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"the real files are not here ({folder})")
    return folder
