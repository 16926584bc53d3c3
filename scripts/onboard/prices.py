"""What is the price and what the amount of a line: by what holds between columns on the rows.

The first rule that holds: `quantity × price (− discount) = amount`; gross less a discount of either
sign is net; an amount that is never more than quantity × price; a product of any two columns. Then
whether the figure grows with the quantity, then its name, and else the owner is asked.
"""

from __future__ import annotations

from decimal import Decimal
from itertools import permutations
from itertools import product as product_of

from scripts.errors import UserError
from scripts.onboard.amounts import (
    LINE,
    UNIT,
    Equation,
    Numbers,
    by_header,
    discount_is_in,
    equation,
    price_or_amount,
)
from scripts.onboard.matching import LEAST_SCORE
from scripts.onboard.order_totals import kind_by_totals
from scripts.onboard.proposal_parts import MONEY, PRODUCT, Proposal, Section
from scripts.onboard.questions import OPEN, Answer, Question
from scripts.onboard.words import (
    is_beside_discount,
    is_discount,
    is_rate,
    meanings,
    plain,
    says_fee,
    says_number,
    says_return,
    says_tax,
)

# Columns that are of an order when they are the same on all of its lines.
OF_LINES = (*MONEY, "discount_amount", "tax_amount", "cost_amount", "margin_amount")
# So many orders, or rows, are needed to tell.
FEWEST_ORDERS = 5
# An amount is gross less something when it is gross on at least this share of the rows.
EQUAL_SHARE = 0.5
# Whole numbers that count nothing that is sold.
OTHER_FIGURES = {
    *("rating", "stars", "score", "age", "hour", "year", "month", "week", "day", "zip", "table"),
    *(
        "guests",
        "covers",
        "bewertung",
        "alter",
        "jahr",
        "monat",
        "stunde",
        "tisch",
        "note",
        "annee",
    ),
    *("mois", "heure", "edad", "mesa", "hora", "eta", "anno", "tavolo", "idade", "leeftijd"),
}
# A column with greater figures does not say how many were sold.
MOST_UNITS = 1000
# More columns are not offered as an answer.
MOST_ANSWERS = 12
# A column's name is one of those listed for what it means.
NAMED = 0.9


def meaning(sales: Section, ours: tuple[str, ...]) -> list[str]:
    """The numeric columns that may mean one of these, the best names first."""
    taken = {
        name
        for column, names in sales.columns.items()
        for name in names
        if column not in (*OF_LINES, "discount_rate")
    }
    others = [one for one in (*OF_LINES, "discount_rate") if one not in ours]
    scored = [
        (max(meanings(name).get(one, 0.0) for one in ours), -place, name)
        for place, (name, facts) in enumerate(sales.table.columns.items())
        if facts.is_number
        and not facts.is_date
        and not facts.has_percent
        and not is_rate(name)
        and name not in taken
        and not (set(ours) <= set(MONEY) and (is_discount(name) or says_number(name)))
        and any(value.strip("0.,- ") for value in facts.values)
        # a discount amount is a discount, whatever the second word means alone
        and max(meanings(name).get(one, 0.0) for one in ours)
        > max((meanings(name).get(one, 0.0) for one in others if one not in MONEY), default=0.0)
    ]
    return [name for score, _, name in sorted(scored, reverse=True) if score >= LEAST_SCORE]


def without_quantity(
    proposal: Proposal, sales: Section, numbers: Numbers, usable: list[str]
) -> None:
    """No quantity: the best name among the amounts counts; one that says a price is asked about.

    Raises UserError where a price has a quantity beside it that cannot be read.
    """
    best = max(usable, key=lambda name: (meanings(name).get("net_amount", 0), -usable.index(name)))
    sales.columns["net_amount"] = [best]
    sales.notes["net_amount"] = "there is no quantity to multiply with"
    # what is called a price beside what is called an amount is no other answer
    others = [name for name in usable if name == best or not _says_price(name)]
    if _says_price(best):
        others = usable
        _refuse_units(sales, best)
        if len(usable) == 1 and _ask_count(proposal, sales, numbers, best):
            return
    _ask_amount(proposal, sales, numbers, best, dict.fromkeys(others, False))


