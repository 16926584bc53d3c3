"""What an order says once for all of its lines: a discount, the tax, its totals.

A web shop's export has them on each order's first row, or the same on all of its rows. The totals
tell whether the lines have the discount off already and whether they include the tax: with the
lines L, the discount D and others of the order such as shipping and tax, `L − D + X + Y = total`
or `L + X + Y = total`. Where no total tells of a discount, the owner is asked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from itertools import combinations, repeat

from scripts.onboard.amounts import AGREES, LINE, UNIT, Numbers, line_amounts
from scripts.onboard.proposal_parts import MONEY, Proposal, Section
from scripts.onboard.questions import OPEN, Answer, Question
from scripts.onboard.words import is_discount, is_rate, meanings, says_discount

# So many orders with a discount are needed to tell, and to ask.
FEWEST_DISCOUNTED = 3
# So many orders in which the price of one and of the line are not the same tell them apart.
FEWEST_TELLING = 2
CENTS = Decimal("0.02")
# A column's name says what it means, perhaps with a word besides.
LEAST_NAMED = 0.55

ByOrder = dict[str, Decimal]


def settle_order_discounts(proposal: Proposal, sales: Section) -> None:
    """Share out an order's discount over its lines where its totals say so, or ask."""
    order = sales.column("order_id")
    if order is None or OPEN in [name for names in sales.columns.values() for name in names]:
        return
    numbers = Numbers(sales.table, sales.decimal)
    keys = list(filled(sales.table.values(order)))
    lines = _lines(sales, numbers, keys)
    said = dict(_of_orders(sales, numbers, keys))
    _warn_of_headers(proposal, sales, lines)
    for name, discounts in said.items():
        discounted = {key: abs(off) for key, off in discounts.items() if off and lines.get(key)}
        if not says_discount(name) or len(discounted) < FEWEST_DISCOUNTED:
            continue
        if all(off <= 1 for off in discounted.values()):
            continue  # a rate
        after = {key: lines[key] - off for key, off in discounted.items()}
        before = {key: lines[key] for key in discounted}
        others = {other: values for other, values in said.items() if other != name}
        if found := _total(after, others):
            sales.options["spread"] = {"discount_amount": name}
            for place, value in _before_discount(sales).items():
                column = place.rpartition(".")[2]
                sales.columns.pop(column, None)
                if value is not None:
                    sales.columns[column] = [str(value)]
            sales.left_out[name] = f"an order's discount, shared out over its lines: {found}"
        elif found := _total(before, others):
            sales.left_out[name] = f"the lines have it off already: {found}"
        else:
            _ask(proposal, sales, name, sum(lines.values()), sum(discounted.values()))
        return


def _warn_of_headers(proposal: Proposal, sales: Section, lines: ByOrder) -> None:
    """Ask about discounts that stand in the file of the orders: they cannot be shared out."""
    orders = next((one for one in proposal.sections if one.input_name == "orders"), None)
    key = orders.column("order_id") if orders is not None else None
    if orders is None or key is None or sales is not proposal.sections[0]:
        return
    numbers = Numbers(orders.table, orders.decimal)
    keys = orders.table.values(key)
    mapped = {name for names in orders.columns.values() for name in names}
    said = {
        name: {k: v for k, v in zip(keys, numbers.of(name), strict=True) if v is not None}
        for name, facts in orders.table.columns.items()
        if facts.is_number and not facts.is_date and name not in mapped and not is_rate(name)
    }
    for name, discounts in said.items():
        off = {k: abs(v) for k, v in discounts.items() if v and lines.get(k)}
        others = {other: values for other, values in said.items() if other != name}
        if not says_discount(name) or len(off) < FEWEST_DISCOUNTED:
            continue
        if all(value <= 1 for value in off.values()) or _total({k: lines[k] for k in off}, others):
            continue
        total = sum(lines.values())
        place = f"{orders.place}.not_used"
        proposal.questions.append(
            Question(
                place,
                f"{orders.table.title} has discounts of whole orders in `{name}`, which the lines "
                "do not have. Go on without them?",
                [
                    f"they are {sum(off.values()):,.2f} together; only a discount in the file of "
                    "the lines can be taken off"
                ],
                [
                    Answer(
                        "yes",
                        {place: [name]},
                        f"revenue is before these discounts: {total:,.2f}",
                    )
                ],
            )
        )
        orders.options["not_used"] = OPEN
        return


