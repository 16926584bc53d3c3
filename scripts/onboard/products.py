"""What was sold, where no header says so: by the keys of a price list, or asked."""

from __future__ import annotations

from dataclasses import replace

from scripts.onboard.matching import LEAST_SCORE, match
from scripts.onboard.proposal_parts import PRODUCT, Proposal
from scripts.onboard.questions import OPEN, Answer, Question
from scripts.onboard.sections import overlap
from scripts.onboard.states import OF_METHODS
from scripts.onboard.tables import Table
from scripts.onboard.words import FLAGS, meanings, plain, says_contact

# Nearly all keys of the lines stand in a price list.
IN_LIST = 0.9
# A column of products is filled on nearly all lines.
FILLED = 0.9
FEWEST_PRODUCTS = 2
MOST_ANSWERS = 6


def know_products(groups: list[list[Table]]) -> list[list[Table]]:
    """The tables; of those without a product, a key of another table with prices is one."""
    return [[_with_key(group[0], groups), *group[1:]] for group in groups]


def _with_key(table: Table, groups: list[list[Table]]) -> Table:
    found = match(table, "sales")
    if set(found) & set(PRODUCT) or "quantity" not in found:
        return table
    taken = {one.name for one in found.values()}
    for other in (group[0] for group in groups if group[0] is not table):
        if "unit_price" not in match(other, "products"):
            continue
        for key, listed in other.columns.items():
            for name, facts in table.columns.items():
                if (
                    listed.is_unique
                    and name not in taken
                    and facts.distinct >= FEWEST_PRODUCTS
                    and (not listed.is_number or plain(name) == plain(key))
                    and overlap(facts.values, listed.values) >= IN_LIST
                ):
                    return replace(table, known={name: "product_id"})
    return table


def may_be_products(table: Table) -> list[str]:
    """The columns of words that may say what was sold."""
    mapped = {one.name for one in match(table, "sales").values()}
    return [
        name
        for name, facts in table.columns.items()
        if name not in mapped
        and not facts.is_number
        and not facts.is_date
        and FEWEST_PRODUCTS <= facts.distinct < facts.count
        and facts.filled >= FILLED
        and not {plain(value) for value in facts.values} <= FLAGS
        and not says_contact(name)
        and not set(plain(name).split()) & OF_METHODS
        and max(meanings(name).values(), default=0.0) < LEAST_SCORE
    ][:MOST_ANSWERS]


def ask_for_products(proposal: Proposal) -> None:
    """Ask which column says what was sold, where none does."""
    sales = proposal.sections[0]
    if any(sales.column(ours) for ours in PRODUCT):
        return
    mapped = {name for names in sales.columns.values() for name in names}
    place = f"{sales.place}.columns.product_name"
    columns = sales.table.columns
    proposal.questions.append(
        Question(
            place,
            f"In {sales.table.title}, which column says what was sold?",
            ["no header says so; the revenue is the same, only its products are not"],
            [
                Answer(
                    name,
                    {place: name},
                    f"{columns[name].distinct} different, such as "
                    f"{', '.join(columns[name].examples[:3])}",
                )
                for name in may_be_products(sales.table)
                if name not in mapped
            ],
        )
    )
    sales.columns["product_name"] = [OPEN]
