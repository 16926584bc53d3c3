"""Who buys: segments, whom to call, who comes back, the best, and each store's customers."""

from __future__ import annotations

from decimal import Decimal

from scripts.report.charts.base import (
    BLUE,
    INK,
    NARROW,
    PALE,
    PAPER,
    SERIES,
    Chart,
    Column,
    Context,
    Key,
    Live,
    Table,
    around,
    number,
    only,
    tooltip,
)
from scripts.report.charts.lists import BARS_SHOWN, listed
from scripts.report.formats import in_sentence
from scripts.report.people import CUSTOMERS_LISTED

# A cell this far from PALE to BLUE is read better with white figures, one below with black ones;
# in the dark the cells keep their colours, and so do the figures on them.
DARK_FROM = 0.8
ON_CELL = "#000000"


def segment_name(context: Context, segment: str) -> str:
    """A shipped segment in the report's language; one of the shop's own as it stands there."""
    return context.words.find(f"segments.{segment}") or segment


def customer_segments(context: Context) -> Chart:
    """Bars of customers per RFM segment; those to call are marked."""
    warehouse, formats, words = context.warehouse, context.formats, context.words
    segments = warehouse.people.segments
    count = sum(one.customer_count for one in segments)
    bars = [
        {
            "name": segment_name(context, one.rfm_segment),
            "amount": number(one.customer_count),
            "is_marked": one.is_to_call,
            "bar_text": formats.number(one.customer_count),
            "revenue_text": formats.money(one.revenue_amount),
        }
        for one in segments
    ]
    if not segments:
        sentences = [words("sentences.customers_none")]
    else:
        called = [one for one in segments if one.is_to_call]
        called_count = sum(one.customer_count for one in called)
        first = segments[0]
        sentences = [
            words("sentences.segments_first", first.customer_count,
                  count=formats.number(first.customer_count), all=formats.number(count),
                  segment=segment_name(context, first.rfm_segment)),
            words("sentences.segments_call", called_count, count=formats.number(called_count),
                  amount=formats.money(sum((one.revenue_amount for one in called), Decimal(0)))),
        ]  # fmt: skip
    definition = warehouse.definition
    columns = [
        Column(words("columns.segment"), False, definition("rfm_segment")),
        Column(words("columns.customers"), True),
        Column(words("columns.share")),
        Column(words("columns.revenue"), True, definition("revenue_amount")),
        Column(words("columns.call"), False, definition("is_to_call")),
    ]
    cells = [
        [segment_name(context, one.rfm_segment), formats.number(one.customer_count),
         formats.share(Decimal(one.customer_count) / count),
         formats.money(one.revenue_amount, cents=True),
         words("columns.call_yes") if one.is_to_call else "–"]
        for one in segments
    ]  # fmt: skip
    return listed(
        context, "customer_segments", sentences,
        bars=bars,
        tips=[("name", words("columns.segment")), ("bar_text", words("columns.customers")),
              ("revenue_text", words("columns.revenue"))],
        columns=columns, cells=cells,
        key=[Key(words("charts.customer_segments.call"), SERIES[1])],
        definition=definition("rfm_segment"),
    )  # fmt: skip


def customers_to_call(context: Context) -> Chart:
    """Good customers who stay away, those who spent most first."""
    warehouse, formats, words = context.warehouse, context.formats, context.words
    people = warehouse.people.customers_to_call
    count = sum(one.customer_count for one in warehouse.people.segments if one.is_to_call)
    names = context.unique_names([(one.customer_id, one.customer_name) for one in people])
    bars = [
        {
            "name": names[one.customer_id],
            "amount": number(one.revenue_amount),
            "is_marked": False,
            "bar_text": formats.money(one.revenue_amount),
            "last_text": formats.day(one.last_purchased_on),
            "segment_text": segment_name(context, one.rfm_segment),
        }
        for one in people[:BARS_SHOWN]
    ]
    if not people:
        nobody = "call_nobody" if warehouse.people.segments else "customers_none"
        sentences = [words(f"sentences.{nobody}")]
    else:
        first = people[0]
        sentences = [
            words("sentences.call_first", count, count=formats.number(count),
                  name=in_sentence(names[first.customer_id]),
                  amount=formats.money(first.revenue_amount),
                  day=formats.day(first.last_purchased_on)),
        ]  # fmt: skip
    definition = warehouse.definition
    columns = [
        Column(words("columns.customer"), False),
        Column(words("columns.segment"), False, definition("rfm_segment")),
        Column(words("columns.last_purchase"), False, definition("last_purchased_on")),
        Column(words("columns.days_ago"), True, definition("recency_days")),
        Column(words("columns.purchases"), True, definition("purchase_count")),
        Column(words("columns.revenue"), True, definition("revenue_amount")),
    ]
    cells = [
        [names[one.customer_id], segment_name(context, one.rfm_segment),
         formats.day(one.last_purchased_on), formats.number(one.recency_days),
         formats.number(one.purchase_count), formats.money(one.revenue_amount, cents=True)]
        for one in people
    ]  # fmt: skip
    return listed(
        context, "customers_to_call", sentences,
        bars=bars,
        tips=[("name", words("columns.customer")), ("bar_text", words("columns.revenue")),
              ("last_text", words("columns.last_purchase")),
              ("segment_text", words("columns.segment"))],
        columns=columns, cells=cells, definition=definition("is_to_call"),
        count=formats.number(len(bars)), listed=formats.number(len(people)),
        currency=formats.currency,
    )  # fmt: skip


