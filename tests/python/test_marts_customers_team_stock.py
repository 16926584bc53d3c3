"""The marts of customers, team and stock: equal to an independent computation, cell by cell.

On the sample, and on the real folders that have the columns; then what a shop can say itself:
settings, its own segments and its own incentives, and how a daily run follows them.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from datetime import date
from decimal import Decimal

import independent
import independent_people as people
import pandas as pd
import pytest
from conftest import PROJECT, SAMPLE, build_shop, contents, query
from test_real_folders import BIKES, RETAIL, SEMICOLON, SUPERSTORE, built  # noqa: F401

SEEDS = PROJECT / "seeds"


@pytest.fixture(scope="module")
def lines():
    """The sample's lines, as an independent reading of its files has them."""
    frame = independent.read(SAMPLE).lines.rename(columns={"sale_id": "line_id"})
    return frame[list(people.COLUMNS)]


def table(warehouse, name, keys, *columns):
    """{key: value, or tuple of values} of a mart; the unknown store is ''."""
    named = [f"nullif({key}, '(unknown)')" if key == "store_id" else key for key in keys]
    rows = query(warehouse, f"select {', '.join([*named, *columns])} from marts.{name}")
    found = {}
    for row in rows:
        key = tuple("" if part is None else part for part in row[: len(keys)])
        values = row[len(keys) :]
        found[key if len(keys) > 1 else key[0]] = values if len(columns) > 1 else values[0]
    assert len(found) == len(rows)
    return found


def as_of(lines):
    return max(lines["sold_on"])


def compare_customers(warehouse, lines, churn_days=90):
    """All of the customers' marts against the independent figures; returns what was expected."""
    expected = people.values(lines, as_of(lines), churn_days)
    columns = list(next(iter(expected.values())))
    assert table(warehouse, "customer_value", ["customer_id"], *columns) == {
        customer: tuple(row.values()) for customer, row in expected.items()
    }
    assert table(
        warehouse,
        "monthly_customer_spend",
        ["customer_id", "month_start_on"],
        *("purchase_count", "revenue_amount"),
    ) == people.monthly_spend(lines)
    scores = table(
        warehouse,
        "customer_rfm",
        ["customer_id"],
        *("recency_score", "frequency_score", "monetary_score"),
    )
    assert scores == people.rfm(expected)
    with (SEEDS / "rfm_segments.csv").open(encoding="utf-8") as file:
        segment_of = {
            tuple(int(text) for text in list(row.values())[:3]): row["rfm_segment"]
            for row in csv.DictReader(file)
        }
    assert table(warehouse, "customer_rfm", ["customer_id"], "rfm_segment") == {
        customer: segment_of[cell] for customer, cell in scores.items()
    }
    assert table(
        warehouse,
        "customer_cohorts",
        ["cohort_month_on", "month_number"],
        *("customer_count", "retained_on_count", "retained_on_or_after_count"),
    ) == people.cohorts(lines, as_of(lines))
    assert table(
        warehouse,
        "customer_activity_by_store",
        ["store_id", "month_start_on"],
        *("active_customer_count", "new_customer_count", "revenue_amount"),
    ) == people.activity(lines)
    amounts = sorted((row["revenue_amount"] for row in expected.values()), reverse=True)
    least = amounts[min(99, len(amounts) - 1)]
    ranks = {
        customer: 1 + sum(other > row["revenue_amount"] for other in amounts)
        for customer, row in expected.items()
        if row["revenue_amount"] >= least
    }
    assert table(warehouse, "top_customers", ["customer_id"], "revenue_rank") == ranks
    return expected


def compare_team(warehouse, lines):
    """Performance and incentives by the default rule; returns the incentives."""
    performance = people.performance(lines)
    columns = list(next(iter(performance.values())))
    figures = table(
        warehouse,
        "monthly_employee_performance",
        ["employee_id", "store_id", "month_start_on"],
        *columns,
    )
    assert figures.keys() == performance.keys()
    for key, row in performance.items():
        assert figures[key] == tuple(
            pytest.approx(value) if isinstance(value, float) else value for value in row.values()
        ), key
    expected = people.best_sellers(lines, as_of(lines), Decimal("0.01"))
    assert (
        table(
            warehouse,
            "incentives",
            ["employee_id", "store_id", "month_start_on"],
            "incentive_amount",
        )
        == expected
    )
    return expected


def compare_stock(warehouse, lines, counts):
    """Levels by product and store; returns them."""
    expected = people.stock(lines, counts, as_of(lines), 90, 14)
    columns = list(next(iter(expected.values())))
    figures = table(warehouse, "stock_levels", ["product_id", "store_id"], *columns)
    assert figures.keys() == expected.keys()
    for key, row in expected.items():
        assert figures[key] == tuple(
            pytest.approx(value) if isinstance(value, float) else value for value in row.values()
        ), key
    return expected


