"""`make check SHOP=folder`: what the shop's files would give, before anything is published.

All steps run in a warehouse of their own that is thrown away: what is shown is what a report would
be made of.
"""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path

import duckdb

from scripts.build import Dbt, build
from scripts.errors import UserError, run
from scripts.ingest import ingest
from scripts.paths import shop_folder
from scripts.publish import CANDIDATE
from scripts.query import table

FILES = """
select
    path as file,
    input_name as input,
    records_in as records,
    loaded_count as loaded,
    quarantined_count as quarantined,
    rejected_count as rejected,
    ignored_count as ignored,
    duplicate_count + superseded_count as repeated
from quality.file_ledger
order by input_name <> 'sales', input_name, path
"""
REASONS = """
with kept_out as (
    select path, reason, record_number, original_text from quality.quarantine
    union all
    select path, outcome || ': ' || reason, record_number, original_text from quality.rejects
)
select
    path as file,
    reason,
    count(*) as records,
    min(record_number) as first_record,
    arg_min(original_text, record_number) as for_example
from kept_out
group by all
order by records desc, file
limit 20
"""
DOUBTS = """
select input_name as input, column_name as column, finding, count(*) as records
from quality.findings
group by all
order by records desc
limit 15
"""
SALES = """
select
    first_sold_on as first_day,
    last_sold_on as last_day,
    line_count as lines,
    order_count as orders,
    round(quantity, 2) as quantity,
    round(revenue_amount, 2) as revenue,
    currency
from marts.shop_summary
"""
SALES_OF_FILES = """
select
    files.path as file,
    min(sales.sold_on) as first_day,
    max(sales.sold_on) as last_day,
    count(*) as lines,
    round(sum(sales.net_amount) filter (where sales.is_revenue), 2) as revenue
from core.fct_sales as sales
inner join quality.file_ledger as files
    on sales.file_id = files.file_id and files.copy_of is null
group by all
order by first_day, file
limit 40
"""
MONTHS = """
select
    month_start_on as month,
    line_count as lines,
    order_count as orders,
    round(revenue_amount, 2) as revenue
from marts.revenue_by_month
order by month
limit 60
"""
ROWS = """
select
    sold_on,
    order_id,
    product_id,
    store_id,
    round(quantity, 2) as quantity,
    round(unit_price, 2) as unit_price,
    round(net_amount, 2) as net_amount,
    status,
    is_revenue as is_revenue
from core.fct_sales
order by hash(file_id, record_number)
limit 8
"""
PARTS = (
    ("The files", FILES),
    ("What would not be loaded, and why", REASONS),
    ("What is doubtful in what would be loaded", DOUBTS),
    ("The sales", SALES),
    ("The sales of each file", SALES_OF_FILES),
    ("The months", MONTHS),
    ("Some rows as they were understood", ROWS),
)


def main() -> None:
    """Show what the shop's files would give."""
    logging.getLogger("scripts").setLevel(logging.WARNING)
    shop = shop_folder()
    with tempfile.TemporaryDirectory(prefix="check-") as folder, Dbt() as dbt:
        warehouse = Path(folder) / "warehouse"
        ingest(shop, warehouse)
        refusal = None
        try:
            build(warehouse, dbt)
        except UserError as error:
            refusal = str(error).replace(str(warehouse), "the warehouse")
        candidate = warehouse / CANDIDATE
        if candidate.exists():
            with duckdb.connect(str(candidate), read_only=True) as connection:
                _show(connection)
    if refusal is not None:
        raise UserError(f"This would not be published: {refusal}")
    print(
        "\nCompare this with what the till or the web shop says; nothing was published. When it is "
        "right: make report."
    )


def _show(connection: duckdb.DuckDBPyConnection) -> None:
    for title, statement in PARTS:
        try:
            if connection.execute(statement).fetchone() is not None:
                print(f"\n{title}\n\n{table(connection, statement)}")
        except duckdb.CatalogException:
            continue  # a build that was refused has not got so far


if __name__ == "__main__":
    run(main)