def _refuse_units(sales: Section, price: str) -> None:
    """Refuse a price whose quantity has units beside its figures: 2 Stk, 0,350 kg."""
    for name, facts in sales.table.columns.items():
        is_quantity = meanings(name).get("quantity", 0.0) >= NAMED and not facts.is_number
        if is_quantity and facts.count and all(value[0].isdigit() for value in facts.values):
            raise UserError(
                f"{sales.table.title} says how many in `{name}`, with more than a figure in it "
                f"({facts.examples[0]}), and `{price}` is the price of one. Export `{name}` as a "
                "number, with the unit in a column of its own."
            )


def _ask_count(proposal: Proposal, sales: Section, numbers: Numbers, price: str) -> bool:
    """Ask which column says how many were sold at a price; False when there is none to ask of."""
    mapped = {name for names in sales.columns.values() for name in names}
    found = [
        name
        for name, facts in sales.table.columns.items()
        if name not in mapped | set(sales.left_out)
        and facts.is_number
        and not facts.is_date
        and facts.distinct > 1
        and not is_rate(name)
        and not says_number(name)
        and not set(plain(name).split()) & OTHER_FIGURES
        and max(meanings(name).values(), default=0.0) < LEAST_SCORE
        and all(value == int(value) and 0 < value <= MOST_UNITS for (value,) in numbers.rows(name))
    ]
    if not found:
        return False
    place = f"{sales.place}.columns"
    total = sum((value for (value,) in numbers.rows(price)), Decimal())
    answers = [
        Answer(
            name,
            {
                f"{place}.quantity": name,
                f"{place}.unit_price": price,
                f"{place}.net_amount": None,
            },
            f"the total is {sum((q * p for q, p in numbers.rows(name, price)), Decimal()):,.2f}",
        )
        for name in found[:MOST_ANSWERS]
    ]
    each = Answer("none", {f"{place}.net_amount": price}, f"the total is {total:,.2f}")
    proposal.questions.append(
        Question(
            f"{place}.net_amount",
            f"In {sales.table.title}, which column says how many were sold at `{price}`?",
            ["no header says it, and no column has the amount of the line"],
            [*answers, each],
        )
    )
    sales.columns["net_amount"] = [OPEN]
    return True


def without_amount(proposal: Proposal, sales: Section, numbers: Numbers) -> None:
    """No header says an amount: what is a product of two others is one, or the owner is asked."""
    mapped = {name for names in sales.columns.values() for name in names}
    figures = [
        name
        for name, facts in sales.table.columns.items()
        if facts.is_number
        and not facts.is_date
        and facts.distinct > 1
        and name not in mapped | set(sales.left_out)
        and not is_rate(name)
    ]
    if not figures or _any_product(proposal, sales, numbers, figures):
        return
    place = f"{sales.place}.columns.net_amount"
    proposal.questions.append(
        Question(
            place,
            f"In {sales.table.title}, which column says what was sold for?",
            ["no header says it"],
            [
                Answer(
                    name,
                    {place: name},
                    f"the total is {sum((v for (v,) in numbers.rows(name)), Decimal()):,.2f}",
                )
                for name in figures[:MOST_ANSWERS]
            ],
        )
    )
    sales.columns["net_amount"] = [OPEN]


def after_fees(sales: Section, numbers: Numbers, usable: list[str]) -> dict[str, str]:
    """Amounts that are another less a fee, and that other: what is paid out was not the price."""
    fees = [
        name
        for name, facts in sales.table.columns.items()
        if facts.is_number and says_fee(name) and any(value for (value,) in numbers.rows(name))
    ]
    figures = [
        name
        for name, facts in sales.table.columns.items()
        if facts.is_number and not facts.is_date and name not in fees
    ]
    found = {}
    for fee, paid, full in product_of(fees, usable, figures):
        if (
            full != paid
            and equation(
                f"`{full}` − `{fee}` = `{paid}`",
                ((f - abs(c), p, Decimal(1)) for f, c, p in numbers.rows(full, fee, paid)),
            ).holds
        ):
            found[paid] = full
    return found


