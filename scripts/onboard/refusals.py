"""Why no table of a folder is taken for sales, in a sentence for its owner."""

from __future__ import annotations

import re

from scripts.ingest.moments import MONTHS
from scripts.onboard.matching import Match, match
from scripts.onboard.proposal_parts import MONEY, PRODUCT
from scripts.onboard.tables import Table, Unread
from scripts.onboard.values import Facts, figure_of
from scripts.onboard.words import meanings, plain

# A column for a month: 2024-03, 03/2024, March 2024.
MONTH = re.compile(r"(?i)^([^\W\d_]{3,12}\.?[ -/]?|\d\d?[-/.])?(19|20)\d\d([-/]\d\d)?$")
# A week: 2024-W09, KW 9/2024.
WEEK = re.compile(
    r"(?i)^((19|20)\d\d[-/ ]?)?(w|kw|s|sem|wk|week|semaine|woche|semana)\W{0,2}\d\d?"
    r"([-/ .](19|20)?\d\d)?$"
)
MONTH_WORDS = {word for words in MONTHS.values() for word in words.split()}
# Seconds, or thousandths of them, since 1970.
SECONDS = re.compile(r"1[0-9]{9}([0-9]{3})?")
_SECONDS_SAID = "it counts seconds and names no day of the shop's clock: export it as a date."
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
            lacks + _seen(table, found, ours) for ours, lacks in PARTS if not set(ours) & set(found)
        ]
        if best is None or len(missing) < len(best[1]):
            best = (table, missing)
    if best is None or not 0 < len(best[1]) < len(PARTS):
        return ""
    table, missing = best
    return f"{table.title} comes nearest, but {', and '.join(missing)}."


def _seen(table: Table, found: dict[str, Match], ours: tuple[str, ...]) -> str:
    """What a table has instead of what it lacks, if anything."""
    if "sold_on" in ours:
        return _period(table)
    return _of_orders(table, found) if ours == PRODUCT else _no_figures(table, ours)


def _no_figures(table: Table, ours: tuple[str, ...]) -> str:
    """A column that is called an amount and has other texts among its figures."""
    for name, facts in table.columns.items():
        is_named = max((meanings(name).get(one, 0.0) for one in ours), default=0.0) >= 0.9
        texts = [value for value in facts.values if figure_of(value) is None]
        if is_named and facts.count and not facts.is_number and texts:
            return f": `{name}` has texts among its figures, such as {texts[0]}"
    return ""


def _of_orders(table: Table, found: dict[str, Match]) -> str:
    """What lacks when a table has a row for each order, and not for each thing sold."""
    is_order = "order_id" in found and table.columns[found["order_id"].name].is_unique
    return " (it has a row for each order, not for each thing sold)" if is_order else ""


def _period(table: Table) -> str:
    """The columns of years, months, weeks or weekdays, which are no days."""
    found = [name for name, facts in table.columns.items() if _is_period(name, facts)]
    if not found:
        return ""
    if _counts_seconds(table.columns[found[0]]):
        return f": `{found[0]}` is none, since {_SECONDS_SAID.rstrip('.')}"
    said = [f"`{name}` ({', '.join(table.columns[name].examples[:2])})" for name in found[:2]]
    do = "does" if len(said) == 1 else "do"
    fix = "; a column with a day in it, such as the first of each, is all that it needs"
    return f": {' and '.join(said)} {do} not say which day of which year{fix}"


def _is_period(name: str, facts: Facts) -> bool:
    """Whether a column has years, or what is called a day or month and is none."""
    if facts.count and all(re.fullmatch(r"(19|20)\d\d", value) for value in facts.values):
        return True
    if facts.count and all(WEEK.search(value) for value in facts.values):
        return True
    return meanings(name).get("sold_on", 0.0) >= 0.9 and not facts.dates


def not_a_day(name: str, facts: Facts) -> str:
    """Why a column that is called a day is read as none, for the end of a sentence."""
    if _counts_seconds(facts):
        return f" `{name}` could be it, but {_SECONDS_SAID}"
    listed = ", ".join(facts.examples[:2])
    return f" `{name}` could be it, but its values ({listed}) are in no form that is known."


def _counts_seconds(facts: Facts) -> bool:
    return facts.count > 0 and all(SECONDS.fullmatch(value) for value in facts.values)


def is_month(name: str) -> bool:
    """Whether a header is a month's name, perhaps with a year of two figures: Mrz 24."""
    word, _, rest = plain(name).partition(" ")
    return word in MONTH_WORDS and (rest == "" or re.fullmatch(r"\d\d", rest) is not None)


def _months_as_columns(groups: list[list[Table]]) -> str:
    """A sentence on tables with a column for each month, if there are any."""
    for group in groups:
        months = [name for name in group[0].columns if MONTH.search(name) or is_month(name)]
        if len(months) >= 3:
            return (
                f"{group[0].title} has a column for each month ({', '.join(months[:3])} …): "
                "`unpivot: {header: sold_on, values: net_amount}` in inputs.yml turns them into "
                "rows. "
            )
    return ""
