"""Real exports as people saved them: every figure of their `truth.json`, and the books exact.

The files stay outside the project; what maps them (`inputs.yml`) is in `tests/fixtures/shops`.
What `truth.json` does not give is computed here with pandas and Decimal, straight from the files.
"""

from __future__ import annotations

import csv
import json
import shutil
from collections import Counter
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from pathlib import Path

import pandas as pd
import pytest
from conftest import PROJECT, build_shop, public_tables, query

pytestmark = pytest.mark.slow

COMMA = "fr_pme_exercice/comma_iso_accents"
SEMICOLON = "fr_pme_exercice/semicolon_dmy_ascii"
SUPERSTORE = "superstore_cp1252_dmy"
RETAIL = "uci_online_retail_2010_12"
BIKES = "bikestores"
# folder: (delimiter, encoding), told to Python's csv and to pandas and not read from inputs.yml
FOLDERS = {
    COMMA: (",", "utf-8"),
    SEMICOLON: (";", "utf-8"),
    SUPERSTORE: (",", "cp1252"),
    RETAIL: (",", "utf-8"),
    BIKES: (";", "utf-8"),
}


@dataclass(frozen=True)
class RealShop:
    """A real folder that was built: its files, its warehouse, and what is true of it."""

    folder: Path
    warehouse: Path
    truth: dict
    delimiter: str
    encoding: str

    def rows(self, statement, parameters=None):
        """Rows of a statement on the published file."""
        return query(self.warehouse, statement, parameters)

    def one(self, statement):
        """The only row of a statement; its only value when it has one."""
        (row,) = self.rows(statement)
        return row[0] if len(row) == 1 else row

    def figures(self, statement):
        """{first column: second column}; two columns, each key once."""
        rows = self.rows(statement)
        assert len(dict(rows)) == len(rows)
        return dict(rows)

    def read(self, *names):
        """Files of the folder as one data frame; every cell is text, as it is written."""
        return pd.concat(
            pd.read_csv(
                self.folder / name,
                sep=self.delimiter,
                encoding=self.encoding,
                dtype=str,
                keep_default_na=False,
            )
            for name in names
        )


@pytest.fixture(scope="module")
def built(real_files, tmp_path_factory):
    """A function: the name of a folder → its RealShop, built once."""
    shops = {}

    def get(name):
        if name not in shops:
            base = tmp_path_factory.mktemp("real")
            folder = shutil.copytree(real_files / name, base / "shop")
            shutil.copy(PROJECT / "tests" / "fixtures" / "shops" / name / "inputs.yml", folder)
            build_shop(folder, base / "warehouse")
            file = real_files / name / "truth.json"
            file = file if file.exists() else real_files / name / ".." / "truth.json"
            truth = json.loads(file.read_text(encoding="utf-8"), parse_float=Decimal)["truth"]
            shops[name] = RealShop(folder, base / "warehouse", truth, *FOLDERS[name])
        return shops[name]

    return get


def cents(amount):
    """To cents, half to even, as `truth.json` prints a sum; exact sums are compared as well."""
    return amount.quantize(Decimal("0.01"), ROUND_HALF_EVEN)


def decimals(texts):
    return texts.map(Decimal)


def summed(frame, columns, amount="amount"):
    """Sums by one column or several: {key: Decimal}; a key of several columns is a tuple."""
    return frame.groupby(columns)[amount].sum().to_dict()


# --- every folder -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", FOLDERS)
def test_the_books_balance_as_pythons_csv_counts(built, name):
    """Each file: all its records, and the sum of each number column as it is written."""
    shop = built(name)
    files = sorted(shop.folder.glob("*.csv"))
    counts, totals = {}, {}
    headers = shop.rows(
        "select input_name, column_name, header from quality.input_columns"
        " where is_mapped and value_type in ('number', 'rate')"
    )
    inputs = shop.figures("select path, input_name from quality.file_ledger")
    for path in files:
        with path.open(encoding=shop.encoding, newline="") as stream:
            records = list(csv.DictReader(stream, delimiter=shop.delimiter))
        counts[path.name] = len(records)
        for input_name, column, header in headers:
            if input_name == inputs[path.name]:
                totals[path.name, column] = sum(Decimal(record[header]) for record in records)
    assert files and totals
    assert shop.figures("select path, records_in from quality.file_ledger") == counts
    assert shop.figures("select path, loaded_count from quality.file_ledger") == counts
    balance = shop.rows(
        "select path, measure, total_in, loaded, rounding, difference from quality.balance"
        " where measure <> 'records'"
    )
    assert {(path, measure): total for path, measure, total, *_ in balance} == totals
    for path, measure, total, loaded, rounding, difference in balance:
        assert (loaded, rounding, difference) == (total, 0, 0), (path, measure)
    assert shop.rows("from quality.file_ledger where not is_balanced") == []


