"""What a header means, by its words in seven languages (`words.yml`)."""

from __future__ import annotations

import difflib
import re
from functools import lru_cache
from pathlib import Path

from scripts.ingest import yaml_text
from scripts.ingest.numbers import MONEY_SIGNS
from scripts.onboard.values import unaccented

WORDS_FILE = Path(__file__).with_name("words.yml")
# What a header says of tax.
WITH_TAX = {
    *("ttc", "tvac", "brutto", "bruttobetrag", "bruttopreis", "inkl", "incl", "including"),
    *("inclusief", "lordo", "ivato", "ivata", "inc", "incluido", "incluida", "inclus"),
}
WITHOUT_TAX = {
    *("ht", "htva", "netto", "nettobetrag", "nettopreis", "exkl", "excl", "excluding"),
    *("exclusief", "imponibile", "imponible", "tributavel", "exc", "ex", "exclu"),
}
TAX_WORDS = {
    *("tax", "vat", "gst", "tva", "taxe", "mwst", "ust", "mehrwertsteuer", "mehrwertsteuersatz"),
    *(
        "tps",
        "tvq",
        "qst",
        "pst",
        "hst",
        "steuersatz",
        "iva",
        "impuesto",
        "imposta",
        "aliquota",
        "imposto",
        "btw",
        "moms",
    ),
}
# Words for goods that come back.
RETURN_WORDS = {
    *("refund", "refunds", "refunded", "return", "returns", "returned", "void", "voided"),
    *("avoir", "avoirs", "retour", "retours", "retourne", "retournee", "remboursement"),
    *("gutschrift", "gutschriften", "storno", "storniert", "retoure", "retouren", "erstattung"),
    *("devolucion", "devoluciones", "devuelto", "abono", "reembolso", "rimborso", "reso", "resi"),
    *("devolucao", "devolucoes", "estorno", "creditnota", "kreditnota", "creditfactuur"),
    *("retouren", "rettifica", "korekta", "korekty", "zwrot", "zwroty", "dobropis", "hyvitys"),
    *("retur", "returer", "kreditfaktura", "kreditering", "aterbetalning", "refusion", "refusjon"),
}
FEE_WORDS = {
    *("fee", "fees", "commission", "commissions", "frais", "gebuhr", "gebuhren", "provision"),
    *("comision", "comisiones", "commissione", "commissioni", "taxa", "taxas", "tarifa", "tarifas"),
    *("comissao", "prowizja", "avgift", "gebyr", "kosten"),
}
DISCOUNT_WORDS = {
    *("discount", "discounts", "rebate", "coupon", "voucher", "remise", "remises", "rabais"),
    *("rabatt", "rabatte", "nachlass", "gutschein", "descuento", "descuentos", "cupon", "sconto"),
    *("sconti", "desconto", "descontos", "korting", "kortingen", "kortingsbedrag"),
}
# Words of how somebody is reached.
CONTACT_WORDS = {
    *("email", "mail", "phone", "telephone", "tel", "mobile", "telefon", "telefoon", "telefono"),
    *("telefone", "celular", "address", "street", "adresse", "rue", "strasse", "straat", "adres"),
    *("direccion", "calle", "indirizzo", "endereco", "rua", "zip", "postcode", "plz", "birth"),
}
# With these a header speaks of an amount, once a discount is off or before it is.
BESIDE_DISCOUNT = {
    *("after", "before", "less", "minus", "net", "with", "without", "incl", "excl", "nach", "vor"),
    *("mit", "ohne", "apres", "avant", "avec", "sans", "tras", "antes", "con", "sin", "dopo"),
    *("prima", "senza", "com", "sem", "depois", "na", "voor", "met", "zonder"),
}
# Words of what is neither goods nor money for them, whatever stands beside.
NO_MEANING = {
    *("freight", "shipping", "shipped", "postage", "frete", "porto", "versand", "livraison"),
    *("flete", "envio", "spedizione", "trasporto", "verzendkosten", "verzending", "versandkosten"),
    *("fee", "fees", "tip", "tips", "gratuity", "handling", "weight", "percentage"),
    *("refund", "refunded", "outstanding", "balance", "cart", "coupon", "review", "birth"),
    *("delivery", "delivered", "estimated", "approved", "due", "expiry", "expiration", "limit"),
    *("livraison", "lieferung", "lieferdatum", "entrega", "consegna", "levering"),
}
# How many were sold, when nothing else is said: a price sold is none.
ALONE = {"sold", "verkauft", "verkocht", "vendu", "vendus", "vendido", "vendidos"}
ALONE |= {"venduto", "venduti"}
FOR_EACH = {"per", "je", "pro", "par", "por"}
# Answers to a question that a column asks.
FLAGS = {
    *("true", "false", "yes", "no", "y", "n", "0", "1", "x", "ja", "nein", "nee", "oui", "non"),
    *("si", "sim", "nao", "wahr", "falsch", "vrai", "faux", "vero", "falso"),
}
# Words of shares and rates, which are no amounts.
RATE_WORDS = {"%", "percent", "percentage", "pct", "rate", "satz", "taux", "aliquota", "aliquote"}
# Words that say of an amount whether tax is in it.
TAX_ASIDE = re.compile(
    r"\b(?:incl?|inkl|included|including|inclusief|inclus|inclusive|excl?|exkl|ex|excluding|"
    r"exclusief|exclusive|hors|ohne|zzgl|mit|avec|sans|con|sin|senza|com|sem|med|uden|utan) "
    r"(?:de |of )?(?:btw|moms|vat|tva|tax|taxe|taxes|iva|mwst|ust|gst)\b"
)
# Letters that are no letter with an accent.
LETTERS = str.maketrans(
    {
        "ß": "ss",
        "ø": "o",
        "Ø": "O",
        "ł": "l",
        "Ł": "L",
        "æ": "ae",
        "Æ": "Ae",
        "œ": "oe",
        "Œ": "Oe",
        "°": " ",
        "º": " ",
    }
)
# Letters with points between them are one word: P.V.P., I.V.A.
ABBREVIATION = re.compile(r"(?<![^\W\d_])(?:[^\W\d_]\.){2,}[^\W\d_]?(?![^\W\d_])")
# What stands before a line's column where orders have columns too: Order Lines/Product.
OF_LINES = re.compile(
    r"(?i)^[^/]*(?:lines?|items|lignes?|zeilen|positionen|lineas|righe|linhas|regels)[^/]*/"
)
# A header that says at which rate the tax in its column was: TVA 10%.
AT_RATE = re.compile(r"\d(?:[.,]\d+)? ?%")
# Currencies of which the codes are no words: amount_eur.
USUAL_CURRENCIES = ("EUR", "USD", "GBP", "CHF")
# The two sides of an account.
SIDES = {
    "credit": {"credit", "haben", "haber", "avere", "credito", "crediteur"},
    "debit": {"debit", "soll", "debe", "dare", "debito", "debiteur"},
}
CARDS = {"card", "cards", "karte", "carte", "cb", "tarjeta", "cartao", "carta", "kaart", "kort"}
CENTS_WORDS = {"cents", "cent", "pence", "centimes", "centavos", "centimos", "centesimi", "minor"}
THOUSANDS = re.compile(
    r"(?i)(?:\b|_)(?:[kt] ?(?:€|eur|euros?|usd|gbp|chf)|[kt]?[€$£] ?k|in thousands|thousands|"
    r"milliers|tausend|tsd|miles de|migliaia|milhares|duizend(?:en|tallen)?|000s)(?![^\W_])"
)
NUMBER_WORDS = {"number", "no", "nr", "num", "numero", "nummer", "numer", "id", "code", "codigo"}
EXACT, NEARLY, PARTLY, ALIKE = 1.0, 0.95, 0.7, 0.6


