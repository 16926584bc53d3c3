"""The marts of sales, products and quality: equal to an independent computation, cell by cell.

On the sample, and on the real folders that have the columns; then the settings of the shop.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import independent
import independent_sales as again
import pytest
import yaml
from conftest import SAMPLE, build_shop, query
from test_marts_customers_team_stock import of_bikes, of_superstore, of_wholesaler
from test_real_folders import BIKES, RETAIL, SUPERSTORE, built  # noqa: F401

UNKNOWN = "(unknown)"


# where the files name no regions, each country has one that is unknown
REGION = "case when region = '(unknown)' then country else region end"


@pytest.fixture(scope="module")
def lines():
    """The sample's lines, as an independent reading of its files has them."""
    frame = independent.read(SAMPLE).lines
    frame["product_id"] = frame["product_id"].replace("", UNKNOWN)
    return frame


def table(warehouse, name, keys, columns, where="true"):
    """{key: values} of a table, each a tuple; each key once."""
    schema = "quality" if name in ("freshness", "volumes_by_day") else "marts"
    rows = query(warehouse, f"select {keys}, {columns} from {schema}.{name} where {where}")
    width = keys.count(",") + 1
    found = {tuple(row[:width]): tuple(row[width:]) for row in rows}
    assert len(found) == len(rows)
    return found


def agree(figures, expected):
    """The same keys, exact amounts, ratios to twelve digits."""
    figures = {key if isinstance(key, tuple) else (key,): row for key, row in figures.items()}
    expected = {key if isinstance(key, tuple) else (key,): row for key, row in expected.items()}
    assert figures.keys() == expected.keys()
    for key, row in expected.items():
        assert figures[key] == tuple(
            pytest.approx(value, rel=1e-12, abs=1e-12) if isinstance(value, float) else value
            for value in row
        ), key


def compare_sales(warehouse, lines, fiscal_start=1):
    """Growth, seasons and the change of regions and categories; returns the changes."""
    growth = table(
        warehouse,
        "revenue_growth",
        "period_type, period_start_on",
        "order_count, revenue_amount, previous_revenue_amount, growth_share,"
        " year_ago_revenue_amount, year_growth_share, is_complete",
    )
    agree(growth, again.growth(lines, fiscal_start))
    seasons = table(
        warehouse,
        "seasonality",
        "season_type, season_number",
        "day_count, revenue_amount, season_index",
    )
    agree(seasons, again.seasons(lines))
    columns = "recent_revenue_amount, previous_revenue_amount, change_amount"
    categories = table(
        warehouse, "revenue_change_by_region_category", f"{REGION}, category", columns
    )
    expected = again.changes(lines, "region", "category")
    agree(categories, expected)
    regions = table(
        warehouse, "revenue_by_region_city_store", REGION, columns, "place_level = 'region'"
    )
    agree(regions, again.changes(lines, "region", all_dates=True))
    return expected


def compare_products(warehouse, lines, products):
    """Best sellers, ABC with Pareto and the margin; returns the classes."""
    agree(
        table(
            warehouse,
            "best_sellers",
            "time_window, product_id",
            "quantity, revenue_amount, quantity_rank, revenue_rank",
        ),
        again.best_sellers(lines),
    )
    classes = again.abc(lines, products)
    agree(
        table(warehouse, "product_abc", "product_id", "revenue_amount, share_before, abc_class"),
        classes,
    )
    (summary,) = query(
        warehouse,
        "select product_count, top_product_count, top_revenue_amount, top_revenue_share"
        " from marts.pareto_summary",
    )
    agree({"": summary}, {"": again.pareto(lines)})
    agree(
        table(
            warehouse,
            "margin_by_category",
            "category",
            "revenue_amount, margin_amount, margin_share, covered_share",
        ),
        again.margins(lines),
    )
    return classes


def compare_volumes(warehouse, lines):
    expected = again.volumes(lines)
    columns = "record_count, history_count, usual_count, is_unusual"
    agree(table(warehouse, "volumes_by_day", "sold_on", columns), expected)
    return expected


def test_the_samples_sales_agree(sample_warehouse, lines):
    changes = compare_sales(sample_warehouse, lines)
    whole = sum(change for *_, change in changes.values())
    ((year_change,),) = query(
        sample_warehouse,
        "select year_change_amount from marts.revenue_growth where period_type = 'year'"
        " and period_start_on = '2025-01-01'",
    )
    # the parts are the whole, to the last decimal
    assert whole == year_change
    place = "recent_revenue_amount, previous_revenue_amount, change_amount"
    stores = table(
        sample_warehouse, "revenue_by_region_city_store", "store_id", place, "place_level = 'store'"
    )
    agree(stores, again.changes(lines, "store_id", all_dates=True))
    # each parent is the sum of its children, in every figure that is a sum
    assert not query(
        sample_warehouse,
        "select parent.place_id from marts.revenue_by_region_city_store as parent"
        " join marts.revenue_by_region_city_store as child on child.parent_place_id ="
        " parent.place_id group by all having sum(child.change_amount) <>"
        " any_value(parent.change_amount) or sum(child.line_count) <> any_value(parent.line_count)",
    )