def with_quantity(
    proposal: Proposal,
    sales: Section,
    numbers: Numbers,
    quantity: str,
    usable: list[str],
    *,
    with_tax: set[str],
) -> None:
    """Price, amount and discount where there is a quantity, by the first rule that holds."""
    returned = _returned(sales, numbers, quantity)
    if returned is not None:
        kept = f"{quantity} − {returned}"
        numbers.derive(kept, (quantity, returned), lambda sold, back: sold - abs(back or 0))
        if _by_equation(proposal, sales, numbers, kept, usable, with_tax=with_tax):
            sales.columns["returned_quantity"] = [returned]
            return
        if _by_equation(proposal, sales, numbers, quantity, usable, with_tax=with_tax):
            # the amount is of what was sold, before some of it came back
            for name in sales.columns.pop("net_amount", []):
                sales.left_out[name] = f"before `{returned}`"
                sales.tax_is_out |= says_tax(name) is False
        else:
            _by_growth(proposal, sales, numbers, quantity, usable)
        sales.columns["returned_quantity"] = [returned]
        return
    others = [
        name
        for name, facts in sales.table.columns.items()
        if name not in usable
        and facts.is_number
        and meanings(name).get("quantity", 0) >= LEAST_SCORE
    ]
    for one in dict.fromkeys((quantity, *others)):
        if _by_equation(proposal, sales, numbers, one, usable, with_tax=with_tax):
            sales.columns["quantity"] = [one]
            return
    if not (
        _less_discount(sales, numbers, usable)
        or _never_more(sales, numbers, quantity, usable)
        or _any_product(proposal, sales, numbers, usable)
    ):
        _by_growth(proposal, sales, numbers, quantity, usable)


def _returned(sales: Section, numbers: Numbers, quantity: str) -> str | None:
    """The column that says how many of the units came back: some, and never more than sold."""
    mapped = {name for names in sales.columns.values() for name in names}
    for name, facts in sales.table.columns.items():
        if name in mapped or not facts.is_number or not says_return(name):
            continue
        pairs = list(numbers.rows(quantity, name))
        if any(back for _, back in pairs) and all(
            back == int(back) and abs(back) <= abs(sold) for sold, back in pairs
        ):
            return name
    return None


def _by_equation(
    proposal: Proposal,
    sales: Section,
    numbers: Numbers,
    quantity: str,
    usable: list[str],
    *,
    with_tax: set[str],
) -> bool:
    """Map what `quantity × price (− discount) = amount` holds for; False when nothing does."""
    discounts = [n for n in discounts_of(sales) if n not in sales.left_out and n not in usable]
    for price, amount in permutations(usable, 2):
        found = [(None, 1, numbers.times(quantity, price, amount))]
        for name in discounts:
            if any(value for (value,) in numbers.rows(name)):
                rate = numbers.less_rate
                found += [
                    ("discount_rate", 1, rate(quantity, price, name, amount, 1)),
                    ("discount_rate", 100, rate(quantity, price, name, amount, 100)),
                    ("discount_amount", 1, numbers.less_amount(quantity, price, name, amount)),
                    ("line discount", 1, _less_each(numbers, quantity, price, name, amount)),
                ]
        holding = [one for one in found if one[2].holds]
        if not holding:
            continue
        meaning, per, best = max(holding, key=lambda one: (one[2].share, one[0] is not None))
        sales.columns["unit_price"], sales.columns["net_amount"] = [price], [amount]
        sales.notes["net_amount"] = str(best)
        if meaning in ("discount_rate", "discount_amount"):
            name = _discount_in(best, discounts)
            for ours in ("discount_rate", "discount_amount"):
                sales.columns.pop(ours, None)
            sales.columns[meaning] = [name]
            if per == 100:
                sales.options["percent"] = ["discount_rate"]
        elif meaning == "line discount":
            leave_discounts(sales)
        else:
            _ask_discount(proposal, sales, numbers, amount, discounts)
        return True
    return _with_tax_on_top(sales, numbers, quantity, usable, with_tax)


def _less_each(numbers: Numbers, quantity: str, price: str, discount: str, amount: str) -> Equation:
    """A discount for each piece: the amount holds it, and it is not mapped."""
    return equation(
        f"`{quantity}` × (`{price}` − `{discount}`) = `{amount}`",
        ((q * (p - d), a, q) for q, p, d, a in numbers.rows(quantity, price, discount, amount)),
    )


def _discount_in(found: Equation, discounts: list[str]) -> str:
    return next(name for name in discounts if f"`{name}`" in found.text)


def _with_tax_on_top(
    sales: Section, numbers: Numbers, quantity: str, usable: list[str], with_tax: set[str]
) -> bool:
    """Quantity × price + tax = amount: the price is without tax, and the amount is left out."""
    for tax in meaning(sales, ("tax_amount",)):
        for price, amount in permutations([n for n in usable if n != tax], 2):
            found = equation(
                f"`{quantity}` × `{price}` + `{tax}` = `{amount}`",
                ((q * p + t, a, q) for q, p, t, a in numbers.rows(quantity, price, tax, amount)),
            )
            if found.holds:
                sales.columns["unit_price"] = [price]
                sales.notes["unit_price"] = f"{found}: it is without tax"
                sales.left_out[amount] = "with tax"
                with_tax.add(amount)
                sales.tax_is_out = True
                return True
    return False


