"""What people write today: `python -m scripts.benchmark.pandas_pipeline SHOP OUTPUT.sqlite`.

pandas in chunks into SQLite, with the care a competent person takes: only the columns that are
needed, declared types, amounts as whole cents, one transaction, a key that is the row number of
the table (so that a correction replaces its row without a look-up of its own), no journal, no
waiting for the disk. Then an index, and the marts by SQL, with sums that several marts share.

Its tables have the names and columns of ours; amounts are cents and booleans 0 or 1, because
SQLite has neither decimals nor booleans. `export` brings them into a DuckDB file to be compared.
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from scripts.benchmark.compare import TABLES

CHUNK_LINES = 500_000
UNKNOWN = "(unknown)"

SALES_TYPES = {
    "sale_id": "int64",
    "order_id": "int64",
    "sold_on": "str",
    "store_id": "str",
    "product_id": "str",
    "customer_id": "str",
    "employee_id": "str",
    "quantity": "int64",
    "unit_price": "float64",
    "discount_amount": "float64",
}

FACT = """
create table fct_sales (
    sale_id integer primary key,
    order_id integer,
    product_id text,
    store_id text,
    location_id text,
    customer_id text,
    employee_id text,
    sold_on text,
    month_start_on text,
    quantity integer,
    unit_price integer,
    gross_amount integer,
    discount_amount integer,
    net_amount integer,
    cost_amount integer,
    margin_amount integer,
    is_return integer,
    is_anonymous integer
)
"""
FACT_COLUMNS = [line.split()[0] for line in FACT.strip().splitlines()[1:-1]]

# Constants of this shop, which nobody would store: the fact is compared without them.
LEFT_OUT = frozenset(
    [
        "line_number",
        "sold_at",
        "tax_amount",
        "total_amount",
        "original_net_amount",
        "original_quantity",
        "original_currency",
        "status",
        "is_revenue",
    ]
)

# Written as cents; every other number is what it is.
NOT_CENTS = ("employee_count", "quantity", "slope_amount", "intercept_amount")


def main() -> None:
    """The command; OUTPUT must not exist."""
    run_pipeline(Path(sys.argv[1]), Path(sys.argv[2]))


def run_pipeline(shop: Path, output: Path) -> None:
    """Load the shop's files into a SQLite file and aggregate them."""
    connection = sqlite3.connect(output, isolation_level=None)
    for setting in (
        "journal_mode = off",
        "synchronous = off",
        "locking_mode = exclusive",
        "temp_store = memory",
        "cache_size = -262144",
    ):
        connection.execute(f"pragma {setting}")
    connection.execute(FACT)
    products, stores = read_products(shop), read_stores(shop)
    connection.execute("begin")
    places = ", ".join("?" for _ in FACT_COLUMNS)
    for chunk in read_sales(shop):
        lines = enrich(clean(chunk), products, stores)
        # Python's own numbers: SQLite takes numpy's as blobs
        rows = zip(*(lines[column].tolist() for column in FACT_COLUMNS), strict=True)
        connection.executemany(f"insert or replace into fct_sales values ({places})", rows)
    connection.execute("commit")
    products.to_sql("products", connection, index=False)
    stores.to_sql("stores", connection, index=False)
    connection.execute("create index fct_sales_sold_on on fct_sales (sold_on)")
    connection.executescript(MARTS)
    fit_lines(connection)
    connection.close()


def read_sales(shop: Path) -> Iterator[pd.DataFrame]:
    """The sales files in chunks, oldest first, so that a correction comes after its original."""
    for file in sorted(shop.glob("sales_*.csv")):
        yield from pd.read_csv(
            file,
            usecols=list(SALES_TYPES),
            dtype=SALES_TYPES,
            engine="c",
            chunksize=CHUNK_LINES,
            keep_default_na=False,
            na_values=[""],
        )


