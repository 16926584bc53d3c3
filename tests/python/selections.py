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
    coalesce(sum(net_amount) filter (where cost_amount is not null), 0) as with_cost,
    coalesce(sum(gross_amount), 0) as gross,
    coalesce(sum(discount_amount), 0) as discount,
    count(*) filter (where discount_amount <> 0) as discounted_lines,
    count(*) as lines"""
GRAIN_MONTHS = {"month": 1, "quarter": 3, "year": 12}


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


def period_start(day: date, months: int) -> date:
    """The first day of the calendar period of 1, 3 or 12 months that a day is in."""
    return date(day.year, (day.month - 1) // months * months + 1, 1)


def period_end(start: date, months: int) -> date:
    """The last day of the period that begins on `start`."""
    return month_end(date(start.year, start.month + months - 1, 1))


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
        self.first, self.last, self.today = connection.execute(
            "select first_sold_on, last_sold_on, as_of_date from marts.shop_summary"
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

    def growth(self, selected: Selected, most: int) -> list[tuple]:
        """The latest periods: revenue, that of the one before and of a year earlier, last first.

        Both are None where the period is not whole; each is, where it is not itself.
        """
        grain = "month" if selected.grain == "day" else selected.grain
        months = GRAIN_MONTHS[grain]

        def is_whole(start: date) -> bool:
            return start >= self.first.replace(day=1) and period_end(start, months) <= self.today

        selected = replace(selected, grain=grain)
        inside = self.by_period(selected)
        ever = self.by_period(replace(selected, first=self.first, last=self.last))

        def whole(start: date) -> Decimal | None:
            return ever.get(start, {"revenue": Decimal(0)})["revenue"] if is_whole(start) else None

        found = []
        start = period_start(selected.first, months)
        while start <= selected.last:
            end = period_end(start, months)
            revenue = inside.get(start, {"revenue": Decimal(0)})["revenue"]
            bases = None, None
            if selected.first <= start and end <= selected.last and is_whole(start):
                bases = whole(_earlier(start, months, False)), whole(_earlier(start, 12, False))
            found.insert(0, (revenue, *bases))
            start = end + timedelta(days=1)
        return found[:most]

    def seasons(self, selected: Selected) -> list[tuple]:
        """(index, revenue, days) of weekdays, quarters and months, in this order.

        Weekdays over whole weeks, the others over whole years of whole months, back from the last.
        """
        first, last = max(selected.first, self.first), min(selected.last, self.last, self.today)
        days = [first + timedelta(days=one) for one in range((last - first).days + 1)]
        mondays = [one for one in days if one.weekday() == 0]
        sundays = [one for one in days if one.weekday() == 6]
        windows = {}
        if mondays and sundays and mondays[0] < sundays[-1]:
            windows["isodow"] = mondays[0], sundays[-1]
        starts = [date(year, month, 1) for year in range(2020, 2030) for month in range(1, 13)]
        begin, end = max(selected.first, self.first.replace(day=1)), min(selected.last, self.today)
        whole = [one for one in starts if begin <= one <= self.last and month_end(one) <= end]
        if len(whole) >= 12:
            years = len(whole) // 12
            windows["quarter"] = windows["month"] = whole[-12 * years], month_end(whole[-1])
        found = []
        for part, window in windows.items():
            sold = {row["number"]: row["revenue"] for row in self._ask(
                f"{part}(sold_on) as number, {MEASURES}", window, selected.members, "group by 1"
            )}  # fmt: skip
            counts = dict(self.connection.execute(
                f"select {part}(day) as number, count(*)"
                " from generate_series(?::timestamp, ?::timestamp, interval 1 day) as days (day)"
                " group by 1 order by 1", window
            ).fetchall())  # fmt: skip
            average = sum(sold.values()) / sum(counts.values())
            if average > 0:
                found += [
                    (revenue / count / average, revenue, count)
                    for number, count in counts.items()
                    for revenue in [sold.get(number, Decimal(0))]
                ]
        return found

    def unsold(self, selected: Selected) -> int:
        """How many products, of the category selected, are in no line selected."""
        category = dict(selected.members).get("category")
        conditions = "".join(f" and {COLUMNS[name]} = ?" for name, _ in selected.members)
        return self.connection.execute(
            "select count(*) from core.dim_products where product_id <> ?"
            " and (? is null or category = ?) and product_id not in"
            f" (select fct_sales.product_id {JOINED}{conditions})",
            [UNKNOWN, category, category, selected.first, selected.last,
             *(value for _, value in selected.members)],
        ).fetchone()[0]  # fmt: skip

    def customers(self, selected: Selected) -> dict[str, dict]:
        """Revenue, purchases and their last day by customer; who shares a name has the key too."""
        names = dict(self.connection.execute(
            "with sold as (select distinct customer_id from core.fct_sales"
            "  where is_revenue and not is_anonymous)"
            " select customer_id, case when count(*) over (partition by customer_name) > 1"
            "  then customer_name || ' (' || customer_id || ')' else customer_name end"
            " from core.dim_customers inner join sold using (customer_id)"
        ).fetchall())  # fmt: skip
        rows = self._ask(
            "fct_sales.customer_id as name, sum(net_amount) as revenue,"
            " count(distinct coalesce(order_id, sold_on::varchar)) filter (where not is_return)"
            " as purchases, max(sold_on) filter (where not is_return) as last_on",
            (selected.first, selected.last),
            selected.members,
            "and not is_anonymous group by 1",
        )
        return {names[row["name"]]: row for row in rows}

    def teams(self, selected: Selected) -> dict[str, tuple]:
        """(employees, revenue, months open) by store, of those at the places selected.

        Employees are those of the last month in the days selected that the store was open.
        """
        places = [(name, value) for name, value in selected.members if name in PLACES]
        conditions = "".join(f" and {COLUMNS[name]} = ?" for name, _ in places)
        there = self.connection.execute(
            f"select distinct fct_sales.store_id {JOINED}{conditions}",
            [self.begin, self.until, *(value for _, value in places)],
        ).fetchall()
        sold = self.by(selected, "store")
        nothing = {"revenue": Decimal(0)}
        return {
            name: (employees, sold.get(name, nothing)["revenue"], months)
            for store, name, employees, months in self.connection.execute(
                "select store_id, store_name, last(employee_count order by month_start_on),"
                " count(*) from marts.employee_sales_ratio"
                " where month_start_on between date_trunc('month', ?::date) and ? group by all",
                [selected.first, selected.last],
            ).fetchall()
            if not places or (store,) in there
        }

    def fit(self, points: list[tuple]) -> tuple:
        """Slope and R² of the line of least squares through (x, y)."""
        return self.connection.execute(
            "select regr_slope(y, x), regr_r2(y, x)"
            " from (select unnest(?::double[]) as x, unnest(?::double[]) as y)",
            [[float(x) for x, _ in points], [float(y) for _, y in points]],
        ).fetchone()

    def members(self, dimension: str) -> list[str]:
        """All names of a dimension that were ever sold."""
        whole = Selected(self.begin, self.until)
        return sorted(self.by(whole, dimension))
