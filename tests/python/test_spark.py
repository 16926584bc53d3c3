"""The same models on Spark: a real cluster builds the sample, and every cell is what DuckDB has."""

from __future__ import annotations

import csv
import json
import math
import os
import re
import shutil
import signal
import subprocess
import sys
from collections import Counter

import duckdb
import pytest
from conftest import PROJECT, REQUIRE_ALL, SAMPLE, build_shop, public_tables
from spark_cluster import Cluster

from scripts import spark
from scripts.errors import UserError

pytestmark = pytest.mark.slow

# Sums of doubles depend on the order in which they are added.
TOLERANCE = 1e-9
# Minutes on a machine of its own; a machine that is busy with other things needs more.
MOST_SECONDS = 3000


def duckdb_rows(warehouse, schema, table):
    with duckdb.connect(str(warehouse / "sales.duckdb"), read_only=True) as connection:
        return read(connection, f'"{schema}"."{table}"')


def spark_rows(warehouse, schema, table):
    files = warehouse / "spark" / f"{schema}.db" / table / "*.parquet"
    with duckdb.connect() as connection:
        return read(connection, f"read_parquet('{files}')")


def read(connection, relation):
    """(columns with their types, rows) of a relation."""
    columns = connection.execute(f"describe select * from {relation}").fetchall()
    rows = connection.execute(f"select * from {relation}").fetchall()
    return [(name, kind) for name, kind, *_ in columns], rows