def test_the_samples_customers_agree(sample_warehouse, lines):
    expected = compare_customers(sample_warehouse, lines)
    # every rule has something to decide
    assert {row["is_churned"] for row in expected.values()} == {True, False}
    assert {row["recency_days"] for row in expected.values()} >= {90, 91}
    ((anonymous, known),) = query(
        sample_warehouse,
        "select anonymous_revenue_amount, revenue_amount - anonymous_revenue_amount"
        " from marts.shop_summary",
    )
    assert sum(row["revenue_amount"] for row in expected.values()) == known
    assert anonymous > 0


def test_the_samples_team_agrees_and_each_line_adds_up(sample_warehouse, lines):
    incentives = compare_team(sample_warehouse, lines)
    parts = defaultdict(list)
    for *key, line_id, part in query(
        sample_warehouse,
        "select employee_id, store_id, month_start_on, sale_line_id, incentive_amount"
        " from marts.incentive_lines",
    ):
        parts[tuple(key)].append((line_id, part))
    assert {key: sum(part for _, part in rows) for key, rows in parts.items()} == incentives
    # each line of the winner in the month, and none else, returns below zero
    sold = lines[lines["is_revenue"]]
    net_of = dict(zip(sold["line_id"], sold["net"], strict=True))
    own = defaultdict(set)
    for row in sold.itertuples():
        own[row.employee_id, row.store_id, people.month_of(row.sold_on)].add(row.line_id)
    taken_back = 0
    for key, rows in parts.items():
        assert {line_id for line_id, _ in rows} == own[key]
        for line_id, part in rows:
            assert abs(part - net_of[line_id] / 100) <= Decimal("0.0001")
            taken_back += part < 0
    assert taken_back > 20


def test_the_samples_stock_agrees(sample_warehouse, lines):
    shop = independent.read(SAMPLE)
    header = independent.INPUTS["stock"][2]
    counts = {
        (record.cells[header["product_id"]], record.cells[header["store_id"]]): (
            independent.number_in(record.cells[header["on_hand"]])
        )
        for record in shop.records["stock"]
        if record.outcome == "loaded"
    }
    levels = compare_stock(sample_warehouse, lines, counts)
    assert {row["is_to_reorder"] for row in levels.values()} == {True, False}
    assert sum(row["on_hand"] is None for row in levels.values()) == 3
    categories = dict(zip(shop.lines["product_id"], shop.lines["category"], strict=True))
    for mart, group_of in (
        ("stock_by_store", lambda key: key[1]),
        ("stock_by_category", lambda key: categories[key[0]]),
    ):
        groups = defaultdict(list)
        for key, row in levels.items():
            groups[group_of(key)].append(row)
        expected = {}
        for group, rows in groups.items():
            counted = [row for row in rows if row["on_hand"] is not None]
            on_hand = sum(row["on_hand"] for row in counted)
            sold = sum(row["units_sold"] for row in counted)
            rate = sum(max(row["units_sold"], 0) for row in counted) / Decimal(90)
            expected[group] = (
                on_hand,
                sum(row["units_sold"] for row in rows),
                sum(row["is_to_reorder"] for row in rows),
                pytest.approx(float(on_hand / rate), rel=1e-6),
                pytest.approx(float(sold / (sold + on_hand))),
            )
        figures = table(
            sample_warehouse,
            mart,
            ["store_id" if mart == "stock_by_store" else "category"],
            *("on_hand", "units_sold", "reorder_count", "cover_days", "sell_through_share"),
        )
        assert figures == expected, mart


# --- real folders -----------------------------------------------------------------------------


def of_bikes(shop):
    """Lines and headers of the bike stores, joined by pandas."""
    frame = shop.read("order_items.csv").merge(shop.read("orders.csv"), on="order_id")
    frame["line_id"] = frame["order_id"] + "-" + frame["item_id"] + "-" + frame["product_id"]
    frame["sold_on"] = frame["order_date"].map(date.fromisoformat)
    frame["is_revenue"] = frame["order_status"] != "3"
    frame["employee_id"] = frame["staff_id"]
    frame["quantity"] = frame["quantity"].map(Decimal)
    frame["net"] = [
        people.product(quantity, Decimal(price), Decimal(rate))
        for quantity, price, rate in zip(
            frame["quantity"], frame["list_price"], frame["discount"], strict=True
        )
    ]
    frame["cost"] = None
    return frame[list(people.COLUMNS)]


