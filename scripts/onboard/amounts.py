"""Which of a table's money columns is the price, the amount, the discount: by arithmetic.

Names propose; `quantity × price ≈ amount` on the rows decides. Where rows cannot decide and names
do not either, the answer is None and the owner is asked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from scripts.onboard.proposal_parts import Section
from scripts.onboard.questions import OPEN
from scripts.onboard.tables import Table
from scripts.onboard.values import figure_of
from scripts.onboard.words import plain

# This share of the rows must agree for an equation to hold.
AGREES = 0.95
UNIT_WORDS = {
    *(
        "unit",
        "each",
        "per",
        "por",
        "par",
        "pro",
        "list",
        "listprice",
        "retail",
        "unitaire",
        "pu",
        "p",
        "einzel",
    ),
    *("einzelpreis", "stuck", "stuckpreis", "unitario", "pvp", "stukprijs", "eenheidsprijs"),
}
AMOUNT_WORDS = {
    *("amount", "total", "sales", "revenue", "turnover", "value", "sum", "line", "extended"),
    *("montant", "ca", "chiffre", "umsatz", "betrag", "gesamt", "summe", "importe", "venta"),
    *("ventas", "monto", "importo", "totale", "fatturato", "ricavo", "valor", "montante"),
    *("faturamento", "bedrag", "totaal", "omzet"),
}
LINE, UNIT = "line", "unit"


@dataclass(frozen=True)
class Equation:
    """An equation that holds on a share of the rows that have all its terms."""

    text: str
    share: float
    rows: int

    @property
    def holds(self) -> bool:
        return self.rows >= 3 and self.share >= AGREES

    def __str__(self) -> str:
        return f"{self.text} in {self.share:.0%} of {self.rows} rows"


class Numbers:
    """The numbers of a table's columns, read with its decimal sign."""

    def __init__(self, table: Table, decimal: str) -> None:
        self.table = table
        self._decimal = decimal
        self._columns: dict[str, list[Decimal | None]] = {}

    def of(self, name: str) -> list[Decimal | None]:
        """A column's numbers, row by row; percents as shares, None where there is none."""
        if name not in self._columns:
            self._columns[name] = [self._read(cell) for cell in self.table.values(name)]
        return self._columns[name]

    def add(self, name: str, values: list[Decimal | None]) -> None:
        """Add a column of these numbers, row by row."""
        self._columns[name] = values

    def derive(
        self, name: str, columns: tuple[str, str], of: Callable[[Decimal, Decimal | None], Decimal]
    ) -> None:
        """Add a column that is computed of two others; empty where the first is."""
        first, second = (self.of(one) for one in columns)
        self._columns[name] = [
            None if a is None else of(a, b) for a, b in zip(first, second, strict=True)
        ]

    def _read(self, cell: str) -> Decimal | None:
        figure = figure_of(cell) if cell else None
        if figure is None:
            return None
        value = figure.value(self._decimal)
        return value / 100 if value is not None and cell.endswith("%") else value

    def rows(
        self, *names: str, or_zero: str | tuple[str, ...] = ()
    ) -> Iterator[tuple[Decimal, ...]]:
        """The rows in which all of the columns have a number; empty cells of some may be zero."""
        zeros = (or_zero,) if isinstance(or_zero, str) else or_zero
        columns = [
            [Decimal() if v is None and name in zeros else v for v in self.of(name)]
            for name in names
        ]
        for row in zip(*columns, strict=True):
            if None not in row:
                yield row  # type: ignore[misc]

    def times(self, quantity: str, price: str, amount: str) -> Equation:
        """Quantity × price = amount, to the rounding of a price or an amount."""
        return equation(
            f"`{quantity}` × `{price}` = `{amount}`",
            ((q * p, a, q) for q, p, a in self.rows(quantity, price, amount)),
        )

    def less_rate(self, quantity: str, price: str, rate: str, amount: str, per: int) -> Equation:
        """Quantity × price × (1 − rate) = amount; `per` is 100 for a rate in percent."""
        percent = " %" if per == 100 else ""
        return equation(
            f"`{quantity}` × `{price}` × (1 − `{rate}`{percent}) = `{amount}`",
            (
                (q * p * (1 - r / per), a, q)
                for q, p, r, a in self.rows(quantity, price, rate, amount, or_zero=rate)
            ),
        )

    def less_amount(self, quantity: str, price: str, discount: str, amount: str) -> Equation:
        """Quantity × price − discount = amount."""
        return equation(
            f"`{quantity}` × `{price}` − `{discount}` = `{amount}`",
            (
                (q * p - d, a, q)
                for q, p, d, a in self.rows(quantity, price, discount, amount, or_zero=discount)
            ),
        )

    def plus(self, one: str, other: str, total: str) -> Equation:
        """One + other = total."""
        return equation(
            f"`{one}` + `{other}` = `{total}`",
            ((a + b, t, Decimal(1)) for a, b, t in self.rows(one, other, total)),
        )


