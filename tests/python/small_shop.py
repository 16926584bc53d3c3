"""A small shop, published once, for the tests of publishing: what they change, and what they see.

Not a test itself. Nearly all of a build's time is dbt's, so tests that are about publishing change
the candidate themselves (`vary`) and call `publish`; the others run the real pipeline.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
from conftest import PROJECT, build_shop, contents, query

from scripts import fingerprint, generations
from scripts.publish import publish

INPUTS = """\
shop: Bakery
currency: EUR
sales:
  files: sales-*.csv
  key: [sale_id]
  columns: {sale_id: id, sold_on: day, product_id: article, quantity: pieces, unit_price: price}
products:
  files: products.csv
  columns: {product_id: article, product_name: name}
"""
PRODUCTS = "article,name\n" + "".join(f"A{number},Bread {number}\n" for number in range(7))
LINES_PER_FILE = 100
# each command has the project's modules and no settings of the surroundings
SETTINGS = ("KEEP_GENERATIONS", "LOCK_WAIT_SECONDS", "GENERATION", "ACCEPT_COLLAPSE")


def sales(month, price="2.50", count=LINES_PER_FILE):
    """A file of sales: a header, and `count` lines over the days of a month of 2025."""
    rows = [
        f"{month:02d}-{number:04d},{date(2025, month, 1) + timedelta(number % 28)},"
        f"A{number % 7},{number % 5 + 1},{price}\n"
        for number in range(count)
    ]
    return "id,day,article,pieces,price\n" + "".join(rows)


def write_shop(shop):
    """Three months of sales and a list of products."""
    shop.mkdir(parents=True)
    (shop / "inputs.yml").write_text(INPUTS, encoding="utf-8")
    (shop / "products.csv").write_text(PRODUCTS, encoding="utf-8")
    for month in (1, 2, 3):
        (shop / f"sales-{month:02d}.csv").write_text(sales(month), encoding="utf-8")
    return shop


def change_shop(shop):
    """One more month, and a month whose prices were corrected."""
    (shop / "sales-02.csv").write_text(sales(2, price="2.75"), encoding="utf-8")
    (shop / "sales-04.csv").write_text(sales(4, price="3.00"), encoding="utf-8")


def build_template(folder, report=False):
    """The shop and its warehouse with one generation: (shop, warehouse)."""
    shop = write_shop(folder / "shop")
    build_shop(shop, folder / "warehouse", report=report)
    return shop, folder / "warehouse"


def copy_warehouse(warehouse, target):
    """A copy in which the published file and its generation are one file again."""
    shutil.copytree(warehouse, target)
    manifest = read_json(target / "sales.json")
    (target / "sales.duckdb").unlink()
    os.link(generation_file(target, manifest["generation"]), target / "sales.duckdb")
    return target


def generation_file(warehouse, number, ending="duckdb"):
    return warehouse / "generations" / f"{number:06d}.{ending}"


def read_json(path):
    return json.loads(path.read_text(encoding="utf-8"))


def manifest(warehouse):
    return read_json(warehouse / "sales.json")


VARY = """
    insert into core.fct_sales
    select * replace ($name as sale_line_id, $name as sale_id)
    from core.fct_sales order by sale_line_id limit 1;
    update marts.shop_summary set
        line_count = (select count(*) from core.fct_sales),
        revenue_amount = (select sum(net_amount) from core.fct_sales);
    update marts.revenue_by_month as m set
        line_count = (select count(*) from core.fct_sales where month_start_on = m.month_start_on),
        revenue_amount = (
            select sum(net_amount) from core.fct_sales where month_start_on = m.month_start_on
        );
    update marts.revenue_by_product as p set
        line_count = (select count(*) from core.fct_sales where product_id = p.product_id),
        revenue_amount = (
            select sum(net_amount) from core.fct_sales where product_id = p.product_id
        );
"""


def vary(warehouse, name):
    """One more line of sales in the candidate, in the fact and in three marts that show it."""
    with duckdb.connect(str(warehouse / "candidate.duckdb")) as connection:
        for statement in VARY.split(";")[:-1]:
            parameters = {"name": name} if "$name" in statement else None
            connection.execute(statement, parameters)


def publish_variation(warehouse, name, made_from=None):
    """Vary the candidate and publish it; `made_from` None is what the pipeline finds current."""
    vary(warehouse, name)
    return publish(warehouse, made_from or fingerprint.of_warehouse(warehouse))


def run_script(script, *arguments, warehouse=None, shop=None, **environment):
    """Run Python text in a process of its own; returns the finished process."""
    variables = {name: text for name, text in os.environ.items() if name not in SETTINGS}
    variables |= environment
    variables["PYTHONPATH"] = str(PROJECT)
    if warehouse is not None:
        variables["WAREHOUSE"] = str(warehouse)
    if shop is not None:
        variables["SHOP"] = str(shop)
    return subprocess.run(
        [sys.executable, "-c", script, *map(str, arguments)],
        cwd=PROJECT,
        env=variables,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def is_whole(warehouse):
    """Whether the published file, its manifest, its generation and its figures are one."""
    said = manifest(warehouse)
    line_count, revenue = query(
        warehouse, "select count(*), sum(net_amount) from core.fct_sales where is_revenue"
    )[0]
    return (
        generations.digest_of(warehouse / "sales.duckdb") == said["sha256"]
        and generations.kept(warehouse)[said["generation"]] == said
        and (line_count, revenue) == (said["line_count"], Decimal(said["revenue_amount"]))
    )


def leftovers(warehouse):
    """Files with temporary names, below the warehouse but for dbt's own folder."""
    found = [path.relative_to(warehouse) for path in warehouse.rglob("*")]
    return sorted(
        str(path)
        for path in found
        if path.parts[0] == ".work"
        or (path.parts[0] != "target" and path.suffix in (".partial", ".tmp"))
    )


def ledger_of(warehouse):
    """The ledger byte for byte: {name of the entry: its bytes}."""
    folder = Path(warehouse) / "landing" / "ledger"
    return {path.name: path.read_bytes() for path in folder.glob("*.json")}


def state(warehouse):
    """What must not depend on what happened on the way: every cell, and the ledger's bytes."""
    return contents(warehouse), ledger_of(warehouse)
