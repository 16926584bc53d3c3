"""Whether tax is in the amounts, and which column has it or its rate."""

from __future__ import annotations

from decimal import Decimal
from itertools import permutations, repeat

from scripts.onboard.amounts import Numbers
from scripts.onboard.order_totals import tax_is_on_top
from scripts.onboard.proposal_parts import MONEY, Proposal, Section
from scripts.onboard.questions import OPEN, Answer, Question
from scripts.onboard.words import is_rate, meanings, says_rate_of_tax, says_tax, says_tax_rate

# A column of tax rates has at most so many, each below this share.
MOST_RATES = 8
HIGHEST_RATE = Decimal("0.4")


def taxed(numbers: Numbers, candidates: list[str], taxes: list[str]) -> tuple[set[str], set[str]]:
    """The columns with and without tax, where one and the tax are another."""
    with_tax: set[str] = set()
    without_tax: set[str] = set()
    together = " + ".join(taxes)
    if len(taxes) > 1:
        numbers.derive(together, (taxes[0], taxes[1]), lambda one, other: one + (other or 0))
        for more in taxes[2:]:
            numbers.derive(together, (together, more), lambda one, other: one + (other or 0))
    for tax in dict.fromkeys((*taxes, *([together] if taxes else []))):
        if not any(value for (value,) in numbers.rows(tax)):
            continue
        for one, other in permutations(candidates, 2):
            if one != tax != other and numbers.plus(one, tax, other).holds:
                without_tax.add(one)
                with_tax.add(other)
    return with_tax - without_tax, without_tax


def map_tax_rate(sales: Section, numbers: Numbers) -> None:
    """A column of tax rates: a few shares, called tax and not an amount of it."""
    mapped = {name for names in sales.columns.values() for name in names}
    for name, facts in sales.table.columns.items():
        rates = {value for (value,) in numbers.rows(name)}
        if (
            name not in mapped
            and says_tax_rate(name)
            and (is_rate(name) or not (_says_amount(name) or facts.money))
            and facts.is_number
            and 0 < facts.distinct <= MOST_RATES
            and max(rates, default=0) > 0
            and all(0 <= rate < HIGHEST_RATE * 100 for rate in rates)
        ):
            is_percent = not facts.has_percent and max(rates) >= 1
            # 0.35 below `Sales tax` may be an amount
            if is_percent or (max(rates) < HIGHEST_RATE and (facts.has_percent or is_rate(name))):
                sales.columns["tax_rate"] = [name]
                sales.notes["tax_rate"] = f"only {', '.join(sorted(facts.values)[:5])}"
                if is_percent:
                    sales.options["percent"] = [*sales.options.get("percent", []), "tax_rate"]
                return


def _says_amount(name: str) -> bool:
    """Whether a header speaks of an amount, with or without tax, and of no tax itself."""
    found = meanings(name)
    return (
        says_tax(name) is not None
        or says_rate_of_tax(name)
        or max(map(found.get, MONEY, repeat(0.0))) > found.get("tax_amount", 0.0)
    )


