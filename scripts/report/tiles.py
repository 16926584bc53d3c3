"""The headline figures: tiles of the page, and a few lines for the terminal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from scripts.report.charts.base import Context
from scripts.report.formats import clean, rounded
from scripts.report.periods import Period, Periods, choose, growth

# a figure of a period, and how it is written
Measure = Callable[[Period], "Decimal | None"]
Show = Callable[["Decimal | None"], str]


@dataclass
class Tile:
    """One headline figure, all texts formatted; `value` is the exact figure behind `text`.

    `direction` is up, down, flat or none (no base); `is_good` says which way a change is welcome,
    None where it is neither. `growth` is the exact change, `kind` what the figure is: amount,
    whole_amount or count.
    """

    name: str
    label: str
    text: str
    value: Decimal | None
    definition: str
    change: str
    direction: str
    is_good: bool | None
    note: str = ""
    last_month: str = ""
    growth: Decimal | None = None
    kind: str = "count"


@dataclass
class Headlines:
    """The tiles and the words above them: which period, and what it is compared with."""

    period: str
    against: str
    tiles: list[Tile]


def headline_tiles(context: Context) -> Headlines | None:
    """The tiles over the period that `periods.choose` finds; None when nothing was ever sold."""
    periods = choose(context.warehouse)
    if periods.main is None:
        return None
    formats, words = context.formats, context.words
    main, before = periods.main, periods.before
    first, last = formats.month(main.first_month), formats.month(main.last_month)
    if main.kind == "year":
        period = words("periods.year", first=first, last=last)
        against = words("periods.against_year") if before else words("periods.no_base")
    elif main.kind == "month":
        period = words("periods.month", month=last)
        against = words("periods.no_base")
        if before:
            month = formats.month(before.last_month)
            against = words("periods.against_month", month=month)
    else:
        period = words("periods.so_far", month=last)
        against = words("periods.so_far_note")
    period = period[:1].upper() + period[1:]
    return Headlines(period, against, _tiles(context, periods))


def _tiles(context: Context, periods: Periods) -> list[Tile]:
    formats, words = context.formats, context.words

    def tile(
        name: str,
        measure: Measure,
        show: Show,
        definition: str,
        *,
        higher_is: bool | None,
        kind: str = "count",
        note: str = "",
    ) -> Tile:
        """`measure` takes a Period and gives its figure; `show` formats it."""
        now = measure(periods.main)
        before = measure(periods.before) if periods.before else None
        change, direction = _change(context, growth(now, before))
        is_good = None
        if higher_is is not None and direction in ("up", "down"):
            is_good = (direction == "up") == higher_is
        return Tile(
            name, words(f"tiles.{name}"), show(now), now,
            context.warehouse.definition(definition) if definition
            else words(f"tiles.{name}_definition"), change, direction, is_good,
            last_month=_last_month(context, periods, measure, show), note=note,
            growth=growth(now, before), kind=kind,
        )  # fmt: skip

    def revenue(period: Period) -> Decimal:
        return period.total("revenue_amount")

    def returns(period: Period) -> Decimal:
        return abs(period.total("returns_amount"))

    def margin(period: Period) -> Decimal | None:
        return period.known_total("margin_amount")

    def orders(period: Period) -> Decimal | None:
        return _orders(context, period)

    def average(period: Period) -> Decimal | None:
        count = _orders(context, period)
        return period.total("revenue_amount") / count if count else None

    main = periods.main
    no_orders = "" if orders(main) is not None else words("tiles.orders_missing")
    sold = revenue(main) + returns(main)
    returns_note = words("tiles.returns_none")
    if returns(main):
        returns_note = ""
        if sold > 0:
            share = formats.share(returns(main) / sold)
            returns_note = words("tiles.returns_share", share=share)

    def with_cents(value: Decimal | None) -> str:
        return formats.money(value, cents=True)

    def whole(value: Decimal | None) -> str:
        return formats.number(value, 0)

    def units(period: Period) -> Decimal | None:
        return period.known_total("quantity")

    cost_note = _margin(context, main)
    return [
        tile("revenue", revenue, formats.money, "revenue_amount", higher_is=True,
             kind="whole_amount"),
        tile("orders", orders, whole, "order_count", higher_is=True, note=no_orders),
        tile("average_order", average, with_cents, "", higher_is=True, note=no_orders,
             kind="amount"),
        tile("units", units, whole, "quantity", higher_is=True),
        tile("margin", margin, formats.money, "margin_amount", higher_is=True, note=cost_note,
             kind="whole_amount"),
        tile("returns", returns, formats.money, "returns_amount", higher_is=False,
             note=returns_note, kind="whole_amount"),
    ]  # fmt: skip


def _orders(context: Context, period: Period) -> Decimal | None:
    """Orders of the period: those of its lines, since one of two months would count in both.

    Where no lines are kept, the sum of its months.
    """
    cube = context.warehouse.cube
    count = cube.order_count({month.month_start_on for month in period.months}) if cube else None
    return Decimal(period.total("order_count") if count is None else count) or None


def _change(context: Context, change: Decimal | None) -> tuple[str, str]:
    if change is None:
        return "", "none"
    direction = "flat" if not rounded(change, 3) else "up" if change > 0 else "down"
    if direction == "flat":
        return context.words("tiles.same"), direction
    return context.formats.signed_share(change), direction


def _margin(context: Context, period: Period) -> str:
    """Margin share over the revenue whose cost is known, and how much of revenue that is."""
    formats, words = context.formats, context.words
    margin = period.known_total("margin_amount")
    with_cost, revenue = period.total("revenue_with_cost_amount"), period.total("revenue_amount")
    if margin is None:
        return words("tiles.margin_missing")
    if with_cost <= 0:
        return ""
    share = formats.share(margin / with_cost)
    if with_cost == revenue or revenue <= 0:
        return words("tiles.margin_share", share=share)
    covered = formats.share(with_cost / revenue)
    return words("tiles.margin_covered", share=share, covered=covered)


def _last_month(context: Context, periods: Periods, measure: Measure, show: Show) -> str:
    """The last complete month under a figure of twelve, against the same month a year earlier."""
    if periods.main.kind != "year" or periods.last is None:
        return ""
    value = measure(periods.last)
    if value is None:
        return ""
    month = context.formats.month(periods.last.last_month)
    earlier = periods.year_before_last
    month = month[:1].upper() + month[1:]
    change = growth(value, measure(earlier)) if earlier else None
    if change is None:
        return context.words("periods.last_month", month=month, value=show(value))
    return context.words(
        "periods.last_month_change", month=month, value=show(value),
        change=context.formats.signed_share(change),
    )  # fmt: skip


def terminal_lines(context: Context, report: Path) -> list[str]:
    """Eight aligned lines for the terminal, in English, with the figures in the shop's formats.

    Revenue, orders and margin are those of the whole period, revenue to the cent.
    """
    warehouse, formats = context.warehouse, context.formats
    summary = warehouse.summary
    period = "no sales"
    if summary.first_sold_on is not None:
        months = len(warehouse.months)
        period = f"{summary.first_sold_on} to {summary.last_sold_on} ({months} months)"
        period = period.replace("(1 months)", "(1 month)")
    margin = "unknown: the files have no cost"
    if summary.margin_amount is not None:
        margin = formats.money(summary.margin_amount, cents=True)
        if summary.revenue_with_cost_amount > 0:
            share = formats.share(summary.margin_amount / summary.revenue_with_cost_amount)
            margin += f" ({share} of the revenue whose cost is known)"
    records = sum(file.records_in for file in warehouse.files)
    aside = sum(file.quarantined_count for file in warehouse.files)
    orders = formats.number(summary.order_count) if summary.order_count else "not in the files"
    lines = [
        ("Report", str(report)),
        ("PDF", str(report.with_suffix(".pdf"))),
        ("Excel", str(report.with_suffix(".xlsx"))),
        ("Period", period),
        ("Revenue", formats.money(summary.revenue_amount, cents=True)),
        ("Orders", orders),
        ("Margin", margin),
        ("Quarantined", f"{formats.number(aside)} of {formats.number(records)} records"),
    ]
    plain = str.maketrans({"\u202f": " ", "\u00a0": " ", "\u2212": "-"})
    return [f"{label:<12} {clean(text).translate(plain)}" for label, text in lines]