def line_amounts(section: Section) -> list[Decimal | None]:
    """What each line comes to: its amount, else quantity × price; [] where it says neither."""
    numbers = Numbers(section.table, section.decimal)
    columns = {ours: names[0] for ours, names in section.columns.items() if names[0] != OPEN}
    amount = columns.get("net_amount") or columns.get("gross_amount")
    if amount is not None:
        return numbers.of(amount)
    if not {"quantity", "unit_price"} <= set(columns):
        return []
    pairs = zip(numbers.of(columns["quantity"]), numbers.of(columns["unit_price"]), strict=True)
    return [None if q is None or p is None else q * p for q, p in pairs]


def equation(text: str, rows: Iterator[tuple[Decimal, Decimal, Decimal]]) -> Equation:
    agreeing = count = 0
    for computed, stated, quantity in rows:
        if not computed and not stated:
            continue
        count += 1
        agreeing += abs(computed - stated) <= Decimal("0.011") + Decimal("0.0051") * abs(quantity)
    return Equation(text, agreeing / count if count else 0.0, count)


def price_or_amount(
    numbers: Numbers, table: Table, money: str, quantity: str, product: str | None
) -> tuple[str | None, str]:
    """Whether the only money column is of a unit or of the line, and what says so; None if open."""
    quantities = {q for (q,) in numbers.rows(quantity)}
    if quantities <= {Decimal(1), Decimal(-1)}:
        return UNIT, f"every `{quantity}` is 1, so that price and amount are the same"
    if product is not None:
        by_product: dict[str, dict[Decimal, set[Decimal]]] = defaultdict(lambda: defaultdict(set))
        keys = table.values(product)
        for key, q, m in zip(keys, numbers.of(quantity), numbers.of(money), strict=True):
            if key and q and m is not None:
                by_product[key][q].add(m)
        several = [found for found in by_product.values() if len(found) > 1]
        constant = sum(len(set().union(*found.values())) == 1 for found in several)
        growing = sum(_are_one({m / q for q, ms in found.items() for m in ms}) for found in several)
        if len(several) >= 3 and max(constant, growing) >= 0.6 * len(several):
            if constant > 2 * growing:
                return UNIT, (
                    f"`{money}` stays the same when more is bought, for {constant} of "
                    f"{len(several)} products"
                )
            if growing > 2 * constant:
                return LINE, (
                    f"`{money}` grows with `{quantity}`, for {growing} of {len(several)} products"
                )
    return None, ""


def _are_one(prices: set[Decimal]) -> bool:
    """Whether prices are one but for the rounding of amounts."""
    low, high = min(prices), max(prices)
    return high - low <= Decimal("0.02") + Decimal("0.005") * abs(high)


def by_header(money: str) -> tuple[str | None, str]:
    """Whether a header says that money is of a unit or of the line; None when it does not."""
    tokens = set(plain(money).split())
    if tokens & UNIT_WORDS and not tokens & AMOUNT_WORDS:
        return UNIT, f"its header says so (`{money}`)"
    if tokens & AMOUNT_WORDS and not tokens & UNIT_WORDS:
        return LINE, f"its header says so (`{money}`)"
    return None, ""


def discount_is_in(
    numbers: Numbers, product: str, quantity: str, amount: str, discount: str, *, is_rate: bool
) -> bool | None:
    """Whether an amount has its discount taken off; None when the rows do not tell.

    The price of one is the same for a product whatever the discount: either the amount for one is,
    then the discount is still to come off, or it is once the discount is added again.
    """
    per = 100 if is_rate and any(d > 1 for (d,) in numbers.rows(discount)) else 1
    prices: dict[str, tuple[set[Decimal], set[Decimal], set[Decimal]]] = {}
    keys = numbers.table.values(product)
    columns = (numbers.of(name) for name in (quantity, amount, discount))
    for key, q, a, d in zip(keys, *columns, strict=True):
        if not key or not q or a is None:
            continue
        off = d or Decimal()
        if is_rate and off / per >= 1:
            continue
        full = a / (1 - off / per) if is_rate else a + off
        stated, added, kinds = prices.setdefault(key, (set(), set(), set()))
        stated.add(a / q)
        added.add(full / q)
        kinds.add(off)
    telling = [(s, f) for s, f, kinds in prices.values() if len(kinds) > 1]
    if len(telling) < 3:
        return None
    same = sum(_are_one(stated) for stated, _ in telling)
    same_with = sum(_are_one(added) for _, added in telling)
    if max(same, same_with) < 0.5 * len(telling) or 2 * min(same, same_with) > max(same, same_with):
        return None
    return same_with > same