def read_products(shop: Path) -> pd.DataFrame:
    products = pd.read_csv(shop / "products.csv")
    for column in ("unit_price", "unit_cost"):
        products[column] = cents(products[column])
    return products.rename(columns={"unit_price": "list_price"})


def read_stores(shop: Path) -> pd.DataFrame:
    stores = pd.read_csv(shop / "stores.csv")
    stores["location_id"] = stores["country"] + "|" + stores["region"] + "||" + stores["city"]
    return stores


def cents(amounts: pd.Series) -> pd.Series:
    return (amounts * 100).round().astype("int64")


def clean(lines: pd.DataFrame) -> pd.DataFrame:
    """Validate and deduplicate: lines with a date that can be read, the last of each key."""
    day = pd.to_datetime(lines["sold_on"], format="%Y-%m-%d", errors="coerce")
    return lines[day.notna()].drop_duplicates("sale_id", keep="last")


def enrich(lines: pd.DataFrame, products: pd.DataFrame, stores: pd.DataFrame) -> pd.DataFrame:
    """Prices, costs and places, and the amounts of each line in cents."""
    lines = lines.merge(
        products[["product_id", "list_price", "unit_cost"]], on="product_id", how="left"
    ).merge(stores[["store_id", "location_id"]], on="store_id", how="left")
    lines["unit_price"] = cents(lines["unit_price"].fillna(lines["list_price"] / 100))
    lines["discount_amount"] = cents(lines["discount_amount"])
    lines["gross_amount"] = lines["quantity"] * lines["unit_price"]
    lines["net_amount"] = lines["gross_amount"] - lines["discount_amount"]
    lines["cost_amount"] = lines["quantity"] * lines["unit_cost"]
    lines["margin_amount"] = lines["net_amount"] - lines["cost_amount"]
    lines["month_start_on"] = lines["sold_on"].str.slice(0, 8) + "01"
    lines["is_return"] = (lines["quantity"] < 0).astype("int64")
    lines["is_anonymous"] = lines["customer_id"].isna().astype("int64")
    lines["customer_id"] = lines["customer_id"].fillna(UNKNOWN)
    return lines


SUMS = """
    sum(line_count) as line_count,
    sum(quantity) as quantity,
    sum(gross_amount) as gross_amount,
    sum(discount_amount) as discount_amount,
    sum(revenue_amount) as revenue_amount,
    sum(cost_amount) as cost_amount,
    sum(margin_amount) as margin_amount,
    sum(revenue_with_cost_amount) as revenue_with_cost_amount
"""

SUMS_OF_LINES = """
    count(*) as line_count,
    sum(quantity) as quantity,
    sum(gross_amount) as gross_amount,
    sum(discount_amount) as discount_amount,
    sum(net_amount) as revenue_amount,
    sum(cost_amount) as cost_amount,
    sum(margin_amount) as margin_amount,
    sum(case when cost_amount is not null then net_amount end) as revenue_with_cost_amount
"""

MEASURES = """
    sold.line_count,
    sold.quantity,
    sold.gross_amount,
    sold.discount_amount,
    sold.revenue_amount,
    sold.cost_amount,
    sold.margin_amount,
    sold.revenue_with_cost_amount
"""

# zero where nothing was sold; the cost of nothing is not known
FILLED = """
    coalesce(sold.line_count, 0) as line_count,
    coalesce(sold.quantity, 0) as quantity,
    coalesce(sold.gross_amount, 0) as gross_amount,
    coalesce(sold.discount_amount, 0) as discount_amount,
    coalesce(sold.revenue_amount, 0) as revenue_amount,
    sold.cost_amount,
    sold.margin_amount,
    coalesce(sold.revenue_with_cost_amount, 0) as revenue_with_cost_amount
"""