def _less_discount(sales: Section, numbers: Numbers, usable: list[str]) -> bool:
    """One amount less a discount, whichever its sign, is another: the one is gross, that is net."""
    quantity = sales.column("quantity")
    product = next((sales.column(one) for one in PRODUCT if sales.column(one)), None)
    back = [
        name
        for name, facts in sales.table.columns.items()
        if facts.is_number and says_return(name) and any(v for (v,) in numbers.rows(name))
    ]
    for name in discounts_of(sales):
        if name in sales.left_out or name in usable or not any(d for (d,) in numbers.rows(name)):
            continue
        for (gross, net), other in product_of(permutations(usable, 2), ["", *back]):
            besides = f" and `{other}`" if other else ""
            rows = (
                numbers.rows(gross, name, net, other, or_zero=(name, other))
                if other
                else ((*row, Decimal()) for row in numbers.rows(gross, name, net, or_zero=(name,)))
            )
            found = equation(
                f"`{gross}` less `{name}`{besides} = `{net}`",
                ((abs(g) - abs(d) - abs(b), abs(n), Decimal(1)) for g, d, n, b in rows),
            )
            if not found.holds:
                continue
            leave_discounts(sales)
            if quantity:
                # what it is less of is the same whatever comes off
                kind, why = price_or_amount(numbers, sales.table, gross, quantity, product)
                kind, why = (kind, why) if kind else by_header(net)
                if kind == UNIT:
                    sales.columns["unit_price"] = [net]
                    sales.left_out[name] = f"the price has it off already: {found}"
                    sales.notes["unit_price"] = why
                    return True
            if not other:
                sales.columns["gross_amount"] = [gross]
                sales.columns["discount_amount"] = [name]
            sales.columns["net_amount"] = [net]
            sales.notes["net_amount"] = str(found)
            return True
    return False


def _never_more(sales: Section, numbers: Numbers, quantity: str, usable: list[str]) -> bool:
    """An amount that is quantity × price, or gross, on most rows and never more is the net one.

    What takes the rest off has no column, or one that it does not follow.
    """
    cent = Decimal("0.02")
    product = next((sales.column(one) for one in PRODUCT if sales.column(one)), None)
    for net, other in permutations(usable, 2):
        if meanings(net).get("net_amount", 0.0) < LEAST_SCORE:
            continue
        kind, why = price_or_amount(numbers, sales.table, net, quantity, product)
        if kind == UNIT and why.endswith("products"):
            continue  # the same whatever is bought of it
        is_gross = meanings(other).get("gross_amount", 0.0) >= LEAST_SCORE
        for ours, full in (
            ("unit_price", [(q * o, n) for q, o, n in numbers.rows(quantity, other, net)]),
            ("gross_amount", list(numbers.rows(other, net)) if is_gross else []),
        ):
            said = [(abs(f), n if f >= 0 else -n) for f, n in full if f or n]
            equal = sum(abs(f - n) <= cent for f, n in said)
            # where a name says net, it need not be equal anywhere
            is_named = meanings(net).get("net_amount", 0.0) >= NAMED
            if ours == "unit_price" and by_header(other)[0] == LINE:
                is_named = False  # a total is the price of one only where they are equal
            is_near = 2 * sum(n for _, n in said) >= sum(f for f, _ in said)
            if len(said) < FEWEST_ORDERS or not (
                equal >= EQUAL_SHARE * len(said) or (is_named and is_near)
            ):
                continue
            if all(-cent <= n <= f + cent for f, n in said):
                leave_discounts(sales)
                sales.columns[ours], sales.columns["net_amount"] = [other], [net]
                times = f"`{quantity}` × `{other}`" if ours == "unit_price" else f"`{other}`"
                sales.notes["net_amount"] = (
                    f"{times} in {equal / len(said):.0%} of {len(said)} rows, and never more"
                )
                return True
    return False


