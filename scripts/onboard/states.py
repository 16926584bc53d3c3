"""Which rows are sales: columns that tell sold from cancelled, returned, shipped, tipped.

A state of the order, the kind of a row, a flag: whatever tells rows apart in these words is put to
the owner as one question, with the number of rows and the amount behind each value.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from decimal import Decimal

from scripts.onboard.amounts import Numbers, line_amounts
from scripts.onboard.order_totals import filled
from scripts.onboard.proposal_parts import Proposal, Section
from scripts.onboard.questions import OPEN, Answer, Question
from scripts.onboard.words import (
    DISCOUNT_WORDS,
    FLAGS,
    RETURN_WORDS,
    TAX_WORDS,
    is_rate,
    meanings,
    plain,
    says_return,
    side_of,
)

# A column with more different values is no state.
MOST_STATES = 30
# Of this share of its values on, a column of names is one of kinds of rows.
KINDS_SHARE = 0.3
# How an empty cell is shown, and answered.
EMPTY = "(empty)"
CANCEL_WORDS = {
    *("cancel", "canceled", "cancelled", "void", "voided", "declined", "failed", "rejected"),
    *("deleted", "draft", "quote", "test", "storno", "storniert", "abgebrochen", "angebot"),
    *("annule", "annulee", "annulation", "devis", "brouillon", "anulado", "anulada", "cancelado"),
    *("cancelada", "annullato", "annullata", "annullo", "geannuleerd", "makulerad", "annulleret"),
}
# Rows that are no goods: what a till or a payment service writes between the lines sold.
OTHER_WORDS = {
    *("shipping", "freight", "postage", "tip", "tips", "gratuity", "voucher", "deposit"),
    *("payment", "payout", "fee", "fees", "commission", "adjustment", "transfer", "view", "cart"),
    *("versand", "trinkgeld", "gutschein", "pfand", "anzahlung", "zahlung", "gebuhr", "provision"),
    *("livraison", "port", "pourboire", "acompte", "paiement", "envio", "propina", "pago", "frete"),
    *("spedizione", "mancia", "acconto", "pagamento", "verzending", "fooi", "betaling"),
}
NOT_GOODS_PHRASES = (
    "gift card",
    "gift certificate",
    "nota di credito",
    "nota de credito",
    "credit note",
    "credit memo",
)
# Headers of how something was paid or sent, whose words mean no kind of row.
OF_METHODS = {
    *("method", "mode", "tender", "zahlart", "zahlungsart", "zahlungsweise", "reglement", "pago"),
    *("paiement", "pagamento", "betaalwijze", "betaalmethode", "carrier", "service", "delivery"),
    # and of people
    *("name", "nom", "nombre", "nome", "naam", "navn", "retailer", "customer", "client", "kunde"),
    *("shipping", "versandart", "envio", "reason", "note", "notes", "comment", "promo"),
    *("promotion", "promotions", "campaign", "kampagne", "campagne", "campana", "campanha"),
}
# Headers of what kind of document or movement a row is, in whatever words.
KIND_HEADERS = {
    *("document type", "doc type", "transaction type", "record type", "receipt type", "event type"),
    *("entry type", "line type", "row type", "movement type", "type de piece", "type document"),
    *("type mouvement", "type de document", "type de mouvement", "belegart", "vorgangsart"),
    *("bewegungsart", "buchungsart", "transaktionstyp", "tipo documento", "tipo de documento"),
    *("tipo doc", "tipo movimento", "tipo de movimiento", "tipo movimiento", "causale"),
    *("typ dokumentu", "documenttype", "document soort", "transactietype", "dokumenttyp"),
}
# Columns that name what was sold, where and to whom: their words are names.
NAMES = {
    *("product_id", "product_name", "category", "subcategory", "brand", "store_id", "store_name"),
    *("customer_id", "customer_name", "employee_id", "employee_name", "segment", "currency"),
    *("city", "state", "region", "country", "sold_on", "sold_at"),
}


def find_states(section: Section) -> None:
    """Map the columns that tell rows of sales from others as the status of the section."""
    table = section.table
    named = section.columns.get("status", [])
    chosen = [one for one in named if 1 < len(_counts(section, [one])) <= MOST_STATES]
    owner = {name: ours for ours, names in section.columns.items() for name in names}
    for name in table.columns:
        is_name = owner.get(name) in NAMES and not _names_kinds(section, name)
        if not is_name and name not in chosen and _tells_rows(section, name):
            chosen.append(name)
    side = side_column(section)
    chosen = _telling(section, [*chosen, *([side] if side and side not in chosen else [])])
    while len(chosen) > 1 and len(_counts(section, chosen)) > MOST_STATES:
        chosen.pop()
    section.columns.pop("status", None)
    for name in chosen:
        if name in owner and owner[name] != "status":
            section.columns.pop(owner[name], None)
    if chosen:
        section.columns["status"] = chosen
        fill_down = section.options.get("fill_down")
        if isinstance(fill_down, list) and "status" not in fill_down and _filled_by(section):
            fill_down.append("status")
        section.notes["status"] = "tells what is sold from what is not"


def sides_of(section: Section) -> tuple[str, str] | None:
    """The columns of credit and debit, when each line has its amount in one of them."""
    found = {
        side_of(name): name
        for name, facts in section.table.columns.items()
        if facts.is_number and not facts.is_date and side_of(name)
    }
    if len(found) < 2:
        return None
    numbers = Numbers(section.table, section.decimal)
    credit, debit = found["credit"], found["debit"]
    pairs = list(zip(numbers.of(credit), numbers.of(debit), strict=True))
    both = sum(bool(one) and bool(other) for one, other in pairs)
    return (credit, debit) if not both and all(map(any, zip(*pairs, strict=True))) else None


def side_column(section: Section) -> str | None:
    """The column with the fewest values of which each stands on one side only."""
    sides = sides_of(section)
    if sides is None:
        return None
    numbers = Numbers(section.table, section.decimal)
    is_credit = [bool(value) for value in numbers.of(sides[0])]
    best: tuple[int, str] | None = None
    for name, facts in section.table.columns.items():
        found = set(zip(section.table.values(name), is_credit, strict=True))
        kinds = len({value for value, _ in found})
        tells = not facts.is_number and len(found) == kinds and 1 < kinds <= MOST_STATES
        if tells and 2 * kinds < len(is_credit) and (best is None or kinds < best[0]):
            best = (kinds, name)
    return best[1] if best else None


def _by_side(section: Section) -> list[str]:
    """Which states have their amounts in the column of debits, and so come off."""
    sides = sides_of(section)
    if sides is None:
        return []
    numbers = Numbers(section.table, section.decimal)
    states = states_of(section, section.columns["status"])
    pairs = zip(states, numbers.of(sides[1]), strict=True)
    taken_off = dict.fromkeys(state for state, debit in pairs if debit)
    return [f"`{sides[1]}` has the amounts of {', '.join(taken_off)}: they come off"]


def _telling(section: Section, names: list[str]) -> list[str]:
    """The columns without those that say nothing which the others do not say already."""
    kept = list(names)
    for name in reversed(names):
        others = [one for one in kept if one != name]
        if others and len(_counts(section, others)) == len(_counts(section, kept)):
            kept = others
    return kept


def _names_kinds(section: Section, name: str) -> bool:
    """Whether what is called a product are kinds of amounts: principal, shipping, commission."""
    values = section.table.columns[name].values
    kinds = sum(_is_no_sale(value) for value in values)
    return len(values) <= MOST_STATES and kinds >= KINDS_SHARE * len(values)


def _tells_rows(section: Section, name: str) -> bool:
    """Whether a column's values tell kinds of rows, in a way that the amounts do not."""
    facts = section.table.columns[name]
    head = {*plain(name).split(), *plain(name.lower()).split()}
    if facts.is_date or not facts.count or head & (OF_METHODS | DISCOUNT_WORDS | TAX_WORDS):
        return False
    counts = _counts(section, [name])
    if not 1 < len(counts) <= MOST_STATES:
        return False
    values = {plain(value) for value in counts if value}
    if values <= FLAGS:
        # a number of units or an amount that came back is no flag
        counts_units = any(meanings(word).keys() & {"quantity", "net_amount"} for word in head)
        return bool(head & (CANCEL_WORDS | RETURN_WORDS)) and not counts_units
    if facts.is_number:
        return False
    usual, usual_count = counts.most_common(1)[0]
    words = [
        value
        for value in counts
        # a till may call its sales payments
        if _is_no_sale(value) and (value != usual or 2 * usual_count < counts.total())
    ]
    if plain(name) in KIND_HEADERS:
        others = {value for value in counts if value != usual}
        return not _have_minus(section, name, others)
    returns = all(set(plain(value).split()) & RETURN_WORDS for value in words)
    return bool(words) and not (returns and _have_minus(section, name, set(words)))


