"""From the tables of a folder to the sections of `inputs.yml`, with the evidence and the questions.

What nothing speaks for is ignored with its reason; what the data cannot decide becomes a question.
"""

from __future__ import annotations

import re
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

from scripts.errors import UserError
from scripts.ingest.discover import DATA_SUFFIXES, files_below
from scripts.onboard.amounts import Numbers
from scripts.onboard.money import settle_money
from scripts.onboard.proposal_parts import Proposal, Section
from scripts.onboard.questions import OPEN, Question
from scripts.onboard.relations import choose, groups_of
from scripts.onboard.repeats import settle_repeats
from scripts.onboard.tables import Table, Unread, tables_of
from scripts.onboard.words import currency_in
from scripts.onboard.written import describe, patterns, store_in_path

# A column with more different values is no state.
MOST_STATES = 30


def propose(shop: Path) -> Proposal:
    """What inputs.yml of this folder should say. Raises UserError when no table has sales."""
    paths = [
        (path, location)
        for path, location in files_below(shop, shop / ".nowhere")
        if location.suffix.lower() in DATA_SUFFIXES
    ]
    if not paths:
        raise UserError(
            f"There is no data file in {shop}. Put your exports there: CSV, workbooks, JSON, "
            "Parquet, or archives of these."
        )
    found = [table for path, location in paths for table in tables_of(path, location)]
    unread = [one for one in found if isinstance(one, Unread)]
    groups = groups_of([one for one in found if isinstance(one, Table)])
    proposal = Proposal(shop=shop.resolve().name.replace("_", " ").strip().title())
    for one in unread:
        proposal.ignored[one.path] = one.reason

    choose(proposal, groups, unread)
    every_path = [path for path, _ in paths]
    for section in proposal.sections:
        section.files = patterns([table.path for table in section.tables], every_path)
        store_in_path(section, every_path)
        describe(proposal, section, shop)
    settle_repeats(proposal)
    for section in proposal.sales:
        settle_money(proposal, section)
    _settle_status(proposal)
    _state_of_others(proposal)
    _settle_currency(proposal)
    return proposal


def _settle_status(proposal: Proposal) -> None:
    """Which states of an order are revenue is always asked, with the amounts behind each."""
    for section in proposal.sections:
        if "status" not in section.columns:
            continue
        name = section.columns["status"][0]
        facts = section.table.columns[name]
        if facts.distinct > MOST_STATES or section.input_name not in ("sales", "orders"):
            del section.columns["status"]
            continue
        summed = _amounts_by_status(proposal, section)
        section.options["status"] = {"revenue": [OPEN], "not_revenue": []}
        proposal.questions.append(
            Question(
                f"{section.place}.status",
                f"Which values of `{name}` in {section.table.title} are revenue?",
                [
                    f"{value}: {count} rows" + (f", {summed[value]:,.2f}" if summed else "")
                    for value, count in facts.values.most_common()
                ],
                [],
                free="the values that are revenue, with commas; with a minus before those of goods "
                "that came back (Sold, -Refund); all others are not revenue",
            )
        )


def _state_of_others(proposal: Proposal) -> None:
    """Where some rows have a state, those of other sections of sales are sold."""
    if any("status" in section.columns for section in proposal.sections):
        of_orders = any(
            "status" in one.columns for one in proposal.sections if one.input_name == "orders"
        )
        for section in proposal.sales:
            is_first = section is proposal.sections[0]
            if "status" not in section.columns and not (of_orders and is_first):
                section.values["status"] = "sold"
                section.options["status"] = {"revenue": ["sold"]}


def _amounts_by_status(proposal: Proposal, section: Section) -> dict[str, Decimal]:
    """What the lines of each state add up to; empty where lines have no amount of their own."""
    sales = section if section in proposal.sales else proposal.sections[0]
    numbers = Numbers(sales.table, sales.decimal)
    columns = {ours: names[0] for ours, names in sales.columns.items() if names[0] != OPEN}
    amount = columns.get("net_amount") or columns.get("gross_amount")
    if amount is not None:
        lines = numbers.of(amount)
    elif {"quantity", "unit_price"} <= set(columns):
        pairs = zip(numbers.of(columns["quantity"]), numbers.of(columns["unit_price"]), strict=True)
        lines = [None if q is None or p is None else q * p for q, p in pairs]
    else:
        return {}
    states = section.table.values(section.columns["status"][0])
    if section is not sales:
        if "order_id" not in columns:
            return {}
        by_order = dict(
            zip(section.table.values(section.columns["order_id"][0]), states, strict=True)
        )
        states = [by_order.get(order, "") for order in sales.table.values(columns["order_id"])]
    summed: dict[str, Decimal] = defaultdict(Decimal)
    for state, line in zip(states, lines, strict=True):
        summed[state] += line or 0
    return summed


def _settle_currency(proposal: Proposal) -> None:
    """The currency, when a column, a header or a sign beside the amounts names one."""
    sales = proposal.sections[0]
    names = [name for names in sales.columns.values() for name in names if name != OPEN]
    own = sales.columns.get("currency")
    if own:
        values = sales.table.columns[own[0]].values
        code = values.most_common(1)[0][0].upper()
        if re.fullmatch("[A-Z]{3}", code) and len(values) == 1:
            proposal.currency, proposal.currency_note = code, f"all rows of `{own[0]}` say so"
            return
    for name in names:
        signs = sales.table.columns[name].money
        found = currency_in(name) or (currency_in(next(iter(signs))) if len(signs) == 1 else None)
        if found:
            proposal.currency, proposal.currency_note = found, f"`{name}` says so"
            return
    proposal.questions.append(
        Question(
            "currency",
            "In which currency are the amounts?",
            ["no header, sign or column says so"],
            [],
            free="its code of three letters, such as EUR, USD, GBP or CHF",
        )
    )