def top_customers(context: Context) -> Chart:
    """The customers with the most revenue."""
    warehouse, formats, words = context.warehouse, context.formats, context.words
    people = warehouse.people.top_customers
    names = context.unique_names([(one.customer_id, one.customer_name) for one in people])
    bars = [
        {
            "name": names[one.customer_id],
            "amount": number(one.revenue_amount),
            "is_marked": False,
            "bar_text": formats.money(one.revenue_amount),
            "share_text": formats.share(one.customer_revenue_share),
            "last_text": formats.day(one.last_purchased_on),
        }
        for one in people[:BARS_SHOWN]
    ]
    if not people:
        sentences = [words("sentences.customers_none")]
    else:
        shares = [one.customer_revenue_share for one in people[:BARS_SHOWN]]
        values = {"name": in_sentence(names[people[0].customer_id]),
                  "amount": formats.money(people[0].revenue_amount)}  # fmt: skip
        if None in shares or len(people) == 1:
            sentences = [words("sentences.top_amounts", **values)]
        else:
            sentences = [
                words("sentences.customers_top", count=formats.number(len(bars)),
                      share=formats.share(sum(shares)), **values)
            ]  # fmt: skip
    definition = warehouse.definition
    columns = [
        Column(words("columns.customer"), False),
        Column(words("columns.rank"), True, definition("revenue_rank", "top_customers")),
        Column(words("columns.revenue"), True, definition("revenue_amount")),
        Column(words("columns.share"), True, definition("customer_revenue_share")),
        Column(words("columns.purchases"), True, definition("purchase_count")),
        Column(words("columns.last_purchase"), False, definition("last_purchased_on")),
    ]
    cells = [
        [names[one.customer_id], formats.number(one.revenue_rank),
         formats.money(one.revenue_amount, cents=True), formats.share(one.customer_revenue_share),
         formats.number(one.purchase_count), formats.day(one.last_purchased_on)]
        for one in people
    ]  # fmt: skip
    return listed(
        context, "top_customers", sentences,
        bars=bars,
        tips=[("name", words("columns.customer")), ("bar_text", words("columns.revenue")),
              ("share_text", words("columns.share")),
              ("last_text", words("columns.last_purchase"))],
        columns=columns, cells=cells, definition=definition("customer_revenue_share"),
        count=formats.number(len(bars)), currency=formats.currency,
        live=Live("list", {
            "pick": "customers", "needs_lines": True, "limit": CUSTOMERS_LISTED,
            "bars": BARS_SHOWN, "room": 1.12, "subtitle": "live.subtitles.customers",
            "columns": ["name", "rank", "revenue", "customer_share", "purchases", "last_purchase"],
        }),
    )  # fmt: skip


