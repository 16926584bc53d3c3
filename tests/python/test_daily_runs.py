"""What a daily run goes on from, what makes it begin anew, and what it tests.

The end of any way there is the business of test_histories.py; here a mark in a row that no file
touches tells whether a build went on from the last one. A copy of the project is changed, never
the project itself.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import duckdb
import pytest
from conftest import PROJECT, query
from small_shop import manifest, sales, write_shop

pytestmark = pytest.mark.slow

PARTS = ("dbt_project.yml", "profiles.yml", "models", "macros", "seeds", "tests", "scripts", "data")
PARSES_ALL = "Starting full parse"
FAILING = "fct_sales_gross_less_discount_is_net"
OF_MONTHS = "marts.revenue_by_product_region_month"
IN_JANUARY = "month_start_on = date '2025-01-01'"


class Copy:
    """A copy of the project, a small shop and its warehouse."""

    def __init__(self, folder):
        self.project = folder / "project"
        for part in PARTS:
            source = PROJECT / part
            copy = shutil.copytree if source.is_dir() else shutil.copy2
            self.project.mkdir(exist_ok=True)
            copy(source, self.project / part)
        self.shop = write_shop(folder / "shop")
        self.warehouse = folder / "warehouse"

    def run(self, warehouse=None):
        return subprocess.run(
            [sys.executable, "-m", "scripts.pipeline", "--without-report"],
            cwd=self.project,
            env={
                **os.environ,
                "SHOP": str(self.shop),
                "WAREHOUSE": str(warehouse or self.warehouse),
            },
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )

    def build(self, warehouse=None):
        """Run the pipeline; returns what dbt said."""
        run = self.run(warehouse)
        assert run.returncode == 0, run.stderr
        return ((warehouse or self.warehouse) / "target" / "dbt.log").read_text(encoding="utf-8")

    def add_sales(self, month, price="2.50"):
        (self.shop / f"sales-{month:02d}.csv").write_text(sales(month, price), encoding="utf-8")

    def change(self, path, old, new):
        text = (self.project / path).read_text(encoding="utf-8")
        assert old in text
        (self.project / path).write_text(text.replace(old, new, 1), encoding="utf-8")

    def in_candidate(self, statement):
        """Change the candidate as if the last build had left it so."""
        with duckdb.connect(str(self.warehouse / "candidate.duckdb")) as connection:
            connection.execute(statement)
        (self.warehouse / "build.json").unlink(missing_ok=True)

    def mark(self):
        self.in_candidate(f"update core.fct_sales set remarks = 'marked' where {IN_JANUARY}")

    def dbt(self, *arguments):
        """Plain dbt on the warehouse, as if a build was killed afterwards."""
        environment = {**os.environ, "SHOP": str(self.shop), "WAREHOUSE": str(self.warehouse)}
        for module in (["scripts.ingest"], ["dbt.cli.main", *arguments]):
            subprocess.run(
                [sys.executable, "-m", *module],
                cwd=self.project,
                env=environment,
                capture_output=True,
                timeout=600,
                check=True,
            )
        (self.warehouse / "build.json").unlink(missing_ok=True)

    def rename(self, old, new):
        products = self.shop / "products.csv"
        text = products.read_text(encoding="utf-8")
        assert old in text
        products.write_text(text.replace(old, new), encoding="utf-8")

    def is_marked(self):
        marked = "select count(*) from core.fct_sales where remarks = 'marked'"
        return query(self.warehouse, marked) == [(100,)]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    copy = Copy(tmp_path_factory.mktemp("daily"))
    assert PARSES_ALL in copy.build()
    return copy


def test_the_project_is_parsed_once_for_all_warehouses(built):
    assert PARSES_ALL not in built.build(built.warehouse.with_name("another"))


def test_only_what_a_file_touches_is_computed_again(built):
    built.mark()
    built.add_sales(4)
    built.build()
    assert built.is_marked()
    built.add_sales(4, price="3.00")
    built.mark()
    built.build()
    assert built.is_marked()


def test_a_new_name_shows_in_months_that_no_file_touches(built):
    names = f"select product_name, count(*) from {OF_MONTHS} where product_id = 'A3' group by all"
    other_months = f"select count(*) from {OF_MONTHS} where category = 'marked'"

    built.in_candidate(f"update {OF_MONTHS} set category = 'marked' where {IN_JANUARY}")
    built.add_sales(4, price="3.25")
    built.build()
    assert query(built.warehouse, other_months) == [(7,)]
    ((name, months),) = query(built.warehouse, names)
    built.rename(name, "Rye")
    built.mark()
    built.build()
    assert built.is_marked()
    assert query(built.warehouse, names) == [("Rye", months)]
    assert query(built.warehouse, other_months) == [(0,)]


def test_a_name_that_is_gone_again_after_a_killed_build_is_shown_nowhere(built):
    (name,) = next(iter(query(built.warehouse, f"select product_name from {OF_MONTHS} limit 1")))
    built.rename(name, "Short-lived")
    built.dbt("build", "--quiet", "--select", "+revenue_by_product_region_month")
    built.rename("Short-lived", name)
    built.add_sales(4, price="3.50")
    built.mark()
    built.build()
    assert built.is_marked()
    gone = f"select count(*) from {OF_MONTHS} where product_name = 'Short-lived'"
    assert query(built.warehouse, gone) == [(0,)]


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("macros/amounts.sql", "{#-", "{#- changed:"),
        ("models/staging/stg_sales.sql", "select", "-- changed\nselect"),
        ("../shop/inputs.yml", "currency: EUR", "currency: CHF"),
    ],
)
def test_everything_is_computed_again_when_what_it_is_made_of_changed(built, path, old, new):
    built.mark()
    built.change(path, old, new)
    built.build()
    assert not built.is_marked()


def test_a_daily_run_tests_the_months_it_touched(built):
    """A fault in January: unseen while other months change, found when January does."""
    before = manifest(built.warehouse)["generation"]
    built.in_candidate(
        f"update core.fct_sales set gross_amount = 77 where {IN_JANUARY} and record_number = 1"
    )
    built.add_sales(5)
    built.build()
    assert manifest(built.warehouse)["generation"] == before + 1

    late = sales(1).splitlines()[:2]
    late[1] = late[1].replace("01-0000", "01-9999")
    (built.shop / "sales-late.csv").write_text("\n".join(late) + "\n", encoding="utf-8")
    run = built.run()
    assert run.returncode == 1
    assert f"The test {FAILING} failed on 1 row(s)" in run.stderr
    assert "77" in run.stderr
    assert manifest(built.warehouse)["generation"] == before + 1
    assert failed_rows(built.warehouse) == {FAILING: 1}

    # mended as its message says: everything is computed and tested again
    for name in ("build.duckdb", "candidate.duckdb", "build.json"):
        (built.warehouse / name).unlink()
    built.build()
    assert manifest(built.warehouse)["generation"] == before + 2
    assert failed_rows(built.warehouse) == {}


def test_what_failed_once_is_tested_again(built):
    """A test that blocks no model fails: the months it looked at are kept for the next build."""
    built.build()
    built.in_candidate(
        f"update core.fct_sales set location_id = 'Nowhere|||' where {IN_JANUARY} and "
        "record_number = 1"
    )
    late = sales(1).splitlines()[:2]
    late[1] = late[1].replace("01-0000", "01-7777")
    (built.shop / "sales-late-too.csv").write_text("\n".join(late) + "\n", encoding="utf-8")
    for _ in range(2):
        run = built.run()
        assert run.returncode == 1
        assert "The test fct_sales_members_exist failed on 1 row(s)" in run.stderr


def failed_rows(warehouse):
    """{test: rows} of the tables with rows that failed a test."""
    with duckdb.connect(str(warehouse / "build.duckdb"), read_only=True) as connection:
        tables = connection.execute(
            "select table_name from information_schema.tables where table_schema = 'failed_tests'"
        ).fetchall()
        return {
            name: connection.execute(f"select count(*) from failed_tests.{name}").fetchone()[0]
            for (name,) in tables
        }
