"""Cells that only the first row of an order, or of a day, fills."""

from __future__ import annotations

from scripts.onboard.money import OF_LINES
from scripts.onboard.proposal_parts import PRODUCT, Section

# What an order says once for all of its lines.
OF_ORDERS = {"sold_on", "sold_at", "status", "customer_id", "customer_name", "store_id"}
# So many rows below a first one are enough to see that only the first says all.
FEWEST_INNER_ROWS = 3


def fill_down(sales: Section) -> None:
    """Columns that only the first row of an order says: empty on all others of the order."""
    table = sales.table
    order = sales.column("order_id")
    keys = [order] if order else [n for n, f in table.columns.items() if not f.is_unique]
    best: tuple[int, str, list[str]] | None = None
    for key in keys:
        cells = table.values(key)
        starts = [
            bool(cell) and (place == 0 or cell != cells[place - 1])
            for place, cell in enumerate(cells)
        ]
        inner = [place for place, is_start in enumerate(starts) if not is_start]
        if len(inner) < FEWEST_INNER_ROWS or not starts[0] or sum(starts) < FEWEST_INNER_ROWS:
            continue
        filled = [
            ours
            for ours, names in sales.columns.items()
            if names != [key]
            and ours not in OF_LINES
            and not any(table.values(names[0])[place] for place in inner)
            and any(table.values(names[0]))
        ]
        # the first row of each group says it, else the groups are others
        says = [
            sum(
                bool(cell) and start
                for cell, start in zip(table.values(names[0]), starts, strict=True)
            )
            for ours in OF_ORDERS & set(filled)
            if (names := sales.columns[ours])
        ]
        if says and max(says) >= 0.9 * sum(starts) and (best is None or sum(starts) > best[0]):
            best = (sum(starts), key, filled)
    if best is None:
        _fill_day_down(sales)
        return
    _, key, filled = best
    if order is None:
        sales.columns["order_id"] = [key]
        sales.notes["order_id"] = "its rows stand together, and only the first says the rest"
    sales.options["fill_down"] = ["order_id", *filled]


def _fill_day_down(sales: Section) -> None:
    """The day that only the first sale of a day says, in lists that people keep by hand."""
    for ours in ("sold_on", "sold_at"):
        name = sales.column(ours)
        others = [sales.column(one) for one in (*PRODUCT, "quantity") if sales.column(one)]
        if name is None or not others:
            continue
        days = sales.table.values(name)
        empty = [place for place, day in enumerate(days) if not day]
        if (
            len(empty) >= max(FEWEST_INNER_ROWS, 0.1 * len(days))
            and days[0]
            and all(sum(map(bool, sales.table.values(one))) >= 0.95 * len(days) for one in others)
        ):
            sales.options["fill_down"] = [ours]
