"""Customers, team and stock, computed a second time: pandas, Decimal, Fraction and plain loops.

Nothing is shared with the pipeline; DEFINITIONS.md is read once more. `lines` is a data frame with
one row per loaded sales line and the columns of COLUMNS; an absent name is ''. Keys of months are
their first days.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pandas as pd

COLUMNS = (
    *("line_id", "order_id", "sold_on", "customer_id", "employee_id", "store_id", "product_id"),
    *("quantity", "net", "cost", "is_revenue"),
)
STOCK = (
    *("on_hand", "in_stock_day_count", "units_sold", "cover_days", "sell_through_share"),
    "is_to_reorder",
)
CENT_OF_CENT = Decimal("0.0001")


def month_of(day: date) -> date:
    return day.replace(day=1)


def next_month(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)


def is_over(month: date, as_of: date) -> bool:
    return next_month(month) - timedelta(days=1) <= as_of


def rounded(value: Fraction | Decimal) -> Decimal:
    """Half away from zero, to four decimals, exactly."""
    whole = Fraction(value) * 10000
    sign = -1 if whole < 0 else 1
    units = (abs(whole) * 2 + 1) // 2
    return sign * Decimal(int(units)) * CENT_OF_CENT


def total(values: pd.Series) -> Decimal:
    return sum(values, Decimal(0))


def known_customers(lines: pd.DataFrame) -> pd.DataFrame:
    """Revenue lines of known customers, each with `purchase`: its order, else its day."""
    known = lines[lines["is_revenue"] & (lines["customer_id"] != "")].copy()
    known["month"] = known["sold_on"].map(month_of)
    known["purchase"] = [
        order or day.isoformat()
        for order, day in zip(known["order_id"], known["sold_on"], strict=True)
    ]
    return known


def bought(known: pd.DataFrame) -> pd.DataFrame:
    """Without the returns; lines without a quantity are judged by their amount."""
    return known[
        [
            (net if quantity is None else quantity) >= 0
            for quantity, net in zip(known["quantity"], known["net"], strict=True)
        ]
    ]


def monthly_spend(lines: pd.DataFrame) -> dict[tuple[str, date], tuple[int, Decimal]]:
    """(customer, month): purchases and revenue."""
    known = known_customers(lines)
    purchases = bought(known).groupby(["customer_id", "month"])["purchase"].nunique().to_dict()
    return {
        key: (purchases.get(key, 0), total(nets))
        for key, nets in known.groupby(["customer_id", "month"])["net"]
    }


def values(lines: pd.DataFrame, as_of: date, churn_days: int) -> dict[str, dict[str, object]]:
    """Customer: first and last purchase, purchases, revenue, margin, value so far, gone or not."""
    known = known_customers(lines)
    purchases = bought(known).groupby("customer_id")
    first, last = purchases["sold_on"].min().to_dict(), purchases["sold_on"].max().to_dict()
    counts = purchases["purchase"].nunique().to_dict()
    costed = known[known["cost"].notna()]
    is_margin = 2 * total(costed["net"]) > total(known["net"])
    margins = {
        customer: total(rows["net"]) - total(rows["cost"])
        for customer, rows in costed.groupby("customer_id")
    }
    found = {}
    for customer, nets in known.groupby("customer_id")["net"]:
        days = (as_of - last[customer]).days if customer in last else None
        margin = margins.get(customer)
        found[customer] = {
            "first_purchased_on": first.get(customer),
            "last_purchased_on": last.get(customer),
            "recency_days": None if days is None else max(days, 0),
            "purchase_count": counts.get(customer, 0),
            "revenue_amount": total(nets),
            "margin_amount": margin,
            "lifetime_value_amount": margin if is_margin else total(nets),
            "lifetime_value_basis": "margin" if is_margin else "revenue",
            "is_churned": None if days is None else days > churn_days,
        }
    return found


def fifth(value: object, everyone: list[object]) -> int:
    """1 to 5, by the share of the others that is smaller."""
    if len(everyone) == 1:
        return 1
    smaller = sum(other < value for other in everyone)
    return min(1 + 5 * smaller // (len(everyone) - 1), 5)


def rfm(customers: dict[str, dict[str, object]]) -> dict[str, tuple[int, int, int]]:
    """Customer: the scores of recency, frequency and monetary value."""
    scored = {key: row for key, row in customers.items() if row["purchase_count"]}
    recency = [-row["recency_days"] for row in scored.values()]
    frequency = [row["purchase_count"] for row in scored.values()]
    monetary = [row["revenue_amount"] for row in scored.values()]
    return {
        key: (
            fifth(-row["recency_days"], recency),
            fifth(row["purchase_count"], frequency),
            fifth(row["revenue_amount"], monetary),
        )
        for key, row in scored.items()
    }


def cohorts(lines: pd.DataFrame, as_of: date) -> dict[tuple[date, int], tuple]:
    """(month of first purchase, months since): customers, retained on, and on or after."""
    months_of = defaultdict(set)
    for row in bought(known_customers(lines)).itertuples():
        months_of[row.customer_id].add(row.month)
    last = month_of(lines["sold_on"].max())
    found = {}
    for cohort in {min(months) for months in months_of.values()}:
        members = [months for months in months_of.values() if min(months) == cohort]
        month, number = cohort, 0
        while month <= last:
            on = sum(month in months for months in members)
            after = sum(max(months) >= month for months in members)
            blank = not is_over(month, as_of)
            found[cohort, number] = (len(members), *((None, None) if blank else (on, after)))
            month, number = next_month(month), number + 1
    return found


def activity(lines: pd.DataFrame) -> dict[tuple[str, date], tuple[int, int, Decimal]]:
    """(store, month): customers who bought, those of them who never had before, revenue."""
    known = known_customers(lines)
    met: dict[str, set[str]] = defaultdict(set)
    found = {}
    for (month, store), rows in known.groupby(["month", "store_id"]):
        customers = set(bought(rows)["customer_id"])
        found[store, month] = (len(customers), len(customers - met[store]), total(rows["net"]))
        met[store] |= customers
    return found


def performance(lines: pd.DataFrame) -> dict[tuple[str, str, date], dict[str, object]]:
    """(employee, store, month): revenue, orders, share of the store, rank in it."""
    sold = lines[lines["is_revenue"]].copy()
    sold["month"] = sold["sold_on"].map(month_of)
    found = {}
    for (store, month), rows in sold.groupby(["store_id", "month"]):
        whole = total(rows["net"])
        mine = {
            employee: (total(own["net"]), own.loc[own["order_id"] != "", "order_id"].nunique())
            for employee, own in rows.groupby("employee_id")
            if employee
        }
        for employee, (revenue, orders) in mine.items():
            found[employee, store, month] = {
                "revenue_amount": revenue,
                "order_count": orders,
                "store_revenue_share": float(revenue / whole) if whole else None,
                "seller_rank": 1 + sum(other > revenue for other, _ in mine.values()),
            }
    return found


def best_sellers(
    lines: pd.DataFrame, as_of: date, rate: Decimal
) -> dict[tuple[str, str, date], Decimal]:
    """(employee, store, month): the default rule, 1 % of the own net sales for the best."""
    found = {}
    for key, row in performance(lines).items():
        if row["seller_rank"] == 1 and row["revenue_amount"] > 0 and is_over(key[2], as_of):
            found[key] = rounded(Fraction(row["revenue_amount"]) * Fraction(rate))
    return found


def stock(
    lines: pd.DataFrame,
    counts: dict[tuple[str, str], Decimal | None],
    as_of: date,
    window_days: int,
    reorder_days: int,
) -> dict[tuple[str, str], dict[str, object]]:
    """(product, store): units sold in the window, cover, sell-through, reorder; no stock-outs.

    A count of the store '' is of all stores; one of None could not be read.
    """
    start = max(as_of - timedelta(days=window_days - 1), lines["sold_on"].min())
    days = (as_of - start).days + 1
    sold: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row in lines[lines["is_revenue"]].itertuples():
        if start <= row.sold_on <= as_of:
            sold[row.product_id, row.store_id] += row.quantity
            sold[row.product_id, ""] += row.quantity if row.store_id else 0
    found = {}
    for key, on_hand in counts.items():
        units = sold[key]
        if on_hand is None:
            found[key] = dict.fromkeys(STOCK) | {
                "in_stock_day_count": days,
                "units_sold": units,
                "is_to_reorder": False,
            }
            continue
        found[key] = {
            "on_hand": on_hand,
            "in_stock_day_count": days,
            "units_sold": units,
            "cover_days": float(Fraction(on_hand * days) / Fraction(units)) if units > 0 else None,
            "sell_through_share": float(units / (units + on_hand))
            if units >= 0 and units + on_hand > 0
            else None,
            "is_to_reorder": bool(units > 0 and on_hand * days < reorder_days * units),
        }
    return found


def product(quantity: Decimal, price: Decimal, rate: Decimal) -> Decimal:
    """Quantity × price less a discount, each step rounded once."""
    gross = (quantity * price).quantize(CENT_OF_CENT, ROUND_HALF_UP)
    return (gross * (1 - rate)).quantize(CENT_OF_CENT, ROUND_HALF_UP)
