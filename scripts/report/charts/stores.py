"""Where and by whom: revenue by place, products by store, employees and sales."""

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace as Row

from scripts.report.charts.bars import (
    bar_place,
    bar_row,
    bars_height,
    name_axis,
    names_above,
    ranked_bars,
)
from scripts.report.charts.base import (
    BLUE,
    EXPORT,
    INK,
    NARROW,
    PAPER,
    REST,
    Chart,
    Column,
    Context,
    Key,
    Live,
    Table,
    around,
    colours,
    number,
    tooltip,
    value_axis,
    where,
)
from scripts.report.formats import in_sentence
from scripts.report.read import PRODUCTS_IN_STACKS, STORES_SHOWN, UNKNOWN

PLACES_SHOWN = 15


def revenue_by_place(context: Context) -> Chart:
    """Bars of revenue by region, or by the most useful level that the files know."""
    warehouse, formats, words = context.warehouse, context.formats, context.words
    text = "charts.revenue_by_place"
    level, total = warehouse.place_level, warehouse.summary.revenue_amount
    title = words(f"{text}.title.{level or 'none'}")
    subtitle = words(f"{text}.subtitle", currency=formats.currency)
    if level in ("state", "city", "country"):
        subtitle += " " + words(f"{text}.level.{level}")
    known = [place for place in warehouse.places if place.is_known]
    unknown = [place for place in warehouse.places if not place.is_known]

    def total_of(places: list[Row], measure: str = "revenue_amount") -> Decimal:
        return sum((getattr(place, measure) or Decimal(0) for place in places), Decimal(0))

    def units_of(places: list[Row]) -> Decimal | None:
        known = [place.quantity for place in places if place.quantity is not None]
        return sum(known, Decimal(0)) if known else None

    def share(amount: Decimal) -> str:
        return formats.share(amount / total) if total > 0 else "–"

    groups = [(place.name, [place], False) for place in known[:PLACES_SHOWN]]
    if rest := known[PLACES_SHOWN:]:
        count = formats.number(len(rest))
        groups.append((words(f"{text}.rest", len(rest), count=count), rest, True))
    if unknown:
        groups.append((words("unknown"), unknown, True))
    rows, cells = [], []
    for name, places, is_rest in groups:
        amount = total_of(places)
        text_of_bar = share(amount) if total > 0 else formats.money(amount)
        rows.append(
            bar_row(
                name,
                amount,
                is_rest=is_rest,
                amount_text=formats.money(amount),
                share_text=share(amount),
                bar_text=text_of_bar,
            )
        )
        cells.append([
            name, formats.money(amount, cents=True), share(amount),
            formats.number(units_of(places)),
        ])  # fmt: skip
    definition = warehouse.definition
    table = Table(
        [
            Column(words(f"levels.{level or 'region'}").capitalize(), False),
            Column(words("columns.revenue"), True, definition("revenue_amount")),
            Column(words("columns.share"), True, definition("revenue_share")),
            Column(words("columns.units"), True, definition("quantity")),
        ],
        cells,
        [
            words("columns.total"), formats.money(total, cents=True),
            share(total), formats.number(warehouse.summary.quantity),
        ],
    )  # fmt: skip

    def spec(variant: str) -> dict:
        label = words(f"levels.{level}").capitalize()
        return ranked_bars(context, variant, rows, title=title, subtitle=subtitle, label=label)

    live = Live(
        "ranking",
        {"by": "place", "limit": PLACES_SHOWN, "rest": f"{text}.rest", "unknown_last": True,
         "bar_text": "share", "columns": ["name", "revenue", "share", "units"], "text": text},
    )  # fmt: skip
    return Chart(
        "revenue_by_place", title, subtitle if known else "",
        _place_sentences(context, known, total_of(unknown)), rows if known else [],
        spec if known else None, table if known else None, [], definition("revenue_share"),
        live=live,
    )  # fmt: skip


