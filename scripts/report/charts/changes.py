"""What changed: which places and which categories gained or lost revenue between two periods."""

from __future__ import annotations

from decimal import Decimal

from scripts.report.charts.bars import (
    NAME_HEIGHT,
    bar_place,
    bars_height,
    name_axis,
    names_above,
)
from scripts.report.charts.base import (
    BLUE,
    FALL,
    MUTED,
    NARROW,
    REST,
    Chart,
    Column,
    Context,
    Live,
    Table,
    around,
    number,
    tooltip,
    where,
)
from scripts.report.cube import DAY_ZERO, SCALE
from scripts.report.formats import in_sentence
from scripts.report.periods import choose, growth
from scripts.report.read import UNKNOWN

CHANGES_SHOWN = 16
COLUMNS = ("name", "revenue", "before", "difference", "change")


def change_by_place(context: Context) -> Chart:
    """Bars of what each place gained or lost, the largest fall first."""
    cube = context.warehouse.cube
    level = cube.levels[0] if cube and cube.levels else None
    by = {"place": level or "none"}
    return _changes(context, "change_by_place", level, by, "charts.revenue_by_place.rest")


def change_by_category(context: Context) -> Chart:
    """The same of each product category."""
    return _changes(context, "change_by_category", "category", {}, "charts.change_by_category.rest")


def _changes(context: Context, chart_id: str, dimension: str | None, by: dict, rest: str) -> Chart:
    formats, words = context.formats, context.words
    text = f"charts.{chart_id}"
    title = words(f"{text}.title.{by['place']}" if by else f"{text}.title")
    periods = choose(context.warehouse)
    sums = _sums(context, dimension) if periods.before and dimension else {}
    if not sums:
        reason = "live.no_base" if context.warehouse.months else "sentences.nothing"
        return Chart(chart_id, title, "", [words(reason)])
    ranked = sorted(sums.items(), key=lambda one: (one[1][0] - one[1][1], one[0]))
    if len(ranked) > CHANGES_SHOWN:
        half = CHANGES_SHOWN // 2
        others = ranked[half:-half]
        label = words(rest, len(others), count=formats.number(len(others)))
        both = tuple(sum((pair[side] for _, pair in others), Decimal(0)) for side in (0, 1))
        ranked = [*ranked[:half], *ranked[-half:], (label, both)]
        is_rest = [False] * (2 * half) + [True]
    else:
        is_rest = [False] * len(ranked)
    rows = [_row(context, name, *pair, rest) for (name, pair), rest in
            zip(ranked, is_rest, strict=True)]  # fmt: skip
    total = tuple(sum((pair[side] for pair in sums.values()), Decimal(0)) for side in (0, 1))
    label = words(f"levels.{dimension}").capitalize() if by else words("columns.category")
    table = Table(
        [
            Column(label, False),
            Column(words("columns.revenue"), True, context.warehouse.definition("revenue_amount")),
            Column(words("columns.before")),
            Column(words("columns.difference")),
            Column(words("columns.change")),
        ],
        [_cells(context, name, *pair) for name, pair in ranked],
        _cells(context, words("columns.total"), *total),
    )
    first, last = periods.main.first_month, periods.main.last_month
    subtitle = words("live.in_currency", currency=formats.currency)
    if periods.main.kind == "year":
        period = words("periods.year", first=formats.month(first), last=formats.month(last))
        subtitle += f" {period}, {words('periods.against_year')}."
    else:
        month = formats.month(periods.before.last_month)
        subtitle += f" {formats.month(last)}, {words('periods.against_month', month=month)}."
    live = Live(
        "changes",
        {"by": "place" if by else dimension, "limit": CHANGES_SHOWN, "rest": rest,
         "columns": COLUMNS, "text": text},
    )  # fmt: skip

    def spec(variant: str) -> dict:
        return _bars(context, variant, rows, title=title, subtitle=subtitle, label=label)

    return Chart(
        chart_id, title, subtitle, _sentences(context, ranked), rows, spec, table, [],
        context.warehouse.definition("revenue_amount"), live=live,
    )  # fmt: skip


