"""Which table is which input: the lines sold, their orders, and what their keys overlap with."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from scripts.errors import UserError
from scripts.ingest.moments import EXCEL
from scripts.onboard.dimensions import add_dimensions
from scripts.onboard.fill_down import fill_down
from scripts.onboard.matching import has_times, match
from scripts.onboard.products import know_products, may_be_products
from scripts.onboard.proposal_parts import MONEY, PRODUCT, Proposal, Section, name_of
from scripts.onboard.questions import OPEN, Answer, Question
from scripts.onboard.refusals import not_a_day, nothing_sold
from scripts.onboard.sections import overlap, section_of, title_of
from scripts.onboard.states import OTHER_WORDS, find_states
from scripts.onboard.sums import leave_totals
from scripts.onboard.tables import SAMPLE_ROWS, Table, Unread
from scripts.onboard.values import (
    facts_of,
)
from scripts.onboard.words import TAX_WORDS, meanings, plain, says_return

# A table has lines sold from this score on.
LEAST_SOLD = 5
# A second table is sales from this score on.
LEAST_SALES = 7
SALES_WEIGHTS = {
    "quantity": 2.0,
    "order_id": 1.0,
    "customer_id": 0.5,
    "store_id": 0.5,
    "discount_rate": 0.5,
    "discount_amount": 0.5,
}


def groups_of(tables: list[Table]) -> list[list[Table]]:
    """Tables of one shape together: same columns, same way of writing."""
    groups: dict[tuple, list[Table]] = {}
    counts = Counter(_sheet_shape(table) for table in tables)
    for table in tables:
        d = table.dialect
        # sheets of one workbook with the same columns are one, as for the months of a year
        part = table.part and (table.path if counts[_sheet_shape(table)] > 1 else table.part[1])
        shape = (tuple(plain(n) for n in table.columns), part)
        shape += (d.delimiter, d.encoding, d.header_line, d.header_rows)
        # a file of returns beside one of sales is not one more of its kind
        shape += (says_return(title_of(table)),)
        groups.setdefault(shape, []).append(table)
    return [_joined(group) for group in groups.values()]


def _sheet_shape(table: Table) -> tuple:
    """What sheets of one workbook have in common when they are one table."""
    is_sheet = table.part is not None and table.part[0] == "sheet"
    d = table.dialect
    own = (tuple(plain(n) for n in table.columns), d.header_line, d.header_rows)
    return (table.path, *own, is_sheet or table.part)


def _joined(group: list[Table]) -> list[Table]:
    """The group, its first table with the rows and facts of all."""
    if len(group) == 1:
        return group
    rows = [row for table in group for row in table.rows][:SAMPLE_ROWS]
    first = group[0]
    facts = {
        name: facts_of([row[place] for row in rows], is_typed=False)
        for place, name in enumerate(first.columns)
    }
    return [replace(first, rows=rows, columns=facts), *group[1:]]


def choose(proposal: Proposal, groups: list[list[Table]], unread: list[Unread]) -> None:
    """Choose the lines sold, and what the other tables are to them; a UserError without any."""
    groups = know_products(groups)
    # of equally likely ones the longer, then the first
    sales_group = max(groups, key=lambda g: (_sales_score(g[0]), len(g[0].rows)), default=None)
    if sales_group is None or _sales_score(sales_group[0]) < LEAST_SOLD:
        sales_group = _without_product(groups)
    if sales_group is None:
        raise UserError(nothing_sold(groups, unread))
    rest = [group for group in groups if not _holds(group[0], sales_group[0])]
    rest = [group for group in rest if group is not sales_group]
    sales = section_of("sales", "sales", sales_group)
    leave_totals(sales)
    proposal.sections.append(sales)

    orders = _orders_of(sales, rest)
    if orders is not None:
        for ours in ("sold_on", "sold_at"):
            if ours in sales.columns and meanings(sales.columns[ours][0]).get("sold_on", 0) < 0.9:
                del sales.columns[ours]  # some other day of the line; the order says its own
        proposal.sections.append(orders)
        rest = [group for group in rest if group[0] is not orders.table]
    elif not {"sold_on", "sold_at"} & set(sales.columns):
        _only_day(sales)
    fill_down(sales)
    find_states(sales)
    users = [one for one in (sales, orders) if one is not None]
    waiting = add_dimensions(proposal, users, rest)
    others = _other_sales(proposal, waiting)
    if others:
        waiting = add_dimensions(proposal, others, waiting)
    _not_read(proposal, waiting)


def _holds(outer: Table, inner: Table) -> bool:
    """Whether a table is the list of whose records another is the lines: these have all of it."""
    if outer.path != inner.path or not outer.part or not inner.part:
        return False
    is_outer = outer.part[0] == "records" and inner.part[1].startswith(f"{outer.part[1]}.")
    inside = inner.part[1].removeprefix(f"{outer.part[1]}.")
    names = {f"parent.{name}" for name in outer.columns if name != inside}
    return is_outer and names <= set(inner.columns)


def _other_sales(proposal: Proposal, waiting: list[list[Table]]) -> list[Section]:
    """Other tables with sales of their own, as further sections; taken out of `waiting`."""
    found = []
    for group in list(waiting):
        words = set(plain(title_of(group[0])).split())
        if _sales_score(group[0]) < LEAST_SALES or words & (OTHER_WORDS | TAX_WORDS):
            continue
        taken = {section.name for section in proposal.sales}
        name = base = name_of(group[0].path)
        copy = 1
        while name in taken:
            name, copy = f"{base}_{copy + 1}", copy + 1
        section = section_of(f"sales.{name}", "sales", group)
        leave_totals(section)
        if not {"sold_on", "sold_at"} & set(section.columns):
            continue
        fill_down(section)
        find_states(section)
        found.append(section)
        proposal.sections.append(section)
        waiting.remove(group)
    return found


def _only_day(sales: Section) -> None:
    """The one column of days, whatever it is called; a UserError when there is none or several."""
    days = [name for name, facts in sales.table.columns.items() if facts.dates]
    if len(days) == 1:
        ours = "sold_at" if has_times(sales.table.columns[days[0]]) else "sold_on"
        sales.columns[ours] = days
        sales.notes[ours] = "the only column of days"
        return
    named = [name for name in sales.table.columns if meanings(name).get("sold_on")]
    seen = ""
    if named:
        seen = not_a_day(named[0], sales.table.columns[named[0]])
    raise UserError(
        f"{sales.table.title} has the lines sold but no date that can be read, and no other table "
        f"has its orders with their dates.{seen} Add that export, or a date to this one."
    )


def _without_product(groups: list[list[Table]]) -> list[Table] | None:
    """The likeliest table of sales that only lacks a column for what was sold, to be asked for."""
    scored = [
        (_sales_score(group[0], has_product=True), len(group[0].rows), place)
        for place, group in enumerate(groups)
        if _lacks_only_products(group[0])
    ]
    best = max(scored, default=(0.0, 0, 0))
    return groups[best[2]] if best[0] >= LEAST_SALES else None


def _lacks_only_products(table: Table) -> bool:
    """Whether a table has amounts, and perhaps products, and not just a row for each order."""
    found = match(table, "sales")
    order = found.get("order_id")
    is_order = order is not None and table.columns[order.name].is_unique
    return bool(set(found) & set(MONEY) and not is_order and may_be_products(table))


def _sales_score(table: Table, *, has_product: bool = False) -> float:
    found = match(table, "sales")
    if not has_product and not set(found) & set(PRODUCT):
        return 0.0
    if not set(found) & {*MONEY, "quantity"}:
        return 0.0
    score = 3.0 + sum(SALES_WEIGHTS.get(ours, 0.0) for ours in found)
    score += 3.0 if set(found) & set(MONEY) else 0.0
    days = [
        name for name, facts in table.columns.items() if facts.dates and facts.dates != (EXCEL,)
    ]
    if set(found) & {"sold_on", "sold_at"} or len(days) == 1:
        score += 2.0
    elif "order_id" not in found:
        return 0.0
    return score


def _orders_of(sales: Section, groups: list[list[Table]]) -> Section | None:
    """The table with one row for each order of the lines, and its day."""
    if "order_id" not in sales.columns:
        return None
    wanted = sales.table.columns[sales.columns["order_id"][0]].values
    found: list[Section] = []
    for group in groups:
        section = section_of("orders", "orders", group)
        if not {"sold_on", "sold_at"} & set(section.columns):
            continue
        for name, facts in group[0].columns.items():
            share = overlap(wanted, facts.values) if facts.is_unique else 0.0
            if share >= 0.9:
                section.columns["order_id"] = [name]
                section.notes["order_id"] = (
                    f"{share:.0%} of the lines' orders stand here, once each"
                )
                found.append(section)
                break
    # of several tables with a row for each order, the one that says most of it
    return max(found, key=lambda one: len(one.columns)) if found else None


def _not_read(proposal: Proposal, waiting: list[list[Table]]) -> None:
    """What no section reads is ignored, with the reason; asked when it looks like sales."""
    for group in waiting:
        _warn_of_returns(proposal, group[0])
        for table in group:
            reason = "nothing connects it with the sales"
            is_part = any(table.path in {t.path for t in s.tables} for s in proposal.sections)
            if _sales_score(table) >= LEAST_SALES and not is_part:
                reason = "it looks like sales too, but has no day that can be read"
                proposal.questions.append(_second_sales(table, proposal.sections[0].table))
            proposal.ignored[table.path] = reason
    named = {table.path for section in proposal.sections for table in section.tables}
    proposal.ignored = {p: why for p, why in proposal.ignored.items() if p not in named}


def _warn_of_returns(proposal: Proposal, table: Table) -> None:
    """Ask about a list of orders that came back: nothing takes their lines off."""
    sales = proposal.sections[0]
    order = sales.column("order_id")
    if order is None or not any(map(says_return, [title_of(table), *table.columns])):
        return
    sold = sales.table.columns[order].values
    if not any(overlap(facts.values, sold) >= 0.9 for facts in table.columns.values()):
        return
    place = f"{sales.place}.not_used"
    proposal.questions.append(
        Question(
            place,
            f"{table.title} lists orders that came back. Go on without it?",
            [
                f"{len(table.rows)} rows; their lines are in {sales.table.title} as sold, and only "
                "a column there, or lines with a minus, can take them off"
            ],
            [Answer("yes", {place: [table.title]}, "these orders count as revenue")],
        )
    )
    sales.options["not_used"] = OPEN


def _second_sales(table: Table, sales: Table) -> Question:
    return Question(
        place="ignore",
        text=f"{table.title} looks like sales as well as {sales.title}. Is it something else?",
        evidence=[f"its columns: {', '.join(table.columns)}"],
        answers=[
            Answer(
                "ignore",
                {"ignore": [table.path]},
                "its rows are not loaded: right when it repeats the others, or is a summary",
            )
        ],
    )