@pytest.mark.parametrize("name", FOLDERS)
def test_nothing_is_set_aside(built, name):
    """All lines of these files can be used, and none is doubtful but for equal rows."""
    shop = built(name)
    for table in ("quarantine", "rejects", "replaced_records"):
        assert shop.rows(f"from quality.{table}") == []
    findings = shop.figures("select finding, count(*) from quality.findings group by finding")
    assert findings == ({"equal_rows": 439} if name == RETAIL else {})


@pytest.mark.parametrize("name", FOLDERS)
def test_each_mart_adds_up_to_the_revenue(built, name):
    shop = built(name)
    revenue = shop.one("select revenue_amount from marts.shop_summary")
    assert revenue > 0
    for mart in (
        "revenue_by_month",
        "revenue_by_day",
        "revenue_by_product",
        "revenue_by_region",
        "revenue_by_location",
        "revenue_by_store",
        "revenue_by_product_region_month",
        "product_sales_by_store",
        "monthly_product_sales",
    ):
        assert shop.one(f"select sum(revenue_amount) from marts.{mart}") == revenue, mart


@pytest.mark.parametrize("name", FOLDERS)
def test_the_period_and_every_month(built, name):
    """Revenue and, where there is any, what is not revenue: `truth.json` counts all lines."""
    shop = built(name)
    first = shop.truth.get("first_date") or shop.truth.get("first") or min(shop.truth["by_day"])
    last = shop.truth.get("last_date") or shop.truth.get("last") or max(shop.truth["by_day"])
    assert shop.one("select first_sold_on, last_sold_on, as_of_date from marts.shop_summary") == (
        date.fromisoformat(first),
        date.fromisoformat(last),
        date.fromisoformat(last),
    )
    months = shop.figures(
        "select strftime(month_start_on, '%Y-%m'), sum(net_amount) from core.fct_sales group by all"
    )
    if name == RETAIL:
        expected = {"2010-12": Decimal(shop.truth["net_all_rows"])}
    else:
        expected = shop.truth["month"]["by_month"]
    assert {month: cents(amount) for month, amount in months.items()} == expected
    # each of these files ends before its last month does
    assert shop.rows(
        "select strftime(month_start_on, '%Y-%m') from marts.revenue_by_month where not is_complete"
    ) == [(max(expected),)]
    complete = sorted(expected)[:-1]
    assert shop.one("select last_complete_month_start_on from marts.shop_summary") == (
        date.fromisoformat(complete[-1] + "-01") if complete else None
    )


# --- products, shops and sales of a French business, saved two ways ---------------------------


@pytest.mark.parametrize("name", [COMMA, SEMICOLON])
def test_the_french_shops(built, name):
    shop = built(name)
    truth = shop.truth
    assert shop.one(
        "select revenue_amount, quantity, line_count, product_count, store_count, employee_count"
        " from marts.shop_summary"
    ) == (
        truth["revenue"],
        truth["units"],
        truth["rows_sales"],
        truth["products"],
        truth["stores"],
        truth["employees_total"],
    )
    assert truth["revenue"] == Decimal("5268.78")
    assert (
        shop.figures("select product_name, revenue_amount from marts.revenue_by_product")
        == truth["by_product"]
    )
    for mart in ("revenue_by_store", "revenue_by_location", "employee_sales_by_store"):
        figures = shop.figures(f"select city, revenue_amount from marts.{mart}")
        assert figures == truth["by_city"], mart
    # a shop without a name is called by its city
    assert (
        shop.figures("select store_name, revenue_amount from marts.revenue_by_store")
        == truth["by_city"]
    )
    assert shop.one("select sum(on_hand) from core.fct_stock") == truth["stock_total"]
    shops = shop.read("magasins.csv")
    expected = dict(zip(shops["Ville"], decimals(shops.iloc[:, 2]), strict=True))
    for mart in ("revenue_by_store", "employee_sales_by_store"):
        assert shop.figures(f"select city, employee_count from marts.{mart}") == expected
    # no file says what anything costs
    assert shop.one("select cost_amount, margin_amount from marts.shop_summary") == (None, None)


