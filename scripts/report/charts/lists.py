"""Bars with any figure and any tooltip, for the lists of customers, team and stock."""

from __future__ import annotations

from scripts.report.charts.bars import (
    NAME_HEIGHT,
    bar_place,
    bars_height,
    name_axis,
    names_above,
)
from scripts.report.charts.base import (
    BLUE,
    MUTED,
    NARROW,
    SERIES,
    Chart,
    Column,
    Context,
    Key,
    Live,
    Table,
    around,
    only,
    tooltip,
)

BARS_SHOWN = 15


def list_bars(
    context: Context,
    variant: str,
    rows: list[dict],
    tips: list[tuple[str, str]],
    *,
    title: str,
    subtitle: str,
    room: float = 1.12,
) -> dict:
    """The spec of one bar per row: `name`, `amount` (its length), `bar_text` (at its end).

    `room` is the width over that of the longest bar, for its text. Rows whose
    `is_marked` is true have the second colour.
    """
    amounts = [row["amount"] for row in rows]
    low, high = min(0.0, *amounts), max(0.0, *amounts)
    y = name_axis("name", [row["name"] for row in rows], variant)
    x = {
        "field": "amount",
        "type": "quantitative",
        "scale": {"domain": [low, (high or 1.0) * room], "nice": False},
        "axis": None,
    }

    def bars(colour: str) -> dict:
        mark = {"type": "bar", "color": colour, "cornerRadiusEnd": 2, **bar_place(variant)}
        return {"mark": mark, "encoding": {"y": y, "x": x, "tooltip": tooltip(*tips)}}

    place = {"yOffset": NAME_HEIGHT / 2} if variant == NARROW else {}
    figures = {
        "mark": {"type": "text", "align": "left", "dx": 6, "fontSize": 12, "color": MUTED,
                 "baseline": "middle", **place},
        "encoding": {"y": y, "x": x, "text": {"field": "bar_text", "type": "nominal"}},
    }  # fmt: skip
    body = {
        "height": bars_height(len(rows), variant),
        "layer": [
            *names_above("name", y, variant),
            *only(rows, "is_marked", False, bars(BLUE)),
            *only(rows, "is_marked", True, bars(SERIES[1])),
            figures,
        ],
    }
    return around(context, variant, body, title, subtitle)


def listed(
    context: Context,
    chart_id: str,
    sentences: list[str],
    *,
    bars: list[dict],
    tips: list[tuple[str, str]],
    columns: list[Column],
    cells: list[list[str]],
    key: list[Key] | None = None,
    definition: str = "",
    room: float = 1.12,
    live: Live | None = None,
    **values: str,
) -> Chart:
    """A chart of bars with the table behind it; without bars, only its sentences.

    Title and subtitle are the texts `charts.<chart_id>`, filled with `values`.
    """
    words = context.words
    title = words(f"charts.{chart_id}.title")
    if not bars:
        return Chart(chart_id, title, "", sentences)
    subtitle = words(f"charts.{chart_id}.subtitle", **values)

    def spec(variant: str) -> dict:
        return list_bars(context, variant, bars, tips, title=title, subtitle=subtitle, room=room)

    return Chart(
        chart_id, title, subtitle, sentences, bars, spec, Table(columns, cells), key or [],
        definition, live=live,
    )  # fmt: skip


def tabled(
    context: Context,
    chart_id: str,
    sentences: list[str],
    *,
    columns: list[Column],
    cells: list[list[str]],
    definition: str = "",
    live: Live | None = None,
    **values: str,
) -> Chart:
    """A table alone, where a drawing would say no more; without rows, only its sentences."""
    words = context.words
    title = words(f"charts.{chart_id}.title")
    if not cells:
        return Chart(chart_id, title, "", sentences)
    subtitle = words(f"charts.{chart_id}.subtitle", **values)
    return Chart(
        chart_id, title, subtitle, sentences, table=Table(columns, cells), definition=definition,
        live=live,
    )  # fmt: skip
