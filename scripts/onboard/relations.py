"""Which table is which input: the lines sold, their orders, and what their keys overlap with."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from scripts.errors import UserError
from scripts.ingest.moments import EXCEL
from scripts.onboard.matching import has_times, match
from scripts.onboard.money import OF_LINES
from scripts.onboard.proposal_parts import MONEY, PRODUCT, Proposal, Section, name_of
from scripts.onboard.questions import OPEN, Answer, Question
from scripts.onboard.states import OTHER_WORDS, find_states
from scripts.onboard.tables import SAMPLE_ROWS, Table, Unread
from scripts.onboard.values import (
    facts_of,
)
from scripts.onboard.words import TAX_WORDS, meanings, plain, says_return

# Keys of two tables belong together when this share of one's values stands in the other.
OVERLAP = 0.5
SUBJECTS = {
    "products": "product produit article artikel produkt producto articulo prodotto articolo "
    "produto artigo item sku catalog catalogue track vare stockitem",
    "stores": "store shop magasin boutique filiale laden tienda sucursal negozio loja winkel "
    "branch outlet",
    "customers": "customer client kunde kunden cliente klant buyer member",
    "employees": "employee staff salesperson seller vendeur employe mitarbeiter verkaufer "
    "vendedor empleado dipendente venditore funcionario medewerker verkoper rep",
}
ID_OF = {
    "products": "product_id",
    "stores": "store_id",
    "customers": "customer_id",
    "employees": "employee_id",
}
# What an order says once for all of its lines.
OF_ORDERS = {"sold_on", "sold_at", "status", "customer_id", "customer_name", "store_id"}
# So many rows below a first one are enough to see that only the first says all.
FEWEST_INNER_ROWS = 3
LOOKED_UP = ("category", "subcategory", "brand", "region", "segment", "state", "country", "city")
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
        shape += (says_return(_title_of(table)),)
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
    # of equally likely ones the longer, then the first
    sales_group = max(groups, key=lambda g: (_sales_score(g[0]), len(g[0].rows)), default=None)
    if sales_group is None or _sales_score(sales_group[0]) < 5:
        raise UserError(_nothing_sold(groups, unread))
    rest = [group for group in groups if group is not sales_group]
    sales = _section("sales", "sales", sales_group)
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
    _fill_down(sales)
    find_states(sales)
    users = [one for one in (sales, orders) if one is not None]
    waiting = _dimensions(proposal, users, rest)
    others = _other_sales(proposal, waiting)
    if others:
        waiting = _dimensions(proposal, others, waiting)
    _not_read(proposal, waiting)


def _nothing_sold(groups: list[list[Table]], unread: list[Unread]) -> str:
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
        reasons,
        _months_as_columns(groups),
        "Add the export that has the lines sold; or, if it is here, say in an inputs.yml of your "
        "own which of its columns is which.",
    )
    return " ".join(part.strip() for part in parts if part)


def _other_sales(proposal: Proposal, waiting: list[list[Table]]) -> list[Section]:
    """Other tables with sales of their own, as further sections; taken out of `waiting`."""
    found = []
    for group in list(waiting):
        words = set(plain(_title_of(group[0])).split())
        if _sales_score(group[0]) < LEAST_SALES or words & (OTHER_WORDS | TAX_WORDS):
            continue
        taken = {section.name for section in proposal.sales}
        name = base = name_of(group[0].path)
        copy = 1
        while name in taken:
            name, copy = f"{base}_{copy + 1}", copy + 1
        section = _section(f"sales.{name}", "sales", group)
        if not {"sold_on", "sold_at"} & set(section.columns):
            continue
        _fill_down(section)
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
        examples = ", ".join(sales.table.columns[named[0]].examples[:2])
        seen = (
            f" `{named[0]}` could be it, but its values ({examples}) are in no form that is known."
        )
    raise UserError(
        f"{sales.table.title} has the lines sold but no date that can be read, and no other table "
        f"has its orders with their dates.{seen} Add that export, or a date to this one."
    )


def _fill_down(sales: Section) -> None:
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


def _sales_score(table: Table) -> float:
    found = match(table, "sales")
    if not set(found) & set(PRODUCT):
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


def _section(place: str, input_name: str, group: list[Table]) -> Section:
    section = Section(place, input_name, group)
    for ours, found in match(group[0], input_name).items():
        section.columns[ours] = [found.name]
        section.notes[ours] = _note(group[0], found.name)
    _join_names(section)
    _join_time(section)
    return section


def _note(table: Table, name: str) -> str:
    facts = table.columns[name]
    return f"{facts.distinct} different, such as {', '.join(facts.examples[:3])}"


def _join_names(section: Section) -> None:
    """First and last names make the name of a person."""
    ours = {"customers": "customer_name", "employees": "employee_name"}.get(section.input_name)
    if ours is None:
        return
    parts = {}
    for name in section.table.columns:
        for part in ("first_name", "last_name"):
            if meanings(name).get(part, 0) >= 0.9:
                parts.setdefault(part, name)
    if len(parts) == 2:
        section.columns[ours] = [parts["first_name"], parts["last_name"]]
        section.notes[ours] = "first and last name"


def _join_time(section: Section) -> None:
    """A day and a time in two columns make the moment of a sale."""
    if "sold_on" not in section.columns or section.input_name not in ("sales", "orders"):
        return
    for name, facts in section.table.columns.items():
        is_time = facts.count and all(
            re.fullmatch(r"[0-2]?\d[:.h][0-5]\d([:.][0-5]\d)?", value) for value in facts.values
        )
        if is_time and meanings(name).get("time", 0) >= 0.7:
            section.columns["sold_at"] = [*section.columns.pop("sold_on"), name]
            section.notes.pop("sold_on", None)
            section.notes["sold_at"] = "day and time"
            return


def _orders_of(sales: Section, groups: list[list[Table]]) -> Section | None:
    """The table with one row for each order of the lines, and its day."""
    if "order_id" not in sales.columns:
        return None
    wanted = sales.table.columns[sales.columns["order_id"][0]].values
    found: list[Section] = []
    for group in groups:
        section = _section("orders", "orders", group)
        if not {"sold_on", "sold_at"} & set(section.columns):
            continue
        for name, facts in group[0].columns.items():
            share = _overlap(wanted, facts.values) if facts.is_unique else 0.0
            if share >= 0.9:
                section.columns["order_id"] = [name]
                section.notes["order_id"] = (
                    f"{share:.0%} of the lines' orders stand here, once each"
                )
                found.append(section)
                break
    # of several tables with a row for each order, the one that says most of it
    return max(found, key=lambda one: len(one.columns)) if found else None


def _overlap(some: Iterable[str], others: Iterable[str]) -> float:
    """The share of the values that are among the others."""
    wanted = {_key(value) for value in some}
    if not wanted:
        return 0.0
    return len(wanted & {_key(value) for value in others}) / len(wanted)


def _key(value: str) -> str:
    return value.removesuffix(".0")


def _dimensions(
    proposal: Proposal, users: list[Section], groups: list[list[Table]]
) -> list[list[Table]]:
    """What the other tables are, by keys that `users` share with them; those that are left."""
    waiting = list(groups)
    known = {section.input_name for section in proposal.sections}
    for input_name, ours in ID_OF.items():
        if input_name in known:
            continue
        used = [
            user.table.columns[user.columns[ours][0]].values
            for user in users
            if ours in user.columns
        ]
        best: tuple[float, list[Table], str] | None = None
        for group in waiting:
            for name, facts in group[0].columns.items():
                if not facts.is_unique or len(group[0].columns) < 2:
                    continue
                by_name = _is_key_of(group[0], name, input_name)
                share = max((_overlap(values, facts.values) for values in used), default=0.0)
                if by_name and share >= OVERLAP and (best is None or share + by_name > best[0]):
                    best = (share + by_name, group, name)
        if best is not None:
            _, group, name = best
            section = _section(input_name, input_name, group)
            section.columns = {
                k: v for k, v in section.columns.items() if v != [name] and k != ours
            }
            section.columns[ours] = [name]
            section.notes[ours] = _note(group[0], name)
            proposal.sections.append(section)
            waiting.remove(group)
    if "stock" not in known:
        _stock(proposal, users[0], waiting)
    _lookups(proposal, waiting)
    return waiting


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
    if order is None or not any(map(says_return, [_title_of(table), *table.columns])):
        return
    sold = sales.table.columns[order].values
    if not any(_overlap(facts.values, sold) >= 0.9 for facts in table.columns.values()):
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


def _is_key_of(table: Table, name: str, input_name: str) -> float:
    """How much a column's or the table's name says that it is the key of this input."""
    found = meanings(name)
    score = found.get(ID_OF[input_name], 0.0)
    tokens = {token.rstrip("sexn") for token in plain(_title_of(table)).split()}
    subjects = {word.rstrip("sexn") for word in SUBJECTS[input_name].split()}
    if tokens & subjects:
        score = max(score, 0.5 + 0.4 * max(found.get("code", 0.0), 0.5))
    return score if score >= 0.6 else 0.0


def _title_of(table: Table) -> str:
    return table.part[1] if table.part else Path(table.path).stem


def _stock(proposal: Proposal, sales: Section, waiting: list[list[Table]]) -> None:
    """A table of products, and perhaps stores, with a quantity and no sale."""
    if "product_id" not in sales.columns:
        return
    sold = sales.table.columns[sales.columns["product_id"][0]].values
    for group in list(waiting):
        section = _section("stock", "stock", group)
        if not {"product_id", "on_hand"} <= set(section.columns):
            continue
        facts = group[0].columns[section.columns["product_id"][0]]
        if _overlap(facts.values, sold) >= OVERLAP and "sold_on" not in match(group[0], "sales"):
            proposal.sections.append(section)
            waiting.remove(group)
            return


def _lookups(proposal: Proposal, waiting: list[list[Table]]) -> None:
    """Tables that only name the codes of a column of another."""
    for group in list(waiting):
        table = group[0]
        keys = [name for name, facts in table.columns.items() if facts.is_unique]
        for section in proposal.sections:
            attribute = next(
                (
                    a
                    for a in LOOKED_UP
                    if a in section.columns
                    and any(
                        plain(section.columns[a][0]) == plain(key)
                        and _overlap(
                            section.table.columns[section.columns[a][0]].values,
                            table.columns[key].values,
                        )
                        >= 0.9
                        for key in keys
                    )
                ),
                None,
            )
            texts = [n for n, f in table.columns.items() if not f.is_number and not f.is_date]
            if attribute is None or not texts:
                continue
            key = next(k for k in keys if plain(k) == plain(section.columns[attribute][0]))
            names = sorted(
                # a person beside a region is no name of it
                (
                    name
                    for name in texts
                    if name != key
                    and {"name", attribute, "product_name", "category"} & set(meanings(name))
                ),
                key=lambda name: (
                    -max(meanings(name).get("name", 0), meanings(name).get(attribute, 0))
                ),
            )
            if not names:
                continue
            lookup = Section(f"lookups.{attribute}", "lookups", group)
            lookup.columns = {"code": [key], "name": [names[0]]}
            lookup.notes["code"] = f"names the `{key}` of {section.table.title}"
            proposal.sections.append(lookup)
            waiting.remove(group)
            break


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