# what the French files lack: customers, salespeople, discounts
LACKING = {
    *("customer_activity_by_store", "customer_cohorts", "customer_rfm", "customer_value"),
    *("monthly_customer_spend", "top_customers", "monthly_employee_performance"),
    *("incentives", "incentive_lines", "discounts_by_product_month"),
}


def test_both_ways_of_saving_give_the_same_warehouse(built):
    """Every table of core and marts, row by row, but for the identity of the files.

    `file_id` names the bytes of a file, and a line without a declared key is known by its file
    and record number: `sale_line_id` is compared without the file.
    """
    one, other = built(COMMA), built(SEMICOLON)
    tables = [table for table in public_tables(one.warehouse) if table[0] in ("core", "marts")]
    assert len(tables) >= 20
    assert public_tables(one.warehouse) == public_tables(other.warehouse)
    for schema, table in tables:
        selected = "*"
        if table == "fct_sales":
            selected = (
                "* exclude (file_id) replace (split_part(sale_line_id, ':', 2) as sale_line_id)"
            )
        statement = f"select {selected} from {schema}.{table} order by all"
        rows = one.rows(statement)
        assert rows == other.rows(statement), table
        assert bool(rows) != (table in LACKING), table


# --- one flat file with a profit and descriptors on each row ----------------------------------


def test_the_superstore_in_one_line(built):
    shop = built(SUPERSTORE)
    truth = shop.truth
    assert shop.one(
        "select revenue_amount, line_count, quantity, order_count, customer_count, product_count"
        " from marts.shop_summary"
    ) == (
        Decimal("2297200.8603"),
        truth["rows"],
        truth["units"],
        truth["orders"],
        truth["customers"],
        truth["product_ids"],
    )
    assert Decimal(truth["revenue_exact"]) == Decimal("2297200.8603")
    assert truth["exact_duplicate_rows"] == 0
    assert (
        shop.one("select count(distinct state) from marts.revenue_by_location") == (truth["states"])
    )
    assert shop.one("select count(*) from marts.revenue_by_region") == truth["regions"]


def test_the_superstores_profit_is_its_margin(built):
    shop = built(SUPERSTORE)
    frame = shop.read("Retail Store Sales Data.csv")
    sales, profit = decimals(frame["Sales"]), decimals(frame["Profit"])
    revenue, cost, margin, covered = shop.one(
        "select revenue_amount, cost_amount, margin_amount, revenue_with_cost_amount"
        " from marts.shop_summary"
    )
    assert (revenue, margin) == (sales.sum(), profit.sum())
    assert (cost, covered) == (revenue - margin, revenue)
    assert cents(margin) == shop.truth["profit"]
    assert (
        shop.one("select count(*) from core.fct_sales where margin_amount < 0")
        == (shop.truth["loss_rows"])
    )
    assert shop.figures("select sale_id, margin_amount from core.fct_sales") == dict(
        zip(frame["Row ID"], profit, strict=True)
    )


def test_the_superstores_price_before_discount(built):
    """gross = net ÷ (1 − rate), rounded once, half away from zero, to four decimals."""
    shop = built(SUPERSTORE)
    frame = shop.read("Retail Store Sales Data.csv")
    gross = (decimals(frame["Sales"]) / (1 - decimals(frame["Discount"]))).map(
        lambda amount: amount.quantize(Decimal("0.0001"), ROUND_HALF_UP)
    )
    assert shop.figures("select sale_id, gross_amount from core.fct_sales") == dict(
        zip(frame["Row ID"], gross, strict=True)
    )
    assert shop.one("select gross_amount, discount_amount from marts.shop_summary") == (
        gross.sum(),
        gross.sum() - Decimal("2297200.8603"),
    )


