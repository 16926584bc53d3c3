"""What the tables beside the sales are, by the keys that they share with them."""

from __future__ import annotations

from scripts.onboard.matching import match
from scripts.onboard.proposal_parts import Proposal, Section
from scripts.onboard.sections import note_of, overlap, section_of, title_of
from scripts.onboard.tables import Table
from scripts.onboard.words import meanings, plain

# Keys of two tables belong together when this share of one's values stands in the other.
OVERLAP = 0.5
# How much it says that a key is called as in the table that uses it.
SAME_NAME = 0.7
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
LOOKED_UP = ("category", "subcategory", "brand", "region", "segment", "state", "country", "city")


def add_dimensions(
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
        called = {plain(user.columns[ours][0]) for user in users if ours in user.columns}
        best: tuple[float, list[Table], str] | None = None
        for group in waiting:
            for name, facts in group[0].columns.items():
                if not facts.is_unique or len(group[0].columns) < 2:
                    continue
                by_name = _is_key_of(group[0], name, input_name)
                if plain(name) in called:
                    by_name = max(by_name, SAME_NAME)
                share = max((overlap(values, facts.values) for values in used), default=0.0)
                if by_name and share >= OVERLAP and (best is None or share + by_name > best[0]):
                    best = (share + by_name, group, name)
        if best is not None:
            _, group, name = best
            section = section_of(input_name, input_name, group)
            section.columns = {
                k: v for k, v in section.columns.items() if v != [name] and k != ours
            }
            section.columns[ours] = [name]
            section.notes[ours] = note_of(group[0], name)
            proposal.sections.append(section)
            waiting.remove(group)
    if "stock" not in known:
        _stock(proposal, users[0], waiting)
    _lookups(proposal, waiting)
    return waiting


def _is_key_of(table: Table, name: str, input_name: str) -> float:
    """How much a column's or the table's name says that it is the key of this input."""
    found = meanings(name)
    score = found.get(ID_OF[input_name], 0.0)
    tokens = {token.rstrip("sexn") for token in plain(title_of(table)).split()}
    subjects = {word.rstrip("sexn") for word in SUBJECTS[input_name].split()}
    if tokens & subjects:
        score = max(score, 0.5 + 0.4 * max(found.get("code", 0.0), 0.5))
    return score if score >= 0.6 else 0.0


def _stock(proposal: Proposal, sales: Section, waiting: list[list[Table]]) -> None:
    """A table of products, and perhaps stores, with a quantity and no sale."""
    if "product_id" not in sales.columns:
        return
    sold = sales.table.columns[sales.columns["product_id"][0]].values
    for group in list(waiting):
        section = section_of("stock", "stock", group)
        if not {"product_id", "on_hand"} <= set(section.columns):
            continue
        facts = group[0].columns[section.columns["product_id"][0]]
        if overlap(facts.values, sold) >= OVERLAP and "sold_on" not in match(group[0], "sales"):
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
                        and overlap(
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
