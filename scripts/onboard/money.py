"""Which columns of the sales are price, amount, discount and tax.

Names say which columns may be money; the rows decide. An amount that is the same on all lines of an
order is the order's and would count once for each line. What a price, an amount and a discount are
to each other is the business of `prices`, what tax is in of `tax`.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from itertools import permutations

from scripts.errors import UserError
from scripts.onboard.amounts import AGREES, UNIT, Numbers, equation, price_or_amount
from scripts.onboard.order_totals import filled, settle_order_discounts
from scripts.onboard.prices import (
    FEWEST_ORDERS,
    OF_LINES,
    after_fees,
    discounts_of,
    leave_discounts,
    meaning,
    with_quantity,
    without_amount,
    without_quantity,
)
from scripts.onboard.proposal_parts import MONEY, PRODUCT, Proposal, Section
from scripts.onboard.questions import OPEN
from scripts.onboard.refusals import not_priced
from scripts.onboard.states import side_column, sides_of
from scripts.onboard.sums import leave_sums_of_orders, running_total
from scripts.onboard.tax import map_tax_rate, settle_tax, taxed
from scripts.onboard.words import (
    currency_in,
    is_rate,
    meanings,
    says_cents,
    says_discount,
    says_tax,
    says_thousands,
)

# On so few rows an amount stands apart from the lines.
FEW = 0.05
# So many lines below the first of an order are enough to see that only that one says an amount.
FEWEST_INNER = 2


def settle_money(proposal: Proposal, sales: Section) -> None:
    """Map the money columns of a section of sales, and settle or ask whether tax is in them."""
    leave_sums_of_orders(sales)
    numbers = Numbers(sales.table, sales.decimal)
    _leave_to_orders(sales, numbers)
    candidates = _candidates(sales, numbers)
    taxes = [name for name in meaning(sales, ("tax_amount",)) if name not in sales.left_out]
    with_tax, without_tax = taxed(numbers, candidates, taxes)
    for name in candidates:
        said = says_tax(name)
        if said is not None and name not in with_tax | without_tax:
            (with_tax if said else without_tax).add(name)
    usable = [name for name in candidates if name not in with_tax] if without_tax else candidates
    if usable != candidates:
        _leave_taxed_discounts(sales, numbers, [name for name in candidates if name in with_tax])
    for paid, full in after_fees(sales, numbers, usable).items():
        sales.left_out[paid] = f"what is paid out: `{full}` less a fee"
        usable = list(dict.fromkeys([*(name for name in usable if name != paid), full]))
    if usable:
        for name in candidates:
            if name not in usable:
                sales.left_out.setdefault(name, "the same amount with tax")
        for ours in MONEY:
            sales.columns.pop(ours, None)
            sales.notes.pop(ours, None)
        quantity = sales.column("quantity")
        if quantity is None:
            without_quantity(proposal, sales, numbers, usable)
        else:
            with_quantity(proposal, sales, numbers, quantity, usable, with_tax=with_tax)
    elif not _is_priced(proposal, sales):
        without_amount(proposal, sales, numbers)
        if not sales.column("net_amount") and sales is proposal.sections[0]:
            raise UserError(not_priced(sales.table))
    _leave_stock_moves(sales, numbers)
    if sales.column("unit_price") and not sales.column("net_amount"):
        _map_discount(sales, numbers)
    _cost_of_one(sales, numbers)
    _percent(sales, numbers)
    settle_order_discounts(proposal, sales)
    map_tax_rate(sales, numbers)
    settle_tax(proposal, sales, taxes, with_tax, without_tax)


def _leave_stock_moves(sales: Section, numbers: Numbers) -> None:
    """Leave out a quantity with a minus on most of what has an amount: it counts the stock."""
    quantity, amount = sales.column("quantity"), sales.column("net_amount")
    if quantity is None or amount in (None, OPEN):
        return
    sold = [q for q, a in numbers.rows(quantity, amount) if a > 0]
    if sold and 2 * sum(q < 0 for q in sold) > len(sold):
        _leave_out(sales, quantity, f"has a minus where `{amount}` has none: it counts the stock")


def _leave_few(sales: Section, numbers: Numbers, found: list[str]) -> None:
    """Leave out what stands on a few rows of which no other amount is said: a payout's total."""
    for name in list(found):
        rows = [value is not None for value in numbers.of(name)]
        if sum(rows) > FEW * len(rows):
            continue
        for other in found:
            beside = zip(rows, numbers.of(other), strict=True)
            if other != name and not any(one and two is not None for one, two in beside):
                sales.left_out[name] = f"on rows alone that have no `{other}`"
                found.remove(name)
                break


