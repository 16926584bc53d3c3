"""From the tables of a folder to the sections of `inputs.yml`, with the evidence and the questions.

What nothing speaks for is ignored with its reason; what the data cannot decide becomes a question.
"""

from __future__ import annotations

import re
from itertools import repeat
from pathlib import Path

from scripts.errors import UserError
from scripts.ingest.discover import DATA_SUFFIXES, files_below
from scripts.onboard.goods import settle_goods
from scripts.onboard.money import settle_money
from scripts.onboard.products import ask_for_products
from scripts.onboard.proposal_parts import MONEY, Proposal
from scripts.onboard.questions import OPEN, Question
from scripts.onboard.relations import choose, groups_of
from scripts.onboard.repeats import settle_repeats
from scripts.onboard.states import settle_states
from scripts.onboard.tables import Table, Unread, tables_of
from scripts.onboard.words import currency_in, meanings
from scripts.onboard.written import describe, patterns, store_in_path, store_in_sheets


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
        settle_goods(proposal, section)
    settle_states(proposal)
    ask_for_products(proposal)
    _settle_currency(proposal)
    for section in proposal.sections:
        store_in_sheets(section)
    return proposal


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
    products = next((one for one in proposal.sections if one.input_name == "products"), None)
    price = products.column("unit_price") if products is not None else None
    tables = [(sales.table, name) for name in names]
    if products is not None and price not in (None, OPEN):
        tables.append((products.table, price))
    seen: dict[str, None] = {}
    for table, name in tables:
        signs = table.columns[name].money
        found = currency_in(name) or (currency_in(next(iter(signs))) if len(signs) == 1 else None)
        if found:
            proposal.currency, proposal.currency_note = found, f"`{name}` says so"
            return
        if max(map(meanings(name).get, MONEY, repeat(0.0))) > 0:
            seen |= dict.fromkeys(sorted(signs))
    proposal.questions.append(
        Question(
            "currency",
            "In which currency are the amounts?",
            [
                f"the amounts have {' and '.join(seen)}, which is not one currency's alone"
                if seen
                else "no header, sign or column says so"
            ],
            [],
            free="its code of three letters, such as EUR, USD, GBP or CHF",
        )
    )