def _any_product(proposal: Proposal, sales: Section, numbers: Numbers, usable: list[str]) -> bool:
    """An amount that is the product of two columns, whatever these are called: units and price."""
    figures = [
        name
        for name, facts in sales.table.columns.items()
        if facts.is_number and not facts.is_date and not facts.has_percent
    ]
    for amount in usable:
        for units, price in permutations([one for one in figures if one != amount], 2):
            counts = {value for (value,) in numbers.rows(units)}
            if len(counts) < 3 or any(value != int(value) for value in counts):
                continue
            prices = {value for (value,) in numbers.rows(price)}
            # the smaller of the two figures that nothing else tells apart is not the units
            if len(prices) < len(counts):
                continue
            found = numbers.times(units, price, amount)
            if found.holds and found.rows >= FEWEST_ORDERS:
                for ours in ("quantity", "unit_price", "net_amount"):
                    sales.columns.pop(ours, None)
                for name in (units, price, amount):
                    for ours in [o for o, names in sales.columns.items() if names == [name]]:
                        del sales.columns[ours]
                sales.columns["quantity"] = [units]
                sales.columns["unit_price"], sales.columns["net_amount"] = [price], [amount]
                sales.notes["quantity"] = sales.notes["net_amount"] = str(found)
                _ask_discount(proposal, sales, numbers, amount, discounts_of(sales))
                return True
    return False


def _by_growth(
    proposal: Proposal, sales: Section, numbers: Numbers, quantity: str, usable: list[str]
) -> None:
    """No equation holds: what grows with the quantity is an amount, what does not a price."""
    product = next((sales.column(one) for one in PRODUCT if sales.column(one)), None)
    kinds = {
        name: price_or_amount(numbers, sales.table, name, quantity, product) for name in usable
    }
    if not any(kind for kind, _ in kinds.values()):
        kinds = {name: kind_by_totals(sales, name, quantity) for name in usable}
    if not any(kind for kind, _ in kinds.values()):
        kinds = {name: by_header(name) for name in usable}
    for wanted, ours in ((LINE, "net_amount"), (UNIT, "unit_price")):
        fitting = [name for name in usable if kinds[name][0] == wanted]
        if fitting:
            best = max(fitting, key=lambda name: (meanings(name).get(ours, 0), -usable.index(name)))
            sales.columns[ours] = [best]
            sales.notes[ours] = kinds[best][1]
            for name in usable:
                if name != best:
                    sales.left_out[name] = f"fits neither `{quantity}` nor `{best}`"
            prices = {
                name: name != best and kinds[name][0] != LINE and _says_price(name)
                for name in usable
            }
            if wanted == LINE:
                # a price beside an amount is what it was before something came off
                prices = {name: False for name, is_price in prices.items() if not is_price}
            prices[best] = wanted == UNIT
            discounts = discounts_of(sales)
            if wanted == LINE and _discount_tells(sales, numbers, best, discounts):
                return
            if _ask_amount(proposal, sales, numbers, best, prices):
                return
            if wanted == LINE:
                _ask_discount(proposal, sales, numbers, best, discounts)
            return
    _ask_kind(proposal, sales, usable[0], quantity, numbers)


def _ask_amount(
    proposal: Proposal,
    sales: Section,
    numbers: Numbers,
    chosen: str,
    prices: dict[str, bool],
) -> bool:
    """Ask which column is what was sold for, when another may be it and says another sum.

    `prices` are the columns, and whether each is of one unit. False when there is nothing to ask.
    """
    quantity = sales.column("quantity")
    place = f"{sales.place}.columns"
    answers = []
    totals = set()
    for name, is_price in sorted(prices.items(), key=lambda one: one[0] != chosen):
        found = meanings(name)
        is_gross = found.get("gross_amount", 0.0) > found.get("net_amount", 0.0)
        if name != chosen and is_gross:
            continue
        rows = (
            numbers.rows(quantity, name)
            if quantity
            else ((Decimal(1), v) for (v,) in numbers.rows(name))
        )
        lines = [q * v if is_price else v for q, v in rows]
        total = sum(lines, Decimal())
        # a return that one of them writes without its minus is no other figure
        totals.add(sum(map(abs, lines), Decimal()).quantize(Decimal("0.01")))
        ours, gone = (
            ("unit_price", "net_amount") if is_price and quantity else ("net_amount", "unit_price")
        )
        answers.append(
            Answer(
                name,
                {f"{place}.{ours}": name, f"{place}.{gone}": None},
                f"the total is {total:,.2f}",
            )
        )
    if len(totals) < 2:
        return False
    ours = next(one for one in MONEY if sales.column(one) == chosen)
    del sales.columns[ours]
    sales.columns["net_amount"] = [OPEN]
    leave_discounts(sales)
    proposal.questions.append(
        Question(
            f"{place}.net_amount",
            f"In {sales.table.title}, which column says what was sold for, discounts taken off?",
            ["no calculation connects them, and their sums differ"],
            answers,
        )
    )
    return True


