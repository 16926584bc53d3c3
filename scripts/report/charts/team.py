"""Who sells: the month of each salesperson, and who earned an incentive and why."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from types import SimpleNamespace as Row

from scripts.report.charts.base import Chart, Column, Context, number
from scripts.report.charts.lists import BARS_SHOWN, listed
from scripts.report.formats import in_sentence


def _names(context: Context, rows: list) -> list[str]:
    """A name for each row, none twice: the salesperson, with store and rule as far as needed."""
    people = context.unique_names(
        list({one.employee_id: one.employee_name for one in rows}.items())
    )
    found: list[str] = []
    for one in rows:
        name = people[one.employee_id]
        same = [other for other in rows if other.employee_id == one.employee_id]
        apart = [
            context.name(getattr(one, column))
            for column in ("store_name", "rule_name")
            if len({getattr(other, column, None) for other in same}) > 1
        ]
        if apart:
            name = f"{name} ({', '.join(apart)})"
        while name in found:
            name += "*"
        found.append(name)
    return found


def employee_performance(context: Context) -> Chart:
    """The salespeople of the last complete month, by revenue."""
    warehouse, formats, words = context.warehouse, context.formats, context.words
    sellers = warehouse.people.sellers
    names = _names(context, sellers)
    bars = [
        {
            "name": name,
            "amount": number(one.revenue_amount),
            "is_marked": False,
            "bar_text": formats.money(one.revenue_amount),
            "store_text": context.name(one.store_name),
            "share_text": formats.share(one.store_revenue_share),
        }
        for name, one in list(zip(names, sellers, strict=True))[:BARS_SHOWN]
    ]
    values = {}
    if not sellers:
        sentences = [words("sentences.sellers_none")]
    else:
        first, month = sellers[0], formats.month(sellers[0].month_start_on)
        people = [one.employee_id for one in sellers]
        values = {"count": formats.number(len(set(people[: len(bars)]))),
                  "all": formats.number(len(set(people))),
                  "month": month, "currency": formats.currency}  # fmt: skip
        sentences = [
            words("sentences.sellers_first", name=in_sentence(names[0]), month=month,
                  store=in_sentence(context.name(first.store_name)),
                  amount=formats.money(first.revenue_amount),
                  share=formats.share(first.store_revenue_share))
        ]  # fmt: skip
    definition = warehouse.definition
    columns = [
        Column(words("columns.salesperson"), False),
        Column(words("columns.store"), False),
        Column(words("columns.rank"), True, definition("seller_rank")),
        Column(words("columns.revenue"), True, definition("revenue_amount")),
        Column(words("columns.share"), True, definition("store_revenue_share")),
        Column(words("columns.orders"), True, definition("order_count")),
        Column(words("columns.average_order"), True, definition("revenue_per_order")),
    ]
    cells = [
        [name, context.name(one.store_name), formats.number(one.seller_rank),
         formats.money(one.revenue_amount, cents=True), formats.share(one.store_revenue_share),
         formats.number(one.order_count), formats.money(one.revenue_per_order, cents=True)]
        for name, one in zip(names, sellers, strict=True)
    ]  # fmt: skip
    return listed(
        context, "employee_performance", sentences,
        bars=bars,
        tips=[("name", words("columns.salesperson")), ("store_text", words("columns.store")),
              ("bar_text", words("columns.revenue")), ("share_text", words("columns.share"))],
        columns=columns, cells=cells, definition=definition("seller_rank"), **values,
    )  # fmt: skip


def _way(one: Row) -> str:
    """How an incentive came about: shared by equals, one rate of the whole base, or by tiers."""
    if one.earner_count > 1:
        return "shared"
    whole = (one.rate * one.base_amount).quantize(Decimal("0.0001"), ROUND_HALF_UP)
    return one.base if one.incentive_amount == whole else "tiers"


def incentives(context: Context) -> Chart:
    """Who earned what in the last complete month, of which sales, and by how much they led."""
    warehouse, formats, words = context.warehouse, context.formats, context.words
    earned = warehouse.people.incentives
    shown = _names(context, earned)
    bars = [
        {
            "name": name,
            "amount": number(one.incentive_amount),
            "is_marked": False,
            "bar_text": formats.money(one.incentive_amount, cents=True),
            "store_text": context.name(one.store_name),
            "base_text": formats.money(one.base_amount, cents=True),
            "rate_text": formats.share(one.rate, 2),
        }
        for name, one in list(zip(shown, earned, strict=True))[: BARS_SHOWN + 5]
    ]
    values = {}
    if not earned:
        sentences = [words("sentences.incentives_none")]
    else:
        first, month = earned[0], formats.month(earned[0].month_start_on)
        total = sum((one.incentive_amount for one in earned), Decimal(0))
        back = sum((one.taken_back_amount or Decimal(0) for one in earned), Decimal(0))
        values = {"month": month, "currency": formats.currency}
        sentences = [
            words("sentences.incentives_total", len(earned), count=formats.number(len(earned)),
                  amount=formats.money(total, cents=True), month=month),
            words(f"sentences.incentives_first.{_way(first)}", name=in_sentence(shown[0]),
                  store=in_sentence(context.name(first.store_name)),
                  amount=formats.money(first.incentive_amount, cents=True),
                  rate=formats.share(first.rate, 2), rule=in_sentence(first.rule_name),
                  count=formats.number(first.earner_count),
                  base=formats.money(first.base_amount, cents=True)),
        ]  # fmt: skip
        if back:
            sentences.append(
                words("sentences.incentives_back", amount=formats.money(-back, cents=True))
            )
    definition = warehouse.definition
    columns = [
        Column(words("columns.salesperson"), False),
        Column(words("columns.store"), False),
        Column(words("columns.incentive"), True, definition("incentive_amount", "incentives")),
        Column(words("columns.rule"), False, definition("rule_name", "incentives")),
        Column(words("columns.rate"), True, definition("rate", "incentives")),
        Column(words("columns.base"), True, definition("base_amount", "incentives")),
        Column(words("columns.next"), True),
        Column(words("columns.sales"), True),
        Column(words("columns.returns"), True),
        Column(words("columns.taken_back"), True,
               definition("incentive_amount", "incentive_lines")),
        Column(words("columns.shared_by"), True, definition("earner_count", "incentives")),
    ]  # fmt: skip
    cells = [
        [name, context.name(one.store_name), formats.money(one.incentive_amount, cents=True),
         one.rule_name, formats.share(one.rate, 2), formats.money(one.base_amount, cents=True),
         formats.money(one.next_amount, cents=True), formats.number(one.sale_count),
         formats.number(one.return_count),
         formats.money(one.taken_back_amount or Decimal(0), cents=True),
         formats.number(one.earner_count)]
        for name, one in zip(shown, earned, strict=True)
    ]  # fmt: skip
    return listed(
        context, "incentives", sentences,
        bars=bars,
        tips=[("name", words("columns.salesperson")), ("store_text", words("columns.store")),
              ("bar_text", words("columns.incentive")), ("rate_text", words("columns.rate")),
              ("base_text", words("columns.base"))],
        columns=columns, cells=cells,
        definition=definition("incentive_amount", "incentives"), **values,
    )  # fmt: skip