def _in_one_currency(sales: Section, found: list[str]) -> list[str]:
    """The amounts of one currency, where those beside are in the currency that each row says."""
    own = sales.column("currency")
    said = {name: code for name in found if (code := currency_in(name))}
    if own is None or sales.table.columns[own].distinct < 2 or len(set(said.values())) != 1:
        return found
    del sales.columns["currency"]
    for name in found:
        if name not in said:
            sales.left_out[name] = f"in the currency of the row (`{own}`)"
    return list(said)


def _leave_sides(sales: Section, numbers: Numbers) -> None:
    """Leave out the amounts of credit and debit where quantity × price is one of them.

    Raises UserError where it is not, or where no column tells which lines come off.
    """
    sides = sides_of(sales)
    if sides is None:
        return
    both, quantity = " + ".join(sides), sales.column("quantity")
    zeros = ([value or Decimal() for value in numbers.of(name)] for name in sides)
    numbers.add(both, [credit + debit for credit, debit in zip(*zeros, strict=True)])
    prices = [name for name in meaning(sales, MONEY) if name not in sides]
    is_product = quantity and any(numbers.times(quantity, one, both).holds for one in prices)
    if not is_product or not side_column(sales):
        raise UserError(
            f"{sales.table.title} has its amounts in two columns, `{sides[0]}` and `{sides[1]}`: "
            "what stands in the second comes off. Put them into one column, with a minus before "
            "the second's."
        )
    for name in sides:
        _leave_out(sales, name, "one side of an account: the lines of the other come off")


def _leave_taxed_discounts(sales: Section, numbers: Numbers, with_tax: list[str]) -> None:
    """Leave out a discount of the amounts with tax where these have it off: the others have too."""
    quantity = sales.column("quantity")
    for name in discounts_of(sales):
        if quantity is None or not says_tax(name) or not any(d for (d,) in numbers.rows(name)):
            continue
        for price, amount in permutations(with_tax, 2):
            if (found := numbers.less_amount(quantity, price, name, amount)).holds:
                _leave_out(sales, name, f"the amounts have it off already: {found}")
                break


def _is_priced(proposal: Proposal, sales: Section) -> bool:
    """Whether the lines have an amount, or a quantity with a price somewhere."""
    products = next((one for one in proposal.sections if one.input_name == "products"), None)
    listed = products is not None and products.column("unit_price") is not None
    by_unit = sales.column("quantity") and (sales.column("unit_price") or listed)
    return bool(sales.column("net_amount") or sales.column("gross_amount") or by_unit)


def _candidates(sales: Section, numbers: Numbers) -> list[str]:
    """The columns that may be a price or an amount, the likeliest name first.

    Raises UserError when they count cents or thousands, which nothing here converts, or stand on
    two sides that no other column tells.
    """
    _leave_sides(sales, numbers)
    found = [name for name in meaning(sales, MONEY) if name not in sales.left_out]
    for name in list(found):
        if other := running_total(numbers, name, found):
            sales.left_out[name] = f"adds up `{other}` from row to row"
            found.remove(name)
    _leave_few(sales, numbers, found)
    found = _in_one_currency(sales, found)
    whole = [name for name in found if not says_cents(name) and not says_thousands(name)]
    if found and not whole:
        in_cents = says_cents(found[0])
        unit, by = (
            ("cents", "divide it by 100") if in_cents else ("thousands", "multiply it by 1000")
        )
        raise UserError(
            f"{sales.table.title} has its amounts in {unit} (`{found[0]}`), which would be read as "
            f"they stand. Export it with amounts such as 12.50, or {by} in the file."
        )
    return whole


