"""Why no table of a folder is taken for sales, in a sentence for its owner."""

from __future__ import annotations

import re

from scripts.onboard.matching import Match, match
from scripts.onboard.proposal_parts import MONEY, PRODUCT
from scripts.onboard.tables import Table, Unread
from scripts.onboard.values import Facts
from scripts.onboard.words import meanings

# What a line sold has, and what is said of a table that has it not.
PARTS = (
    (("sold_on", "sold_at"), "no column has days that can be read"),
    (PRODUCT, "no column says what was sold"),
    ((*MONEY, "quantity"), "no column has an amount or a quantity"),
)


def nothing_sold(groups: list[list[Table]], unread: list[Unread]) -> str:
    """Why no table is taken for sales, and what to do."""
    reasons = " ".join(one.reason for one in unread)
    if not groups and reasons:
        return f"No sales could be read. {reasons}"
    seen = "; ".join(
        f"{group[0].title}: {', '.join(list(group[0].columns)[:8])}" for group in groups
    )
    parts = (
        "None of the tables looks like sales, with a row for each thing sold: a date or an order, "
        f"a product, and an amount or a quantity. Found: {seen or 'nothing'}.",
        _nearest(groups),
        reasons,
        _months_as_columns(groups),
        "Add the export that has the lines sold; or, if it is here, say in an inputs.yml of your "
        "own which of its columns is which.",
    )
    return " ".join(part.strip() for part in parts if part)


def not_priced(table: Table) -> str:
    """Why lines that say what was sold, and how many, are not enough."""
    return (
        f"{table.title} says what was sold and how many, but no column, and no other file, says "
        "what it was sold for. Add the prices to it, or the price list of these products as a file "
        "of its own."
    )


def _nearest(groups: list[list[Table]]) -> str:
    """What the table that comes nearest to sales lacks; empty when none comes near."""
    best: tuple[Table, list[str]] | None = None
    for table in (group[0] for group in groups):
        found = match(table, "sales")
        missing = [
            lacks + (_period(table) if "sold_on" in ours else _of_orders(table, found, ours))
            for ours, lacks in PARTS
            if not set(ours) & set(found)
        ]
        if best is None or len(missing) < len(best[1]):
            best = (table, missing)
    if best is None or not 0 < len(best[1]) < len(PARTS):
        return ""
    table, missing = best
    return f"{table.title} comes nearest, but {', and '.join(missing)}."


def _of_orders(table: Table, found: dict[str, Match], ours: tuple[str, ...]) -> str:
    """What lacks when a table has a row for each order, and not for each thing sold."""
    is_order = "order_id" in found and table.columns[found["order_id"].name].is_unique
    return (
        " (it has a row for each order, not for each thing sold)"
        if (ours == PRODUCT and is_order)
        else ""
    )


def _period(table: Table) -> str:
    """A column of years, months or weekdays, which are no days."""
    for name, facts in table.columns.items():
        if _is_period(name, facts):
            examples = ", ".join(facts.examples[:2])
            return f": `{name}` ({examples}) does not say which day of which year"
    return ""


def _is_period(name: str, facts: Facts) -> bool:
    """Whether a column has years, or what is called a day or month and is none."""
    if facts.count and all(re.fullmatch(r"(19|20)\d\d", value) for value in facts.values):
        return True
    return meanings(name).get("sold_on", 0.0) >= 0.9 and not facts.dates


def _months_as_columns(groups: list[list[Table]]) -> str:
    """A sentence on tables with a column for each month, if there are any."""
    for group in groups:
        months = [
            name
            for name in group[0].columns
            if re.search(r"(?i)^([^\W\d_]{3,12}\.?[ -/]?|\d\d?[-/.])?(19|20)\d\d([-/]\d\d)?$", name)
        ]
        if len(months) >= 3:
            return (
                f"{group[0].title} has a column for each month ({', '.join(months[:3])} …): "
                "`unpivot: {header: sold_on, values: net_amount}` in inputs.yml turns them into "
                "rows. "
            )
    return ""