def customer_cohorts(context: Context) -> Chart:
    """A heat map: of those who first bought in a month, how many bought so many months later."""
    warehouse, formats, words = context.warehouse, context.formats, context.words
    text = "charts.customer_cohorts"
    title = words(f"{text}.title")
    cells = [one for one in warehouse.people.cohorts if one.retained_on_share is not None]
    later = [one for one in cells if one.month_number > 0]
    if not later:
        return Chart("customer_cohorts", title, "", [words("sentences.cohorts_none")])
    subtitle = words(f"{text}.subtitle")
    cohorts = sorted({one.cohort_month_on for one in later})
    label_of = {month: formats.short_month(month) for month in cohorts}
    last_number = max(one.month_number for one in later)
    size = max(one.retained_on_share for one in later) or 1.0
    rows = [
        {
            "cohort": label_of[one.cohort_month_on],
            "month": one.month_number,
            "share": number(one.retained_on_share),
            "is_dark": one.retained_on_share >= DARK_FROM * size,
            "share_text": formats.share(one.retained_on_share, 0),
            "after_text": formats.share(one.retained_on_or_after_share, 0),
            "month_text": formats.month(one.month_start_on),
            "count_text": formats.number(one.customer_count),
        }
        for one in later
    ]

    def spec(variant: str) -> dict:
        narrow = variant == NARROW
        axis = {"title": words(f"{text}.axis"), "labelAngle": 0, "orient": "top"}
        y = {"field": "cohort", "type": "nominal", "title": None,
             "scale": {"domain": [label_of[month] for month in cohorts]},
             "axis": {"title": None, "labelColor": INK}}  # fmt: skip
        x = {"field": "month", "type": "ordinal",
             "scale": {"domain": list(range(1, last_number + 1))}, "axis": axis}  # fmt: skip
        colour = {"field": "share", "type": "quantitative", "legend": None,
                  "scale": {"domain": [0, size], "range": [PALE, BLUE], "nice": False}}  # fmt: skip
        tips = tooltip(
            ("cohort", words("columns.cohort")), ("month_text", words("columns.month")),
            ("share_text", words("columns.retained_on")),
            ("after_text", words("columns.retained_on_or_after")),
            ("count_text", words("columns.customers")),
        )  # fmt: skip
        layers = [{
            "mark": {"type": "rect", "stroke": PAPER, "strokeWidth": 1},
            "encoding": {"y": y, "x": x, "color": colour, "tooltip": tips},
        }]  # fmt: skip
        if not narrow:
            for is_dark, ink in ((True, PAPER), (False, ON_CELL)):
                layers += only(rows, "is_dark", is_dark, {
                    "mark": {"type": "text", "fontSize": 11, "color": ink},
                    "encoding": {"y": y, "x": x,
                                 "text": {"field": "share_text", "type": "nominal"}},
                })  # fmt: skip
        body = {"height": 26 * len(cohorts), "layer": layers}
        return around(context, variant, body, title, subtitle)

    first_month = [one for one in later if one.month_number == 1]
    sentences = []
    if first_month:
        members = sum(one.customer_count for one in first_month)
        back = sum(one.retained_on_count for one in first_month)
        sentences.append(
            words("sentences.cohorts_first", share=formats.share(Decimal(back) / members),
                  count=formats.number(members))
        )  # fmt: skip
    best = max(later, key=lambda one: (one.retained_on_share, one.cohort_month_on))
    sentences.append(
        words("sentences.cohorts_best", share=formats.share(best.retained_on_share),
              month=formats.month(best.cohort_month_on), number=str(best.month_number))
    )  # fmt: skip
    definition = warehouse.definition
    columns = [Column(words("columns.cohort"), False, definition("cohort_month_on")),
               Column(words("columns.customers")),
               *(Column(str(n)) for n in range(1, last_number + 1))]  # fmt: skip
    share_of = {(one.cohort_month_on, one.month_number): one for one in cells}
    table = Table(
        columns,
        [
            [label_of[month], formats.number(share_of[month, 0].customer_count)]
            + [
                formats.share(share_of[month, n].retained_on_share) if (month, n) in share_of
                else "" for n in range(1, last_number + 1)
            ]
            for month in cohorts
        ],
    )  # fmt: skip
    return Chart(
        "customer_cohorts", title, subtitle, sentences, rows, spec, table, [],
        definition("retained_on_share"),
    )  # fmt: skip


def customers_by_store(context: Context) -> Chart:
    """How many known customers each store had in the last complete month, and how many are new."""
    warehouse, formats, words = context.warehouse, context.formats, context.words
    stores = warehouse.people.customers_by_store
    names = context.unique_names([(one.store_id, one.store_name) for one in stores])
    bars = [
        {
            "name": names[one.store_id],
            "amount": number(one.active_customer_count),
            "is_marked": False,
            "bar_text": formats.number(one.active_customer_count),
            "new_text": formats.number(one.new_customer_count),
            "returning_text": formats.number(one.returning_customer_count),
        }
        for one in stores[: BARS_SHOWN + 5]
    ]
    values = {}
    if not stores:
        sentences = [words("sentences.customers_none_in_month")]
    else:
        month = formats.month(stores[0].month_start_on)
        values = {"month": month}
        most = max(stores, key=lambda one: (one.new_customer_count, one.store_id))
        sentences = [
            words("sentences.customers_store", name=in_sentence(names[stores[0].store_id]),
                  count=formats.number(stores[0].active_customer_count), month=month,
                  newest=in_sentence(names[most.store_id]),
                  new_count=formats.number(most.new_customer_count))
        ]  # fmt: skip
    definition = warehouse.definition
    columns = [
        Column(words("columns.store"), False),
        Column(words("columns.customers"), True, definition("active_customer_count")),
        Column(words("columns.new"), True, definition("new_customer_count")),
        Column(words("columns.returning"), True, definition("returning_customer_count")),
        Column(words("columns.revenue"), True, definition("revenue_amount")),
    ]
    cells = [
        [names[one.store_id], formats.number(one.active_customer_count),
         formats.number(one.new_customer_count), formats.number(one.returning_customer_count),
         formats.money(one.revenue_amount, cents=True)]
        for one in stores
    ]  # fmt: skip
    return listed(
        context, "customers_by_store", sentences,
        bars=bars,
        tips=[("name", words("columns.store")), ("bar_text", words("columns.customers")),
              ("new_text", words("columns.new")), ("returning_text", words("columns.returning"))],
        columns=columns, cells=cells, definition=definition("active_customer_count"), **values,
    )  # fmt: skip
