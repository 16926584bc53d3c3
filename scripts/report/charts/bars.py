"""Horizontal bars of ranked amounts: one shape for products, places and whatever comes next."""

from __future__ import annotations

from decimal import Decimal

from scripts.report.charts.base import (
    BLUE,
    INK,
    MUTED,
    NARROW,
    REST,
    Context,
    around,
    number,
    tooltip,
    where,
)

PHONE_STEP = 46
NAME_HEIGHT = 17


def name_axis(field: str, names: list[str], variant: str) -> dict:
    """The vertical encoding of named bars: names to the left, none on a phone (`names_above`)."""
    axis = {"title": None, "labelLimit": 230, "labelColor": INK}
    return {
        "field": field,
        "type": "nominal",
        "scale": {"domain": names, "paddingInner": 0.28},
        "axis": None if variant == NARROW else axis,
    }


def names_above(field: str, y: dict, variant: str) -> list[dict]:
    """On a phone, the layer of names above their bars, where they have the whole width."""
    if variant != NARROW:
        return []
    return [
        {
            "mark": {
                "type": "text",
                "align": "left",
                "baseline": "top",
                "color": INK,
                "fontSize": 12.5,
                "limit": 330,
            },
            "encoding": {
                "y": {**y, "bandPosition": 0},
                "x": {"value": 0},
                "text": {"field": field, "type": "nominal"},
            },
        }
    ]


def bar_place(variant: str) -> dict:
    """Mark properties that put a bar under its name on a phone."""
    if variant != NARROW:
        return {}
    return {"height": 15, "yOffset": NAME_HEIGHT / 2}


def bars_height(count: int, variant: str, step: int = 26) -> int:
    """Pixels for `count` bars; `step` is that of the wide drawing."""
    return count * (PHONE_STEP if variant == NARROW else step)


def bar_row(
    name: str, amount: Decimal, *, is_rest: bool, amount_text: str, share_text: str, bar_text: str
) -> dict:
    """One bar: its name, its figure as drawn, and the texts of its tooltip and of the bar's end."""
    return {
        "name": name,
        "amount": number(amount),
        "is_rest": is_rest,
        "is_negative": amount < 0,
        "amount_text": amount_text,
        "share_text": share_text,
        "bar_text": bar_text,
    }


def ranked_bars(
    context: Context, variant: str, rows: list[dict], *, title: str, subtitle: str, label: str
) -> dict:
    """The spec of bars over rows of `bar_row`.

    Each bar carries its figure, so there is no axis of amounts.
    """
    narrow = variant == NARROW
    amounts = [row["amount"] for row in rows]
    low, high = min(0.0, *amounts), max(0.0, *amounts)
    y = name_axis("name", [row["name"] for row in rows], variant)
    x = {
        "field": "amount",
        "type": "quantitative",
        "scale": {"domain": [low, high or 1.0], "nice": False},
        "axis": None,
    }
    tip = tooltip(
        ("name", label),
        ("amount_text", context.words("columns.revenue")),
        ("share_text", context.words("columns.share")),
    )

    def bars(colour: str) -> dict:
        mark = {"type": "bar", "color": colour, "cornerRadiusEnd": 2, **bar_place(variant)}
        return {"mark": mark, "encoding": {"y": y, "x": x, "tooltip": tip}}

    def figures(align: str, distance: int) -> dict:
        text = {"field": "bar_text", "type": "nominal"}
        look = {"fontSize": 12, "color": MUTED, "baseline": "middle"}
        place = {"yOffset": NAME_HEIGHT / 2} if narrow else {}
        return {
            "mark": {"type": "text", "align": align, "dx": distance, **look, **place},
            "encoding": {"y": y, "x": x, "text": text},
        }

    body = {
        "height": bars_height(len(rows), variant),
        "layer": [
            *names_above("name", y, variant),
            where("is_rest", False, bars(BLUE)),
            where("is_rest", True, bars(REST)),
            where("is_negative", False, figures("left", 6)),
            where("is_negative", True, figures("right", -6)),
        ],
    }
    return around(context, variant, body, title, subtitle)
