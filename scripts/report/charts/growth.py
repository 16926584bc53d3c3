"""How quarters and years compare, and which weekdays and months are strong."""

from __future__ import annotations

from types import SimpleNamespace as Row

from scripts.report.charts.base import (
    BLUE,
    INK,
    MUTED,
    NARROW,
    REST,
    SERIES,
    Chart,
    Column,
    Context,
    Key,
    Live,
    Table,
    around,
    number,
    tooltip,
    where,
)
from scripts.report.charts.lists import tabled

COLOURS = {"weekday": BLUE, "quarter": SERIES[1], "month": SERIES[2]}
PERIODS_SHOWN = 12


def revenue_growth(context: Context) -> Chart:
    """The latest quarters and years, each against the one before and a year earlier."""
    warehouse, formats, words = context.warehouse, context.formats, context.words
    text = "charts.revenue_growth"
    details, definition = warehouse.details, warehouse.definition

    def name(one: Row) -> str:
        year = str(one.period_start_on.year)
        if one.period_type == "year":
            return year
        quarter = words("live.quarter", number=str((one.period_start_on.month + 2) // 3))
        return f"{quarter} {year}"

    def cells(one: Row) -> list[str]:
        unfinished = "" if one.is_complete else f" ({words(f'{text}.incomplete')})"
        return [
            name(one) + unfinished, formats.money(one.revenue_amount, cents=True),
            formats.money(one.previous_revenue_amount, cents=True),
            _signed(context, one.growth_share),
            formats.money(one.year_ago_revenue_amount, cents=True),
            _signed(context, one.year_growth_share),
        ]  # fmt: skip

    def sentence(one: Row) -> str:
        compared = [("on_year", one.year_growth_share)]
        if one.period_type == "quarter":
            compared = [("on_quarter", one.growth_share), ("on_year_ago", one.year_growth_share)]
        changes = [
            words(f"{text}.{key}", change=_signed(context, share))
            for key, share in compared
            if share is not None
        ]
        values = {"period": name(one), "amount": formats.money(one.revenue_amount)}
        if not changes:
            return words("sentences.growth_alone", **values)
        changes = formats.together(changes, words("and"))
        return words("sentences.growth_compared", changes=changes, **values)

    latest = [
        next((one for one in periods if one.is_complete), None)
        for periods in (details.quarters, details.years)
    ]
    sentences = [sentence(one) for one in latest if one]
    if not sentences:
        nothing = "growth_none" if details.quarters else "nothing"
        sentences = [words(f"sentences.{nothing}")]

    def explained(column: str) -> str:
        return definition(column, "revenue_growth")

    return tabled(
        context, "revenue_growth", sentences,
        columns=[
            Column(words("columns.period"), False, explained("is_complete")),
            Column(words("columns.revenue"), True, explained("revenue_amount")),
            Column(words("columns.before"), True, explained("previous_revenue_amount")),
            Column(words("columns.change"), True, explained("growth_share")),
            Column(words("columns.last_year"), True, explained("year_ago_revenue_amount")),
            Column(words("columns.year_change"), True, explained("year_growth_share")),
        ],
        cells=[cells(one) for one in [*details.quarters, *details.years]],
        definition=explained("growth_share"), currency=formats.currency,
        live=Live("growth", {
            "is_table": True, "limit": PERIODS_SHOWN,
            "columns": ["name", "revenue", "before", "change", "year_ago", "year_change"],
        }),
    )  # fmt: skip


def _signed(context: Context, share: float | None) -> str:
    return "–" if share is None else context.formats.signed_share(share)


def seasonality(context: Context) -> Chart:
    """Bars of weekdays, quarters and calendar months: revenue per day against an average day."""
    warehouse, formats, words = context.warehouse, context.formats, context.words
    text = "charts.seasonality"
    title = words(f"{text}.title")
    shown = warehouse.details.seasons
    weekdays, quarters, months = (
        [one for one in shown if one.season_type == kind] for kind in COLOURS
    )
    if not shown:
        is_sold = warehouse.summary.revenue_amount > 0
        reason = "season_none" if is_sold or not warehouse.months else "no_share"
        return Chart("seasonality", title, "", [words(f"sentences.{reason}")])
    weekday_names = formats.dates.days["stand-alone"]["wide"]
    month_names = formats.dates.months["stand-alone"]["wide"]

    def name(one: Row) -> str:
        if one.season_type == "weekday":
            return weekday_names[one.season_number - 1]
        if one.season_type == "quarter":
            return words("live.quarter", number=str(one.season_number))
        return month_names[one.season_number]

    rows = [
        {
            "name": name(one),
            "index": number(one.season_index),
            "kind": one.season_type,
            "index_text": formats.share(one.season_index, 0),
            "daily_text": formats.money(one.revenue_per_day),
        }
        for one in shown
    ]
    sentences = []
    for key, seasons in (("season_weekday", weekdays), ("season_month", months)):
        if len(seasons) > 1:
            best = max(seasons, key=lambda one: (one.season_index, -one.season_number))
            least = min(seasons, key=lambda one: (one.season_index, one.season_number))
            sentences.append(words(
                f"sentences.{key}", best=name(best), worst=name(least),
                share=formats.share(best.season_index, 0),
                least=formats.share(least.season_index, 0),
            ))  # fmt: skip
    if not months:
        sentences.append(words("sentences.season_no_year"))
    windows = []
    for key, seasons in (("weekdays", weekdays), ("months", months)):
        if seasons:
            windows.append(words(
                f"{text}.{key}", first=formats.day(seasons[0].window_start_on),
                last=formats.day(seasons[0].window_end_on),
            ))  # fmt: skip
    subtitle = " ".join([words(f"{text}.subtitle"), *windows])
    key = [
        Key(words(f"{text}.{kind}"), colour)
        for kind, colour in COLOURS.items()
        if any(one.season_type == kind for one in shown)
    ]

    def explained(column: str) -> str:
        return warehouse.definition(column, "seasonality")

    table = Table(
        [
            Column(words("columns.season"), False),
            Column(words("columns.season_index"), True, explained("season_index")),
            Column(words("columns.per_day"), True, explained("revenue_per_day")),
            Column(words("columns.revenue"), True, explained("revenue_amount")),
            Column(words("columns.days"), True, explained("day_count")),
        ],
        [
            [name(one), formats.share(one.season_index, 0),
             formats.money(one.revenue_per_day, cents=True),
             formats.money(one.revenue_amount, cents=True), formats.number(one.day_count)]
            for one in shown
        ],
    )  # fmt: skip

    def spec(variant: str) -> dict:
        names: list[str] = []
        for kind in (weekdays, quarters, months):
            # each gap has a name of its own
            between = [" " * len(names)] if names and kind else []
            names += [*between, *map(name, kind)]
        largest, lowest = (end(row["index"] for row in rows) for end in (max, min))
        y = {
            "field": "name", "type": "nominal",
            "scale": {"domain": names, "paddingInner": 0.24},
            "axis": {"title": None, "labelColor": INK, "labelLimit": 110},
        }  # fmt: skip
        x = {
            "field": "index", "type": "quantitative", "axis": None,
            "scale": {"domain": [min(0.0, lowest), max(largest, 1.0) * 1.12], "nice": False},
        }  # fmt: skip
        tip = tooltip(
            ("name", words("columns.season")),
            ("index_text", words("columns.season_index")),
            ("daily_text", words("columns.per_day")),
        )

        def bars(colour: str) -> dict:
            return {
                "mark": {"type": "bar", "color": colour, "cornerRadiusEnd": 2},
                "encoding": {"y": y, "x": x, "tooltip": tip},
            }

        body = {
            "height": len(names) * (21 if variant == NARROW else 22),
            "layer": [
                # an average day, drawn once
                {
                    "data": {"values": [{}]},
                    "mark": {"type": "rule", "color": REST, "strokeDash": [4, 3]},
                    "encoding": {"x": {"datum": 1, "type": "quantitative", "axis": None}},
                },
                *(where("kind", kind, bars(colour)) for kind, colour in COLOURS.items()),
                {
                    "mark": {"type": "text", "align": "left", "dx": 6, "fontSize": 12,
                             "color": MUTED, "baseline": "middle"},
                    "encoding": {"y": y, "x": x,
                                 "text": {"field": "index_text", "type": "nominal"}},
                },
            ],
        }  # fmt: skip
        return around(context, variant, body, title, subtitle)

    return Chart(
        "seasonality", title, subtitle, sentences, rows, spec, table, key,
        explained("season_index"), live=Live("seasons", {"needs_days": True, "colours": COLOURS}),
    )  # fmt: skip
