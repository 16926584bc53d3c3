"""Several tables with sales: whether one comes on top of the other, or is the same once more.

A till and a web shop do; a report over the same sales, or the same export in another shape, does
not. The days and amounts of both are laid beside each other, and the owner is asked.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from decimal import Decimal
from itertools import combinations, product

from scripts.onboard.amounts import Numbers
from scripts.onboard.proposal_parts import MONEY, PRODUCT, Proposal, Section
from scripts.onboard.questions import OPEN, Answer, Question
from scripts.onboard.sections import overlap, title_of
from scripts.onboard.values import read_day
from scripts.onboard.words import meanings, says_return

# From this share of equal days and amounts on, a table repeats another.
REPEATS = 0.9
FEWEST_ROWS = 10
# So many products of either are the other's where both have the sales of one shop.
SAME_PRODUCTS = 0.5
# So many rows in two sheets are no chance.
FEWEST_SHARED = 5


def settle_repeats(proposal: Proposal) -> None:
    """Ask of each further section of sales whether it counts; its files are open until then.

    One whose days and amounts stand in another is not read.
    """
    _settle_sheets(proposal)
    first, *others = proposal.sales
    for section in others:
        same, like = max(
            ((_same_share(one, section), one) for one in proposal.sales if one is not section),
            key=lambda found: found[0],
        )
        if same >= REPEATS and len(section.table.rows) >= FEWEST_ROWS:
            proposal.remove(section)
            for table in section.tables:
                proposal.ignored[table.path] = (
                    f"repeats {like.table.title}: {same:.0%} of its days and amounts stand there"
                )
            continue
        if same == 0 and _continues(first, section):
            section.notes["sold_on"] = f"other days than {first.table.title}, of the same products"
            continue
        title, files = section.table.title, section.files
        proposal.questions.append(
            Question(
                f"{section.place}.files",
                f"{title} has sales as well as {first.table.title}. Do they come on top of those?",
                [
                    f"{same:.0%} of its days and amounts stand in the other table too",
                    f"its columns: {', '.join(list(section.table.columns)[:12])}",
                ],
                [
                    Answer(
                        "yes",
                        {f"{section.place}.files": files},
                        "both count, as a till and a web shop do",
                    ),
                    Answer(
                        "returns",
                        _as_returns(proposal, section),
                        "its rows are goods that came back, and are taken off",
                    ),
                    Answer(
                        "no",
                        {f"{section.place}.files": None},
                        "it is not read: right when it is the same sales once more, a summary, "
                        "or no sales at all; take the section out and list the file under `ignore`",
                    ),
                ],
            )
        )
        section.files = [OPEN]


def _continues(one: Section, other: Section) -> bool:
    """Whether a section has the sales of another time, of the same products."""
    if says_return(title_of(other.table)):
        return False
    spans = []
    for section in (one, other):
        days = sorted(day for rows in _amounts(section)[:1] for day, _ in rows)
        spans.append((days[0], days[-1]) if days else None)
    if None in spans:
        return False
    (first, last), (begin, end) = spans
    if not (last < begin or end < first):
        return False
    sold = [
        section.table.columns[name].values
        for section in (one, other)
        if (name := next((section.column(ours) for ours in PRODUCT if section.column(ours)), None))
    ]
    return len(sold) == 2 and min(overlap(*sold), overlap(*reversed(sold))) >= SAME_PRODUCTS


def _settle_sheets(proposal: Proposal) -> None:
    """Ask about sheets of one workbook that have rows in common, which would count twice."""
    for section in proposal.sales:
        sheets = section.options.get("sheet")
        if not isinstance(sheets, list):
            continue
        # the first table has the rows of all
        own = [list(map(tuple, table.rows)) for table in section.tables[1:]]
        rest = len(section.table.rows) - sum(map(len, own))
        rows = [set(map(tuple, section.table.rows[: max(rest, 0)])), *map(set, own)]
        shared = sum(len(one & other) for one, other in combinations(rows, 2))
        inside = [
            len(one & set().union(*(other for other in rows if other is not one))) for one in rows
        ]
        # without orders two sheets may have some equal rows by chance
        is_chance = "order_id" not in section.columns and not any(
            2 * count >= len(one) for one, count in zip(rows, inside, strict=True)
        )
        if shared < FEWEST_SHARED or is_chance:
            continue
        place = f"{section.place}.sheet"
        # the one with most rows repeats the others: a year beside its months
        _, largest = max(
            (len(one), sheet)
            for sheet, one, count in zip(sheets, rows, inside, strict=False)
            if count >= REPEATS * len(one) or one is rows[0]
        )
        others = [sheet for sheet in sheets if sheet != largest]
        proposal.questions.append(
            Question(
                place,
                f"{shared} rows of {section.table.path} stand in two sheets. Which sheets count?",
                [f"they are {', '.join(sheets)}"],
                [
                    Answer("all", {place: sheets}, "these rows count twice"),
                    *(Answer(one, {place: one}, "only this sheet is read") for one in sheets),
                    *(
                        [Answer(f"not {largest}", {place: others}, "all sheets but this are read")]
                        if len(others) > 1
                        else []
                    ),
                ],
            )
        )
        section.options["sheet"] = OPEN


def _as_returns(proposal: Proposal, section: Section) -> dict[str, object]:
    """The lines that make a section one of returns, and the others, where they say no state, sold.

    Empty where the rows of this one say a state themselves.
    """
    place = section.place
    changes: dict[str, object] = (
        {f"{place}.columns.status": None} if ("status" in section.columns) else {}
    )
    changes |= {
        f"{place}.values.status": "returned",
        f"{place}.status": {"returns": ["returned"]},
        f"{place}.files": section.files,
    }
    states = any("status" in one.columns for one in proposal.sections if one is not section)
    for other in proposal.sales:
        if other is not section and not states:
            changes[f"{other.place}.values.status"] = "sold"
            changes[f"{other.place}.status"] = {"revenue": ["sold"]}
    return changes


def _same_share(one: Section, other: Section) -> float:
    """The largest share of the other's (day, amount), or totals of days, that the one has too."""
    best = 0.0
    for mine, theirs in product(_amounts(one), _amounts(other)):
        if theirs:
            best = max(best, (Counter(mine) & Counter(theirs)).total() / len(theirs))
        mine_by_day, theirs_by_day = _by_day(mine), _by_day(theirs)
        equal = sum(mine_by_day.get(day) == total for day, total in theirs_by_day.items())
        if theirs_by_day:
            best = max(best, equal / len(theirs_by_day))
    return best


def _amounts(section: Section) -> list[list[tuple[object, Decimal]]]:
    """(day, amount) of all rows, for each column that may be an amount."""
    name = section.column("sold_on") or section.column("sold_at")
    if name is None:
        return []
    formats = section.table.columns[name].dates
    declared = section.options.get("date") or section.options.get("datetime")
    said = [declared] if isinstance(declared, str) else list(declared or [])
    form = next((one for one in formats if one in said), formats[0] if formats else "")
    moments = [read_day(cell, form) if form else None for cell in section.table.values(name)]
    days = [moment.date() if moment else None for moment in moments]
    numbers = Numbers(section.table, section.decimal)
    found = []
    for column, facts in section.table.columns.items():
        if (
            facts.is_number
            and not facts.is_date
            and max((meanings(column).get(ours, 0.0) for ours in MONEY), default=0.0)
        ):
            pairs = zip(days, numbers.of(column), strict=True)
            found.append([(d, a) for d, a in pairs if d is not None and a])
    return found


def _by_day(rows: list[tuple[object, Decimal]]) -> dict[object, Decimal]:
    totals: dict[object, Decimal] = defaultdict(Decimal)
    for day, amount in rows:
        totals[day] += amount
    return totals