MARTS = f"""
begin;

create temp table product_region_months as
select
    product_id, country, region, month_start_on,
    min(sold_on) as first_sold_on, max(sold_on) as last_sold_on, {SUMS_OF_LINES}
from fct_sales
inner join stores using (store_id)
group by product_id, country, region, month_start_on;

create temp table product_stores as
select product_id, store_id, {SUMS_OF_LINES}
from fct_sales group by product_id, store_id;

create temp table store_days as
select
    store_id, sold_on, month_start_on,
    sum(case when is_return then net_amount end) as returns_amount,
    sum(case when is_anonymous then net_amount end) as anonymous_amount, {SUMS_OF_LINES}
from fct_sales group by store_id, sold_on, month_start_on;

create temp table orders as
select distinct order_id, customer_id, store_id, sold_on, month_start_on from fct_sales;

create temp table period as
select min(sold_on) as first_sold_on, max(sold_on) as last_sold_on from store_days;

create temp table days as
with recursive days (sold_on) as (
    select first_sold_on from period
    union all
    select date(days.sold_on, '+1 day') from days, period
    where days.sold_on < period.last_sold_on
)
select
    sold_on,
    date(sold_on, 'start of month') as month_start_on,
    date(sold_on, 'start of month', '+1 month', '-1 day') as month_end_on,
    date(sold_on, 'start of month', '+1 month', '-1 day') <= last_sold_on as is_complete
from days, period;

create temp table months as
select distinct month_start_on, month_end_on, is_complete from days;

create table revenue_by_product_region_month as
select
    sold.product_id, sold.country, sold.region, sold.month_start_on, {MEASURES},
    products.product_name, products.category, months.is_complete
from product_region_months as sold
inner join products on sold.product_id = products.product_id
inner join months on sold.month_start_on = months.month_start_on;

create table monthly_product_sales as
select
    sold.product_id, sold.month_start_on, {MEASURES},
    products.product_name, products.category, months.is_complete
from (
    select product_id, month_start_on, {SUMS}
    from product_region_months group by product_id, month_start_on
) as sold
inner join products on sold.product_id = products.product_id
inner join months on sold.month_start_on = months.month_start_on;

create table revenue_by_product as
select
    sold.product_id, sold.first_sold_on, sold.last_sold_on, {MEASURES},
    cast(sold.revenue_amount as real) / sum(sold.revenue_amount) over () as revenue_share,
    rank() over (order by sold.revenue_amount desc) as revenue_rank,
    products.product_name, products.category,
    '{UNKNOWN}' as subcategory, '{UNKNOWN}' as brand
from (
    select
        product_id, min(first_sold_on) as first_sold_on, max(last_sold_on) as last_sold_on, {SUMS}
    from product_region_months group by product_id
) as sold
inner join products on sold.product_id = products.product_id;

create table product_sales_by_store as
select
    sold.product_id, sold.store_id, {MEASURES},
    products.product_name, products.category, stores.store_name
from product_stores as sold
inner join products on sold.product_id = products.product_id
inner join stores on sold.store_id = stores.store_id;

create table revenue_by_day as
select
    days.sold_on, days.month_start_on, coalesce(counted.order_count, 0) as order_count, {FILLED},
    days.is_complete as is_month_complete
from days
left join (
    select sold_on, {SUMS} from store_days group by sold_on
) as sold on days.sold_on = sold.sold_on
left join (
    select sold_on, count(distinct order_id) as order_count from orders group by sold_on
) as counted on days.sold_on = counted.sold_on;

create table revenue_by_month as
select
    months.month_start_on, coalesce(counted.order_count, 0) as order_count,
    coalesce(counted.customer_count, 0) as customer_count, {FILLED},
    coalesce(sold.returns_amount, 0) as returns_amount, months.is_complete
from months
left join (
    select month_start_on, sum(returns_amount) as returns_amount, {SUMS}
    from store_days group by month_start_on
) as sold on months.month_start_on = sold.month_start_on
left join (
    select
        month_start_on, count(distinct order_id) as order_count,
        count(distinct case when customer_id <> '{UNKNOWN}' then customer_id end)
            as customer_count
    from orders group by month_start_on
) as counted on months.month_start_on = counted.month_start_on;

create table revenue_by_store as
select
    stores.store_id, null as opened_on, null as closed_on,
    coalesce(counted.order_count, 0) as order_count, {FILLED},
    cast(coalesce(sold.revenue_amount, 0) as real)
        / nullif(sum(coalesce(sold.revenue_amount, 0)) over (), 0) as revenue_share,
    stores.employee_count, stores.store_name, stores.country, stores.region, stores.city
from stores
left join (
    select store_id, {SUMS} from store_days group by store_id
) as sold on stores.store_id = sold.store_id
left join (
    select store_id, count(distinct order_id) as order_count from orders group by store_id
) as counted on stores.store_id = counted.store_id;

create table revenue_by_location as
select
    sold.location_id, {MEASURES},
    cast(sold.revenue_amount as real) / sum(sold.revenue_amount) over () as revenue_share,
    sold.country, sold.region, '{UNKNOWN}' as state, sold.city
from (
    select location_id, country, region, city, {SUMS}
    from store_days inner join stores using (store_id)
    group by location_id, country, region, city
) as sold;

create table revenue_by_region as
select
    sold.country, sold.region, {MEASURES},
    cast(sold.revenue_amount as real) / sum(sold.revenue_amount) over () as revenue_share
from (
    select country, region, {SUMS} from revenue_by_location group by country, region
) as sold;

create table employee_sales_ratio as
with first_days as (
    select store_id, min(sold_on) as first_sold_on from store_days group by store_id
),
sold as (
    select store_id, month_start_on, {SUMS} from store_days group by store_id, month_start_on
)
select
    stores.store_id, months.month_start_on,
    coalesce(sold.quantity, 0) as quantity,
    coalesce(sold.revenue_amount, 0) as revenue_amount,
    stores.employee_count,
    coalesce(sold.revenue_amount, 0) / 100.0 / stores.employee_count as revenue_per_employee,
    stores.store_name, stores.region, months.is_complete
from stores
cross join months
cross join period
left join first_days on stores.store_id = first_days.store_id
left join sold
    on stores.store_id = sold.store_id and months.month_start_on = sold.month_start_on
where
    sold.store_id is not null
    or min(months.month_end_on, period.last_sold_on) >= first_days.first_sold_on;

create table employee_sales_by_store as
with last_months as (
    select
        month_start_on,
        min(month_start_on) over () as window_start_on,
        max(month_end_on) over () as window_end_on
    from months
    where month_start_on > (select date(max(month_start_on), '-12 months') from months)
)
select
    ratios.store_id, window_start_on, window_end_on, count(*) as month_count,
    sum(ratios.revenue_amount) as revenue_amount, stores.employee_count,
    sum(ratios.revenue_amount) / 100.0 / stores.employee_count as revenue_per_employee,
    stores.store_name, stores.region, stores.city
from employee_sales_ratio as ratios
inner join last_months on ratios.month_start_on = last_months.month_start_on
inner join stores on ratios.store_id = stores.store_id
group by ratios.store_id;

create table shop_summary as
select
    'Benchmark' as shop_name, period.last_sold_on as as_of_date, period.first_sold_on,
    period.last_sold_on,
    (select max(month_start_on) from months where is_complete) as last_complete_month_start_on,
    counted.order_count, counted.customer_count,
    (select count(*) from revenue_by_product) as product_count,
    (select count(distinct store_id) from store_days) as store_count, {MEASURES},
    coalesce(sold.returns_amount, 0) as returns_amount,
    coalesce(sold.anonymous_amount, 0) as anonymous_revenue_amount,
    0 as not_revenue_line_count, 0 as not_revenue_amount,
    (select sum(employee_count) from stores) as employee_count,
    'EUR' as currency, 'en' as locale,
    0 as prices_include_tax, 0 as has_price_history, 0 as has_head_count_history
from period
cross join (
    select
        sum(returns_amount) as returns_amount, sum(anonymous_amount) as anonymous_amount, {SUMS}
    from store_days
) as sold
cross join (
    select
        count(distinct order_id) as order_count,
        count(distinct case when customer_id <> '{UNKNOWN}' then customer_id end)
            as customer_count
    from orders
) as counted;

commit;
"""