def _says_price(name: str) -> bool:
    """Whether a header speaks of the price of one."""
    found = meanings(name)
    return by_header(name)[0] == UNIT or found.get("unit_price", 0) > found.get("net_amount", 0)


def _ask_kind(
    proposal: Proposal, sales: Section, money: str, quantity: str, numbers: Numbers
) -> None:
    """Price of one, or amount of the line: the owner must say."""
    rows = list(numbers.rows(quantity, money))
    as_amount = sum((m for _, m in rows), Decimal())
    as_price = sum((q * m for q, m in rows), Decimal())
    place = f"{sales.place}.columns"
    proposal.questions.append(
        Question(
            f"{place}.unit_price",
            f"In {sales.table.title}, is `{money}` the price of one, or of the whole line?",
            ["the values speak for neither"],
            [
                Answer("one", {f"{place}.unit_price": money}, f"the total is {as_price:,.2f}"),
                Answer(
                    "line",
                    {f"{place}.unit_price": None, f"{place}.net_amount": money},
                    f"the total is {as_amount:,.2f}",
                ),
            ],
        )
    )
    sales.columns["unit_price"] = [OPEN]


def _discount_tells(sales: Section, numbers: Numbers, amount: str, discounts: list[str]) -> bool:
    """Map an amount as net or gross where the prices of products tell whether a discount is off."""
    product = next((sales.column(one) for one in PRODUCT if sales.column(one)), None)
    quantity = sales.column("quantity")
    for ours in ("discount_rate", "discount_amount"):
        name = sales.column(ours)
        if name not in discounts or not any(value for (value,) in numbers.rows(name)):
            continue
        if not product or not quantity:
            return False
        is_in = discount_is_in(numbers, product, quantity, amount, name, is_rate=ours[-1] == "e")
        if is_in is None:
            return False
        kept = "net_amount" if is_in else "gross_amount"
        sales.columns.pop("net_amount", None)
        sales.columns[kept] = [amount]
        sales.notes[kept] = f"`{amount}` for one is the same " + (
            f"once `{name}` is added again" if is_in else f"whatever `{name}` is"
        )
        return True
    return False


def _ask_discount(
    proposal: Proposal, sales: Section, numbers: Numbers, amount: str, discounts: list[str]
) -> None:
    """Ask whether a discount is still to come off an amount, unless the rows tell."""
    if _discount_tells(sales, numbers, amount, discounts):
        return
    for ours in ("discount_rate", "discount_amount"):
        name = sales.column(ours)
        if name not in discounts or not any(value for (value,) in numbers.rows(name)):
            continue
        place = f"{sales.place}.columns"
        total = sum((a for (a,) in numbers.rows(amount)), Decimal())
        off = sum(
            (a * d if ours == "discount_rate" else d for a, d in numbers.rows(amount, name)),
            Decimal(),
        )
        proposal.questions.append(
            Question(
                f"{place}.net_amount",
                f"Is `{name}` still to be taken off `{amount}`?",
                [f"no other column says what `{amount}` is where there is a discount"],
                [
                    Answer(
                        "yes",
                        {f"{place}.net_amount": None, f"{place}.gross_amount": amount},
                        f"the total is {total - off:,.2f}",
                    ),
                    Answer(
                        "no",
                        {f"{place}.net_amount": amount, f"{place}.{ours}": None},
                        f"the total is {total:,.2f}",
                    ),
                ],
            )
        )
        sales.columns["net_amount"] = [OPEN]
        return


def discounts_of(sales: Section) -> list[str]:
    """The columns that may be what comes off: an amount of it, or its rate."""
    return [
        name
        for name, facts in sales.table.columns.items()
        if facts.is_number
        and not is_beside_discount(name)
        and max(meanings(name).get(o, 0) for o in ("discount_rate", "discount_amount"))
        >= LEAST_SCORE
    ]


def leave_discounts(sales: Section) -> None:
    """Map no discount."""
    for ours in ("discount_amount", "discount_rate"):
        sales.columns.pop(ours, None)
