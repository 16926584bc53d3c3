"""Which products matter: the Pareto curve, margins, best sellers, and what became dearer."""

from __future__ import annotations

from scripts.report.charts.base import (
    BLUE,
    INK,
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
from scripts.report.charts.lists import BARS_SHOWN, listed, tabled
from scripts.report.details import BEST_SHOWN
from scripts.report.formats import in_sentence

POINTS = 240
CLASSES = {"A": BLUE, "B": SERIES[4], "C": REST}


def pareto_curve(context: Context) -> Chart:
    """The share of revenue that the best products make, one step per product, and their classes."""
    warehouse, formats, words = context.warehouse, context.formats, context.words
    text = "charts.pareto_curve"
    title = words(f"{text}.title")
    details, pareto = warehouse.details, warehouse.details.pareto
    if pareto is None:
        return Chart("pareto_curve", title, "", [words("sentences.nothing")])
    subtitle = words(
        f"{text}.subtitle", first=formats.day(pareto.window_start_on),
        last=formats.day(pareto.window_end_on),
    )  # fmt: skip
    has_shares = pareto.top_revenue_share is not None
    rows = _steps(context) if has_shares else []
    if has_shares:
        top_class = next(one for one in details.classes if one.abc_class == "A")
        sentences = [
            words("sentences.pareto_top", pareto.top_product_count,
                  count=formats.number(pareto.top_product_count),
                  all=formats.number(pareto.product_count),
                  share=formats.share(pareto.top_revenue_share),
                  amount=formats.money(pareto.top_revenue_amount)),
            words("sentences.pareto_class", top_class.product_count,
                  count=formats.number(top_class.product_count)),
        ]  # fmt: skip
        unsold = next((one for one in details.classes if one.abc_class == "U"), None)
        if unsold:
            sentences.append(words("sentences.pareto_unsold", unsold.product_count,
                                   count=formats.number(unsold.product_count)))  # fmt: skip
    else:
        sentences = [words("sentences.no_share")]

    def explained(column: str) -> str:
        return warehouse.definition(column, "product_abc")

    table = Table(
        [
            Column(words("columns.abc_class"), False, explained("abc_class")),
            Column(words("columns.meaning"), False),
            Column(words("columns.products")),
            Column(words("columns.revenue"), True, explained("revenue_amount")),
            Column(words("columns.share"), True, explained("window_revenue_share")),
        ],
        [
            [one.abc_class, words(f"{text}.classes.{one.abc_class}"),
             formats.number(one.product_count), formats.money(one.revenue_amount, cents=True),
             formats.share(one.window_revenue_share)]
            for one in details.classes
        ],
    )  # fmt: skip
    drawn = {row["class"] for row in rows}
    key = [
        Key(words(f"{text}.class", name=name, meaning=words(f"{text}.classes.{name}")), colour)
        for name, colour in CLASSES.items()
        if name in drawn
    ]  # fmt: skip
    if rows:
        top = pareto.top_product_count
        # the line at the best fifth and its words, which one row carries
        rows[0].update({
            "is_mark": True, "at": top,
            "label": words(f"{text}.mark", top, count=formats.number(top),
                           share=formats.share(pareto.top_revenue_share, 0)),
        })  # fmt: skip

    def spec(variant: str) -> dict:
        shares = [row["share"] for row in rows]
        lowest, highest = min(0.0, *shares), max(1.0, *shares)
        x = {
            "field": "from", "type": "quantitative",
            "scale": {"domain": [0, len(details.curve)], "nice": False},
            "axis": {"title": words(f"{text}.axis"), "grid": False, "tickMinStep": 1,
                     "format": ",d", "tickCount": 4 if variant == NARROW else 8},
        }  # fmt: skip
        y = {
            "field": "share", "type": "quantitative",
            "scale": {"domain": [lowest, highest], "nice": False},
            "axis": {"title": None, "tickCount": 5, "labelExpr": _percent_axis(context)},
        }  # fmt: skip
        tip = tooltip(
            ("name", words("columns.product")),
            ("rank_text", words("columns.rank")),
            ("amount_text", words("columns.revenue")),
            ("share_text", words("columns.cumulative")),
            ("class", words("columns.abc_class")),
        )
        steps = [
            where("class", name, {
                "mark": {"type": "rect", "color": CLASSES[name]},
                "encoding": {"x": x, "x2": {"field": "to"}, "y": y, "y2": {"datum": 0},
                             "tooltip": tip},
            })
            for name in CLASSES
        ]  # fmt: skip
        at = {"x": {**x, "field": "at"}}
        body = {
            "height": 220 if variant == NARROW else 280,
            "layer": [
                *steps,
                where("is_mark", True, {
                    "mark": {"type": "rule", "color": INK, "strokeDash": [4, 3]},
                    "encoding": at,
                }),
                where("is_mark", True, {
                    "mark": {"type": "text", "align": "left", "dx": 6, "color": INK,
                             "fontSize": 12.5, "baseline": "top"},
                    "encoding": {**at, "y": {"value": 2},
                                 "text": {"field": "label", "type": "nominal"}},
                }),
            ],
        }  # fmt: skip
        return around(context, variant, body, title, subtitle)

    return Chart(
        "pareto_curve", title, subtitle, sentences, rows, spec if rows else None, table, key,
        explained("abc_class"),
        live=Live("steps", {"needs_lines": True, "points": POINTS, "classes": CLASSES}),
    )  # fmt: skip


def _percent_axis(context: Context) -> str:
    """Label expression of an axis of shares."""
    sign = context.formats.share(0, 0)[1:]
    return f"format(datum.value * 100, '.0f') + '{sign}'"


def _steps(context: Context) -> list[dict]:
    """One step per product; of many products, every so many of them, and each class's last."""
    formats, curve = context.formats, context.warehouse.details.curve
    stride = -(-len(curve) // POINTS)
    rows, begin = [], 0
    for end, one in enumerate(curve, start=1):
        is_last = end == len(curve) or curve[end].abc_class != one.abc_class
        if end % stride and not is_last:
            continue
        rows.append({
            "from": begin, "to": end, "share": number(one.cumulative_share),
            "class": one.abc_class, "name": context.name(one.product_name),
            "rank_text": formats.number(one.revenue_rank),
            "amount_text": formats.money(one.revenue_amount),
            "share_text": formats.share(one.cumulative_share),
        })  # fmt: skip
        begin = end
    return rows


def margin_by_category(context: Context) -> Chart:
    """The categories by margin share, with the part of their revenue for which it is known."""
    warehouse, formats, words = context.warehouse, context.formats, context.words
    categories, summary = warehouse.details.categories, warehouse.summary
    known = [one for one in categories if one.margin_share is not None]
    bars = [
        {
            "name": context.name(one.category),
            "amount": number(one.margin_share),
            "is_marked": False,
            "bar_text": f"{formats.share(one.margin_share)}  ({formats.money(one.margin_amount)})",
            "share_text": formats.share(one.margin_share),
            "margin_text": formats.money(one.margin_amount),
            "covered_text": formats.share(one.covered_share),
        }
        for one in (known if len(known) <= BARS_SHOWN else _ends(known))
    ]
    if not known:
        if not warehouse.months:
            reason = "sentences.nothing"
        else:
            reason = "gaps.no_cost" if summary.cost_amount is None else "sentences.no_share"
        sentences = [words(reason)]
    else:
        first, last = known[0], known[-1]
        values = {
            "name": in_sentence(context.name(first.category)),
            "share": formats.share(first.margin_share),
            "amount": formats.money(first.margin_amount),
        }
        if len(known) == 1:
            sentences = [words("sentences.margin_one", **values)]
        elif formats.share(last.margin_share) == values["share"]:
            sentences = [words("sentences.margin_same", share=values["share"])]
        else:
            sentences = [
                words("sentences.margin_range", last=in_sentence(context.name(last.category)),
                      last_share=formats.share(last.margin_share),
                      last_amount=formats.money(last.margin_amount), **values)
            ]  # fmt: skip
        if summary.revenue_with_cost_amount != summary.revenue_amount:
            covered = summary.revenue_with_cost_amount / summary.revenue_amount
            sentences.append(words("gaps.some_cost", share=formats.share(covered)))

    def explained(column: str) -> str:
        return warehouse.definition(column, "margin_by_category")

    columns = [
        Column(words("columns.category"), False),
        Column(words("columns.margin_share"), True, explained("margin_share")),
        Column(words("columns.margin"), True, explained("margin_amount")),
        Column(words("columns.revenue"), True, explained("revenue_amount")),
        Column(words("columns.covered"), True, explained("covered_share")),
    ]
    cells = [
        [context.name(one.category), formats.share(one.margin_share),
         formats.money(one.margin_amount, cents=True),
         formats.money(one.revenue_amount, cents=True), formats.share(one.covered_share)]
        for one in categories
    ]  # fmt: skip
    return listed(
        context, "margin_by_category", sentences,
        bars=bars,
        tips=[("name", words("columns.category")), ("share_text", words("columns.margin_share")),
              ("margin_text", words("columns.margin")),
              ("covered_text", words("columns.covered"))],
        columns=columns, cells=cells, definition=explained("margin_share"), room=1.3,
        currency=formats.currency,
        live=Live("list", {
            "pick": "margin", "by": "category", "limit": BARS_SHOWN, "room": 1.3,
            "subtitle": "live.subtitles.margin",
            "columns": ["name", "margin_share", "margin", "revenue", "covered"],
        }),
    )  # fmt: skip


def _ends(known: list) -> list:
    """The best and the worst of a long list, which are what it is looked at for."""
    best = BARS_SHOWN // 2 + 1
    return [*known[:best], *known[best - BARS_SHOWN :]]


def best_sellers(context: Context) -> Chart:
    """The products sold most by units, beside their place by revenue."""
    warehouse, formats, words = context.warehouse, context.formats, context.words
    products = warehouse.details.best_sellers
    names = context.unique_names([(one.product_id, one.product_name) for one in products])
    ranked = [one for one in products if one.quantity_rank is not None]
    if not ranked:
        if not products:
            reason = "best_none" if warehouse.months else "nothing"
            sentences = [words(f"sentences.{reason}")]
        else:
            sentences = [words("gaps.no_quantity")]
    else:
        by_units = ranked[0]
        by_revenue = min(products, key=lambda one: one.revenue_rank)
        values = {
            "name": in_sentence(names[by_units.product_id]),
            "units": formats.number(by_units.quantity),
            "amount": formats.money(by_revenue.revenue_amount),
        }
        if by_units is by_revenue:
            sentences = [words("sentences.best_both", **values)]
        else:
            other = in_sentence(names[by_revenue.product_id])
            sentences = [words("sentences.best_each", other=other, **values)]
        both = sum(
            one.quantity_rank <= BEST_SHOWN and one.revenue_rank <= BEST_SHOWN for one in ranked
        )
        if len(products) > BEST_SHOWN:
            sentences.append(words("sentences.best_shared", both, count=formats.number(both),
                                   all=formats.number(BEST_SHOWN)))  # fmt: skip

    def explained(column: str) -> str:
        return warehouse.definition(column, "best_sellers")

    return tabled(
        context, "best_sellers", sentences,
        columns=[
            Column(words("columns.product"), False),
            Column(words("columns.category"), False),
            Column(words("columns.units"), True, explained("quantity")),
            Column(words("columns.quantity_rank"), True, explained("quantity_rank")),
            Column(words("columns.revenue"), True, explained("revenue_amount")),
            Column(words("columns.revenue_rank"), True, explained("revenue_rank")),
        ],
        cells=[
            [names[one.product_id], context.name(one.category), formats.number(one.quantity),
             formats.number(one.quantity_rank), formats.money(one.revenue_amount, cents=True),
             formats.number(one.revenue_rank)]
            for one in (products if ranked else [])
        ],
        definition=explained("quantity_rank"), count=formats.number(BEST_SHOWN),
        live=Live("list", {
            "pick": "best", "is_table": True, "needs_lines": True, "limit": BEST_SHOWN,
            "subtitle": "live.subtitles.best",
            "columns": ["name", "category", "units", "units_rank", "revenue", "rank"],
        }),
    )  # fmt: skip


def price_changes(context: Context) -> Chart:
    """The latest changes of price or cost, the largest of a day first."""
    warehouse, formats, words = context.warehouse, context.formats, context.words
    changes, count = warehouse.details.price_changes, warehouse.details.price_change_count
    names = context.unique_names(
        list({one.product_id: (one.product_id, one.product_name) for one in changes}.values())
    )

    def signed(share: float | None) -> str:
        return "–" if share is None else formats.signed_share(share)

    if not changes:
        products = warehouse.inputs.get("products", set())
        if not products:
            reason = "gaps.no_products"
        elif not products & {"unit_price", "unit_cost"}:
            reason = "sentences.prices_none"
        elif not warehouse.summary.has_price_history:
            reason = "gaps.no_price_history"
        else:
            reason = "sentences.prices_same"
        sentences = [words(reason)]
    else:
        day = changes[0].valid_from
        sentences = [
            words("sentences.prices_changed", count, count=formats.number(count),
                  day=formats.day(day))
        ]  # fmt: skip
        last = [one for one in changes if one.valid_from == day and one.price_change_share]
        if last:
            one = last[0]
            sentences.append(words(
                "sentences.price_largest", name=in_sentence(names[one.product_id]),
                before=formats.money(one.previous_unit_price, cents=True),
                price=formats.money(one.unit_price, cents=True),
                change=signed(one.price_change_share),
            ))  # fmt: skip

    def explained(column: str) -> str:
        return warehouse.definition(column, "price_history")

    return tabled(
        context, "price_changes", sentences,
        columns=[
            Column(words("columns.product"), False),
            Column(words("columns.since"), False, explained("valid_from")),
            Column(words("columns.price_before"), True, explained("previous_unit_price")),
            Column(words("columns.price"), True, explained("unit_price")),
            Column(words("columns.change"), True, explained("price_change_share")),
            Column(words("columns.cost_before"), True, explained("previous_unit_cost")),
            Column(words("columns.cost"), True, explained("unit_cost")),
        ],
        cells=[
            [names[one.product_id], formats.day(one.valid_from),
             formats.money(one.previous_unit_price, cents=True),
             formats.money(one.unit_price, cents=True), signed(one.price_change_share),
             formats.money(one.previous_unit_cost, cents=True),
             formats.money(one.unit_cost, cents=True)]
            for one in changes
        ],
        definition=explained("valid_from"),
        count=formats.number(len(changes)), currency=formats.currency,
    )  # fmt: skip
