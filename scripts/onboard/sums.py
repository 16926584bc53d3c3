"""Rows among the lines that sum up others, and columns that add up as they go.

A report writes the total of a day or of an order among the lines of it; each would count its lines
once more. Names propose such rows, their figures decide.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal

from scripts.errors import UserError
from scripts.ingest.dialect import TOTALS_WORDS
from scripts.ingest.totals_lines import matcher
from scripts.onboard.amounts import AGREES, Numbers
from scripts.onboard.order_totals import filled
from scripts.onboard.proposal_parts import PRODUCT, Section
from scripts.onboard.values import facts_of
from scripts.onboard.written import decimal_of

CENTS = Decimal("0.05")
# So many orders are needed to see that a row sums up its order's others.
FEWEST_ORDERS = 3
# So many rows are needed to see that a column adds up another.
FEWEST_ROWS = 6
# A pivot's total of one group: Vase Total.
TOTAL_OF = re.compile(
    r"(?i)[^\W_]\W+(?:total|totals|ergebnis|summe|gesamt|totale|totaal|resultado|somme|suma)$"
)
# More names of totals than these are not written down one by one.
MOST_LABELS = 6


def leave_totals(sales: Section) -> None:
    """Take the rows that call themselves a total out of what is looked at, and have them left out.

    Raises UserError where they have too many names to be told from goods when the next file comes.
    """
    is_total = matcher(TOTALS_WORDS)
    for name in (sales.column(ours) for ours in PRODUCT):
        if name is None:
            continue
        cells = sales.table.values(name)
        ending = {place for place, cell in enumerate(cells) if TOTAL_OF.search(cell)}
        rows = ending | {place for place, cell in enumerate(cells) if cell and is_total(cell)}
        if not 0 < len(rows) < len(cells) or not _sum_up(sales, rows):
            continue
        labels = list(dict.fromkeys(cells[place] for place in sorted(rows)))
        if ending or len(labels) > MOST_LABELS:
            raise UserError(
                f"{sales.table.title} has rows among its lines that only sum up others, such as "
                f"{' and '.join(f'`{label}`' for label in labels[:2])} in `{name}`: they would "
                "count everything twice. Export it without subtotals, or delete these rows."
            )
        days = [sales.column(ours) for ours in ("sold_on", "sold_at") if sales.column(ours)]
        dated = [sales.table.values(day) for day in days]
        if not dated or any(cells[place] for cells in dated for place in rows):
            sales.options["not_goods"] = labels
        _without(sales, rows)


def running_total(numbers: Numbers, name: str, others: list[str]) -> str | None:
    """The column that this one adds up row by row; None when it adds up none."""
    totals = numbers.of(name)
    for other in others:
        pairs = [
            (after - before, figure)
            for before, after, figure in zip(
                totals, totals[1:], numbers.of(other)[1:], strict=False
            )
            if before is not None and after is not None and figure is not None
        ]
        agreeing = sum(abs(step - figure) <= CENTS for step, figure in pairs)
        # equal steps may be anything's
        is_told = len(pairs) >= FEWEST_ROWS and len({figure for _, figure in pairs}) > 2
        if other != name and is_told and agreeing >= AGREES * len(pairs):
            return other
    return None


def _sum_up(sales: Section, rows: set[int]) -> bool:
    """Whether these rows have, in some column, the sum of the rows above them."""
    numbers = Numbers(sales.table, decimal_of(sales.table))
    for name, facts in sales.table.columns.items():
        if not facts.is_number or facts.is_date:
            continue
        part = whole = Decimal()
        agreeing = said = 0
        for place, value in enumerate(numbers.of(name)):
            if place not in rows:
                part, whole = part + (value or 0), whole + (value or 0)
                continue
            if value:
                said += 1
                agreeing += min(abs(value - part), abs(value - whole)) <= CENTS
            part = Decimal()
        if said and agreeing >= AGREES * said:
            return True
    return False


def leave_sums_of_orders(sales: Section) -> None:
    """The same for rows without a product that have the sum of their order's other rows."""
    order, quantity = sales.column("order_id"), sales.column("quantity")
    products = [ours for ours in PRODUCT if sales.column(ours)]
    if order is None or not products:
        return
    named = [sales.table.values(sales.columns[ours][0]) for ours in products]
    has_product = [any(cells) for cells in zip(*named, strict=True)]
    keys = list(filled(sales.table.values(order)))
    lines: dict[str, list[int]] = defaultdict(list)
    whole: dict[str, int] = {}
    for place, key in enumerate(keys):
        if key and has_product[place]:
            lines[key].append(place)
        elif key:
            whole[key] = place
    found = [(place, lines[key]) for key, place in whole.items() if key in lines]
    numbers = Numbers(sales.table, sales.decimal)
    if len(found) >= FEWEST_ORDERS and any(
        _adds_up(total, of_line, found) for total, of_line in _figures(sales, numbers, quantity)
    ):
        sales.options["no_line_without"] = products[:1]
        _without(sales, set(whole.values()))


def _figures(
    sales: Section, numbers: Numbers, quantity: str | None
) -> Iterator[tuple[list[Decimal | None], Callable[[int], Decimal]]]:
    """What a row may sum up, and what a line has of it: a figure, or its quantity times one."""
    for name, facts in sales.table.columns.items():
        if not facts.is_number or facts.is_date:
            continue
        values = numbers.of(name)
        yield values, lambda place, values=values: values[place] or Decimal()
        if quantity is not None and name != quantity:
            counts = numbers.of(quantity)
            yield (
                values,
                lambda place, values=values, counts=counts: (
                    (values[place] or Decimal()) * (counts[place] or Decimal())
                ),
            )


def _adds_up(
    totals: list[Decimal | None],
    of_line: Callable[[int], Decimal],
    found: list[tuple[int, list[int]]],
) -> bool:
    """Whether nearly all of these rows have the sum of the lines beside them."""
    pairs = [
        (totals[place], sum(map(of_line, places), Decimal()))
        for place, places in found
        if totals[place]
    ]
    agreeing = sum(abs(total - added) <= CENTS for total, added in pairs)
    return len(pairs) >= FEWEST_ORDERS and agreeing >= AGREES * len(pairs)


def _without(sales: Section, rows: set[int]) -> None:
    """The section's table without these rows, for all that is still to be found out."""
    table = sales.table
    kept = [row for place, row in enumerate(table.rows) if place not in rows]
    columns = {
        name: facts_of([row[place] for row in kept], is_typed=False)
        for place, name in enumerate(table.columns)
    }
    sales.tables = [replace(table, rows=kept, columns=columns), *sales.tables[1:]]
