"""What the report's page must show of a selection, asked of the published file in SQL.

Nothing here is taken from the page's script or from cube.py: days are moved with the calendar of
this module, and every figure is a sum over core.fct_sales.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

UNKNOWN = "(unknown)"
PLACES = ("region", "city", "store")
COLUMNS = {
    "region": "dim_locations.region",
    "city": "dim_locations.city",
    "store": "dim_stores.store_name",
    "product": "dim_products.product_name",
    "category": "dim_products.category",
    "segment": f"coalesce(dim_customers.segment, '{UNKNOWN}')",
}
JOINED = """
    from core.fct_sales
    left join core.dim_locations on fct_sales.location_id = dim_locations.location_id
    left join core.dim_stores on fct_sales.store_id = dim_stores.store_id
    left join core.dim_products on fct_sales.product_id = dim_products.product_id
    left join core.dim_customers on fct_sales.customer_id = dim_customers.customer_id
    where fct_sales.is_revenue and fct_sales.sold_on between ? and ?"""
MEASURES = """
    coalesce(sum(net_amount), 0) as revenue,
    count(distinct order_id) as orders,
    sum(quantity) as units,
    sum(margin_amount) as margin,
    coalesce(sum(net_amount) filter (where is_return), 0) as returns,
    count(*) as lines"""


@dataclass(frozen=True)
class Selected:
    """What a reader has selected: days, bars, comparison, and members by dimension."""

    first: date
    last: date
    grain: str = "month"
    compare: str = "year"
    members: tuple[tuple[str, str], ...] = ()

    def having(self, dimension: str, name: str | None) -> Selected:
        """The selection with one member chosen, or none."""
        kept = {key: value for key, value in self.members if key != dimension}
        if name is not None:
            kept[dimension] = name
        return replace(self, members=tuple(sorted(kept.items())))

    @property
    def depth(self) -> int:
        """How many levels of places are chosen."""
        return sum(1 for key, _ in self.members if key in PLACES)


def month_end(day: date) -> date:
    """The last day of a day's month."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def _earlier(day: date, months: int, is_last: bool) -> date:
    number = day.year * 12 + day.month - 1 - months
    year, month = divmod(number, 12)
    length = calendar.monthrange(year, month + 1)[1]
    if is_last and day == month_end(day):
        return date(year, month + 1, length)
    if day.day > length and not is_last:
        return date(year, month + 1, length) + timedelta(days=1)
    return date(year, month + 1, min(day.day, length))


def compared(selected: Selected, begin: date, until: date) -> tuple[date, date] | None:
    """The days compared with; None when nothing is, or they begin before the files do."""
    first, last = selected.first, min(selected.last, until)
    if selected.compare == "none" or first > last:
        return None
    months = 12 if selected.compare == "year" else 0
    if not months and first.day == 1 and last == month_end(last):
        months = (last.year - first.year) * 12 + last.month - first.month + 1
    if months:
        days = _earlier(first, months, False), _earlier(last, months, True)
    else:
        length = last - first + timedelta(days=1)
        days = first - length, last - length
    return days if days[0] >= begin.replace(day=1) else None


class Oracle:
    """The published file, asked."""

    def __init__(self, connection) -> None:
        self.connection = connection
        self.begin, self.until = connection.execute(
            "select min(sold_on), max(sold_on) from core.fct_sales where is_revenue"
        ).fetchone()

    def _ask(self, what: str, days: tuple, members: tuple, group: str = "") -> list[dict]:
        conditions = "".join(f" and {COLUMNS[name]} = ?" for name, _ in members)
        cursor = self.connection.execute(
            f"select {what} {JOINED}{conditions} {group}",
            [*days, *(value for _, value in members)],
        )
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def total(self, selected: Selected, days: tuple | None = None) -> dict:
        """The measures over all lines selected, or over the same members on other days."""
        days = days or (selected.first, selected.last)
        found = self._ask(MEASURES, days, selected.members)[0]
        if not found["lines"]:  # of nothing, no units; its margin stays unknown
            found["units"] = Decimal(0)
        return found

    def by(self, selected: Selected, dimension: str, days: tuple | None = None) -> dict[str, dict]:
        """The measures by a dimension's members."""
        days = days or (selected.first, selected.last)
        rows = self._ask(
            f"{COLUMNS[dimension]} as name, {MEASURES}", days, selected.members, "group by 1"
        )
        return {row["name"]: row for row in rows}

    def by_period(self, selected: Selected, also: str = "") -> dict:
        """The measures by period of the grain, keyed by its first day (and a dimension's name)."""
        name = f", {COLUMNS[also]} as name" if also else ""
        rows = self._ask(
            f"cast(date_trunc('{selected.grain}', sold_on) as date) as period{name}, {MEASURES}",
            (selected.first, selected.last),
            selected.members,
            "group by " + ("1, 2" if also else "1"),
        )
        return {(row["period"], row["name"]) if also else row["period"]: row for row in rows}

    def by_two(self, selected: Selected, one: str, other: str) -> dict[tuple[str, str], Decimal]:
        """Revenue by the members of two dimensions together."""
        rows = self._ask(
            f"{COLUMNS[one]} as one, {COLUMNS[other]} as other, {MEASURES}",
            (selected.first, selected.last),
            selected.members,
            "group by 1, 2",
        )
        return {(row["one"], row["other"]): row["revenue"] for row in rows}

    def members(self, dimension: str) -> list[str]:
        """All names of a dimension that were ever sold."""
        whole = Selected(self.begin, self.until)
        return sorted(self.by(whole, dimension))