def _place_sentences(context: Context, known: list[Row], unknown: Decimal) -> list[str]:
    formats, words = context.formats, context.words
    total = context.warehouse.summary.revenue_amount
    if not context.warehouse.months:
        return [words("sentences.nothing")]
    if not known:
        return [words("sentences.place_none")]
    first = known[0]
    best = [place for place in known if place.revenue_amount == first.revenue_amount]
    name, amount = in_sentence(first.name), formats.money(first.revenue_amount)
    if len(known) == 1:
        sentences = [words("sentences.place_one", name=name, amount=amount)]
    elif total <= 0:
        sentences = [words("sentences.place_amount", name=name, amount=amount),
                     words("sentences.no_share")]  # fmt: skip
    elif len(best) > 1:
        names = formats.together([in_sentence(place.name) for place in best], words("and"))
        share = formats.share(first.revenue_amount / total)
        sentences = [words("sentences.place_tie", names=names, share=share)]
    else:
        sentences = [
            words("sentences.place_two", first=name, amount=amount,
                  first_share=formats.share(first.revenue_amount / total),
                  second=in_sentence(known[1].name),
                  second_share=formats.share(known[1].revenue_amount / total))
        ]  # fmt: skip
    if unknown and total > 0:
        sentences.append(words("sentences.place_unknown", share=formats.share(unknown / total)))
    return sentences


def product_sales_by_store(context: Context) -> Chart:
    """Stacked bars: each store's revenue by the products that sell most in the whole shop."""
    warehouse, formats, words = context.warehouse, context.formats, context.words
    text = "charts.product_sales_by_store"
    sold = {(row.store_id, row.shown_id): row.revenue_amount for row in warehouse.store_products}
    shown_ids = {row.shown_id for row in warehouse.store_products}
    products = [one for one in warehouse.products if one.product_id in shown_ids]
    products = [one for one in products if one.product_id != UNKNOWN]
    rest_name = words(f"{text}.rest")
    names = context.unique_names(
        [(one.product_id, one.product_name) for one in products], (rest_name,)
    )
    series = [(one.product_id, names[one.product_id]) for one in products]
    used = colours(len(series))
    if None in shown_ids:
        series.append((None, rest_name))
        used.append(REST)
    named = [store for store in warehouse.stores if store.store_id != UNKNOWN]
    stores = named[:STORES_SHOWN]
    others = named[STORES_SHOWN:]
    store_names = context.unique_names([(one.store_id, one.store_name) for one in stores])
    groups = [(store_names[store.store_id], [store.store_id]) for store in stores]
    if others:
        label = words(f"{text}.rest_stores", len(others), count=formats.number(len(others)))
        groups.append((label, [store.store_id for store in others]))
    if any(store.store_id == UNKNOWN for store in warehouse.stores):
        groups.append((words("unknown"), [UNKNOWN]))
    rows, cells = [], []
    for store_name, store_ids in groups:
        amounts = []
        for place, (product_id, product_name) in enumerate(series):
            amount = sum((sold.get((one, product_id), Decimal(0)) for one in store_ids), Decimal(0))
            amounts.append(amount)
            rows.append({
                "store": store_name,
                "product": product_name,
                "place": place,
                "revenue": number(amount),
                "revenue_text": formats.money(amount),
            })  # fmt: skip
        cells.append([store_name] + [
            formats.money(amount, cents=True) for amount in [*amounts, sum(amounts, Decimal(0))]
        ])  # fmt: skip
    definition = warehouse.definition("revenue_amount", "product_sales_by_store")
    totals = [
        sum((amount for (_, one), amount in sold.items() if one == product_id), Decimal(0))
        for product_id, _ in series
    ]
    table = Table(
        [Column(words("columns.store"), False)]
        + [Column(name, True, definition) for _, name in series]
        + [Column(words("columns.total"), True, definition)],
        cells,
        [words("columns.total")]
        + [formats.money(amount, cents=True) for amount in [*totals, sum(totals, Decimal(0))]],
    )
    title = words(f"{text}.title")
    subtitle = words(f"{text}.subtitle", currency=formats.currency)

    def spec(variant: str) -> dict:
        narrow = variant == NARROW
        sums = [sum(abs(row["revenue"]) for row in rows if row["store"] == name)
                for name, _ in groups]  # fmt: skip
        y = name_axis("store", [name for name, _ in groups], variant)
        bars = {
            "mark": {"type": "bar", "stroke": PAPER, "strokeWidth": 0.5 if narrow else 1,
                     **bar_place(variant)},
            "encoding": {
                "y": y,
                "x": {
                    "field": "revenue",
                    "type": "quantitative",
                    "axis": {**value_axis(context, max(sums), variant),
                             "tickCount": 3 if narrow else 6},
                },
                "order": {"field": "place", "type": "quantitative"},
                "color": {
                    "field": "product",
                    "type": "nominal",
                    "scale": {"domain": [name for _, name in series], "range": used},
                    "legend": {"title": None, "orient": "top", "columns": 4, "symbolType": "square"}
                    if variant == EXPORT
                    else None,
                },
                "tooltip": tooltip(
                    ("store", words("columns.store")),
                    ("product", words("columns.product")),
                    ("revenue_text", words("columns.revenue")),
                ),
            },
        }  # fmt: skip
        # one name per store, not one per segment
        names = [
            {"transform": [{"filter": {"field": "place", "equal": 0}}], **layer}
            for layer in names_above("store", y, variant)
        ]
        body = {"height": bars_height(len(groups), variant, 34), "layer": [*names, bars]}
        return around(context, variant, body, title, subtitle)

    key = [Key(name, colour) for (_, name), colour in zip(series, used, strict=True)]
    has_stores = bool(stores) and bool(rows)
    live = Live(
        "stack",
        {"by": "store", "stack": "product", "needs_lines": True, "limit": STORES_SHOWN,
         "series": PRODUCTS_IN_STACKS, "rest": f"{text}.rest", "rest_bars": f"{text}.rest_stores"},
    )  # fmt: skip
    return Chart(
        "product_sales_by_store", title, subtitle if has_stores else "",
        _store_sentences(context, named, products, sold), rows if has_stores else [],
        spec if has_stores else None, table if has_stores else None, key if has_stores else [],
        definition, live=live,
    )  # fmt: skip