def of_superstore(shop):
    frame = shop.read("Retail Store Sales Data.csv")
    net, profit = frame["Sales"].map(Decimal), frame["Profit"].map(Decimal)
    day = frame["Order Date"].str
    return pd.DataFrame(
        {
            "line_id": frame["Row ID"],
            "order_id": frame["Order ID"],
            "sold_on": (day[6:] + "-" + day[3:5] + "-" + day[:2]).map(date.fromisoformat),
            "customer_id": frame["Customer ID"],
            "employee_id": "",
            "store_id": "",
            "product_id": frame["Product ID"],
            "quantity": frame["Quantity"].map(Decimal),
            "net": net,
            "cost": net - profit,
            "is_revenue": True,
        }
    )


def of_wholesaler(shop):
    frame = shop.read(*(path.name for path in sorted(shop.folder.glob("*.csv"))))
    quantity = frame["Quantity"].map(Decimal)
    return pd.DataFrame(
        {
            "line_id": "",
            "order_id": frame["InvoiceNo"],
            "sold_on": frame["InvoiceDate"].str[:10].map(date.fromisoformat),
            "customer_id": frame["CustomerID"].str.removesuffix(".0"),
            "employee_id": "",
            "store_id": "",
            "product_id": frame["StockCode"],
            "quantity": quantity,
            "net": quantity * frame["UnitPrice"].map(Decimal),
            "cost": None,
            "is_revenue": True,
        }
    )


@pytest.mark.slow
def test_the_bike_stores_agree(built):  # noqa: F811
    shop = built(BIKES)
    frame = of_bikes(shop)
    customers = compare_customers(shop.warehouse, frame)
    assert {row["lifetime_value_basis"] for row in customers.values()} == {"revenue"}
    assert len(compare_team(shop.warehouse, frame)) > 50
    stocks = shop.read("stocks.csv")
    counts = {(row.product_id, row.store_id): Decimal(row.quantity) for row in stocks.itertuples()}
    assert len(compare_stock(shop.warehouse, frame, counts)) == shop.truth["stock_rows"]


@pytest.mark.slow
def test_the_superstores_customers_agree(built):  # noqa: F811
    shop = built(SUPERSTORE)
    customers = compare_customers(shop.warehouse, of_superstore(shop))
    assert len(customers) == shop.truth["customers"]
    assert {row["lifetime_value_basis"] for row in customers.values()} == {"margin"}
    for mart in ("monthly_employee_performance", "incentives", "incentive_lines", "stock_levels"):
        assert shop.one(f"select count(*) from marts.{mart}") == 0


@pytest.mark.slow
def test_the_wholesalers_customers_agree(built):  # noqa: F811
    """A month that still runs: every cell of its cohort is blank; some brought back only."""
    shop = built(RETAIL)
    customers = compare_customers(shop.warehouse, of_wholesaler(shop))
    assert any(row["purchase_count"] == 0 for row in customers.values())
    assert shop.rows("select count(*), count(retained_on_count) from marts.customer_cohorts") == [
        (1, 0)
    ]


@pytest.mark.slow
def test_stock_in_the_file_of_products_is_that_of_all_stores(built):  # noqa: F811
    shop = built(SEMICOLON)
    sales = shop.read("ventes.csv")
    day = sales["Date"].str
    products = shop.read("produits.csv")
    price_of = dict(zip(products["ID Reference produit"], products["Prix"], strict=True))
    frame = pd.DataFrame(
        {
            "line_id": "",
            "order_id": "",
            "sold_on": (day[6:] + "-" + day[3:5] + "-" + day[:2]).map(date.fromisoformat),
            "customer_id": "",
            "employee_id": "",
            "store_id": sales["ID Magasin"],
            "product_id": sales["ID Reference produit"],
            "quantity": sales["Quantite"].map(Decimal),
            "is_revenue": True,
        }
    )
    assert price_of
    counts = {
        (row["ID Reference produit"], ""): Decimal(row["Stock"])
        for row in products.to_dict("records")
    }
    assert compare_stock(shop.warehouse, frame, counts)
    assert shop.one("select count(*) from marts.customer_value") == 0


# --- what a shop says itself ------------------------------------------------------------------

