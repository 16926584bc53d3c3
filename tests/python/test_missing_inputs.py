"""Files a shop does not have: the tables stay the same, and what is not known is null.

Unknown is not zero, and no figure is invented: where amounts cannot be known, nothing is published.
"""

from __future__ import annotations

import re
import shutil
from datetime import date, timedelta
from decimal import Decimal

import pytest
import yaml
from conftest import SAMPLE, build_shop, query

pytestmark = pytest.mark.slow

SALES_ONLY = """\
shop: Bakery
currency: EUR
sales:
  files: sales.csv
  columns: {sold_on: day, product_name: article, net_amount: amount}
"""
ARTICLES = {"Bread": Decimal("2.10"), "Cake": Decimal("18.50"), "Pie": Decimal("12.25")}
DAYS = 90


def columns_of(warehouse):
    """Every public column, in order: (schema, table, column, type, whether it may be null)."""
    return query(
        warehouse,
        "select schema_name, table_name, column_name, data_type, is_nullable, comment"
        " from duckdb_columns() where not internal order by schema_name, table_name, column_index",
    )


def summary(warehouse, *columns):
    (row,) = query(warehouse, f"select {', '.join(columns)} from marts.shop_summary")
    return row


def without(inputs, shop):
    """The sample's folder in `shop`, without the files of some inputs and their sections."""
    shutil.copytree(SAMPLE, shop)
    path = shop / "inputs.yml"
    content = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    for name in inputs:
        (shop / content.pop(name)["files"]).unlink()
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return shop