def test_the_superstores_regions_and_categories(built):
    shop = built(SUPERSTORE)
    truth = shop.truth
    frame = shop.read("Retail Store Sales Data.csv")
    frame["amount"] = decimals(frame["Sales"])
    regions = shop.figures("select region, revenue_amount from marts.revenue_by_region")
    assert regions == summed(frame, "Region")
    assert {region: cents(amount) for region, amount in regions.items()} == truth["by_region"]
    categories = shop.figures(
        "select category, sum(revenue_amount) from marts.revenue_by_product group by category"
    )
    assert categories == summed(frame, "Category")
    assert {name: cents(amount) for name, amount in categories.items()} == truth["by_category"]
    # a customer buys in several regions: the place is that of the row
    places = shop.rows(
        "select country, region, state, city, revenue_amount from marts.revenue_by_location"
    )
    assert {row[:4]: row[4] for row in places} == summed(
        frame, ["Country", "Region", "State", "City"]
    )
    months = shop.rows(
        "select product_id, region, strftime(month_start_on, '%Y-%m'), revenue_amount"
        " from marts.revenue_by_product_region_month where line_count > 0"
    )
    day = frame["Order Date"]
    frame["month"] = day.str.slice(6, 10) + "-" + day.str.slice(3, 5)
    assert {row[:3]: row[3] for row in months} == summed(frame, ["Product ID", "Region", "month"])
    assert shop.figures(
        "select strftime(month_start_on, '%Y-%m'), revenue_amount from marts.revenue_by_month"
    ) == summed(frame, "month")


def test_a_product_with_two_names_has_the_latest(built):
    """Of the names on its latest day, the smallest text."""
    shop = built(SUPERSTORE)
    frame = shop.read("Retail Store Sales Data.csv")
    names = frame.groupby("Product ID")["Product Name"].nunique()
    assert (names > 1).sum() == shop.truth["product_ids_with_two_names"]
    assert frame["Product Name"].nunique() == shop.truth["product_names"]
    day = frame["Order Date"]
    frame["day"] = day.str.slice(6, 10) + day.str.slice(3, 5) + day.str.slice(0, 2)
    latest = frame[frame["day"] == frame.groupby("Product ID")["day"].transform("max")]
    # some names end with a non-breaking space
    expected = latest.groupby("Product ID")["Product Name"].min().str.strip().to_dict()
    assert shop.figures("select product_id, product_name from marts.revenue_by_product") == expected


# --- a wholesaler's till, one file a day ------------------------------------------------------


def test_the_wholesaler_in_one_line(built):
    shop = built(RETAIL)
    truth = shop.truth
    assert shop.one(
        "select revenue_amount, line_count, quantity, order_count, customer_count, product_count,"
        " returns_amount, not_revenue_line_count from marts.shop_summary"
    ) == (
        Decimal(truth["net_all_rows"]),
        truth["rows"],
        truth["units_net"],
        truth["invoices"],
        truth["customers"],
        truth["products"],
        # the other negative quantities have the price 0
        Decimal(truth["cancellations_amount"]),
        0,
    )
    assert shop.one("select count(*) from quality.file_ledger") == truth["files"]


def test_the_wholesalers_days_and_countries(built):
    shop = built(RETAIL)
    days = shop.figures(
        "select strftime(sold_on, '%Y-%m-%d'), revenue_amount from marts.revenue_by_day"
    )
    expected = {day: Decimal(amount) for day, amount in shop.truth["by_day"].items()}
    # closed on the two Saturdays
    assert days == {**expected, "2010-12-04": 0, "2010-12-11": 0}
    countries = {name: Decimal(amount) for name, amount in shop.truth["by_country"].items()}
    assert len(countries) == shop.truth["countries"]
    for mart in ("revenue_by_region", "revenue_by_location"):
        assert shop.figures(f"select country, revenue_amount from marts.{mart}") == countries


