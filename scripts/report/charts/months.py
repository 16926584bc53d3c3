"""Charts over time: revenue by month, and the best products month by month."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from types import SimpleNamespace as Row

from scripts.report.charts.base import (
    BLUE,
    EXPORT,
    INK,
    MONTHS_SHOWN,
    NARROW,
    PALE,
    WIDE,
    Chart,
    Column,
    Context,
    Key,
    Live,
    Table,
    around,
    colours,
    month_axis,
    number,
    tooltip,
    value_axis,
    where,
)
from scripts.report.formats import in_sentence, rounded
from scripts.report.periods import YEAR, growth
from scripts.report.read import PRODUCTS_IN_LINES

BAR_HEIGHT = 300


def revenue_by_month(context: Context) -> Chart:
    """Bars of revenue by calendar month, before paler ones of the same month a year earlier.

    The unfinished month has a dashed outline and nothing behind it: it is not compared.
    """
    warehouse, formats, words = context.warehouse, context.formats, context.words
    text = "charts.revenue_by_month"
    shown = warehouse.months[-MONTHS_SHOWN:]
    by_month = {month.month_start_on: month for month in warehouse.months}
    rows, cells = [], []
    for month in shown:
        before = by_month.get(_year_before(month.month_start_on))
        base = before.revenue_amount if before and month.is_complete else None
        change = growth(month.revenue_amount, base)
        texts = (
            formats.month(month.month_start_on),
            formats.money(month.revenue_amount),
            formats.money(base),
            "–" if change is None else formats.signed_share(change),
        )
        unfinished = "" if month.is_complete else f" ({words(text + '.unfinished_label')})"
        rows.append({
            "month": formats.short_month(month.month_start_on),
            "revenue": number(month.revenue_amount),
            "last_year": number(base),
            "has_last_year": base is not None,
            "is_unfinished": not month.is_complete,
            "is_tall": "",
            "month_text": texts[0] + unfinished,
            "revenue_text": texts[1],
            "last_year_text": texts[2],
            "change_text": texts[3],
        })  # fmt: skip
        cells.append([
            texts[0] + unfinished,
            formats.money(month.revenue_amount, cents=True),
            formats.money(base, cents=True),
            texts[3],
            formats.number(month.order_count),
            formats.number(month.quantity),
            formats.money(month.margin_amount, cents=True),
        ])  # fmt: skip
    largest = max((abs(row[name] or 0) for row in rows for name in ("revenue", "last_year")),
                  default=0)  # fmt: skip
    for row in rows:
        if row["is_unfinished"]:
            row["is_tall"] = "tall" if row["revenue"] > 0.6 * largest else "short"
    compared = any(row["last_year"] is not None for row in rows)
    subtitle = words(f"{text}.subtitle" if compared else f"{text}.subtitle_short",
                     currency=formats.currency)  # fmt: skip
    if len(warehouse.months) > len(shown):
        subtitle += " " + words(f"{text}.last_months", count=str(len(shown)))
    key = [Key(words(f"{text}.revenue"), BLUE)] if rows else []
    if compared:
        key.append(Key(words(f"{text}.last_year"), PALE))
    if any(row["is_unfinished"] for row in rows):
        key.append(Key(words(f"{text}.unfinished"), BLUE, "unfinished"))
    if not rows:
        subtitle = ""
    summary = warehouse.summary
    definition = warehouse.definition
    table = Table(
        [
            Column(words("columns.month"), False),
            Column(words("columns.revenue"), True, definition("revenue_amount")),
            Column(words("columns.last_year")),
            Column(words("columns.change")),
            Column(words("columns.orders"), True, definition("order_count")),
            Column(words("columns.units"), True, definition("quantity")),
            Column(words("columns.margin"), True, definition("margin_amount")),
        ],
        cells,
        [
            words("columns.total"), formats.money(summary.revenue_amount, cents=True), "", "",
            formats.number(summary.order_count), formats.number(summary.quantity),
            formats.money(summary.margin_amount, cents=True),
        ] if len(shown) == len(warehouse.months) else None,
    )  # fmt: skip
    title = words(f"{text}.title")
    labels = [row["month"] for row in rows]
    starts = [month.month_start_on.month for month in shown]

    def spec(variant: str) -> dict:
        x = {
            "field": "month",
            "type": "ordinal",
            "axis": month_axis(labels, starts, variant),
            "scale": {"domain": labels, "paddingInner": 0.18, "paddingOuter": 0.1},
        }
        y = {
            "field": "revenue",
            "type": "quantitative",
            "axis": value_axis(context, largest, variant),
            "scale": {"zero": True},
        }
        tip = tooltip(
            ("month_text", words("columns.month")),
            ("revenue_text", words("columns.revenue")),
            ("last_year_text", words("columns.last_year")),
            ("change_text", words("columns.change")),
        )

        def label(align: str, distance: int) -> dict:
            return {
                "mark": {
                    "type": "text", "color": INK, "angle": 270, "baseline": "middle",
                    "fontSize": 11 if variant == NARROW else 12, "align": align, "dx": distance,
                    "text": words(f"{text}.unfinished_label"),
                },
                "encoding": {"x": x, "y": y},
            }  # fmt: skip

        layers = [
            # a year earlier stands behind: seen at both sides where lower, on top where higher
            where("has_last_year", True, {
                "mark": {"type": "bar", "color": PALE, "width": {"band": 1}},
                "encoding": {"x": x, "y": {**y, "field": "last_year"}, "tooltip": tip},
            }),
            where("is_unfinished", False, {
                "mark": {"type": "bar", "color": BLUE, "width": {"band": 0.62}},
                "encoding": {"x": x, "y": y, "tooltip": tip},
            }),
            where("is_unfinished", True, {
                "mark": {
                    "type": "bar", "color": BLUE, "fillOpacity": 0.22, "stroke": BLUE,
                    "strokeWidth": 1.5, "strokeDash": [4, 3], "width": {"band": 0.62},
                },
                "encoding": {"x": x, "y": y, "tooltip": tip},
            }),
            # upright, above a short bar and inside a tall one
            where("is_tall", "short", label("left", 6)),
            where("is_tall", "tall", label("right", -6)),
        ]  # fmt: skip
        body = {"height": 220 if variant == NARROW else BAR_HEIGHT, "layer": layers}
        return around(context, variant, body, title, subtitle)

    return Chart(
        "revenue_by_month", title, subtitle, _month_sentences(context), rows,
        spec if rows else None, table if rows else None, key, definition("revenue_amount"),
        live=Live("periods"),
    )  # fmt: skip


def _year_before(month: date) -> date:
    return month.replace(year=month.year - 1)


def _month_sentences(context: Context) -> list[str]:
    """The last complete month against a year earlier, the best month, and the one still running."""
    warehouse, formats, words = context.warehouse, context.formats, context.words
    complete, running = warehouse.complete_months, warehouse.unfinished_month
    until = formats.day(warehouse.summary.as_of_date)
    if not complete:
        if running is None:
            return [words("sentences.nothing")]
        return [
            words("sentences.only_running", month=formats.month(running.month_start_on),
                  amount=formats.money(running.revenue_amount), day=until)
        ]  # fmt: skip
    last = complete[-1]
    values = {
        "amount": formats.money(last.revenue_amount),
        "month": formats.month(last.month_start_on),
    }
    if len(complete) == 1:
        sentences = [words("sentences.month_alone", **values)]
    else:
        earlier = {month.month_start_on: month for month in complete}
        before_on = _year_before(last.month_start_on)
        before = earlier.get(before_on)
        values["before"] = formats.month(before_on)
        if before is None:
            sentence = words("sentences.month_no_base", **values)
        else:
            change = growth(last.revenue_amount, before.revenue_amount)
            if change is None:
                base = formats.money(before.revenue_amount)
                sentence = words("sentences.month_bad_base", base=base, **values)
            elif not rounded(change, 3):
                sentence = words("sentences.month_compared_same", **values)
            else:
                form = "more" if change > 0 else "less"
                sentence = words(f"sentences.month_compared_{form}",
                                 change=formats.share(abs(change)), **values)  # fmt: skip
        sentences = [sentence, _best_month(context)]
    if running is not None:
        sentences.append(
            words("sentences.running", month=formats.month(running.month_start_on),
                  day=until, amount=formats.money(running.revenue_amount))
        )  # fmt: skip
    return sentences


def _best_month(context: Context) -> str:
    formats, words = context.formats, context.words
    complete = context.warehouse.complete_months
    most = max(month.revenue_amount for month in complete)
    best = [month for month in complete if month.revenue_amount == most]
    if len(best) == len(complete):
        return words("sentences.all_alike")
    if best == [complete[-1]]:
        return words("sentences.best_is_it")
    names = [formats.month(month.month_start_on) for month in best]
    if len(names) == 1:
        return words("sentences.best_month", month=names[0], amount=formats.money(most))
    return words("sentences.best_months", months=formats.together(names, words("and")),
                 amount=formats.money(most))  # fmt: skip


def top_products_by_month(context: Context) -> Chart:
    """One line for each of the five products with the most revenue; dashed where unfinished."""
    warehouse, formats, words = context.warehouse, context.formats, context.words
    text = "charts.top_products_by_month"
    shown = warehouse.months[-MONTHS_SHOWN:]
    products = [
        product for product in warehouse.products if product.product_id in warehouse.product_months
    ]
    names = context.unique_names([(one.product_id, one.product_name) for one in products])
    rows, ends = [], {}
    for product in products:
        sold = warehouse.product_months[product.product_id]
        for month in shown:
            amount = sold.get(month.month_start_on, Decimal(0))
            rows.append({
                "month": formats.short_month(month.month_start_on),
                "product": names[product.product_id],
                "revenue": number(amount),
                "is_complete": month.is_complete,
                "month_text": formats.month(month.month_start_on),
                "revenue_text": formats.money(amount),
            })  # fmt: skip
        whole = [row for row in rows[-len(shown) :] if row["is_complete"]] if shown else []
        if whole:
            # the name stands at the right edge, at the height of the last complete month
            ends[names[product.product_id]] = rows[-1], whole[-1]["revenue"]
    subtitle = ""
    if rows:
        count = str(len(products))
        subtitle = words(f"{text}.subtitle", currency=formats.currency, count=count)
    if rows and not shown[-1].is_complete:
        subtitle += " " + words(f"{text}.unfinished")
    order = [names[product.product_id] for product in products]
    used = colours(len(order))
    key = [Key(name, colour, "line") for name, colour in zip(order, used, strict=True)]
    table = Table(
        [Column(words("columns.month"), False)]
        + [Column(name, True, warehouse.definition("revenue_amount")) for name in order],
        [
            [formats.month(month.month_start_on)]
            + [
                formats.money(
                    warehouse.product_months[one.product_id].get(month.month_start_on, Decimal(0)),
                    cents=True,
                )
                for one in products
            ]
            for month in shown
        ],
    )
    title = words(f"{text}.title")
    labels = [formats.short_month(month.month_start_on) for month in shown]
    starts = [month.month_start_on.month for month in shown]
    values = [row["revenue"] for row in rows] or [0.0]
    low, high = min(0.0, *values), max(0.0, *values)
    height = 320
    # the names at the ends of the lines, pushed apart where they would overlap
    places = _apart({name: at for name, (_, at) in ends.items()}, 19 * (high - low) / height,
                    low, high)  # fmt: skip
    for name, (row, _) in ends.items():
        row["label_at"] = number(places[name])
        row["has_label"] = True

    def spec(variant: str) -> dict:
        largest = max(abs(low), abs(high))
        x = {
            "field": "month",
            "type": "ordinal",
            "axis": month_axis(labels, starts, variant),
            "scale": {"type": "point", "domain": labels, "padding": 0.3},
        }
        y = {
            "field": "revenue",
            "type": "quantitative",
            "axis": value_axis(context, largest, variant),
            "scale": {"domain": [low, high or 1], "nice": True},
        }
        colour = {
            "field": "product",
            "type": "nominal",
            "scale": {"domain": order, "range": used},
            "legend": None,
        }
        line = {"type": "line", "strokeWidth": 2.25, "strokeJoin": "round", "strokeCap": "round"}
        encoding = {"x": x, "y": y, "color": colour}
        layers = [
            where("is_complete", True, {"mark": line, "encoding": encoding}),
            # no line falls to the unfinished month: that would draw a collapse
            where("is_complete", False, {
                "mark": {"type": "point", "size": 45, "strokeWidth": 1.75}, "encoding": encoding,
            }),
            {
                # invisible until the pointer is near: whichever point is nearest shows its figures
                "params": [{
                    "name": "near",
                    "select": {"type": "point", "on": "pointerover", "nearest": True,
                               "clear": "pointerout"},
                }],
                "mark": {"type": "point", "filled": True, "size": 70},
                "encoding": {
                    **encoding,
                    "opacity": {
                        "condition": {"param": "near", "empty": False, "value": 1}, "value": 0,
                    },
                    "tooltip": tooltip(
                        ("product", words("columns.product")),
                        ("month_text", words("columns.month")),
                        ("revenue_text", words("columns.revenue")),
                    ),
                },
            },
        ]  # fmt: skip
        body = {"height": 240 if variant == NARROW else height, "layer": layers}
        if variant in (WIDE, EXPORT):
            at = {"x": x, "y": {**y, "field": "label_at"}}
            style = {"type": "text", "align": "left", "baseline": "middle"}
            layers.append(where("has_label", True, {
                "mark": {**style, "dx": 11, "fontSize": 14, "text": "●"},
                "encoding": {**at, "color": colour},
            }))  # fmt: skip
            layers.append(where("has_label", True, {
                "mark": {**style, "dx": 26, "fontSize": 13, "color": INK, "limit": 210},
                "encoding": {**at, "text": {"field": "product", "type": "nominal"}},
            }))  # fmt: skip
        return around(context, variant, body, title, subtitle)

    has_lines = bool(rows) and len(warehouse.complete_months) > 1
    sentences = _top_sentences(context, products)
    if rows and not has_lines:
        sentences.append(words("sentences.no_line"))
    return Chart(
        "top_products_by_month", title, subtitle, sentences, rows,
        spec if has_lines else None, table if rows else None, key if has_lines else [],
        warehouse.definition("revenue_amount"), is_key_for_narrow=True,
        live=Live("lines", {"by": "product", "limit": PRODUCTS_IN_LINES, "needs_lines": True}),
    )  # fmt: skip


def _apart(values: dict[str, float], gap: float, low: float, high: float) -> dict[str, float]:
    """Positions near `values`, at least `gap` apart and, if they fit, between `low` and `high`."""
    order = sorted(values, key=values.get)
    places: dict[str, float] = {}
    last = low - gap
    for name in order:
        last = max(values[name], last + gap)
        places[name] = last
    ceiling = high
    for name in reversed(order):
        places[name] = min(places[name], ceiling)
        ceiling = places[name] - gap
    return places


def _top_sentences(context: Context, products: list[Row]) -> list[str]:
    warehouse, formats, words = context.warehouse, context.formats, context.words
    if not products:
        return [words("sentences.nothing")]
    total = warehouse.summary.revenue_amount
    first = products[0]
    best = [one for one in products if one.revenue_amount == first.revenue_amount]
    name = in_sentence(context.name(first.product_name))
    amount = formats.money(first.revenue_amount)
    sentences = []
    if len(products) == 1:
        sentences.append(words("sentences.top_one", name=name, amount=amount))
    elif len(best) > 1:
        names = [in_sentence(context.name(one.product_name)) for one in best]
        together = formats.together(names, words("and"))
        sentences.append(words("sentences.top_tie", names=together, amount=amount))
    elif total > 0 and all(one.revenue_amount >= 0 for one in products):
        together = sum(one.revenue_amount for one in products) / total
        sentences.append(
            words("sentences.top_share", count=str(len(products)), share=formats.share(together),
                  name=name, first=formats.share(first.revenue_amount / total))
        )  # fmt: skip
    else:
        sentences.append(words("sentences.top_amounts", name=name, amount=amount))
    complete = warehouse.complete_months
    if len(complete) >= 2 * YEAR and len(products) > 1:
        sentences.append(_growth_sentence(context, products, complete))
    return sentences


def _growth_sentence(context: Context, products: list[Row], complete: list[Row]) -> str:
    """Which of the products grew most over the last 12 complete months, in amount."""
    warehouse, formats, words = context.warehouse, context.formats, context.words

    def over(product: Row, months: list[Row]) -> Decimal:
        sold = warehouse.product_months[product.product_id]
        return sum((sold.get(month.month_start_on, Decimal(0)) for month in months), Decimal(0))

    now = {one.product_id: over(one, complete[-YEAR:]) for one in products}
    before = {one.product_id: over(one, complete[-2 * YEAR : -YEAR]) for one in products}
    winner = max(products, key=lambda one: now[one.product_id] - before[one.product_id])
    gain = now[winner.product_id] - before[winner.product_id]
    if gain <= 0:
        return words("sentences.top_fell")
    change = growth(now[winner.product_id], before[winner.product_id])
    values = {
        "name": in_sentence(context.name(winner.product_name)),
        "amount": formats.money(gain),
    }
    if change is None:
        return words("sentences.top_growth_no_share", **values)
    return words("sentences.top_growth", change=formats.signed_share(change), **values)