def _store_sentences(
    context: Context, stores: list[Row], products: list[Row], sold: dict
) -> list[str]:
    warehouse, formats, words = context.warehouse, context.formats, context.words
    if not warehouse.months:
        return [words("sentences.nothing")]
    if not stores:
        return [words("sentences.store_none")]

    def best_product(store: Row) -> Row | None:
        """The shown product that sells most there; None where none of them sells."""
        selling = [one for one in products if sold.get((store.store_id, one.product_id), 0) > 0]
        return max(selling, key=lambda one: sold[store.store_id, one.product_id], default=None)

    first, total = stores[0], warehouse.summary.revenue_amount
    best = best_product(first)
    values = {
        "name": in_sentence(context.name(first.store_name)),
        "amount": formats.money(first.revenue_amount),
        "product": "" if best is None else in_sentence(context.name(best.product_name)),
    }
    if best is None:
        return [words("sentences.top_amounts", **values)]
    if len(stores) == 1:
        return [words("sentences.store_one", **values)]
    if total > 0:
        share = formats.share(first.revenue_amount / total)
        sentence = words("sentences.store_first", share=share, **values)
    else:
        sentence = words("sentences.store_amount", **values)
    count = sum(1 for store in stores if best_product(store) is best)
    if count == len(stores):
        sentence += words("sentences.store_best_in_all")
    elif count > 1:
        sentence += words("sentences.store_best_in", count=formats.number(count),
                          all=formats.number(len(stores)))  # fmt: skip
    else:
        sentence += words("sentences.end")
    return [sentence]


