"""A section of inputs.yml from a table: its columns by their names, and what joins two of them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from scripts.onboard.matching import match
from scripts.onboard.proposal_parts import Section
from scripts.onboard.tables import Table
from scripts.onboard.values import time_format
from scripts.onboard.words import meanings


def section_of(place: str, input_name: str, group: list[Table]) -> Section:
    """A table as an input: its columns by what their names mean and their values allow."""
    section = Section(place, input_name, group)
    for ours, found in match(group[0], input_name).items():
        section.columns[ours] = [found.name]
        section.notes[ours] = note_of(group[0], found.name)
    _join_names(section)
    _join_time(section)
    return section


def note_of(table: Table, name: str) -> str:
    """What speaks for a column: how many values it has, and some of them."""
    facts = table.columns[name]
    return f"{facts.distinct} different, such as {', '.join(facts.examples[:3])}"


def _join_names(section: Section) -> None:
    """First and last names make the name of a person."""
    ours = {"customers": "customer_name", "employees": "employee_name"}.get(section.input_name)
    if ours is None:
        return
    parts = {}
    for name in section.table.columns:
        for part in ("first_name", "last_name"):
            if meanings(name).get(part, 0) >= 0.9:
                parts.setdefault(part, name)
    if len(parts) == 2:
        section.columns[ours] = [parts["first_name"], parts["last_name"]]
        section.notes[ours] = "first and last name"


def _join_time(section: Section) -> None:
    """A day and a time in two columns make the moment of a sale."""
    if "sold_on" not in section.columns or section.input_name not in ("sales", "orders"):
        return
    for name, facts in section.table.columns.items():
        if time_format(facts.values) is not None and meanings(name).get("time", 0) >= 0.7:
            section.columns["sold_at"] = [*section.columns.pop("sold_on"), name]
            section.notes.pop("sold_on", None)
            section.notes["sold_at"] = "day and time"
            return


def overlap(some: Iterable[str], others: Iterable[str]) -> float:
    """The share of the values that are among the others."""
    wanted = {_key(value) for value in some}
    if not wanted:
        return 0.0
    return len(wanted & {_key(value) for value in others}) / len(wanted)


def _key(value: str) -> str:
    return value.removesuffix(".0")


def title_of(table: Table) -> str:
    """What a table is called: its sheet or list, else its file."""
    return table.part[1] if table.part else Path(table.path).stem
