"""What is in stock: what to reorder, and how long the stock of categories and stores lasts."""

from __future__ import annotations

from scripts.report.charts.base import Chart, Column, Context, number
from scripts.report.charts.lists import BARS_SHOWN, listed
from scripts.report.formats import in_sentence
from scripts.report.read import UNKNOWN


def _days(context: Context, value: float | None) -> str:
    """Days of cover: whole ones from ten on."""
    if value is None:
        return "–"
    return context.formats.number(value, 0 if value >= 10 or value == 0 else 1)


def _in_days(context: Context, value: float | None) -> str:
    return context.words("charts.products_to_reorder.days", days=_days(context, value))


def products_to_reorder(context: Context) -> Chart:
    """The products whose stock will not last, the shortest cover first."""
    warehouse, formats, words = context.warehouse, context.formats, context.words
    levels, count = warehouse.people.reorder, warehouse.people.reorder_count
    named = {}
    for one in levels:
        store = words("columns.all_stores") if one.store_id == UNKNOWN else one.store_name
        name = f"{context.name(one.product_name)} · {store}"
        while name in named.values():
            name += "*"
        named[one.product_id, one.store_id] = name
    bars = [
        {
            "name": named[one.product_id, one.store_id],
            "amount": number(one.daily_units),
            "is_marked": one.on_hand <= 0,
            "bar_text": _in_days(context, one.cover_days),
            "on_hand_text": formats.number(one.on_hand),
            "daily_text": formats.number(one.daily_units, 2),
        }
        for one in levels[:BARS_SHOWN]
    ]  # fmt: skip
    if not levels:
        has_stock = bool(warehouse.people.stock_by_store)
        sentences = [words("sentences.reorder_nothing" if has_stock else "sentences.stock_none")]
    else:
        first = levels[0]
        empty = sum(one.on_hand <= 0 for one in levels)
        sentences = [
            words("sentences.reorder_first", count, count=formats.number(count),
                  empty=formats.number(empty),
                  name=in_sentence(named[first.product_id, first.store_id]),
                  days=_days(context, first.cover_days))
        ]  # fmt: skip
    definition = warehouse.definition
    columns = [
        Column(words("columns.product"), False),
        Column(words("columns.category"), False),
        Column(words("columns.cover"), True, definition("cover_days", "stock_levels")),
        Column(words("columns.on_hand"), True, definition("on_hand", "stock_levels")),
        Column(words("columns.daily"), True, definition("daily_units", "stock_levels")),
        Column(words("columns.units"), True, definition("units_sold", "stock_levels")),
        Column(words("columns.counted"), False, definition("counted_on", "stock_levels")),
    ]
    cells = [
        [named[one.product_id, one.store_id], context.name(one.category),
         _days(context, one.cover_days), formats.number(one.on_hand),
         formats.number(one.daily_units, 2), formats.number(one.units_sold),
         formats.day(one.counted_on)]
        for one in levels
    ]  # fmt: skip
    return listed(
        context, "products_to_reorder", sentences,
        bars=bars,
        tips=[("name", words("columns.product")), ("bar_text", words("columns.cover")),
              ("on_hand_text", words("columns.on_hand")), ("daily_text", words("columns.daily"))],
        columns=columns, cells=cells,
        definition=definition("is_to_reorder", "stock_levels"), count=formats.number(len(bars)),
    )  # fmt: skip


def stock_by_category(context: Context) -> Chart:
    """How many days the stock of each category lasts."""
    rows = context.warehouse.people.stock_by_category
    named = [(context.name(one.category), one) for one in rows]
    return _covers(context, "stock_by_category", named, context.words("columns.category"))


def stock_by_store(context: Context) -> Chart:
    """How many days the stock of each store lasts."""
    rows = context.warehouse.people.stock_by_store
    names = context.unique_names([(one.store_id, one.store_name) for one in rows])
    everywhere = context.words("columns.all_stores")
    named = [
        (everywhere if one.store_id == UNKNOWN else names[one.store_id], one) for one in rows
    ]  # fmt: skip
    return _covers(context, "stock_by_store", named, context.words("columns.store"))


def _covers(context: Context, chart_id: str, named: list[tuple], label: str) -> Chart:
    """Bars of cover in days; value, sell-through and what is out of stock in tooltip and table."""
    warehouse, formats, words = context.warehouse, context.formats, context.words
    known = sorted(
        ((name, one) for name, one in named if one.cover_days is not None),
        key=lambda pair: (pair[1].cover_days, pair[0]),
    )
    bars = [
        {
            "name": name,
            "amount": number(one.cover_days),
            "is_marked": False,
            "bar_text": _in_days(context, one.cover_days),
            "value_text": formats.money(one.stock_cost_amount),
            "through_text": formats.share(one.sell_through_share),
        }
        for name, one in known[: BARS_SHOWN + 5]
    ]  # fmt: skip
    if not known:
        sentences = [words("sentences.stock_no_cover" if named else "sentences.stock_none")]
    else:
        (first, least), (last, most) = known[0], known[-1]
        values = {"name": in_sentence(first), "days": _days(context, least.cover_days)}
        if len(known) == 1:
            sentences = [words("sentences.cover_one", **values)]
        else:
            sentences = [
                words("sentences.cover_range", last=in_sentence(last),
                      last_days=_days(context, most.cover_days), **values)
            ]  # fmt: skip
        out = sum(one.out_of_stock_count for _, one in named)
        if out:
            sentences.append(words("sentences.stock_out", out, count=formats.number(out)))
    definition = warehouse.definition
    columns = [
        Column(label, False),
        Column(words("columns.cover"), True, definition("cover_days", chart_id)),
        Column(words("columns.on_hand"), True, definition("on_hand", chart_id)),
        Column(words("columns.stock_value"), True, definition("stock_cost_amount", chart_id)),
        Column(words("columns.units"), True, definition("units_sold", chart_id)),
        Column(words("columns.sell_through"), True, definition("sell_through_share", chart_id)),
        Column(words("columns.out_of_stock"), True, definition("out_of_stock_count", chart_id)),
        Column(words("columns.to_reorder"), True, definition("reorder_count", chart_id)),
    ]
    cells = [
        [name, _days(context, one.cover_days), formats.number(one.on_hand),
         formats.money(one.stock_cost_amount), formats.number(one.units_sold),
         formats.share(one.sell_through_share), formats.number(one.out_of_stock_count),
         formats.number(one.reorder_count)]
        for name, one in named
    ]  # fmt: skip
    return listed(
        context, chart_id, sentences,
        bars=bars,
        tips=[("name", label), ("bar_text", words("columns.cover")),
              ("value_text", words("columns.stock_value")),
              ("through_text", words("columns.sell_through"))],
        columns=columns, cells=cells, definition=definition("cover_days", chart_id),
    )  # fmt: skip
