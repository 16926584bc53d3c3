"""What is published is whole, current and tested, whatever surrounds the build."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from decimal import Decimal

import duckdb
import pytest
from conftest import build_shop, public_tables, query

from scripts import build
from scripts.errors import UserError

INPUTS = """\
shop: L'Atelier
currency: EUR
sales:
  files: "*.csv"
  columns: {sold_on: day, product_id: article, quantity: pieces, unit_price: price}
"""
SALES = "day,article,pieces,price\n" + "".join(
    f"2025-01-{day:02d},soap,{day},2.50\n" for day in range(1, 21)
)


@pytest.fixture(scope="module")
def atelier(tmp_path_factory):
    """A shop and a warehouse whose folders have an apostrophe and a bracket in their names."""
    folder = tmp_path_factory.mktemp("publish") / "L'Atelier [1]"
    shop, warehouse = folder / "shop", folder / "warehouse"
    shop.mkdir(parents=True)
    (shop / "inputs.yml").write_text(INPUTS, encoding="utf-8")
    (shop / "sales.csv").write_text(SALES, encoding="utf-8")
    # a setting of dbt that would leave out every test
    process = build_shop(shop, warehouse, DBT_RESOURCE_TYPES="model")
    return shop, warehouse, process


def manifest(warehouse):
    return json.loads((warehouse / "sales.json").read_text(encoding="utf-8"))


def test_a_folder_may_be_called_anything(atelier):
    _, warehouse, _ = atelier
    # 1 + 2 + … + 20 pieces at 2.50
    assert query(warehouse, "select revenue_amount from marts.shop_summary") == [(Decimal(525),)]


def test_a_setting_of_dbt_in_the_environment_leaves_out_no_test(atelier):
    _, warehouse, _ = atelier
    results = json.loads((warehouse / "target" / "run_results.json").read_text())["results"]
    assert sum(result["unique_id"].startswith("test.") for result in results) >= 65


def test_the_published_file_is_read_only(atelier):
    _, warehouse, _ = atelier
    assert (warehouse / "sales.duckdb").stat().st_mode & 0o222 == 0


def test_a_second_run_builds_nothing(atelier):
    shop, warehouse, _ = atelier
    before = manifest(warehouse)
    assert "Nothing to build" in build_shop(shop, warehouse).stderr
    assert manifest(warehouse) == before


def damage(warehouse):
    """Cut the end off the published file, which is its generation's file too."""
    published = warehouse / "sales.duckdb"
    published.chmod(0o644)
    os.truncate(published, published.stat().st_size - 4096)


def test_a_damaged_file_and_an_old_table_are_put_right(atelier):
    """Another byte in the published file is noticed; a table without a model is not published."""
    shop, warehouse, _ = atelier
    tables = public_tables(warehouse)
    with duckdb.connect(str(warehouse / "candidate.duckdb")) as connection:
        connection.execute("create table marts.revenue_by_old as select 1 as revenue_amount")
    damage(warehouse)
    assert "Published generation 2" in build_shop(shop, warehouse).stderr
    assert public_tables(warehouse) == tables
    assert query(warehouse, "select revenue_amount from marts.shop_summary") == [(Decimal(525),)]


def test_a_manifest_that_cannot_be_read_is_none(atelier):
    """The number goes on all the same: no two generations ever have the same one."""
    shop, warehouse, _ = atelier
    number = manifest(warehouse)["generation"]
    damage(warehouse)
    (warehouse / "sales.json").write_text("{", encoding="utf-8")
    for path in (warehouse / "generations").glob("0*.json"):
        path.write_text("{", encoding="utf-8")
    assert f"Published generation {number + 1}" in build_shop(shop, warehouse).stderr
    assert query(warehouse, "select revenue_amount from marts.shop_summary") == [(Decimal(525),)]


class CutOff:
    """A dbt whose results a full disk cuts off."""

    PROGRAM = (
        "import json, pathlib, sys; folder = pathlib.Path(json.loads(input())['folder']);"
        "target = folder / 'target'; target.mkdir(exist_ok=True);"
        "(target / 'run_results.json').write_text('{\"results\": [{\"stat');"
        "print('No space left on device'); sys.exit(2)"
    )

    def take(self):
        return subprocess.Popen(
            [sys.executable, "-c", self.PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )


def test_results_that_a_full_disk_cut_off_are_a_sentence(tmp_path):
    with pytest.raises(UserError, match=r"The disk of .* is full. Make room, then run this again."):
        build._build(tmp_path, CutOff())


def test_a_failed_test_says_what_it_holds_also_when_dbt_has_forgotten_it(tmp_path):
    """As it does of tests that are files, once it has parsed a changed project in part."""
    name = "test.sales_warehouse.few_records_are_quarantined"
    node = {"schema": "failed_tests", "alias": "few_records", "description": ""}
    (tmp_path / "manifest.json").write_text(json.dumps({"nodes": {name: node}}), encoding="utf-8")
    outcome = {"unique_id": name, "status": "fail", "failures": 1}
    assert "raise that setting" in build._failure(outcome, tmp_path)