def test_the_wholesalers_cancellations_and_doubtful_lines(built):
    shop = built(RETAIL)
    truth = shop.truth
    counted = shop.one(
        """
        select
            count(*) filter (where order_id like 'C%'),
            sum(net_amount) filter (where order_id like 'C%'),
            count(*) filter (where order_id like 'C%' and is_return and is_revenue),
            count(*) filter (where is_return),
            count(*) filter (where unit_price = 0),
            count(*) filter (where is_anonymous)
        from core.fct_sales
        """
    )
    assert counted == (
        truth["cancellation_rows"],
        Decimal(truth["cancellations_amount"]),
        truth["cancellation_rows"],
        truth["negative_quantity_rows"],
        truth["zero_price_rows"],
        truth["missing_customer_rows"],
    )
    frame = shop.read(*(path.name for path in sorted(shop.folder.glob("*.csv"))))
    anonymous = frame[frame["CustomerID"] == ""]
    assert shop.one("select anonymous_revenue_amount from marts.shop_summary") == sum(
        decimals(anonymous["Quantity"]) * decimals(anonymous["UnitPrice"])
    )


def test_equal_rows_count_and_are_reported(built):
    """No key is declared, so nothing is a duplicate; each repetition is a finding."""
    shop = built(RETAIL)
    repetitions = Counter()
    for path in sorted(shop.folder.glob("*.csv")):
        lines = path.read_bytes().decode().splitlines()[1:]
        repetitions[path.name] = len(lines) - len(set(lines))
    assert repetitions.total() == shop.truth["exact_duplicate_rows"] == 439
    assert shop.figures(
        "select path, count(*) from quality.findings where finding = 'equal_rows' group by path"
    ) == {name: count for name, count in repetitions.items() if count}
    assert shop.one("select sum(duplicate_count) from quality.file_ledger") == 0


def test_spreadsheet_identifiers_lose_their_decimal(built):
    """17850.0 is customer 17850."""
    shop = built(RETAIL)
    frame = shop.read(*(path.name for path in sorted(shop.folder.glob("*.csv"))))
    written = set(frame["CustomerID"]) - {""}
    assert all(text.endswith(".0") for text in written)
    customers = shop.figures("select customer_id, first_sold_on from core.dim_customers")
    assert set(customers) == {text.removesuffix(".0") for text in written} | {"(unknown)"}


# --- order headers, their lines, and six more tables ------------------------------------------


@pytest.fixture(scope="module")
def bike_lines(built):
    """The order lines with the header and the product of each, and `amount`."""
    shop = built(BIKES)
    products = shop.read("products.csv").drop(columns="list_price")
    frame = shop.read("order_items.csv").merge(shop.read("orders.csv"), on="order_id")
    frame = frame.merge(products, on="product_id")
    frame = frame.merge(shop.read("categories.csv"), on="category_id")
    frame = frame.merge(shop.read("brands.csv"), on="brand_id")
    frame["gross"] = decimals(frame["quantity"]) * decimals(frame["list_price"])
    frame["amount"] = frame["gross"] * (1 - decimals(frame["discount"]))
    frame["units"] = decimals(frame["quantity"])
    assert len(frame) == shop.truth["order_lines"]
    return frame


def test_the_bike_stores_over_all_orders(built):
    shop = built(BIKES)
    truth = shop.truth
    assert shop.one(
        "select sum(net_amount), sum(gross_amount), sum(discount_amount), sum(quantity),"
        " count(*), count(distinct order_id), count(distinct product_id) from core.fct_sales"
    ) == (
        Decimal("10322283.47"),
        truth["gross"],
        truth["discount"],
        truth["units"],
        truth["order_lines"],
        truth["orders"],
        truth["products_sold"],
    )
    assert truth["revenue_net"] == Decimal("10322283.47")
    assert (
        shop.figures(
            "select store_name, sum(net_amount) from core.fct_sales"
            " join core.dim_stores using (store_id) group by store_name"
        )
        == truth["by_store"]
    )


