"""Which columns of a table are which of an input's: by what names mean and values allow."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from scripts.ingest import registry
from scripts.ingest.moments import EXCEL
from scripts.onboard.tables import Table
from scripts.onboard.values import Facts
from scripts.onboard.words import (
    FLAGS,
    is_beside_discount,
    is_rate,
    meanings,
    plain,
    says_contact,
)

# A column of another meaning in the words than in the registry.
ALIASES = {"targets": {"month_start_on": "sold_on"}, "lookups": {}, "exchange_rates": {}}
# What a name alone, or a number alone, means in a table about something.
OWN_NAMES = {
    "products": ("product_id", "product_name"),
    "stores": ("store_id", "store_name"),
    "customers": ("customer_id", "customer_name"),
    "employees": ("employee_id", "employee_name"),
    "lookups": ("code", "name"),
    "orders": ("order_id", ""),
}
# What a transaction or a document is, and not which one.
KIND_WORDS = {"type", "typ", "kind", "art", "tipo", "soort"}
PRODUCT_NAMES = ("product_id", "product_name")
LEAST_SCORE = 0.55
# What other tables say goes before any name.
CERTAIN = 2.0
BARE = 0.95
SEXES = {"m", "f", "h", "w", "male", "female", "homme", "femme", "man", "woman", "hombre", "mujer"}
# A column with fewer values for its rows names no orders.
MOST_ROWS_OF_AN_ORDER = 50

_TIME = re.compile(r"[ T,] ?\d?\d[:.h]\d\d")
_MIDNIGHT = re.compile(r"[ T]0?0[:.]00([:.]00)?(\.0+)?(Z|[+-]\d\d:?\d\d)?$")


@dataclass(frozen=True)
class Match:
    """One of our columns, the file's column behind it, and how well their names agree."""

    ours: str
    name: str
    score: float


def match(table: Table, input_name: str, without: Collection[str] = ()) -> dict[str, Match]:
    """The best reading of a table as an input: each of its columns is at most one of ours."""
    candidates = [
        Match(ours, name, CERTAIN) for name, ours in table.known.items() if input_name == "sales"
    ]
    known = {column.name: column.value_type for column in registry.inputs()[input_name]}
    known.pop("attribute", None)
    own_id, own_name = OWN_NAMES.get(input_name, ("", ""))
    for name, facts in table.columns.items():
        if name in without or not facts.count:
            continue
        found = dict(meanings(name))
        if own_id in known and found.get("code"):
            found[own_id] = max(found.get(own_id, 0), 0.9 * found["code"])
        if input_name == "sales":
            found |= _in_nested(table, name, found)
        if own_name in known and found.get("name"):
            found[own_name] = max(found.get(own_name, 0), 0.9 * found["name"])
        for ours, value_type in known.items():
            score = found.get(ALIASES.get(input_name, {}).get(ours, ours), 0.0)
            if ours.endswith("_id") and found.get("quantity", 0.0) >= score and facts.is_number:
                continue  # how many, of what a column beside names
            if ours == "sold_at":
                score = max(score, found.get("sold_on", 0.0))
            if score >= LEAST_SCORE and _fits(name, facts, ours, value_type):
                candidates.append(Match(ours, name, score + _bonus(facts, ours)))
    chosen: dict[str, Match] = {}
    taken: set[str] = set()
    # of names that say as much, the one of more words: a product's reference is not the order's
    for one in sorted(
        candidates,
        key=lambda c: (
            -round(c.score, 3),
            -len(plain(c.name).split()) if c.ours in PRODUCT_NAMES else 0,
            list(table.columns).index(c.name),
        ),
    ):
        other = {"sold_on": "sold_at", "sold_at": "sold_on"}.get(one.ours)
        if one.ours not in chosen and other not in chosen and one.name not in taken:
            chosen[one.ours] = one
            taken.add(one.name)
    _second_product(table, input_name, chosen, taken)
    _bare_name(table, input_name, chosen, taken)
    return chosen


def _second_product(
    table: Table, input_name: str, chosen: dict[str, Match], taken: set[str]
) -> None:
    """A second column that means a product is its name, when it is made of words."""
    if input_name != "sales" or "product_id" not in chosen or "product_name" in chosen:
        return
    for name, facts in table.columns.items():
        if name not in taken and not facts.is_number and meanings(name).get("product_id", 0) >= 0.9:
            chosen["product_name"] = Match("product_name", name, 0.8)
            taken.add(name)
            return