def _is_no_sale(value: str) -> bool:
    text = plain(value)
    tokens = set(text.split())
    return len(tokens) <= 4 and (
        bool(tokens & (CANCEL_WORDS | RETURN_WORDS | OTHER_WORDS))
        or any(phrase in text for phrase in NOT_GOODS_PHRASES)
    )


def _have_minus(section: Section, name: str, words: set[str]) -> bool:
    """Whether all rows with these values have a minus in their quantity, or in an amount."""
    table = section.table
    figures = [
        table.values(column)
        for column, facts in table.columns.items()
        if facts.is_number and not facts.is_date and any("-" in v or "(" in v for v in facts.values)
    ]
    rows = [place for place, value in enumerate(table.values(name)) if value in words]
    return all(any("-" in cells[p] or "(" in cells[p] for cells in figures) for p in rows)


def states_of(section: Section, names: list[str]) -> list[str]:
    """The state of each row, as ingest will join it of these columns."""
    columns = []
    keys = _filled_by(section)
    for name in names:
        nulls = section.table.columns[name].nulls
        cells = ["" if cell in nulls else cell for cell in section.table.values(name)]
        if keys:
            # only the first row of an order says it
            first = dict(reversed([(k, cell) for k, cell in zip(keys, cells, strict=True) if cell]))
            cells = [first.get(key, "") for key in keys]
        columns.append(cells)
    return [" ".join(cell for cell in row if cell) for row in zip(*columns, strict=True)]