@lru_cache(maxsize=1)
def _meanings_by_phrase() -> dict[str, tuple[str, ...]]:
    """{phrase: our columns that it means}."""
    content = yaml_text.read(WORDS_FILE)
    assert isinstance(content, dict)
    found: dict[str, list[str]] = {}
    for column, phrases in content.items():
        for phrase in (column.replace("_", " "), *phrases):
            found.setdefault(phrase, [])
            if column not in found[phrase]:
                found[phrase].append(column)
    return {phrase: tuple(columns) for phrase, columns in found.items()}


def plain(header: str) -> str:
    """A header in lower case, without accents, its words apart by one space."""
    text = re.sub(r" \(\d+\)$", "", header)
    text = ABBREVIATION.sub(lambda found: found[0].replace(".", ""), text)
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", text)
    text = unaccented(text.translate(LETTERS)).lower()
    return " ".join(re.sub(r"[^a-z0-9%]+", " ", text).split())


@lru_cache(maxsize=4096)
def meanings(header: str) -> dict[str, float]:
    """How well a header fits each of our columns, from 0 (left out) to 1."""
    phrases = _meanings_by_phrase()
    found: dict[str, float] = {}
    of_line = OF_LINES.sub("", header)
    if of_line not in ("", header):
        return meanings(of_line)

    def add(columns: tuple[str, ...], score: float) -> None:
        for column in columns:
            found[column] = max(found.get(column, 0.0), score)

    name = plain(header)
    bare = " ".join(TAX_ASIDE.sub(" ", name).split())
    if bare not in ("", name):
        return meanings(bare)  # an amount with or without tax is an amount
    if set(_without_asides(header).split()) & NO_MEANING or "time zone" in name:
        return {}
    last = plain(header.rpartition(".")[2])
    for text, score in (
        (name, EXACT),
        (plain(header.lower()), EXACT),
        (last, NEARLY),
        (_without_asides(header), NEARLY),
        (_without_asides(header.lower()), NEARLY),
    ):
        add(phrases.get(text, ()), score)
    tokens = name.split()
    for size in range(len(tokens) - 1, 0, -1):
        for start in {0, len(tokens) - size}:
            phrase = " ".join(tokens[start : start + size])
            rest = set(tokens) - set(phrase.split())
            if len(phrase) >= 3 and rest and phrase not in ALONE:
                add(phrases.get(phrase, ()), PARTLY - 0.1 * (len(tokens) - size - 1))
    if set(tokens) & FOR_EACH:
        found.pop("quantity", None)  # how many there are in one
    if not found:
        near = difflib.get_close_matches(name, list(phrases), n=1, cutoff=0.88)
        if near and len(name) > 4:
            add(phrases[near[0]], ALIKE)
    return found