@pytest.fixture(scope="module")
def sales_only(tmp_path_factory):
    """The least that a shop can have: one file with a day, an article and an amount."""
    base = tmp_path_factory.mktemp("sales_only")
    shop = base / "shop"
    shop.mkdir()
    (shop / "inputs.yml").write_text(SALES_ONLY, encoding="utf-8")
    lines = ["day,article,amount"]
    for number in range(DAYS):
        for article, price in ARTICLES.items():
            lines.append(f"{date(2025, 1, 1) + timedelta(number)},{article},{price}")
    (shop / "sales.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    process = build_shop(shop, base / "warehouse", report=True)
    return base / "warehouse", process


@pytest.fixture(scope="module")
def no_stores(tmp_path_factory):
    """The sample without its files of stores and employees."""
    base = tmp_path_factory.mktemp("no_stores")
    build_shop(without(["stores", "employees"], base / "shop"), base / "warehouse")
    return base / "warehouse"


@pytest.fixture(scope="module")
def no_customers(tmp_path_factory):
    """The sample without its files of customers and stock."""
    base = tmp_path_factory.mktemp("no_customers")
    build_shop(without(["customers", "stock"], base / "shop"), base / "warehouse")
    return base / "warehouse"


def test_the_tables_are_the_same_whatever_is_missing(
    sample_warehouse, sales_only, no_stores, no_customers
):
    """Schemas, tables, columns with their types, order, constraints and comments."""
    expected = columns_of(sample_warehouse)
    assert len(expected) > 250
    for warehouse in (sales_only[0], no_stores, no_customers):
        assert columns_of(warehouse) == expected


def test_sales_alone_give_their_revenue(sales_only):
    warehouse, _ = sales_only
    total = DAYS * sum(ARTICLES.values())
    assert summary(warehouse, "revenue_amount", "line_count", "product_count") == (
        total,
        DAYS * len(ARTICLES),
        len(ARTICLES),
    )
    products = query(warehouse, "select product_name, revenue_amount from marts.revenue_by_product")
    assert dict(products) == {name: DAYS * price for name, price in ARTICLES.items()}
    months = dict(
        query(warehouse, "select month_start_on, revenue_amount from marts.revenue_by_month")
    )
    assert months == {
        date(2025, month, 1): days * sum(ARTICLES.values())
        for month, days in ((1, 31), (2, 28), (3, 31))
    }
    # all of it in a place and a store that nobody knows
    for mart in ("revenue_by_region", "revenue_by_location", "revenue_by_store"):
        rows = query(warehouse, f"select region, revenue_amount, revenue_share from marts.{mart}")
        assert rows == [("(unknown)", total, 1.0)]


def test_what_sales_alone_cannot_say_is_null_or_empty(sales_only):
    warehouse, _ = sales_only
    assert summary(warehouse, "cost_amount", "margin_amount", "employee_count") == (None,) * 3
    assert summary(warehouse, "store_count", "customer_count", "order_count") == (0, 0, 0)
    assert summary(warehouse, "revenue_with_cost_amount", "anonymous_revenue_amount") == (
        0,
        DAYS * sum(ARTICLES.values()),
    )
    assert query(
        warehouse,
        "select distinct quantity, unit_price, gross_amount, discount_amount, cost_amount,"
        " margin_amount, store_id, customer_id, employee_id, is_anonymous from core.fct_sales",
    ) == [(*(None,) * 6, *("(unknown)",) * 3, True)]
    for table in (
        "core.fct_stock",
        "marts.employee_sales_ratio",
        "marts.employee_sales_by_store",
        "marts.price_history",
        "marts.discounts_by_product_month",
        "quality.findings",
        "quality.quarantine",
    ):
        assert query(warehouse, f"from {table}") == [], table
    for dimension in ("stores", "customers", "employees", "locations"):
        assert query(warehouse, f"select count(*) from core.dim_{dimension}") == [(1,)], dimension


def test_units_that_no_file_gives_are_unknown_in_every_mart(sales_only):
    """Not 0 units: nobody knows how many were sold, nor their price before discount."""
    warehouse, _ = sales_only
    marts = query(
        warehouse,
        "select table_name from duckdb_columns()"
        " where schema_name = 'marts' and column_name = 'gross_amount'",
    )
    assert len(marts) == 16
    # nobody is named, and no discount is known
    empty = {
        "customer_value",
        "monthly_customer_spend",
        "monthly_employee_performance",
        "discounts_by_product_month",
    }
    for (mart,) in marts:
        if mart in empty:
            assert query(warehouse, f"from marts.{mart}") == [], mart
            continue
        rows = query(
            warehouse,
            f"select distinct quantity, gross_amount, discount_amount from marts.{mart}",
        )
        assert rows == [(None, None, None)], mart
    ranks = query(warehouse, "select distinct quantity_rank from marts.best_sellers")
    assert ranks == [(None,)]


def test_the_report_says_what_sales_alone_lack(sales_only):
    warehouse, process = sales_only
    assert "Revenue" in process.stdout
    page = (warehouse / "report" / "report.html").read_text(encoding="utf-8")
    text = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", page, flags=re.DOTALL)
    text = " ".join(re.sub(r"<[^>]+>", " ", text).split())
    for sentence in (
        "No cost of any sale is known, so there is no margin.",
        "orders are not counted and the average order is unknown.",
        "There is no products file:",
        "The sales name no store (store_id): nothing can be said by store.",
        "No region, state, city or country is known: nothing can be said by place.",
        "there is no revenue per employee.",
        "There is no employees file:",
        "The sales name no customer (customer_id): customers cannot be counted.",
        "There is no stock file: stock on hand is unknown.",
        "The sales have no status column:",
    ):
        assert sentence in text, sentence


def test_without_stores_and_employees(sample_warehouse, no_stores):
    """Sales are as before; stores are known by the key on the sales line, and by nothing else."""
    figures = ("revenue_amount", "cost_amount", "quantity", "line_count", "store_count")
    assert summary(no_stores, *figures) == summary(sample_warehouse, *figures)
    by_store = "select store_id, revenue_amount, quantity from marts.revenue_by_store order by all"
    before = [row for row in query(sample_warehouse, by_store) if row[1]]
    assert query(no_stores, by_store) == before
    assert query(
        no_stores,
        "select distinct store_name = store_id, region, city, employee_count, opened_on"
        " from marts.revenue_by_store where store_id <> '(unknown)'",
    ) == [(True, "(unknown)", "(unknown)", None, None)]
    assert query(no_stores, "select region, revenue_share from marts.revenue_by_region") == [
        ("(unknown)", 1.0)
    ]
    # months are there, without a ratio, and no line is drawn
    rows = query(
        no_stores,
        "select count(*) > 100, count(employee_count), count(revenue_per_employee)"
        " from marts.employee_sales_ratio",
    )
    assert rows == [(True, 0, 0)]
    assert query(
        no_stores,
        "select store_count, slope_amount, intercept_amount, r_squared"
        " from marts.employee_sales_regression where period_type = 'window'",
    ) == [(0, None, None, None)]
    # that nobody described them is no finding: there is no file that could
    assert query(
        no_stores,
        "select count(*) from quality.findings"
        " where finding = 'only_in_sales' and column_name in ('store_id', 'employee_id')",
    ) == [(0,)]


def test_without_customers_and_stock(sample_warehouse, no_customers):
    figures = ("revenue_amount", "cost_amount", "customer_count", "anonymous_revenue_amount")
    assert summary(no_customers, *figures) == summary(sample_warehouse, *figures)
    assert query(no_customers, "from core.fct_stock") == []
    assert query(
        no_customers,
        "select distinct customer_name = customer_id, segment, city, is_in_customers_file"
        " from core.dim_customers where customer_id <> '(unknown)'",
    ) == [(True, "(unknown)", "(unknown)", False)]
    # a customer who never bought was known from the file only
    bought = "select count(*) from core.dim_customers where first_sold_on is not null"
    assert query(no_customers, bought) == query(sample_warehouse, bought)


def test_without_products_most_amounts_are_unknown_and_nothing_is_published(tmp_path):
    """The sample's lines have no price of their own: a revenue without them would be a lie."""
    shop = without(["products"], tmp_path / "shop")
    process = build_shop(shop, tmp_path / "warehouse", check=False)
    assert process.returncode == 1
    assert "Traceback" not in process.stderr
    error = process.stderr[process.stderr.index("Error:") :]
    assert "was not published" in error
    assert "few_records_are_quarantined" in error
    assert "maximum_quarantined_share" in error
    assert not (tmp_path / "warehouse" / "sales.duckdb").exists()