def test_rejected_orders_are_kept_and_are_not_revenue(built, bike_lines):
    shop = built(BIKES)
    truth = shop.truth
    rejected = bike_lines[bike_lines["order_status"] == "3"]
    assert truth["rejected_revenue_status3"] == Decimal("264835.94") == rejected["amount"].sum()
    assert shop.one(
        "select revenue_amount, not_revenue_amount, not_revenue_line_count, order_count"
        " from marts.shop_summary"
    ) == (
        truth["revenue_net"] - truth["rejected_revenue_status3"],
        truth["rejected_revenue_status3"],
        len(rejected),
        truth["orders"] - truth["order_status"]["3"],
    )
    # each status as often as the file of headers has it
    assert (
        shop.figures("select status, count(distinct order_id) from core.fct_sales group by status")
        == truth["order_status"]
    )
    assert shop.rows("select distinct status, is_revenue from core.fct_sales order by all") == [
        ("1", True),
        ("2", True),
        ("3", False),
        ("4", True),
    ]


def test_the_bike_stores_marts_hold_revenue_only(built, bike_lines):
    shop = built(BIKES)
    revenue = bike_lines[bike_lines["order_status"] != "3"]
    names = shop.read("stores.csv").set_index("store_id")["store_name"]
    assert shop.figures("select store_id, revenue_amount from marts.revenue_by_store") == summed(
        revenue, "store_id"
    )
    assert shop.figures("select store_id, store_name from marts.revenue_by_store") == (
        names.to_dict()
    )
    assert shop.figures("select store_id, quantity from marts.revenue_by_store") == summed(
        revenue, "store_id", "units"
    )
    assert shop.figures("select state, revenue_amount from marts.revenue_by_location") == (
        summed(revenue.assign(state=revenue["store_id"].map({"1": "CA", "2": "NY", "3": "TX"})),
               "state")
    )  # fmt: skip
    # a product all of whose orders were rejected sold nothing
    sold = summed(revenue, "product_id")
    products = shop.figures("select product_id, revenue_amount from marts.revenue_by_product")
    assert {key: amount for key, amount in products.items() if amount} == sold
    months = shop.figures(
        "select strftime(month_start_on, '%Y-%m'), revenue_amount from marts.revenue_by_month"
    )
    assert months == summed(revenue.assign(month=revenue["order_date"].str.slice(0, 7)), "month")


def test_codes_are_shown_by_the_names_of_their_side_files(built, bike_lines):
    shop = built(BIKES)
    revenue = bike_lines[bike_lines["order_status"] != "3"]
    for column, theirs in (("category", "category_name"), ("brand", "brand_name")):
        figures = shop.figures(
            f"select {column}, sum(revenue_amount) from marts.revenue_by_product group by {column}"
        )
        assert figures == summed(revenue, theirs)
    ((header,),) = shop.rows(
        "select header from quality.input_columns"
        " where input_name = 'lookups' and column_name = 'code'"
    )
    assert header == "brand_id, category_id"


def test_the_bike_stores_staff(built, bike_lines):
    """Without a head count in the file of stores, the active staff are counted."""
    shop = built(BIKES)
    truth = shop.truth
    for mart in ("revenue_by_store", "employee_sales_by_store"):
        figures = shop.figures(f"select store_id, employee_count from marts.{mart}")
        assert figures == truth["staff_by_store"], mart
    assert shop.one("select employee_count from marts.shop_summary") == truth["staff"]
    staff = shop.read("staffs.csv")
    assert shop.figures(
        "select employee_id, employee_name from core.dim_employees where is_in_employees_file"
    ) == dict(zip(staff["staff_id"], staff["first_name"] + " " + staff["last_name"], strict=True))
    assert shop.figures(
        "select employee_id, sum(net_amount) from core.fct_sales group by employee_id"
    ) == summed(bike_lines, "staff_id")


def test_the_bike_stores_stock_and_customers(built):
    shop = built(BIKES)
    truth = shop.truth
    assert shop.one("select count(*), sum(on_hand) from core.fct_stock") == (
        truth["stock_rows"],
        truth["stock_units"],
    )
    assert (
        shop.figures("select store_id, sum(on_hand) from core.fct_stock group by store_id")
        == truth["stock_units_by_store"]
    )
    for table, count in (
        ("customers", truth["customers"]),
        ("products", truth["products"]),
        ("stores", truth["stores"]),
    ):
        assert shop.one(f"select count(*) from core.dim_{table} where is_in_{table}_file") == count
