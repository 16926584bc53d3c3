"""The registry of inputs and their columns, as `seeds/known_input_columns.csv` lists them."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache

from scripts.paths import PROJECT

REGISTRY_FILE = PROJECT / "seeds" / "known_input_columns.csv"

# The types whose text ingest may rewrite; each has a `<column>_as_written` beside it.
REWRITTEN_TYPES = ("id", "date", "timestamp", "number", "rate")
NUMBER_TYPES = ("number", "rate")


@dataclass(frozen=True)
class Column:
    """One column of an input: its name and the type of its values."""

    name: str
    value_type: str


@lru_cache(maxsize=1)
def inputs() -> dict[str, tuple[Column, ...]]:
    """The columns of each input, in their order in the landing files."""
    columns: dict[str, list[tuple[int, Column]]] = {}
    with REGISTRY_FILE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            column = Column(row["column_name"], row["value_type"])
            columns.setdefault(row["input_name"], []).append((int(row["column_position"]), column))
    return {
        name: tuple(column for _, column in sorted(numbered, key=lambda pair: pair[0]))
        for name, numbered in columns.items()
    }


def value_type(input_name: str, column_name: str) -> str:
    """The type of a column that the registry has."""
    return next(c.value_type for c in inputs()[input_name] if c.name == column_name)


def landing_columns(input_name: str) -> list[str]:
    """Every column of a landing file of the input, in order; all text but `record_number`."""
    columns = inputs()[input_name]
    return [
        "file_id",
        "record_number",
        "record_key",
        *(column.name for column in columns),
        *(f"{c.name}_as_written" for c in columns if c.value_type in REWRITTEN_TYPES),
        "extra",
    ]


def rounding_places(input_name: str, column_name: str) -> int:
    """How many decimals the warehouse keeps of a number, for the rounded control total."""
    return 8 if value_type(input_name, column_name) == "rate" else 4
