"""Products that may be none: shipping, tips, gift cards and deposits among the lines sold."""

from __future__ import annotations

from decimal import Decimal

from scripts.onboard.amounts import line_amounts
from scripts.onboard.proposal_parts import Proposal, Section
from scripts.onboard.questions import OPEN, Answer, Question
from scripts.onboard.words import plain

# A name that is one of these, begins with one of them, or is a tip.
BEGINNINGS = (
    *("shipping", "postage", "freight", "delivery fee", "delivery charge", "delivery cost"),
    *("gift card", "gift voucher", "gift certificate", "store credit", "deposit"),
    *("frais de port", "frais de livraison", "livraison", "carte cadeau", "bon cadeau", "acompte"),
    *("versand", "lieferkosten", "porto", "geschenkgutschein", "gutschein", "anzahlung"),
    *("gastos de envio", "envio", "tarjeta regalo", "bono regalo", "cheque regalo"),
    *("spese di spedizione", "spedizione", "spese di trasporto", "buono regalo", "carta regalo"),
    *("frete", "portes de envio", "cartao presente", "vale presente", "vale oferta"),
    *("verzendkosten", "verzending", "bezorgkosten", "cadeaubon", "cadeaukaart"),
    *("koszt wysylki", "koszty wysylki", "frakt", "presentkort", "gavekort", "fragt"),
)
TIPS = {
    *("tip", "tips", "gratuity", "pourboire", "pourboires", "trinkgeld", "propina", "propinas"),
    *("mancia", "gorjeta", "fooi", "drinkgeld"),
}
SHOWN = 6


def settle_goods(proposal: Proposal, sales: Section) -> None:
    """Ask whether what is called shipping or a gift card is revenue, with what it comes to."""
    names = [sales.column(ours) for ours in ("product_name", "product_id", "category")]
    column = next((name for name in names if name and _others_than_goods(sales, name)), None)
    if column is None:
        return
    found = _others_than_goods(sales, column)
    sums = _sums(sales, column)
    total = sum((sums.get(value, Decimal()) for value in found), Decimal())
    place = f"{sales.place}.not_goods"
    counts = sales.table.columns[column].values
    proposal.questions.append(
        Question(
            place,
            f"In {sales.table.title}, some of what is sold may be no goods. Is it revenue?",
            [
                f"{value}: {counts[value]} rows"
                + (f", {sums[value]:,.2f}" if value in sums else "")
                for value in found[:SHOWN]
            ]
            + ([f"and {len(found) - SHOWN} more"] if len(found) > SHOWN else []),
            [
                Answer("no", {place: found}, f"they are kept and do not count: {-total:,.2f}"),
                Answer("yes", {place: None}, "they count like everything else"),
            ],
        )
    )
    sales.options["not_goods"] = OPEN


def _others_than_goods(sales: Section, column: str) -> list[str]:
    """The values of a column that name no goods; none where all do, as a carrier's own would."""
    values = sales.table.columns[column].values
    found = [
        value
        for value in values
        if (text := plain(value)) in TIPS
        or any(text == one or text.startswith(f"{one} ") for one in BEGINNINGS)
        or text.startswith("versandkosten")
    ]
    return sorted(found, key=lambda value: -values[value]) if len(found) < len(values) else []


def _sums(sales: Section, column: str) -> dict[str, Decimal]:
    """What the lines of each value come to, where lines have an amount or a price."""
    lines = line_amounts(sales)
    if not lines:
        return {}
    found: dict[str, Decimal] = {}
    for value, line in zip(sales.table.values(column), lines, strict=True):
        found[value] = found.get(value, Decimal()) + (line or 0)
    return found