def fit_lines(connection: sqlite3.Connection) -> None:
    """The line through the stores, for each month and for the last twelve: SQLite has none."""
    monthly = pd.read_sql_query(
        "select 'month' as period_type, ratios.month_start_on as period_start_on,"
        " months.month_end_on as period_end_on, ratios.employee_count, ratios.revenue_amount"
        " from employee_sales_ratio as ratios"
        " inner join months on ratios.month_start_on = months.month_start_on",
        connection,
    )
    window = pd.read_sql_query(
        "select 'window' as period_type, window_start_on as period_start_on,"
        " window_end_on as period_end_on, employee_count, revenue_amount"
        " from employee_sales_by_store",
        connection,
    )
    rows = []
    groups = pd.concat([monthly, window]).groupby(
        ["period_type", "period_start_on", "period_end_on"]
    )
    for period, points in groups:
        heads = points["employee_count"].to_numpy(dtype=float)
        revenue = points["revenue_amount"].to_numpy(dtype=float) / 100
        line: list[float | None] = [None, None, None]
        if len(heads) >= 3 and len(set(heads)) >= 2:
            covariance = np.cov(heads, revenue, bias=True)
            slope = covariance[0, 1] / covariance[0, 0]
            share = covariance[0, 1] ** 2 / (covariance[0, 0] * covariance[1, 1])
            line = [
                round(float(slope), 4),
                round(float(revenue.mean() - slope * heads.mean()), 4),
                round(float(share), 6),
            ]
        rows.append([*period, len(heads), *line])
    pd.DataFrame(
        rows,
        columns=[
            "period_type",
            "period_start_on",
            "period_end_on",
            "store_count",
            "slope_amount",
            "intercept_amount",
            "r_squared",
        ],
    ).to_sql("employee_sales_regression", connection, index=False)