def _without_asides(header: str) -> str:
    """A header without what stands in brackets, currencies, and tax."""
    tokens = plain(re.sub(r"[\[(][^\])]*[\])]", " ", header)).split()
    codes = {code.lower() for code in MONEY_SIGNS}
    kept = [t for t in tokens if t not in codes | WITH_TAX | WITHOUT_TAX | {"euro", "euros"}]
    return " ".join(kept)


def says_tax(header: str) -> bool | None:
    """Whether a header says that amounts include tax; None when it says nothing of it."""
    tokens = set(plain(header).split()) | set(plain(header.lower()).split())
    if tokens & WITH_TAX and not tokens & WITHOUT_TAX:
        return True
    if tokens & WITHOUT_TAX or "hors taxe" in plain(header):
        return False
    return None


def says_return(header: str) -> bool:
    """Whether a header speaks of goods that come back."""
    return bool(set(plain(header).split()) & RETURN_WORDS)


def says_discount(header: str) -> bool:
    """Whether a header speaks of something taken off."""
    return bool(set(plain(header).split()) & DISCOUNT_WORDS)


def says_contact(header: str) -> bool:
    """Whether a header speaks of how somebody is reached."""
    return bool(set(plain(header).split()) & CONTACT_WORDS)


def is_discount(header: str) -> bool:
    """Whether a header names what was taken off, and not what was left or there before."""
    return says_discount(header) and not is_beside_discount(header)


def is_beside_discount(header: str) -> bool:
    """Whether a header speaks of what there was before a discount, is left of it, or is its tax."""
    is_tax = says_tax_rate(header) and says_tax(header) is None
    return is_tax or bool(set(plain(header).split()) & BESIDE_DISCOUNT)


def says_fee(header: str) -> bool:
    """Whether a header speaks of what a marketplace or a bank keeps."""
    return bool(set(plain(header).split()) & FEE_WORDS)


def says_tax_rate(header: str) -> bool:
    """Whether a header speaks of tax and could be its rate: `TVA %`, `VAT`, `MwSt.-Satz`."""
    return bool({*plain(header).split(), *plain(header.lower()).split()} & TAX_WORDS)


def currency_in(text: str) -> str | None:
    """The currency that a header or a sign beside amounts names, when it names only one."""
    for code in (*MONEY_SIGNS, "EUR"):
        if re.search(rf"\b{code}\b", text):
            return code
    usual = [code for code in USUAL_CURRENCIES if code.lower() in plain(text).split()]
    if len(usual) == 1:
        return usual[0]
    codes = [
        code
        for code, signs in MONEY_SIGNS.items()
        if any(s in text for s in signs if not s.isascii())
    ]
    return codes[0] if len(codes) == 1 else None


def says_rate_of_tax(header: str) -> bool:
    """Whether a header says the one rate of the tax whose amounts stand below it: TVA 10%."""
    return says_tax_rate(header) and AT_RATE.search(header) is not None


def side_of(header: str) -> str | None:
    """Which side of an account a header names, `credit` or `debit`; None for neither or both."""
    tokens = set(plain(header).split())
    if tokens & CARDS:
        return None
    sides = [side for side, words in SIDES.items() if tokens & words]
    return sides[0] if len(sides) == 1 else None


def says_cents(header: str) -> bool:
    """Whether a header speaks of hundredths of a currency."""
    return bool(set(plain(header).split()) & CENTS_WORDS)


def says_thousands(header: str) -> bool:
    """Whether a header speaks of thousands of a currency: CA (k€), Umsatz TEUR."""
    return THOUSANDS.search(header) is not None


def says_number(header: str) -> bool:
    """Whether a header speaks of what numbers or names something, and so of no amount."""
    return bool(set(plain(header).split()) & NUMBER_WORDS)


def is_rate(header: str) -> bool:
    """Whether a header speaks of a share or a rate, and so of no amount."""
    tokens = plain(header).split()
    if AT_RATE.search(header):
        return False
    return bool(set(tokens) & RATE_WORDS) or any(
        one.endswith("satz") and not one.endswith("umsatz") for one in tokens
    )
