"""How long questions to a published file take: `python -m scripts.benchmark.queries FILE`.

A fresh process, one read-only connection, each statement some times over, rows fetched: what a
dashboard's server does. Prints JSON: {kind: {statement: [p50, p95] in milliseconds}, …}.
"""

from __future__ import annotations

import json
import sys
import time
from statistics import quantiles

import duckdb

WARM_UPS = 2
TIMES = 40

# One month, one store, one product, one customer: what a person clicks.
MONTH = "date '2025-06-01'"
STORE = "'S042'"
PRODUCT = "'P01234'"

DASHBOARD = {
    "headline figures": "select * from marts.shop_summary",
    "all months": "select * from marts.revenue_by_month order by month_start_on",
    "days of one month": f"""
        select sold_on, revenue_amount, order_count from marts.revenue_by_day
        where month_start_on = {MONTH} order by sold_on
    """,
    "top ten products": """
        select product_name, revenue_amount, revenue_share from marts.revenue_by_product
        order by revenue_rank limit 10
    """,
    "categories": """
        select category, sum(revenue_amount), sum(margin_amount) from marts.revenue_by_product
        group by category order by 2 desc
    """,
    "regions": "select * from marts.revenue_by_region order by revenue_amount desc",
    "cities of one region": """
        select city, revenue_amount from marts.revenue_by_location
        where region = 'Region 3' order by revenue_amount desc
    """,
    "stores": """
        select store_name, revenue_amount, margin_amount, order_count
        from marts.revenue_by_store order by revenue_amount desc
    """,
    "months of one product": f"""
        select month_start_on, revenue_amount from marts.monthly_product_sales
        where product_id = {PRODUCT} order by month_start_on
    """,
    "top ten products of one month": f"""
        select product_name, revenue_amount from marts.monthly_product_sales
        where month_start_on = {MONTH} order by revenue_amount desc limit 10
    """,
    "top ten products of one region and month": f"""
        select product_name, revenue_amount from marts.revenue_by_product_region_month
        where region = 'Region 3' and month_start_on = {MONTH}
        order by revenue_amount desc limit 10
    """,
    "one region, month by month": """
        select month_start_on, sum(revenue_amount) from marts.revenue_by_product_region_month
        where region = 'Region 3' group by month_start_on order by month_start_on
    """,
    "top ten products of one store": f"""
        select product_name, revenue_amount from marts.product_sales_by_store
        where store_id = {STORE} order by revenue_amount desc limit 10
    """,
    "months of one store": f"""
        select month_start_on, revenue_amount, revenue_per_employee
        from marts.employee_sales_ratio where store_id = {STORE} order by month_start_on
    """,
    "revenue and head count": "select * from marts.employee_sales_by_store",
    "the line through the stores": """
        select * from marts.employee_sales_regression order by period_start_on
    """,
}

FACT_OF_ONE_MONTH = {
    "revenue by store": f"""
        select store_id, sum(net_amount) from core.fct_sales
        where month_start_on = {MONTH} and is_revenue group by store_id
    """,
    "top twenty products": f"""
        select product_id, sum(net_amount) as revenue_amount from core.fct_sales
        where month_start_on = {MONTH} and is_revenue
        group by product_id order by revenue_amount desc limit 20
    """,
    "lines of one day": """
        select count(*), count(distinct order_id) from core.fct_sales
        where sold_on = date '2025-06-17'
    """,
    "one customer's lines": f"""
        select sold_on, product_id, quantity, net_amount from core.fct_sales
        where month_start_on = {MONTH} and customer_id = getvariable('customer')
        order by sold_on, sale_id
    """,
    "returns by employee": f"""
        select employee_id, sum(net_amount) from core.fct_sales
        where month_start_on = {MONTH} and is_return group by employee_id order by 2 limit 10
    """,
    "margin by category": """
        select products.category, sum(sales.margin_amount)
        from core.fct_sales as sales
        inner join core.dim_products as products on sales.product_id = products.product_id
        where sales.sold_on between date '2025-06-01' and date '2025-06-30'
        group by products.category
    """,
}


def main() -> None:
    """The command."""
    print(json.dumps(measure_queries(sys.argv[1])))


def measure_queries(file: str, times: int = TIMES) -> dict[str, dict[str, list[float]]]:
    """Milliseconds [p50, p95] of each statement, and of all of its kind under `(all)`."""
    with duckdb.connect(file, read_only=True) as connection:
        connection.execute(
            f"set variable customer = (select min(customer_id) from core.fct_sales"
            f" where month_start_on = {MONTH} and not is_anonymous)"
        )
        result = {}
        for kind, statements in (
            ("dashboard", DASHBOARD),
            ("fact_of_one_month", FACT_OF_ONE_MONTH),
        ):
            every: list[float] = []
            result[kind] = {}
            for name, statement in statements.items():
                taken = [_milliseconds(connection, statement) for _ in range(WARM_UPS + times)]
                taken = taken[WARM_UPS:]
                result[kind][name] = _percentiles(taken)
                every += taken
            result[kind]["(all)"] = _percentiles(every)
    return result


def _milliseconds(connection: duckdb.DuckDBPyConnection, statement: str) -> float:
    started = time.perf_counter()
    connection.execute(statement).fetchall()
    return (time.perf_counter() - started) * 1000


def _percentiles(taken: list[float]) -> list[float]:
    """[p50, p95], rounded to a microsecond."""
    cuts = quantiles(taken, n=20, method="inclusive")
    return [round(cuts[9], 3), round(cuts[18], 3)]


if __name__ == "__main__":
    main()