def _leave_to_orders(sales: Section, numbers: Numbers) -> None:
    """Leave out what is said once for an order: it would count for each of its lines."""
    order = sales.column("order_id")
    if order is None:
        return
    rows: dict[str, list[int]] = defaultdict(list)
    for place, key in enumerate(filled(sales.table.values(order))):
        rows[key].append(place)
    orders = [places for key, places in rows.items() if key]
    several = [places for places in orders if len(places) > 1]
    product = next((sales.column(one) for one in PRODUCT if sales.column(one)), None)
    products = sales.table.values(product) if product else []
    telling = [p for p in several if not products or len({products[place] for place in p}) > 1]
    for name in meaning(sales, (*OF_LINES, "discount_rate")):
        values = numbers.of(name)
        if len(telling) < FEWEST_ORDERS:
            # of few orders with several lines only empty cells below a filled one tell
            inner = [values[place] for places in several for place in places[1:]]
            firsts = [values[places[0]] for places in orders]
            is_once = len(inner) >= FEWEST_INNER and not any(v is not None for v in inner)
            if is_once and sum(v is not None for v in firsts) >= AGREES * len(firsts):
                _leave_out(sales, name, "an amount of the order: on an order's first line only")
            continue
        said = [[values[place] for place in places] for places in telling]
        if not any(any(one) for one in said):
            continue
        if says_discount(name) and all(abs(v or 0) <= 1 for one in said for v in one):
            continue  # a rate holds for each line
        once = sum(one[0] is not None and not any(v is not None for v in one[1:]) for one in said)
        same = sum(one[0] is not None and len(set(one)) == 1 for one in said)
        if once >= 0.9 * len(said) or same >= 0.95 * len(said):
            how = "on an order's first line only" if once > same else "the same on all lines"
            _leave_out(sales, name, f"an amount of the order: {how}")


def _leave_out(sales: Section, name: str, why: str) -> None:
    """Take a column out of the mapping, and say why."""
    sales.left_out[name] = why
    for ours in [o for o, names in sales.columns.items() if names == [name]]:
        del sales.columns[ours]


def _map_discount(sales: Section, numbers: Numbers) -> None:
    """A price and no amount: what comes off each line is the best named discount.

    None does when a higher price less the discount is the price already.
    """
    price = sales.column("unit_price")
    for name in discounts_of(sales):
        for full, facts in sales.table.columns.items():
            if full in (price, name) or not facts.is_number or price in (None, OPEN):
                continue
            for found in (
                equation(
                    f"`{full}` − `{name}` = `{price}`",
                    ((f - abs(d), p, Decimal(1)) for f, d, p in numbers.rows(full, name, price)),
                ),
                equation(
                    f"`{full}` × (1 − `{name}`) = `{price}`",
                    ((f * (1 - d), p, Decimal(1)) for f, d, p in numbers.rows(full, name, price)),
                ),
                equation(
                    f"`{full}` × (1 − `{name}` %) = `{price}`",
                    (
                        (f * (1 - d / 100), p, Decimal(1))
                        for f, d, p in numbers.rows(full, name, price)
                    ),
                ),
            ):
                if found.holds and any(d for (d,) in numbers.rows(name)):
                    leave_discounts(sales)
                    sales.left_out[name] = f"the price has it off already: {found}"
                    return
    kinds = ("discount_rate", "discount_amount")
    found = [name for name in discounts_of(sales) if name not in sales.left_out]
    rate = sales.column("discount_rate")
    if rate and not any(v.strip("0.,% ") for v in sales.table.columns[rate].values):
        del sales.columns["discount_rate"]  # all zero: its name says what it will be
    if found and not any(sales.column(ours) for ours in kinds):
        best = max(found, key=lambda name: max(meanings(name).get(ours, 0) for ours in kinds))
        said = meanings(best)
        is_share = said.get("discount_rate", 0) > said.get("discount_amount", 0)
        ours = "discount_rate" if is_share or is_rate(best) else "discount_amount"
        sales.columns[ours] = [best]
        sales.notes[ours] = "comes off the price of the line"


def _cost_of_one(sales: Section, numbers: Numbers) -> None:
    """A cost that stays the same when more is bought is that of one."""
    cost, quantity = sales.column("cost_amount"), sales.column("quantity")
    product = next((sales.column(one) for one in PRODUCT if sales.column(one)), None)
    if cost is None or quantity is None or "unit_cost" in sales.columns:
        return
    kind, why = price_or_amount(numbers, sales.table, cost, quantity, product)
    if kind == UNIT and why.endswith("products"):
        del sales.columns["cost_amount"]
        sales.columns["unit_cost"] = [cost]
        sales.notes["unit_cost"] = why


def _percent(sales: Section, numbers: Numbers) -> None:
    """A discount written as 20 for 20 %."""
    rate = sales.column("discount_rate")
    if rate is not None and not sales.table.columns[rate].has_percent:
        values = [value for (value,) in numbers.rows(rate)]
        if values and max(values) > 1:
            sales.options["percent"] = ["discount_rate"]