def _filled_by(section: Section) -> list[str]:
    """The order of each row where what its first row says holds for the others; else empty."""
    fill_down = section.options.get("fill_down")
    order = section.column("order_id")
    if not isinstance(fill_down, list) or order is None or fill_down[0] != "order_id":
        return []
    return list(filled(section.table.values(order)))


def _counts(section: Section, names: list[str]) -> Counter[str]:
    return Counter(states_of(section, names))


def settle_states(proposal: Proposal) -> None:
    """Ask which states are revenue, with what stands behind each."""
    for section in proposal.sections:
        if section.input_name == "orders" and "status" in section.columns:
            if not 1 < len(_counts(section, section.columns["status"])) <= MOST_STATES:
                del section.columns["status"]
        elif section.input_name != "sales":
            section.columns.pop("status", None)
        if "status" not in section.columns:
            if section is proposal.sections[0]:
                _warn_of_refunds(proposal, section)
            continue
        names = section.columns["status"]
        summed = _amounts_by_state(proposal, section)
        section.options["status"] = {"revenue": [OPEN], "returns": [], "not_revenue": []}
        listed = " and ".join(f"`{name}`" for name in names)
        proposal.questions.append(
            Question(
                f"{section.place}.status",
                f"Which values of {listed} in {section.table.title} are revenue?",
                [
                    f"{value or EMPTY}: {count} rows"
                    + (f", {summed[value]:,.2f}" if summed else "")
                    for value, count in _counts(section, names).most_common()
                ]
                + _by_side(section)
                + _given_back(section),
                [],
                free="the values that are revenue, with commas; with a minus before those of goods "
                "that came back (Sold, -Refund); all others are not revenue",
                in_file="Put each value into one of the lists: revenue; returns, for goods that "
                "came back on rows without a minus; not_revenue",
            )
        )
    _state_of_others(proposal)