def _bare_name(table: Table, input_name: str, chosen: dict[str, Match], taken: set[str]) -> None:
    """Where nothing says a product, what is only called a name, and repeats, is what was sold."""
    products = {"product_id", "product_name", "category", "subcategory"}
    if input_name != "sales" or products & set(chosen):
        return
    if any(says_contact(name) for name in table.columns):
        return  # the name of somebody who can be called or written to
    for name, facts in table.columns.items():
        is_name = meanings(name).get("name", 0) >= BARE and not facts.is_number
        if name not in taken and is_name and facts.distinct < facts.count:
            chosen["product_name"] = Match("product_name", name, LEAST_SCORE)
            taken.add(name)
            return


def _in_nested(table: Table, name: str, found: dict[str, float]) -> dict[str, float]:
    """What names mean in a list of lines inside orders: `parent.id` is the order's."""
    if not any(other.startswith("parent.") for other in table.columns):
        return {}
    if name.startswith("parent.") and found.get("code"):
        return {"order_id": max(found.get("order_id", 0), 0.85)}
    if not name.startswith("parent.") and found.get("name"):
        return {"product_name": max(found.get("product_name", 0), 0.85)}
    return {}


def _fits(name: str, facts: Facts, ours: str, value_type: str) -> bool:
    """Whether a column's values can be what one of ours holds."""
    if ours in ("discount_amount", "discount_rate") and is_beside_discount(name):
        return False
    if value_type in ("date", "timestamp"):
        return facts.is_date and has_times(facts) == (
            ours == "sold_at" or value_type == "timestamp"
        )
    if value_type in ("number", "rate"):
        if not facts.is_number or (facts.is_date and facts.dates != (EXCEL,)):
            return False
        if value_type == "number":
            return not facts.has_percent and not is_rate(name) and not _is_tax_rate(facts, ours)
        return _is_share(facts) or facts.has_percent or ours == "discount_rate"
    if ours == "sale_id" and not facts.is_unique:
        return False
    if ours == "line_number" and not all(value.isdigit() for value in facts.values):
        return False  # a till, or an amount of the line
    if ours == "order_id" and set(plain(name).split()) & KIND_WORDS:
        return False
    if ours == "order_id" and facts.distinct * MOST_ROWS_OF_AN_ORDER < facts.count:
        return False  # a kind of document, or a till
    if ours == "currency":
        return all(re.fullmatch("[A-Za-z]{3}", value) for value in facts.values)
    if value_type == "flag":
        return facts.distinct <= 2
    if value_type == "text" and ours not in ("status", "currency") and _says_yes_or_no(facts):
        return False
    if value_type == "text" and ours.endswith("name"):
        return not facts.is_number
    is_day = facts.is_date and facts.dates != (EXCEL,)
    return not (is_day and ours in ("order_id", "product_id", "customer_id"))


def _says_yes_or_no(facts: Facts) -> bool:
    """Whether a column only answers a question, or says of people what sex they are."""
    if not 1 < facts.distinct <= len(FLAGS):
        return False
    values = {plain(value) for value in facts.values}
    return values <= FLAGS - {"0", "1"} or values <= SEXES


def _is_tax_rate(facts: Facts, ours: str) -> bool:
    """Whether what is called tax are rates: few values, all of them possible percentages."""
    if ours != "tax_amount" or facts.distinct > 4 or facts.count < 20:
        return False
    return all(re.fullmatch(r"[012]?\d([.,]\d+)?", value) for value in facts.values)


def _bonus(facts: Facts, ours: str) -> float:
    """What the values say for one of two meanings that a name allows."""
    if ours == "discount_rate":
        return 0.02 if _is_share(facts) or facts.has_percent else -0.2
    if ours == "discount_amount":
        return -0.02 if _is_share(facts) or facts.has_percent else 0.01
    if ours == "order_id":
        return -0.06 if facts.is_unique else 0.0  # another column may hold lines together
    if ours in ("sold_on", "sold_at"):
        return 0.05 * facts.filled
    if ours in ("product_id", "store_id", "customer_id", "employee_id") and not facts.is_number:
        # codes rather than words: no spaces
        texts = facts.examples
        return -0.03 if texts and all(" " in text for text in texts) else 0.0
    return 0.0


def _is_share(facts: Facts) -> bool:
    return all(
        re.fullmatch(r"[01]|[01]?[.,]\d+|1[.,]0+", value) is not None for value in facts.values
    )


def has_times(facts: Facts) -> bool:
    """Whether days come with a time that is not midnight throughout."""
    return any("%H" in one or "%I" in one for one in facts.dates) and any(
        _TIME.search(value) and not _MIDNIGHT.search(value) for value in facts.values
    )