INPUTS = """\
shop: Corner
currency: EUR
settings: {as_of_date: 2024-03-31, churn_days: 30}
sales:
  files: sales.csv
  key: [sale_id]
  columns:
    sale_id: id
    sold_on: day
    order_id: ticket
    product_name: article
    net_amount: amount
    customer_id: customer
    employee_id: seller
    store_name: store
employees:
  files: staff.csv
  columns: {employee_id: id, is_manager: manager}
"""
SALES = """\
id,day,ticket,article,amount,customer,seller,store
1,2024-01-05,T1,Bread,100.10,C1,ann,North
2,2024-01-06,T2,Bread,100.10,C2,bob,North
3,2024-01-07,T3,Cake,50,C2,cid,South
4,2024-02-05,T4,Cake,200,C1,ann,North
5,2024-02-06,T5,Cake,150,C3,bob,North
6,2024-02-07,T6,Cake,-20,C3,bob,North
7,2024-03-29,T7,Cake,60,C3,cid,South
8,2024-03-30,T8,Cake,90,C3,ann,North
"""
RULES = "rule_name;valid_from;valid_to;earner;eligible;base;tier_from_amount;rate\n"


@pytest.fixture
def corner(tmp_path):
    shop = tmp_path / "shop"
    shop.mkdir()
    (shop / "inputs.yml").write_text(INPUTS, encoding="utf-8")
    (shop / "sales.csv").write_text(SALES, encoding="utf-8")
    (shop / "staff.csv").write_text("id,manager\nann,no\nbob,no\ncid,yes\n", encoding="utf-8")
    return shop, tmp_path / "warehouse"


def incentives(warehouse):
    return {
        (str(month)[:7], employee): (rule, amount)
        for month, employee, rule, amount in query(
            warehouse,
            "select month_start_on, employee_id, rule_name, incentive_amount from marts.incentives",
        )
    }


@pytest.mark.slow
def test_rules_of_the_shops_own_and_a_daily_run_that_follows_the_staff(corner, tmp_path):
    """A tie is shared to the last decimal; rules, segments and managers replace what was paid."""
    shop, warehouse = corner
    build_shop(shop, warehouse)
    assert incentives(warehouse) == {
        ("2024-01", "ann"): ("best_seller", Decimal("0.5005")),
        ("2024-01", "bob"): ("best_seller", Decimal("0.5005")),
        ("2024-01", "cid"): ("best_seller", Decimal("0.5")),
        ("2024-02", "ann"): ("best_seller", Decimal("2")),
        ("2024-03", "ann"): ("best_seller", Decimal("0.9")),
        ("2024-03", "cid"): ("best_seller", Decimal("0.6")),
    }
    # thirty days is not longer than thirty days
    assert table(warehouse, "customer_value", ["customer_id"], "recency_days", "is_churned") == {
        "C1": (55, True),
        "C2": (84, True),
        "C3": (1, False),
    }

    # a rule that stops paying managers: South has nobody left
    (shop / "incentives.csv").write_text(
        RULES + "sellers;;2024-02;best_seller;not_managers;revenue;0;0,02\n"
        "sellers;2024-03;;best_seller;not_managers;revenue;0;0,05\n"
        "sellers;2024-03;;best_seller;not_managers;revenue;80;0,10\n",
        encoding="utf-8-sig",
    )
    scores = [f"{r},{f},{m}" for r in range(1, 6) for f in range(1, 6) for m in range(1, 6)]
    (shop / "rfm_segments.csv").write_text(
        "recency_score,frequency_score,monetary_score,rfm_segment,is_to_call\n"
        + "".join(f"{cell},all of them,true\n" for cell in scores),
        encoding="utf-8",
    )
    build_shop(shop, warehouse)
    assert incentives(warehouse) == {
        ("2024-01", "ann"): ("sellers", Decimal("1.001")),
        ("2024-01", "bob"): ("sellers", Decimal("1.001")),
        ("2024-02", "ann"): ("sellers", Decimal("4")),
        ("2024-03", "ann"): ("sellers", Decimal("5")),
    }
    assert query(warehouse, "select distinct rfm_segment, is_to_call from marts.customer_rfm") == [
        ("all of them", True)
    ]

    # ann is made a manager: bob earns in January and February, nobody in March; no line changed
    (shop / "staff.csv").write_text("id,manager\nann,yes\nbob,no\ncid,yes\n", encoding="utf-8")
    process = build_shop(shop, warehouse)
    assert "everything is built anew" not in process.stderr
    assert incentives(warehouse) == {
        ("2024-01", "bob"): ("sellers", Decimal("2.002")),
        ("2024-02", "bob"): ("sellers", Decimal("2.6")),
    }
    assert query(
        warehouse,
        "select sale_id, incentive_amount from marts.incentive_lines"
        " join core.fct_sales using (sale_line_id) order by sale_id",
    ) == [("2", Decimal("2.002")), ("5", Decimal("3")), ("6", Decimal("-0.4"))]
    build_shop(shop, tmp_path / "at_once")
    assert contents(warehouse) == contents(tmp_path / "at_once")