def _by_price_list(proposal: Proposal, sales: Section) -> list[Decimal | None]:
    """Quantity × the product's price for each line; [] where no list has the prices."""
    products = next((one for one in proposal.sections if one.input_name == "products"), None)
    price = products.column("unit_price") if products is not None else None
    key, product, quantity = (
        products.column("product_id") if products is not None else None,
        sales.column("product_id"),
        sales.column("quantity"),
    )
    if (
        products is None
        or OPEN in (price, quantity)
        or not (price and key and product and quantity)
    ):
        return []
    listed = Numbers(products.table, products.decimal).of(price)
    prices = dict(zip(products.table.values(key), listed, strict=True))
    quantities = Numbers(sales.table, sales.decimal).of(quantity)
    found = zip(sales.table.values(product), quantities, strict=True)
    return [None if q is None or (p := prices.get(key)) is None else q * p for key, q in found]


def _given_back(section: Section) -> list[str]:
    """What a column says was paid back of single orders: no state can take it off."""
    numbers = Numbers(section.table, section.decimal)
    mapped = {name for names in section.columns.values() for name in names}
    sums = {
        name: sum((abs(value) for (value,) in numbers.rows(name)), Decimal())
        for name, facts in section.table.columns.items()
        if facts.is_number
        and not (facts.is_date or is_rate(name))
        and says_return(name)
        and name not in mapped
    }
    return [
        f"`{name}` says that {total:,.2f} was given back, which is not taken off by itself"
        for name, total in sums.items()
        if total
    ]


def _warn_of_refunds(proposal: Proposal, sales: Section) -> None:
    """Ask about what was paid back, where no state is asked about that would say so."""
    orders = next((one for one in proposal.sections if one.input_name == "orders"), None)
    given_back = _given_back(sales)
    if not given_back or (orders is not None and "status" in orders.columns):
        return
    place = f"{sales.place}.not_used"
    names = [text.split("`")[1] for text in given_back]
    proposal.questions.append(
        Question(
            place,
            f"{sales.table.title} says what was paid back, which is not taken off. Go on without?",
            [*given_back, "only goods that came back, on lines of their own, come off"],
            [Answer("yes", {place: names}, "revenue is before what was paid back")],
        )
    )
    sales.options["not_used"] = OPEN


def _state_of_others(proposal: Proposal) -> None:
    """Where some rows have a state, those of other sections of sales are sold."""
    if not any("status" in section.columns for section in proposal.sections):
        return
    of_orders = any(
        "status" in one.columns for one in proposal.sections if one.input_name == "orders"
    )
    for section in proposal.sales:
        is_first = section is proposal.sections[0]
        if "status" not in section.columns and not (of_orders and is_first):
            section.values["status"] = "sold"
            section.options["status"] = {"revenue": ["sold"]}


def _amounts_by_state(proposal: Proposal, section: Section) -> dict[str, Decimal]:
    """What the lines of each state add up to; empty where lines have no amount of their own."""
    sales = section if section.input_name == "sales" else proposal.sections[0]
    lines = line_amounts(sales) or _by_price_list(proposal, sales)
    if not lines:
        return {}
    states = states_of(section, section.columns["status"])
    if section is not sales:
        order = sales.column("order_id")
        if order is None:
            return {}
        by_order = dict(
            zip(section.table.values(section.columns["order_id"][0]), states, strict=True)
        )
        keys = filled(sales.table.values(order))
        states = [by_order.get(order, "") for order in keys]
    summed: dict[str, Decimal] = defaultdict(Decimal)
    for state, line in zip(states, lines, strict=True):
        summed[state] += line or 0
    return summed