def differences(left, right):
    """What two tables do not have in common, as sentences; doubles may differ by 1e-9."""
    (left_columns, left_rows), (right_columns, right_rows) = left, right
    if left_columns != right_columns:
        return [f"columns {sorted(set(left_columns) ^ set(right_columns))}"]
    if len(left_rows) != len(right_rows):
        return [f"{len(left_rows)} rows and {len(right_rows)}"]
    doubles = [place for place, (_, kind) in enumerate(left_columns) if kind == "DOUBLE"]

    def place_of(row):
        exact = [repr(cell) for place, cell in enumerate(row) if place not in doubles]
        return exact, [(row[place] is None, row[place] or 0) for place in doubles]

    found = []
    for one, other in zip(
        sorted(left_rows, key=place_of), sorted(right_rows, key=place_of), strict=True
    ):
        for place, (name, _) in enumerate(left_columns):
            mine, theirs = one[place], other[place]
            if mine is not None and theirs is not None and place in doubles:
                same = math.isclose(mine, theirs, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
            else:
                same = mine == theirs
            if not same:
                found.append(f"{name}: {mine!r} and {theirs!r} in {one} and {other}")
    return found


def differences_of_all(warehouse):
    """({schema.table: differences}, number of tables, number of rows compared)"""
    found, count = {}, 0
    tables = public_tables(warehouse)
    for schema, table in tables:
        ours = duckdb_rows(warehouse, schema, table)
        count += len(ours[1])
        different = differences(ours, spark_rows(warehouse, schema, table))
        if different:
            found[f"{schema}.{table}"] = different[:3]
    return found, len(tables), count


@pytest.fixture(scope="module")
def environment():
    try:
        return spark.spark_environment(PROJECT)
    except UserError as error:
        pytest.fail(str(error)) if REQUIRE_ALL else pytest.skip(str(error))


@pytest.fixture(scope="module")
def cluster(environment, tmp_path_factory):
    with Cluster(tmp_path_factory.mktemp("cluster"), environment) as running:
        yield running


def build_on(cluster, warehouse, *arguments):
    """What `make spark` runs, on the cluster; returns (exit code, what it said, outcomes)."""
    with subprocess.Popen(
        [sys.executable, "-m", "scripts.spark", *arguments, "--no-use-colors"],
        cwd=PROJECT,
        env={**cluster.environment, "SPARK_MASTER": cluster.master, "WAREHOUSE": str(warehouse)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            said, _ = process.communicate(timeout=MOST_SECONDS)
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)  # dbt and Java with it
            raise
    results = warehouse / "spark" / "target" / "run_results.json"
    assert results.exists(), said[-5000:]
    outcomes = json.loads(results.read_text(encoding="utf-8"))["results"]
    statuses = {outcome["unique_id"]: outcome["status"] for outcome in outcomes}
    return process.returncode, said, statuses


@pytest.fixture(scope="module")
def built(cluster, tmp_path_factory):
    """(shop, warehouse, outcomes): the sample, built by both engines."""
    folder = tmp_path_factory.mktemp("spark")
    shop = shutil.copytree(SAMPLE, folder / "shop")
    warehouse = folder / "warehouse"
    build_shop(shop, warehouse)
    code, said, outcomes = build_on(cluster, warehouse, "build")
    assert code == 0, said[-5000:]
    return shop, warehouse, outcomes


def test_every_model_builds_and_every_test_passes_on_a_cluster(cluster, built):
    _, warehouse, outcomes = built
    manifest = json.loads((warehouse / "spark" / "target" / "manifest.json").read_text())
    nodes = {**manifest["nodes"], **manifest["unit_tests"]}
    wanted = {
        name
        for name, node in nodes.items()
        if node["resource_type"] in ("model", "seed", "test", "unit_test")
    }
    kinds = Counter((name.split(".")[0], outcomes.get(name)) for name in wanted)
    print(f"\n{dict(kinds)}")
    assert {status for _, status in kinds} == {"success", "pass"}
    assert cluster.finished_applications()[-1] == 2, "both workers had a part in it"


def test_every_cell_is_what_duckdb_has(built):
    _, warehouse, _ = built
    found, tables, rows = differences_of_all(warehouse)
    print(f"\n{tables} tables, {rows} rows, {len(found)} tables that differ")
    assert found == {}
    assert rows > 25_000


def test_late_corrections_that_move_months_come_out_alike(cluster, built):
    shop, warehouse, _ = built
    before = months_of_lines(warehouse)
    write_corrections(shop)
    build_shop(shop, warehouse)
    moved = {key for key, month in months_of_lines(warehouse).items() if month != before.get(key)}
    assert len(moved) >= 40
    # the comparison says more than the data tests would
    code, said, _ = build_on(cluster, warehouse, "run")
    assert code == 0, said[-5000:]
    found, tables, rows = differences_of_all(warehouse)
    print(f"\n{len(moved)} lines moved; {tables} tables, {rows} rows, {len(found)} that differ")
    assert found == {}


def months_of_lines(warehouse):
    with duckdb.connect(str(warehouse / "sales.duckdb"), read_only=True) as connection:
        return dict(
            connection.execute("select sale_line_id, month_start_on from core.fct_sales").fetchall()
        )


def write_corrections(shop):
    """A file with lines of March 2024 that were sold in June, and lines of the last month earlier.

    They carry a later time of change, as the till gives it.
    """
    lines = []
    for name, day in (("ventes_2024-03.csv", "17/06/2024"), ("ventes_2025-12.csv", "05/11/2025")):
        with (shop / name).open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file, delimiter=";"))[:200:8]
        lines += [{**row, "Date": day, "Modifié le": "15/01/2026 09:00"} for row in rows]
    with (shop / "ventes_2026-01_corrections.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, lines[0], delimiter=";", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(lines)


def test_an_empty_table_fails_its_test(cluster, built):
    _, warehouse, _ = built
    code, said, outcomes = build_on(cluster, warehouse, "build", "--empty", "--select", "fct_sales")
    assert code != 0, said[-5000:]
    assert outcomes["model.sales_warehouse.fct_sales"] == "success"
    failed = {name.split(".")[2] for name, status in outcomes.items() if status == "fail"}
    assert "fct_sales_has_rows" in failed


COLUMNS = [("name", "VARCHAR"), ("amount", "DECIMAL(18,4)"), ("share", "DOUBLE")]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([("a", 1, 0.5), ("b", 2, None)], 0),
        ([("b", 2, None), ("a", 1, 0.5 + 1e-12)], 0),
        ([("a", 1, 0.5 + 1e-6), ("b", 2, None)], 1),
        ([("a", 1, 0.5), ("b", 2, 0.0)], 1),
        ([("a", 1, 0.5)], 1),
        ([("a ", 1, 0.5), ("b", 2, None)], 1),
    ],
)
def test_the_comparison_sees_a_difference(rows, expected):
    table = (COLUMNS, [("a", 1, 0.5), ("b", 2, None)])
    assert len(differences(table, (COLUMNS, rows))) == expected
    assert differences(table, (COLUMNS[:2], [row[:2] for row in rows]))


def test_the_page_names_variables_and_targets_that_exist():
    page = (PROJECT / "docs" / "when_you_outgrow_one_machine.md").read_text(encoding="utf-8")
    profiles = (PROJECT / "profiles.yml").read_text(encoding="utf-8")
    named = set(re.findall(r"\bSPARK_[A-Z]+\b", page)) - {"SPARK_CONF_DIR"}  # Spark's own
    assert named == set(re.findall(r"env_var\('(SPARK_[A-Z]+)'", profiles)) - {"SPARK_USER"}
    for target in re.findall(r"--target (\w+)", page):
        assert f"\n    {target}:\n" in profiles, target
    assert (PROJECT / "macros" / "spark_materializations.sql").is_file()
    assert "macros/spark_materializations.sql" in page