def settle_tax(
    proposal: Proposal, sales: Section, taxes: list[str], with_tax: set[str], without_tax: set[str]
) -> None:
    """Whether the amounts that count include tax: by arithmetic, by headers, or asked."""
    money = [name for one in MONEY if (name := sales.column(one)) not in (None, OPEN)]
    money = money or _offered(proposal, sales)
    products = next((s for s in proposal.sections if s.input_name == "products"), None)
    if not money and OPEN not in sales.columns.get("unit_price", []) and products is not None:
        money = [name for name in [products.column("unit_price")] if name]
        said = {says_tax(name) for name in money} - {None}
        with_tax |= {name for name in money if True in said}
        without_tax |= {name for name in money if False in said}
    # the first section's are the shop's settings
    is_first = sales is proposal.sections[0]
    said_in, place = (
        (proposal.settings, "settings") if is_first else (sales.values, f"{sales.place}.values")
    )
    on_top, how, of_orders = (
        tax_is_on_top(sales) if money and not with_tax | without_tax else (None, "", "")
    )
    if on_top is not None:
        (without_tax if on_top else with_tax).update(money)
        sales.notes[next(one for one in MONEY if sales.column(one))] = how
    by_rate = [name for name in taxes if says_rate_of_tax(name)]
    if len(by_rate) > 1 and sales.column("tax_amount") in by_rate:
        del sales.columns["tax_amount"]  # a part of it
    if sales.tax_is_out or (money and set(money) & without_tax and not set(money) & with_tax):
        said_in["prices_include_tax"] = False
    elif money and set(money) & with_tax:
        said_in["prices_include_tax"] = True
        if of_orders:
            sales.columns.pop("tax_amount", None)
            sales.options["spread"] = {**_spread(sales), "tax_amount": of_orders}
            sales.left_out[of_orders] = f"an order's tax, shared out over its lines: {how}"
        elif taxes and taxes[0] not in sales.left_out and len(by_rate) < 2:
            sales.columns["tax_amount"] = [taxes[0]]
        elif "tax_rate" not in sales.columns:
            said_in["tax_rate"] = OPEN
            _ask_rate(proposal, place, by_rate)
    else:
        said_in["prices_include_tax"] = OPEN
        _ask_tax(proposal, sales, money, place)


def _spread(sales: Section) -> dict[str, object]:
    """What is shared out over the lines already; nothing while that is asked for."""
    spread = sales.options.get("spread")
    return dict(spread) if isinstance(spread, dict) else {}


def _ask_tax(proposal: Proposal, sales: Section, money: list[str], place: str) -> None:
    listed = " and ".join(f"`{name}`" for name in money) or "the amounts"
    of = "" if place == "settings" else f" of {sales.table.title}"
    rate = sales.column("tax_rate")
    taken = f"by the rates in `{rate}`" if rate else "out of every amount at one rate"
    proposal.questions.append(
        Question(
            f"{place}.prices_include_tax",
            f"Is sales tax (VAT) included in {listed}{of}?",
            ["no header and no other column says so", *_classes(sales)],
            [
                Answer(
                    "no",
                    {f"{place}.prices_include_tax": False},
                    "revenue is what the files say; choose this too when there is no such tax",
                ),
                Answer(
                    "yes",
                    {f"{place}.prices_include_tax": True},
                    f"the tax is taken {taken}, revenue is lower than in the files",
                    needs=None if rate else (f"{place}.tax_rate", "The rate, such as 0.2 for 20 %"),
                ),
            ],
        )
    )


def _offered(proposal: Proposal, sales: Section) -> list[str]:
    """The columns of which the owner is asked which one counts."""
    return [
        value
        for question in proposal.questions
        if question.place.startswith(f"{sales.place}.columns.")
        for one in question.answers
        for value in one.changes.values()
        if value in sales.table.columns
    ]


def _classes(sales: Section) -> list[str]:
    """What is to be known of a column that says the tax by letters, H and L."""
    for name, facts in sales.table.columns.items():
        if says_tax_rate(name) and not facts.is_number and 1 < facts.distinct <= MOST_RATES:
            classes = ", ".join(sorted(facts.values))
            return [
                f"`{name}` says which rate by letters ({classes}): where these are different "
                "rates, one for all is wrong; write the rates into a column of the file first"
            ]
    return []


def _ask_rate(proposal: Proposal, place: str, by_rate: list[str]) -> None:
    proposal.questions.append(
        Question(
            f"{place}.tax_rate",
            "Which sales tax is in the prices?",
            [
                "the headers say that tax is included, and "
                + (
                    f"it stands in several columns ({', '.join(by_rate)}), of which one line has "
                    "one: a column with the whole tax of each line would be exact, one rate is not"
                    if len(by_rate) > 1
                    else "no column has it"
                ),
                "where goods have different rates, a column that has them is the better answer",
            ],
            [],
            free="a share such as 0.2 for 20 %",
        )
    )
