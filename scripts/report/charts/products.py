"""Revenue by product."""

from __future__ import annotations

from decimal import Decimal

from scripts.report.charts.bars import bar_row, ranked_bars
from scripts.report.charts.base import Chart, Column, Context, Live, Table
from scripts.report.formats import in_sentence
from scripts.report.read import PRODUCTS_SHOWN, UNKNOWN

LARGEST_REST = 3


def revenue_by_product(context: Context) -> Chart:
    """Bars of the products with the most revenue, and one for all the rest together."""
    warehouse, formats, words = context.warehouse, context.formats, context.words
    text = "charts.revenue_by_product"
    summary, counts = warehouse.summary, warehouse.product_counts
    total = summary.revenue_amount
    products = warehouse.products
    rest_count = counts.all_count - len(products)
    rest_name = words(f"{text}.rest", rest_count, count=formats.number(rest_count))
    names = context.unique_names(
        [(one.product_id, one.product_name) for one in products], (rest_name,)
    )
    members = [
        (names[one.product_id], one.revenue_amount, one.product_id == UNKNOWN) for one in products
    ]
    rest = total - sum((one.revenue_amount for one in products), Decimal(0))
    # a long tail would dwarf the bars that the chart is for; the sentence and the table have it
    if rest_count > 0 and rest <= LARGEST_REST * max(products[0].revenue_amount, Decimal(0)):
        members.append((rest_name, rest, True))
    rows = [
        bar_row(
            name,
            amount,
            is_rest=is_rest,
            amount_text=formats.money(amount),
            share_text=formats.share(amount / total) if total > 0 else "–",
            bar_text=formats.money(amount),
        )
        for name, amount, is_rest in members
    ]
    cells = [
        [
            names[one.product_id],
            context.name(one.category),
            formats.money(one.revenue_amount, cents=True),
            formats.share(one.revenue_amount / total) if total > 0 else "–",
            formats.number(one.quantity),
            formats.money(one.margin_amount, cents=True),
            _margin_share(context, one),
        ]
        for one in products
    ]
    if rest_count > 0:
        known = [one.quantity for one in products if one.quantity is not None]
        quantity = None if summary.quantity is None else summary.quantity - sum(known, Decimal(0))
        cells.append([
            rest_name, "", formats.money(rest, cents=True),
            formats.share(rest / total) if total > 0 else "–", formats.number(quantity), "", "",
        ])  # fmt: skip
    definition = warehouse.definition
    table = Table(
        [
            Column(words("columns.product"), False),
            Column(words("columns.category"), False),
            Column(words("columns.revenue"), True, definition("revenue_amount")),
            Column(words("columns.share"), True, definition("revenue_share")),
            Column(words("columns.units"), True, definition("quantity")),
            Column(words("columns.margin"), True, definition("margin_amount")),
            Column(words("columns.margin_share")),
        ],
        cells,
        [
            words("columns.total"), "", formats.money(total, cents=True),
            formats.share(Decimal(1)) if total > 0 else "–", formats.number(summary.quantity),
            formats.money(summary.margin_amount, cents=True), _margin_share(context, summary),
        ],
    )  # fmt: skip
    if rest_count > 0:
        subtitle = words(f"{text}.subtitle", count=str(len(products)), currency=formats.currency)
    else:
        subtitle = words(f"{text}.subtitle_all", currency=formats.currency)
    if not rows:
        subtitle = ""
    title = words(f"{text}.title")

    def spec(variant: str) -> dict:
        label = words("columns.product")
        return ranked_bars(context, variant, rows, title=title, subtitle=subtitle, label=label)

    live = Live(
        "ranking",
        {
            "by": "product", "needs_lines": True, "limit": PRODUCTS_SHOWN, "rest": f"{text}.rest",
            "largest_rest": LARGEST_REST, "bar_text": "amount",
            "columns": ["name", "category", "revenue", "share", "units", "margin", "margin_share"],
        },
    )  # fmt: skip
    return Chart(
        "revenue_by_product", title, subtitle, _sentences(context), rows,
        spec if rows else None, table if rows else None, [], definition("revenue_amount"),
        live=live,
    )  # fmt: skip


def _margin_share(context: Context, row: object) -> str:
    """Margin as a share of the revenue whose cost is known; a dash where that is nothing."""
    if row.margin_amount is None or row.revenue_with_cost_amount <= 0:
        return "–"
    return context.formats.share(row.margin_amount / row.revenue_with_cost_amount)


def _sentences(context: Context) -> list[str]:
    warehouse, formats, words = context.warehouse, context.formats, context.words
    products, counts = warehouse.products, warehouse.product_counts
    total = warehouse.summary.revenue_amount
    if not products:
        return [words("sentences.nothing")]
    first = products[0]
    name = in_sentence(context.name(first.product_name))
    amount = formats.money(first.revenue_amount)
    if len(products) == 1:
        sentences = [words("sentences.top_one", name=name, amount=amount)]
    elif total <= 0:
        sentences = [words("sentences.top_amounts", name=name, amount=amount),
                     words("sentences.no_share")]  # fmt: skip
    else:
        sentences = [
            words("sentences.product_half", counts.half_count, count=str(counts.half_count),
                  all=formats.number(counts.all_count), name=name,
                  share=formats.share(first.revenue_amount / total), amount=amount)
        ]  # fmt: skip
    rest_count = counts.all_count - len(products)
    if rest_count > 0 and total > 0:
        rest = total - sum((one.revenue_amount for one in products), Decimal(0))
        sentences.append(
            words("sentences.product_rest", rest_count, count=formats.number(rest_count),
                  share=formats.share(rest / total), amount=formats.money(rest))
        )  # fmt: skip
    if counts.negative_count:
        sentences.append(
            words("sentences.product_negative", counts.negative_count,
                  count=formats.number(counts.negative_count))
        )  # fmt: skip
    return sentences