def export(sqlite_file: Path, ours: Path, output: Path) -> None:
    """Write the tables of the SQLite file to a DuckDB file, with the types of ours.

    Not a part of the pipeline and not measured: only so that both can be compared.
    """
    source = sqlite3.connect(sqlite_file)
    with duckdb.connect(str(output)) as target:
        quoted = str(ours).replace("'", "''")
        target.execute(f"attach '{quoted}' as ours (read_only)")
        target.execute("create schema core; create schema marts")
        for schema, table in TABLES:
            kinds = dict(
                target.execute(
                    "select column_name, data_type from duckdb_columns()"
                    " where database_name = 'ours' and schema_name = ? and table_name = ?",
                    [schema, table],
                ).fetchall()
            )
            _export_table(source, target, f"{schema}.{table}", kinds)
    source.close()


def _export_table(
    source: sqlite3.Connection,
    target: duckdb.DuckDBPyConnection,
    table: str,
    kinds: dict[str, str],
) -> None:
    name = table.split(".")[1]
    is_created = False
    for chunk in pd.read_sql_query(f"select * from {name}", source, chunksize=CHUNK_LINES):
        shown = ", ".join(
            _as_ours(column, kinds[column]) for column in chunk.columns if column in kinds
        )
        target.register("chunk", chunk)
        verb = f"insert into {table}" if is_created else f"create table {table} as"
        target.execute(f"{verb} select {shown} from chunk")
        target.unregister("chunk")
        is_created = True


def _as_ours(column: str, kind: str) -> str:
    if kind.startswith("DECIMAL") and column not in NOT_CENTS:
        return f'cast(cast("{column}" as bigint) * 0.01 as {kind}) as "{column}"'
    return f'cast("{column}" as {kind}) as "{column}"'


if __name__ == "__main__":
    main()