def employees_and_sales(context: Context) -> Chart:
    """A dot for each store, employees against revenue, with the least-squares line, n and R²."""
    warehouse, formats, words = context.warehouse, context.formats, context.words
    text = "charts.employees_and_sales"
    team = [store for store in warehouse.team if store.employee_count]
    names = context.unique_names([(one.store_id, one.store_name) for one in team])
    rows = [
        {
            "store": names[store.store_id],
            "is_dot": True,
            "employees": number(store.employee_count),
            "revenue": number(store.revenue_amount),
            "employees_text": formats.number(store.employee_count),
            "revenue_text": formats.money(store.revenue_amount),
            "per_employee_text": formats.money(store.revenue_amount / store.employee_count),
        }
        for store in team
    ]
    title = words(f"{text}.title")
    if not rows:
        sentence = "sentences.team_none" if warehouse.months else "sentences.nothing"
        return Chart("employees_and_sales", title, "", [words(sentence)])
    subtitle = words(
        f"{text}.subtitle", currency=formats.currency,
        first=formats.month(team[0].window_start_on), last=formats.month(team[0].window_end_on),
    )  # fmt: skip
    definition = warehouse.definition
    table = Table(
        [
            Column(words("columns.store"), False),
            Column(words("columns.employees"), True,
                   definition("employee_count", "employee_sales_by_store")),
            Column(words("columns.revenue"), True,
                   definition("revenue_amount", "employee_sales_by_store")),
            Column(words("columns.per_employee"), True,
                   definition("revenue_per_employee", "employee_sales_by_store")),
            Column(words("columns.months"), True,
                   definition("month_count", "employee_sales_by_store")),
        ],
        [
            [row["store"], row["employees_text"],
             formats.money(store.revenue_amount, cents=True), row["per_employee_text"],
             formats.number(store.month_count)]
            for row, store in zip(rows, team, strict=True)
        ],
    )  # fmt: skip
    line = warehouse.regression
    is_fitted = line is not None and line.slope_amount is not None and line.r_squared is not None
    fit = (
        words(f"{text}.fit", count=formats.number(line.store_count),
              fit=formats.number(line.r_squared, 3))
        if is_fitted
        else ""
    )  # fmt: skip
    people = [row["employees"] for row in rows]
    amounts = [row["revenue"] for row in rows]
    left, right = min(people), max(people)
    margin = max((right - left) * 0.08, 0.5)
    ends = []
    if is_fitted:
        ends = [
            {"employees": at,
             "revenue": float(line.intercept_amount) + float(line.slope_amount) * at,
             "is_line": True}
            for at in (left, right)
        ]  # fmt: skip
    reach = amounts + [end["revenue"] for end in ends]
    low, high = min(0.0, *reach), max(0.0, *reach)
    _place_labels(rows, ends, (max(0.0, left - margin), right + margin), (low, (high or 1) * 1.05))
    rows += ends

    def spec(variant: str) -> dict:
        narrow = variant == NARROW
        x = {
            "field": "employees",
            "type": "quantitative",
            "scale": {"domain": [max(0.0, left - margin), right + margin], "nice": False},
            "axis": {"title": words(f"{text}.axis"), "grid": False, "domain": True, "ticks": True,
                     "domainColor": REST, "tickColor": REST, "tickMinStep": 1,
                     "tickCount": 5 if narrow else 10, "labelExpr": "format(datum.value, ',~f')"},
        }  # fmt: skip
        y = {
            "field": "revenue",
            "type": "quantitative",
            "scale": {"domain": [low, (high or 1) * 1.05], "nice": True},
            "axis": value_axis(context, max(abs(low), abs(high)), variant),
        }
        layers = [
            where("is_line", True, {
                "mark": {"type": "line", "color": INK, "strokeDash": [6, 4], "strokeWidth": 1.5},
                "encoding": {"x": x, "y": y},
            }),
            where("is_dot", True, {
                "mark": {"type": "point", "filled": True, "size": 90, "color": BLUE, "opacity": 1,
                         "stroke": PAPER, "strokeWidth": 1},
                "encoding": {"x": x, "y": y, "tooltip": tooltip(
                    ("store", words("columns.store")),
                    ("employees_text", words("columns.employees")),
                    ("revenue_text", words("columns.revenue")),
                    ("per_employee_text", words("columns.per_employee")),
                )},
            }),
        ]  # fmt: skip
        if not narrow:
            sides = {
                "right": {"align": "left", "dx": 10, "baseline": "middle"},
                "left": {"align": "right", "dx": -10, "baseline": "middle"},
                "right_below": {"align": "left", "dx": 7, "dy": 14, "baseline": "middle"},
                "left_above": {"align": "right", "dx": -7, "dy": -14, "baseline": "middle"},
                "above": {"align": "center", "dy": -9, "baseline": "bottom"},
                "below": {"align": "center", "dy": 9, "baseline": "top"},
            }
            text_of_dot = {"field": "store", "type": "nominal"}
            style = {"type": "text", "color": INK, "fontSize": 12, "limit": LABEL_LIMIT}
            for side, look in sides.items():
                layer = {
                    "mark": {**style, **look},
                    "encoding": {"x": x, "y": y, "text": text_of_dot},
                }
                layers.append(where("label_side", side, layer))
        body = {"height": 260 if narrow else PLOT_HEIGHT, "layer": layers}
        note = f"{subtitle} {fit}" if variant == EXPORT and fit else subtitle
        return around(context, variant, body, title, note)

    key = [Key(f"{words(f'{text}.line')}, {fit}", INK, "dash")] if fit else []
    return Chart(
        "employees_and_sales", title, subtitle, _team_sentences(context, team), rows,
        spec, table, key, definition("revenue_per_employee", "employee_sales_by_store"),
        live=Live("dots", {
            "columns": ["name", "employees", "revenue", "per_employee", "months"], "ink": INK,
            "width": PLOT_WIDTH, "height": PLOT_HEIGHT, "limit": LABEL_LIMIT,
        }),
    )  # fmt: skip