def _sums(context: Context, dimension: str) -> dict[str, tuple[Decimal, Decimal]]:
    """Revenue now and before by member name, over the periods of the headlines."""
    cube, periods = context.warehouse.cube, choose(context.warehouse)
    months = {}
    for side, period in enumerate((periods.main, periods.before)):
        for month in period.months:
            months[(month.month_start_on - DAY_ZERO).days] = side
    if dimension == "category":
        names, keys = cube.categories, [category for _, category in cube.products]
        members = [keys[product] for product in cube.columns["product"]]
    else:
        level = cube.levels.index(dimension)
        names = cube.places[dimension]
        members = [cube.spots[spot][level] for spot in cube.columns["spot"]]
    found: dict[int, list[int]] = {}
    for month, member, net in zip(cube.months(), members, cube.columns["net"], strict=True):
        side = months.get(month)
        if side is not None:
            found.setdefault(member, [0, 0])[side] += net
    return {
        context.name(UNKNOWN if names[member] == UNKNOWN else names[member]): (
            Decimal(now) / SCALE, Decimal(before) / SCALE)
        for member, (now, before) in found.items()
    }  # fmt: skip


def _row(context: Context, name: str, now: Decimal, before: Decimal, is_rest: bool) -> dict:
    formats = context.formats
    change = growth(now, before)
    share = "–" if change is None else formats.signed_share(change)
    text = formats.money(now - before)
    text = f"+{text}" if now > before else text
    return {
        "name": name,
        "amount": number(now - before),
        "is_rest": is_rest,
        "is_negative": now < before,
        "now_text": formats.money(now),
        "before_text": formats.money(before),
        "change_text": share,
        "bar_text": text if change is None else f"{text}  ({share})",
    }


def _cells(context: Context, name: str, now: Decimal, before: Decimal) -> list[str]:
    formats = context.formats
    change = growth(now, before)
    return [
        name, formats.money(now, cents=True), formats.money(before, cents=True),
        formats.money(now - before, cents=True),
        "–" if change is None else formats.signed_share(change),
    ]  # fmt: skip


def _bars(
    context: Context, variant: str, rows: list[dict], *, title: str, subtitle: str, label: str
) -> dict:
    """Bars to both sides of nothing, each with its figure at its end."""
    words, narrow = context.words, variant == NARROW
    amounts = [row["amount"] for row in rows]
    y = name_axis("name", [row["name"] for row in rows], variant)
    x = {
        "field": "amount",
        "type": "quantitative",
        "scale": {"domain": [min(0.0, *amounts), max(0.0, *amounts) or 1.0], "nice": False},
        "axis": None,
    }
    tip = tooltip(
        ("name", label),
        ("now_text", words("columns.revenue")),
        ("before_text", words("columns.before")),
        ("change_text", words("columns.change")),
    )

    def bars(colour: str) -> dict:
        mark = {"type": "bar", "color": colour, "cornerRadiusEnd": 2, **bar_place(variant)}
        return {"mark": mark, "encoding": {"y": y, "x": x, "tooltip": tip}}

    def figures(at: dict) -> dict:
        look = {"fontSize": 12, "color": MUTED, "baseline": "middle"}
        place = {"yOffset": NAME_HEIGHT / 2} if narrow else {}
        return {
            "mark": {"type": "text", "align": "left", "dx": 6, **look, **place},
            "encoding": {"y": y, "x": at, "text": {"field": "bar_text", "type": "nominal"}},
        }

    layers = [
        *names_above("name", y, variant),
        where("is_negative", False, bars(BLUE)),
        where("is_negative", True, bars(FALL)),
        where("is_rest", True, bars(REST)),
        where("is_negative", False, figures(x)),
        # beside a fall, right of nothing: to its left stand the names
        where("is_negative", True, figures({"datum": 0, "type": "quantitative", "axis": None})),
    ]
    body = {"height": bars_height(len(rows), variant), "layer": layers}
    return around(context, variant, body, title, subtitle)


def _sentences(context: Context, ranked: list[tuple]) -> list[str]:
    """Which fell most and which rose most."""
    formats, words = context.formats, context.words
    said = []
    for form, (name, (now, before)), is_said in (
        ("fell_most", ranked[0], ranked[0][1][0] < ranked[0][1][1]),
        ("rose_most", ranked[-1], ranked[-1][1][0] > ranked[-1][1][1]),
    ):
        if is_said:
            change = growth(now, before)
            said.append(words(
                f"live.{form}", name=in_sentence(name), amount=formats.money(abs(now - before)),
                change="–" if change is None else formats.signed_share(change),
            ))  # fmt: skip
    return said or [words("live.nothing_changed")]
