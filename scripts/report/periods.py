"""Which months the headlines add up, and with which they are compared.

A running month is never compared, and a change has no value without a positive base.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace as Row

from scripts.report.read import Warehouse

YEAR = 12
MEASURES = (
    "order_count",
    "quantity",
    "revenue_amount",
    "returns_amount",
    "revenue_with_cost_amount",
)


@dataclass(frozen=True)
class Period:
    """Some whole months and the sums over them.

    `kind`: `year` (12 complete months), `month` (one complete month) or `so_far` (only running).
    """

    kind: str
    months: tuple[Row, ...]

    @property
    def first_month(self) -> date:
        """First day of the first month."""
        return self.months[0].month_start_on

    @property
    def last_month(self) -> date:
        """First day of the last month."""
        return self.months[-1].month_start_on

    def total(self, measure: str) -> Decimal:
        """Sum of an additive measure; an unknown month counts as nothing."""
        return sum((Decimal(getattr(month, measure) or 0) for month in self.months), Decimal(0))

    def known_total(self, measure: str) -> Decimal | None:
        """Sum of a measure that may be unknown: null when no month knows it."""
        values = [getattr(month, measure) for month in self.months]
        return sum((value for value in values if value is not None), Decimal(0)) if any(
            value is not None for value in values
        ) else None  # fmt: skip


@dataclass(frozen=True)
class Periods:
    """The period of the headlines, the equally long one before it, and the last whole month."""

    main: Period | None
    before: Period | None
    last: Period | None
    year_before_last: Period | None


def month_end(month: date) -> date:
    """The last day of the month that begins on `month`."""
    return (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def growth(now: Decimal | None, before: Decimal | None) -> Decimal | None:
    """Relative change; None without a positive base, because no percentage of it means anything."""
    if now is None or before is None or before <= 0:
        return None
    return now / before - 1


def choose(warehouse: Warehouse) -> Periods:
    """The last 12 complete months against the 12 before; with fewer, the last complete month.

    A single month has no season, so twelve months are preferred as soon as there are twelve.
    """
    months = warehouse.complete_months
    if not months:
        running = tuple(warehouse.months)
        return Periods(Period("so_far", running) if running else None, None, None, None)
    last = Period("month", (months[-1],))
    year_before = Period("month", (months[-1 - YEAR],)) if len(months) > YEAR else None
    if len(months) >= YEAR:
        before = months[-2 * YEAR : -YEAR]
        return Periods(
            Period("year", tuple(months[-YEAR:])),
            Period("year", tuple(before)) if len(before) == YEAR else None,
            last,
            year_before,
        )
    before_last = Period("month", (months[-2],)) if len(months) > 1 else None
    return Periods(last, before_last, last, None)