def _before_discount(sales: Section) -> dict[str, object]:
    """The lines of inputs.yml that make a line's amount one from which a discount is to come."""
    amount = sales.column("net_amount")
    if amount is None:
        return {}
    place = f"{sales.place}.columns"
    gone = dict.fromkeys(
        [
            f"{place}.{ours}"
            for ours in ("net_amount", "discount_amount", "discount_rate")
            if ours in sales.columns
        ]
    )
    return {**gone, f"{place}.gross_amount": amount}


def tax_is_on_top(sales: Section) -> tuple[bool | None, str, str]:
    """Whether the totals of the orders add the tax to the lines, and how; None when they tell not.

    The largest total tells that it is in the lines, when they are the total without it. The third
    is the column of that tax, when the lines alone are the total: all of it is then theirs.
    """
    order = sales.column("order_id")
    if order is None or OPEN in [name for names in sales.columns.values() for name in names]:
        return None, "", ""
    numbers = Numbers(sales.table, sales.decimal)
    keys = list(filled(sales.table.values(order)))
    said = dict(_of_orders(sales, numbers, keys))
    taxes = {
        name: values
        for name, values in said.items()
        if (found := meanings(name)).get("tax_amount", 0.0)
        >= max(LEAST_NAMED, *found.values(), 0.0)
    }
    spread = sales.options.get("spread")
    off = said.get(spread["discount_amount"], {}) if isinstance(spread, dict) else {}
    lines = {
        key: amount - abs(off.get(key, Decimal()))
        for key, amount in _lines(sales, numbers, keys).items()
    }
    for name, tax in taxes.items():
        taxed = {key: amount for key, amount in lines.items() if tax.get(key)}
        if len(taxed) < FEWEST_DISCOUNTED:
            continue
        others = {other: values for other, values in said.items() if other not in taxes}
        with_tax = {key: amount + tax[key] for key, amount in taxed.items()}
        if found := _total(with_tax, others):
            return True, f"the lines and `{name}` make the order's total: {found}", ""
        totals = [one for one in others if max(map(meanings(one).get, MONEY, repeat(0.0))) > 0]
        largest = max(totals, key=lambda one: sum(others[one].values()), default="")
        if largest and (found := _total(taxed, others, largest)):
            is_all = bool(_total(taxed, {largest: others[largest]}))
            return False, f"`{name}` is in the lines: {found}", name if is_all else ""
    return None, "", ""


def _is_tax(name: str) -> bool:
    """Whether a header means an amount of tax before anything else."""
    found = meanings(name)
    return found.get("tax_amount", 0.0) >= max(LEAST_NAMED, *found.values(), 0.0)


def kind_by_totals(sales: Section, money: str, quantity: str) -> tuple[str | None, str]:
    """Whether money is of one or of the line, by the totals of the orders; None when open.

    One of the two readings makes the lines of an order, perhaps less its discount, its total.
    """
    order = sales.column("order_id")
    if order is None:
        return None, ""
    numbers = Numbers(sales.table, sales.decimal)
    keys = list(filled(sales.table.values(order)))
    said = {
        name: values
        for name, values in _of_orders(sales, numbers, keys)
        if name not in (money, quantity)
    }
    sums: dict[str, ByOrder] = {UNIT: defaultdict(Decimal), LINE: defaultdict(Decimal)}
    for key, q, m in zip(keys, numbers.of(quantity), numbers.of(money), strict=True):
        if key and q is not None and m is not None:
            sums[UNIT][key] += q * m
            sums[LINE][key] += m
    if sum(sums[UNIT][key] != total for key, total in sums[LINE].items()) < FEWEST_TELLING:
        return None, ""
    found = {kind: _total_less_discount(sums[kind], said) for kind in (UNIT, LINE)}
    kinds = [kind for kind, how in found.items() if how]
    return (kinds[0], found[kinds[0]]) if len(kinds) == 1 else (None, "")