def test_the_samples_discounts_agree(sample_warehouse, lines):
    agree(
        table(
            sample_warehouse,
            "discounts_by_product_month",
            "product_id, month_start_on",
            "line_count, discounted_line_count, gross_amount, discount_amount, discount_share",
        ),
        again.discounts(lines),
    )


def test_the_samples_products_agree(sample_warehouse, lines):
    shop = independent.read(SAMPLE)
    header = independent.INPUTS["products"][2]
    listed = [record.cells for record in shop.records["products"] if record.outcome == "loaded"]
    products = {cells[header["product_id"]].strip() for cells in listed}
    # and those that only lines speak of, sold or not
    products |= set(lines["product_id"]) - {UNKNOWN}
    classes = compare_products(sample_warehouse, lines, products)
    assert {letter for *_, letter in classes.values()} == {"A", "B", "C", "U"}
    prices = again.price_changes(
        [
            (
                cells[header["product_id"]].strip(),
                independent.date_in(cells[header["valid_from"]]),
                independent.number_in(cells[header["unit_price"]]),
                independent.number_in(cells[header["unit_cost"]]),
            )
            for cells in listed
        ]
    )
    columns = "valid_to, unit_price, unit_cost, previous_unit_price"
    agree(table(sample_warehouse, "price_history", "product_id, valid_from", columns), prices)
    assert any(before is not None for *_, before in prices.values())


def test_the_samples_volumes_and_freshness_agree(sample_warehouse, lines):
    expected = compare_volumes(sample_warehouse, lines)
    # a Christmas without sales is beyond its weekday's history
    assert expected[date(2024, 12, 25)][3] is True
    newest = table(
        sample_warehouse, "freshness", "input_name", "last_business_on, days_behind, last_path"
    )
    last = lines["sold_on"].max()
    assert newest[("sales",)] == (last, 0, f"ventes_{last:%Y-%m}.csv")
    assert newest[("customers",)][:2] == (None, None)


def test_a_shop_says_its_windows(sample_copy, tmp_path, lines):
    """The fiscal year, the ABC window and the limit of alerts are the shop's."""
    path = sample_copy / "inputs.yml"
    content = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    content["settings"] |= {
        "fiscal_year_start_month": "4",
        "abc_window_months": "3",
        "alert_deviations": "5",
    }
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    warehouse = tmp_path / "warehouse"
    build_shop(sample_copy, warehouse)
    compare_sales(warehouse, lines, fiscal_start=4)
    products = {one for (one,) in query(warehouse, "select product_id from core.dim_products")}
    agree(
        table(warehouse, "product_abc", "product_id", "revenue_amount, share_before, abc_class"),
        again.abc(lines, products - {UNKNOWN}, count=3),
    )
    agree(
        table(warehouse, "volumes_by_day", "sold_on", "record_count, is_unusual"),
        {day: (row[0], row[3]) for day, row in again.volumes(lines, limit=5).items()},
    )


# --- real folders -----------------------------------------------------------------------------


@pytest.mark.slow
def test_the_bike_stores_agree(built):  # noqa: F811
    """No regions: all in one unknown place by country; prices without a history."""
    shop = built(BIKES)
    frame = of_bikes(shop)
    products = shop.read("products.csv").merge(shop.read("categories.csv"), on="category_id")
    category_of = dict(zip(products["product_id"], products["category_name"], strict=True))
    frame["category"] = frame["product_id"].map(category_of)
    frame["region"] = UNKNOWN
    compare_sales(shop.warehouse, frame)
    compare_products(shop.warehouse, frame, set(products["product_id"]))
    compare_volumes(shop.warehouse, frame)
    prices = table(
        shop.warehouse, "price_history", "product_id", "valid_from, unit_price, unit_cost"
    )
    assert prices == {
        (row.product_id,): (date(1900, 1, 1), Decimal(row.list_price), None)
        for row in products.itertuples()
    }


@pytest.mark.slow
def test_the_superstore_agrees(built):  # noqa: F811
    shop = built(SUPERSTORE)
    frame = of_superstore(shop)
    rows = shop.read("Retail Store Sales Data.csv")
    frame["region"] = rows["Region"]
    categories = dict(shop.rows("select product_id, category from core.dim_products"))
    frame["category"] = frame["product_id"].map(categories)
    compare_sales(shop.warehouse, frame)
    compare_products(shop.warehouse, frame, set(frame["product_id"]))
    compare_volumes(shop.warehouse, frame)


@pytest.mark.slow
def test_a_month_that_still_runs_compares_with_nothing(built):  # noqa: F811
    """The wholesaler's one month of countries, without categories, regions, costs or prices."""
    shop = built(RETAIL)
    frame = of_wholesaler(shop)
    frame["category"] = UNKNOWN
    files = sorted(path.name for path in shop.folder.glob("*.csv"))
    frame["region"] = shop.read(*files)["Country"].to_numpy()
    compare_sales(shop.warehouse, frame)
    compare_products(shop.warehouse, frame, set(frame["product_id"]))
    compare_volumes(shop.warehouse, frame)
    for mart in ("price_history", "discounts_by_product_month"):
        assert shop.one(f"select count(*) from marts.{mart}") == 0
    assert shop.rows("from marts.revenue_growth where growth_share is not null") == []
