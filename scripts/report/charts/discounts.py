"""What discounts took off, by month and by product."""

from __future__ import annotations

from decimal import Decimal

from scripts.report.charts.base import (
    BLUE,
    MONTHS_SHOWN,
    MUTED,
    NARROW,
    Chart,
    Column,
    Context,
    Live,
    Table,
    around,
    month_axis,
    number,
    tooltip,
    value_axis,
    where,
)
from scripts.report.charts.lists import tabled
from scripts.report.details import DISCOUNTED_SHOWN
from scripts.report.formats import in_sentence

# so many bars have room for their share above them
LABELLED = {"narrow": 8, "wide": 24}


def _share(discount: Decimal, gross: Decimal) -> Decimal | None:
    """Discount as a share of the amount before it; None where that is nothing."""
    return discount / gross if gross > 0 else None


def _none(context: Context) -> str:
    """Why there is no discount to show."""
    return "sentences.discounts_none" if context.warehouse.months else "sentences.nothing"


def discounts_by_month(context: Context) -> Chart:
    """Bars of the discount of each month, with its share of the amount before discount."""
    warehouse, formats, words = context.warehouse, context.formats, context.words
    text = "charts.discounts_by_month"
    title = words(f"{text}.title")
    months = warehouse.months
    if not any(month.discount_amount for month in months):
        return Chart("discounts_by_month", title, "", [words(_none(context))])
    shown = months[-MONTHS_SHOWN:]
    shares = [_share(month.discount_amount, month.gross_amount) for month in shown]
    unfinished = f" ({words('charts.revenue_by_month.unfinished_label')})"
    names = [
        formats.month(month.month_start_on) + ("" if month.is_complete else unfinished)
        for month in shown
    ]
    rows = [
        {
            "month": formats.short_month(month.month_start_on),
            "discount": number(month.discount_amount),
            "month_text": name,
            "discount_text": formats.money(month.discount_amount),
            "share_text": formats.share(share),
            "bar_text": formats.share(share, 0),
            "is_few": len(shown) <= LABELLED["wide"],
            "is_very_few": len(shown) <= LABELLED["narrow"],
        }
        for month, name, share in zip(shown, names, shares, strict=True)
    ]
    total, gross = warehouse.summary.discount_amount, warehouse.summary.gross_amount
    most = max(months, key=lambda month: (month.discount_amount, month.month_start_on))
    sentences = [
        words("sentences.discounts_total", amount=formats.money(total),
              share=formats.share(_share(total, gross))),
        words("sentences.discounts_most", month=formats.month(most.month_start_on),
              amount=formats.money(most.discount_amount),
              share=formats.share(_share(most.discount_amount, most.gross_amount))),
    ]  # fmt: skip
    definition = warehouse.definition
    table = Table(
        [
            Column(words("columns.month"), False),
            Column(words("columns.discount"), True,
                   definition("discount_amount", "revenue_by_month")),
            Column(words("columns.discount_share"), True,
                   definition("discount_share", "discounts_by_product_month")),
            Column(words("columns.gross"), True, definition("gross_amount", "revenue_by_month")),
        ],
        [
            [name, formats.money(month.discount_amount, cents=True), formats.share(share),
             formats.money(month.gross_amount, cents=True)]
            for month, name, share in zip(shown, names, shares, strict=True)
        ],
        [
            words("columns.total"), formats.money(total, cents=True),
            formats.share(_share(total, gross)), formats.money(gross, cents=True),
        ] if len(shown) == len(months) else None,
    )  # fmt: skip
    subtitle = words(f"{text}.subtitle", currency=formats.currency)
    if len(shown) < len(months):
        last_months = words("charts.revenue_by_month.last_months", count=str(len(shown)))
        subtitle += " " + last_months
    labels = [row["month"] for row in rows]
    starts = [month.month_start_on.month for month in shown]
    largest = max(abs(row["discount"]) for row in rows)

    def spec(variant: str) -> dict:
        x = {
            "field": "month", "type": "ordinal", "axis": month_axis(labels, starts, variant),
            "scale": {"domain": labels, "paddingInner": 0.24, "paddingOuter": 0.1},
        }  # fmt: skip
        y = {
            "field": "discount", "type": "quantitative", "scale": {"zero": True},
            "axis": value_axis(context, largest, variant),
        }  # fmt: skip
        tip = tooltip(
            ("month_text", words("columns.month")),
            ("discount_text", words("columns.discount")),
            ("share_text", words("columns.discount_share")),
        )
        layers = [
            {
                "mark": {"type": "bar", "color": BLUE, "cornerRadiusEnd": 2},
                "encoding": {"x": x, "y": y, "tooltip": tip},
            },
            where("is_very_few" if variant == NARROW else "is_few", True, {
                "mark": {"type": "text", "color": MUTED, "fontSize": 11, "baseline": "bottom",
                         "dy": -3},
                "encoding": {"x": x, "y": y, "text": {"field": "bar_text", "type": "nominal"}},
            }),
        ]  # fmt: skip
        body = {"height": 200 if variant == NARROW else 240, "layer": layers}
        return around(context, variant, body, title, subtitle)

    return Chart(
        "discounts_by_month", title, subtitle, sentences, rows, spec, table, [],
        definition("discount_amount", "revenue_by_month"),
        live=Live("discounts", {
            "columns": ["name", "discount", "discount_share", "gross"], "labelled": LABELLED,
        }),
    )  # fmt: skip


def discounted_products(context: Context) -> Chart:
    """The products on which discounts took off most."""
    warehouse, formats, words = context.warehouse, context.formats, context.words
    products, definition = warehouse.details.discounted, warehouse.definition
    names = context.unique_names([(one.product_id, one.product_name) for one in products])
    if not products:
        sentences = [words(_none(context))]
    else:
        first = products[0]
        sentences = [
            words("sentences.discounted_first", name=in_sentence(names[first.product_id]),
                  amount=formats.money(first.discount_amount),
                  share=formats.share(_share(first.discount_amount, first.gross_amount)))
        ]  # fmt: skip

    def explained(column: str) -> str:
        return definition(column, "discounts_by_product_month")

    return tabled(
        context, "discounted_products", sentences,
        columns=[
            Column(words("columns.product"), False),
            Column(words("columns.category"), False),
            Column(words("columns.discount"), True, explained("discount_amount")),
            Column(words("columns.discount_share"), True, explained("discount_share")),
            Column(words("columns.discounted_lines"), True, explained("discounted_line_count")),
            Column(words("columns.lines"), True, definition("line_count", "revenue_by_product")),
        ],
        cells=[
            [names[one.product_id], context.name(one.category),
             formats.money(one.discount_amount, cents=True),
             formats.share(_share(one.discount_amount, one.gross_amount)),
             formats.number(one.discounted_line_count), formats.number(one.line_count)]
            for one in products
        ],
        definition=explained("discount_amount"),
        count=formats.number(len(products)), currency=formats.currency,
        live=Live("list", {
            "pick": "discounted", "is_table": True, "needs_lines": True, "limit": DISCOUNTED_SHOWN,
            "subtitle": "live.subtitles.discounted",
            "columns": ["name", "category", "discount", "discount_share", "discounted_lines",
                        "lines"],
        }),
    )  # fmt: skip