def _total_less_discount(amounts: ByOrder, said: dict[str, ByOrder]) -> str:
    """The column of an order that these amounts make, with its discount taken off or not."""
    if found := _total(amounts, said):
        return found
    for name, discounts in said.items():
        if says_discount(name) and any(discounts.values()):
            after = {key: a - abs(discounts.get(key, Decimal())) for key, a in amounts.items()}
            others = {other: values for other, values in said.items() if other != name}
            if found := _total(after, others):
                return f"less `{name}`: {found}"
    return ""


def filled(keys: list[str]) -> Iterator[str]:
    """Keys of which only the first of a group is said."""
    last = ""
    for key in keys:
        last = key or last
        yield last


def _lines(sales: Section, numbers: Numbers, keys: list[str]) -> ByOrder:
    """What the lines of each order add up to, as they are mapped."""
    off = sales.column("discount_amount") if sales.column("net_amount") is None else None
    lines = line_amounts(sales)
    discounts = numbers.of(off) if off else [None] * len(lines)
    found: ByOrder = defaultdict(Decimal)
    for key, line, discount in zip(keys, lines, discounts, strict=False):
        if line is not None:
            found[key] += line - abs(discount or 0)
    return found


def _of_orders(sales: Section, numbers: Numbers, keys: list[str]) -> Iterator[tuple[str, ByOrder]]:
    """Each column of figures that an order says once, or the same on all lines, by order."""
    places: dict[str, list[int]] = defaultdict(list)
    for place, key in enumerate(keys):
        places[key].append(place)
    several = [found for key, found in places.items() if key and len(found) > 1]
    mapped = {name for names in sales.columns.values() for name in names}
    for name, facts in sales.table.columns.items():
        if name in mapped or not facts.is_number or facts.is_date or is_rate(name):
            continue
        values = numbers.of(name)
        once = sum(
            values[found[0]] is not None and len({values[p] for p in found} - {None}) == 1
            for found in several
        )
        if several and once >= AGREES * len(several):
            by_order = {
                key: next((values[p] for p in found if values[p] is not None), None)
                for key, found in places.items()
                if key
            }
            yield name, {key: value for key, value in by_order.items() if value is not None}


def _total(amounts: ByOrder, others: dict[str, ByOrder], only: str = "") -> str:
    """A column of the order that is these amounts, perhaps plus one or two others; '' if none."""
    # what comes off is nothing that is added
    parts = [name for name in others if not is_discount(name)]
    for size in (0, 1, 2):
        for added in combinations(parts, size):
            for total, stated in others.items():
                if total in added or only not in ("", total):
                    continue
                agreeing = sum(
                    abs(amount + sum(others[one].get(key, 0) for one in added) - stated[key])
                    <= CENTS
                    for key, amount in amounts.items()
                    if key in stated
                )
                if agreeing >= AGREES * len(amounts):
                    with_them = "".join(f" and `{one}`" for one in added)
                    return f"with it{with_them} the lines add up to `{total}`"
    return ""


def _ask(
    proposal: Proposal, sales: Section, name: str, total: Decimal | int, off: Decimal | int
) -> None:
    place = f"{sales.place}.spread"
    proposal.questions.append(
        Question(
            place,
            f"In {sales.table.title}, are the discounts of whole orders in `{name}` still to be "
            "taken off their lines?",
            [f"they are {off:,.2f} together, and no other column of the orders tells"],
            [
                Answer(
                    "yes",
                    {place: {"discount_amount": name}, **_before_discount(sales)},
                    f"they are shared out over the lines; the total is {total - off:,.2f}",
                ),
                Answer("no", {place: None}, f"the total is {total:,.2f}"),
            ],
        )
    )
    sales.options["spread"] = OPEN