PLOT_HEIGHT = 360
PLOT_WIDTH = 720
LABEL_LIMIT = 150


def _place_labels(rows: list[dict], ends: list[dict], across: tuple, upright: tuple) -> None:
    """Give each dot the side where its name overlaps no dot, name or line, or no name.

    Distances are pixels of the plot at its usual width; the tooltip and the table name every dot.
    """

    def pixel(row: dict) -> tuple[float, float]:
        x = (row["employees"] - across[0]) / ((across[1] - across[0]) or 1) * PLOT_WIDTH
        y = (1 - (row["revenue"] - upright[0]) / ((upright[1] - upright[0]) or 1)) * PLOT_HEIGHT
        return x, y

    dots = [pixel(row) for row in rows]
    taken = [(x - 7, y - 7, x + 7, y + 7) for x, y in dots]
    if ends:
        (x0, y0), (x1, y1) = pixel(ends[0]), pixel(ends[1])
        for step in range(101):
            x, y = x0 + (x1 - x0) * step / 100, y0 + (y1 - y0) * step / 100
            taken.append((x - 4, y - 2, x + 4, y + 2))
    for row, (x, y) in zip(rows, dots, strict=True):
        own = (x - 7, y - 7, x + 7, y + 7)
        width = min(len(row["store"]) * 7.0, LABEL_LIMIT)
        boxes = {
            "right": (x + 9, y - 8, x + 10 + width, y + 8),
            "left": (x - 10 - width, y - 8, x - 9, y + 8),
            "right_below": (x + 6, y + 6, x + 7 + width, y + 22),
            "left_above": (x - 7 - width, y - 22, x - 6, y - 6),
            "above": (x - width / 2, y - 26, x + width / 2, y - 8),
            "below": (x - width / 2, y + 8, x + width / 2, y + 26),
        }
        row["label_side"] = "none"
        for side, box in boxes.items():
            inside = box[0] >= -10 and box[2] <= PLOT_WIDTH + 10 and 0 <= box[1] < PLOT_HEIGHT - 14
            if inside and not any(_overlap(box, other) for other in taken if other != own):
                row["label_side"] = side
                taken.append(box)
                break


def _overlap(one: tuple, other: tuple) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _team_sentences(context: Context, team: list[Row]) -> list[str]:
    formats, words = context.formats, context.words
    line = context.warehouse.regression
    if line is not None and line.slope_amount is not None and line.r_squared is not None:
        sentence = "sentences.team_fit" if line.slope_amount >= 0 else "sentences.team_fit_less"
        sentences = [
            words(sentence, count=formats.number(line.store_count),
                  slope=formats.money(abs(line.slope_amount)), fit=formats.share(line.r_squared))
        ]  # fmt: skip
    else:
        sentences = [words("sentences.team_no_fit")]
    longest = max(store.month_count for store in team)
    whole = [store for store in team if store.month_count == longest]
    ranked = sorted(whole, key=lambda one: (one.revenue_amount / one.employee_count, one.store_id))
    last, first = ranked[0], ranked[-1]
    values = {
        "name": in_sentence(context.name(first.store_name)),
        "amount": formats.money(first.revenue_amount / first.employee_count),
    }
    if len(whole) == 1:
        sentences.append(words("sentences.team_one", **values))
    else:
        sentences.append(
            words("sentences.team_best", last=in_sentence(context.name(last.store_name)),
                  last_amount=formats.money(last.revenue_amount / last.employee_count), **values)
        )  # fmt: skip
    part = [store for store in team if store.month_count < longest]
    if part:
        names = [in_sentence(context.name(store.store_name)) for store in part[:3]]
        sentences.append(
            words("sentences.team_part", len(part), count=formats.number(len(part)),
                  names=formats.together(names, words("and")))
        )  # fmt: skip
    return sentences
