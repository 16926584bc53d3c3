"""Sales, products and quality, computed a second time: plain loops, Decimal and Fraction.

Nothing is shared with the pipeline; DEFINITIONS.md is read once more. `lines` is a data frame with
one row per loaded sales line: order_id, sold_on, product_id, category, region, store_id, quantity,
discount, gross, net, cost, is_revenue. Months are their first days; the as-of day is the last day.
"""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pandas as pd

MONTHS_IN = {"month": 1, "quarter": 3, "year": 12, "fiscal_year": 12}


def month_of(day: date) -> date:
    return day.replace(day=1)


def later(month: date, count: int) -> date:
    """The first day of the month `count` months later (earlier when negative)."""
    number = month.year * 12 + month.month - 1 + count
    return date(number // 12, number % 12 + 1, 1)


def last_day(month: date) -> date:
    return later(month, 1) - timedelta(days=1)


def share(part: Decimal, whole: Decimal | None) -> float | None:
    """A ratio; None without a whole above zero."""
    return float(Fraction(part) / Fraction(whole)) if whole is not None and whole > 0 else None


def sold(lines: pd.DataFrame) -> pd.DataFrame:
    return lines[lines["is_revenue"]]


def months(lines: pd.DataFrame) -> list[date]:
    """Every month from the first line to the last."""
    first, last = month_of(lines["sold_on"].min()), month_of(lines["sold_on"].max())
    found = [first]
    while found[-1] < last:
        found.append(later(found[-1], 1))
    return found


def complete_months(lines: pd.DataFrame) -> list[date]:
    return [month for month in months(lines) if last_day(month) <= lines["sold_on"].max()]


def windows(lines: pd.DataFrame, count: int = 12) -> tuple[set[date], set[date] | None]:
    """The last `count` complete months (all when none is), and the twelve before the last twelve.

    The second is None when there are not 24 complete months.
    """
    complete = complete_months(lines)
    recent = set(complete[-count:]) if complete else set(months(lines))
    return recent, set(complete[-24:-12]) if len(complete) >= 24 else None


def growth(lines: pd.DataFrame, fiscal_start: int = 1) -> dict:
    """{(kind, first day): (orders, revenue, before, growth, year before, growth, complete)}."""
    revenue: dict = defaultdict(Decimal)
    orders: dict = defaultdict(set)

    def start_of(kind: str, month: date) -> date:
        begin = fiscal_start if kind == "fiscal_year" else 1
        return later(month, -((month.month - begin) % MONTHS_IN[kind]))

    for kind in MONTHS_IN:
        for month in months(lines):
            revenue[kind, start_of(kind, month)] += 0
        for row in sold(lines).itertuples():
            key = (kind, start_of(kind, month_of(row.sold_on)))
            revenue[key] += row.net
            if row.order_id:
                orders[key].add(row.order_id)
    first, last = month_of(lines["sold_on"].min()), lines["sold_on"].max()
    complete = {
        (kind, start): start >= first and last_day(later(start, MONTHS_IN[kind] - 1)) <= last
        for kind, start in revenue
    }
    found = {}
    for kind, start in list(revenue):
        compared = []
        for distance in (MONTHS_IN[kind], 12):
            key = (kind, later(start, -distance))
            base = revenue[key] if complete.get(key) and complete[kind, start] else None
            change = None if base is None else revenue[kind, start] - base
            compared += [base, None if base is None else share(change, base)]
        found[kind, start] = (
            len(orders[kind, start]), revenue[kind, start], *compared, complete[kind, start],
        )  # fmt: skip
    return found


def seasons(lines: pd.DataFrame) -> dict:
    """{(kind, number): (days, revenue, index)} over whole years and whole weeks."""
    by_day: dict[date, Decimal] = defaultdict(Decimal)
    for row in sold(lines).itertuples():
        by_day[row.sold_on] += row.net
    complete, first, last = complete_months(lines), lines["sold_on"].min(), lines["sold_on"].max()
    years = len(complete) // 12
    of_years = []
    if years:
        day = complete[-12 * years]
        while day <= last_day(complete[-1]):
            of_years.append(day)
            day += timedelta(days=1)
    monday = first + timedelta(days=-first.weekday() % 7)
    of_weeks = []
    while monday + timedelta(days=6) <= last:
        of_weeks += [monday + timedelta(days=number) for number in range(7)]
        monday += timedelta(days=7)
    found = {}
    for kind, days, number_of in (
        ("quarter", of_years, lambda day: (day.month + 2) // 3),
        ("month", of_years, lambda day: day.month),
        ("weekday", of_weeks, lambda day: day.isoweekday()),
    ):
        groups = defaultdict(list)
        for day in days:
            groups[number_of(day)].append(by_day.get(day, Decimal(0)))
        whole = sum((sum(amounts) for amounts in groups.values()), Decimal(0))
        for number, amounts in groups.items():
            revenue = sum(amounts, Decimal(0))
            index = share(revenue * len(days), whole * len(amounts))
            found[kind, number] = (len(amounts), revenue, index)
    return found


def changes(lines: pd.DataFrame, *columns: str, all_dates: bool = False) -> dict:
    """{group: (recent revenue, the twelve months' before, change)} of groups with lines in either.

    With `all_dates` also those that sold at another time.
    """
    recent, before = windows(lines)
    found: dict = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for row in sold(lines).to_dict("records"):
        month, key = month_of(row["sold_on"]), tuple(row[column] for column in columns)
        if month in recent:
            found[key][0] += row["net"]
        elif before and month in before:
            found[key][1] += row["net"]
        elif all_dates:
            found[key][0] += 0
    return {
        key: (now, then, now - then) if before is not None else (now, None, None)
        for key, (now, then) in found.items()
    }


def discounts(lines: pd.DataFrame) -> dict:
    """{(product, month): (lines, discounted lines, gross, discount, share)} where one was given."""
    groups: dict = defaultdict(list)
    for row in sold(lines).itertuples():
        groups[row.product_id, month_of(row.sold_on)].append((row.gross, row.discount))
    found = {}
    for key, rows in groups.items():
        discounted = sum(discount != 0 for _, discount in rows)
        if discounted:
            gross = sum((one for one, _ in rows), Decimal(0))
            discount = sum((one for _, one in rows), Decimal(0))
            found[key] = (len(rows), discounted, gross, discount, share(discount, gross))
    return found


def products_sold(lines: pd.DataFrame, within: set[date] | None) -> dict:
    """{product: (units, revenue)} of the lines in these months, all when None."""
    found: dict = defaultdict(lambda: (Decimal(0), Decimal(0)))
    for row in sold(lines).itertuples():
        if within is None or month_of(row.sold_on) in within:
            units, revenue = found[row.product_id]
            found[row.product_id] = (units + row.quantity, revenue + row.net)
    return dict(found)


def best_sellers(lines: pd.DataFrame) -> dict:
    """{(window, product): (units, revenue, rank by units, rank by revenue)}."""
    found = {}
    for window, within in (("all_dates", None), ("last_twelve_months", windows(lines)[0])):
        figures = products_sold(lines, within)
        for product, (units, revenue) in figures.items():
            found[window, product] = (
                units,
                revenue,
                1 + sum(other > units for other, _ in figures.values()),
                1 + sum(other > revenue for _, other in figures.values()),
            )
    return found


def abc(lines: pd.DataFrame, products: set[str], count: int = 12) -> dict:
    """{product: (revenue, share of those with more, class)}; U for one that sold nothing."""
    figures = products_sold(lines, windows(lines, count)[0])
    whole = sum((revenue for _, revenue in figures.values()), Decimal(0))
    found = {product: (Decimal(0), None, "U") for product in products}
    for product, (_, revenue) in figures.items():
        more = sum((other for _, other in figures.values() if other > revenue), Decimal(0))
        before = Fraction(more) / Fraction(whole)
        letter = "A" if before < Fraction(80, 100) else "B" if before < Fraction(95, 100) else "C"
        found[product] = (revenue, float(before), letter)
    return found


def pareto(lines: pd.DataFrame) -> tuple:
    """Products sold, a fifth of them, the revenue of the best fifth and its share."""
    amounts = sorted((one for _, one in products_sold(lines, windows(lines)[0]).values()))[::-1]
    top = -(-len(amounts) // 5)
    best = sum(amounts[:top], Decimal(0))
    return len(amounts), top, best, share(best, sum(amounts, Decimal(0)))


def margins(lines: pd.DataFrame) -> dict:
    """{category: (revenue, margin, its share, share of the revenue with a known cost)}."""
    found = {}
    for category, group in sold(lines).groupby("category"):
        known = group[group["cost"].notna()]
        revenue, covered = (sum(frame["net"], Decimal(0)) for frame in (group, known))
        margin = covered - sum(known["cost"], Decimal(0)) if len(known) else None
        of_covered = None if margin is None else share(margin, covered)
        found[category] = (revenue, margin, of_covered, share(covered, revenue))
    return found


def price_changes(rows: list[tuple[str, date, Decimal | None, Decimal | None]]) -> dict:
    """{(product, from): (to, price, cost, price before)} of rows (product, from, price, cost)."""
    found: dict = {}
    end = date(9999, 12, 31)
    by_product = defaultdict(list)
    for product, valid_from, price, cost in sorted(rows, key=lambda row: row[:2]):
        steps = by_product[product]
        if not steps or steps[-1][1:] != (price, cost):
            steps.append((valid_from, price, cost))
    for product, steps in by_product.items():
        if all(price is None and cost is None for _, price, cost in steps):
            continue
        for at, (valid_from, price, cost) in enumerate(steps):
            valid_to = steps[at + 1][0] if at + 1 < len(steps) else end
            found[product, valid_from] = (valid_to, price, cost, steps[at - 1][1] if at else None)
    return found


def volumes(lines: pd.DataFrame, limit: int = 3) -> dict:
    """{day: (records, days of history, median, unusual)}."""
    counts = lines["sold_on"].value_counts().to_dict()
    first, last = lines["sold_on"].min(), lines["sold_on"].max()
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    before = {
        day: [
            counts.get(one, 0)
            for n in range(1, 13)
            if (one := day - timedelta(days=7 * n)) >= first
        ]
        for day in days
    }
    median = {day: statistics.median(history) for day, history in before.items() if history}
    found = {}
    for day in days:
        usual = unusual = None
        if before[day]:
            near = [day - timedelta(days=number) for number in range(1, 7)]
            ratios = [
                counts.get(one, 0) / median[one]
                for one in near
                if len(before.get(one, ())) >= 6 and median[one] > 0
            ]
            usual = median[day] * (statistics.median(ratios) if len(ratios) >= 4 else 1)
            distance = statistics.median(abs(one - median[day]) for one in before[day])
            if len(before[day]) >= 6:
                allowed = limit * max(1.4826 * distance, math.sqrt(usual), 1)
                unusual = abs(counts.get(day, 0) - usual) > allowed
        found[day] = (counts.get(day, 0), len(before[day]), usual, unusual)
    return found
