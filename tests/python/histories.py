"""Histories of a shop: drawing them, playing them, and what the warehouse must be afterwards.

A history is a small shop and what happens to it: files that come, change, are copied, leave, are
withdrawn and restored, and an `inputs.yml` that changes, with a run of the pipeline after each
step. It is plain data (`json`), so that one that failed can be kept and played again:

    python tests/python/histories.py FILE.json …

plays it step by step into one warehouse, then makes a second warehouse from nothing but the
files that are current in the end, and says in which cells of the public tables the two differ.

Nothing here knows how the models are built. dbt is imported and the project parsed once, in a
process that never opens a database; every command (ingest, withdraw, build) runs in a fork of
it, so that each build starts as a new process does in production, only without the start.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import logging
import math
import os
import pickle
import re
import resource
import shutil
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from random import Random

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT))

from hypothesis import strategies as st  # noqa: E402

from scripts import build as build_step  # noqa: E402
from scripts.errors import UserError  # noqa: E402
from scripts.ingest import ingest, ledger  # noqa: E402
from scripts.ingest.config import Input  # noqa: E402
from scripts.ingest.config import load as load_config  # noqa: E402
from scripts.withdraw import withdraw  # noqa: E402

PUBLIC_SCHEMAS = ("core", "marts", "quality")

# --- drawing: the pools -------------------------------------------------------------------------
# Small, so that keys, orders, products, stores and days meet often.

DAYS = (
    "2024-01-01",
    "2024-01-31",
    "2024-02-15",
    "2024-02-29",
    "2024-03-10",
    "2024-03-31",
    "2024-06-30",
    "2024-12-31",
    "2023-12-31",
    "2025-01-15",
)
NEW_MONTH_DAYS = ("2025-02-01", "2025-02-28", "2025-03-05", "2025-04-30", "2022-11-11")
# more than a year after the others: an error, until there are more of them
FAR_DAYS = ("2026-09-01", "2026-09-20", "2026-10-02")
WRONG_DAYS = ("1890-01-01", "31/12/2024", "soon", "")
TIMES = ("00:30:00", "02:59:59", "12:00:00", "23:59:59")
UPDATES = ("2024-03-01 08:00:00", "2024-03-02 08:00:00", "2025-01-01 00:00:00")
ORDERS = tuple(f"O{number}" for number in range(1, 9))
PRODUCTS = ("P1", "P2", "P3", "P4", "P5", "P6")
STORES = ("S1", "S2", "S3", "S4")
CUSTOMERS = ("C1", "C2", "C3", "C4", "")
EMPLOYEES = ("E1", "E2", "E3", "")
# what no file of members ever describes
STRANGERS = {"product_id": "P9", "store_id": "S9", "customer_id": "C9", "employee_id": "E9"}
PLACES = {
    "city": ("Rennes", "Brest", "Lyon", ""),
    "state": ("Ille", "Rhône", ""),
    "region": ("North", "South", "West", ""),
    "country": ("France", "Belgium", ""),
}
POOLS = {
    "order_id": ORDERS,
    "line_number": ("1", "2", "3"),
    "product_id": PRODUCTS,
    "store_id": STORES,
    "customer_id": CUSTOMERS,
    "employee_id": EMPLOYEES,
    "quantity": ("1", "2", "3", "10", "-1", "-2", "0", ""),
    "unit_price": ("10", "2.50", "99.99", "0.3333", ""),
    "net_amount": ("10", "20.50", "-5", "7.77", "3.3333", ""),
    "discount_rate": ("", "", "0.1", "0.25", "20"),
    "discount_amount": ("", "", "1", "0.5"),
    "tax_amount": ("", "1", "2"),
    "unit_cost": ("4", "1.25", "50", ""),
    "currency": ("EUR", "USD", "CHF", ""),
    "status": ("paid", "sent", "cancelled", "odd", ""),
    "updated_at": (*UPDATES, ""),
    "product_name": ("Soap", "Lamp", "Chair", "soap"),
    "category": ("A", "B", "C", ""),
    "subcategory": ("a1", "b1", ""),
    "brand": ("Nord", "Sud", ""),
    "store_name": ("Centre", "Port", "Gare"),
    "customer_name": ("Ada", "Bob", "Cy", ""),
    "segment": ("home", "office", ""),
    "employee_name": ("Eva", "Finn", ""),
    "note": ("", "", "x", "y"),
    "valid_from": ("", "2024-01-01", "2024-02-10", "2024-03-10", "2025-06-01"),
    "stock_quantity": ("5", "12", ""),
    "opened_on": ("2020-01-01", "2024-02-01", ""),
    "closed_on": ("", "", "2024-12-31"),
    "employee_count": ("3", "8", "20", ""),
    "hired_on": ("2020-01-01", "2024-06-01", ""),
    "left_on": ("", "", "2024-03-31", "2025-12-31"),
    "is_manager": ("true", "false", "maybe"),
    "is_active": ("true", "false", ""),
    "counted_on": ("2024-01-31", "2024-12-31", "2025-01-31"),
    "on_hand": ("0", "7", "30", "many"),
    "month_start_on": ("2024-01-01", "2024-02-01", "2025-02-01"),
    "target_amount": ("100", "250.5"),
    "rate": ("0.9", "1.1", "0.5", "0"),
    "code": ("A", "B", "C"),
    "name": ("Alpha", "Beta", "Gamma"),
    **PLACES,
}
UNREADABLE = {
    "quantity": "x",
    "unit_price": "n/a",
    "net_amount": "1,5",
    "discount_rate": "half",
    "discount_amount": "?",
    "unit_cost": "1.2.3",
    "updated_at": "yesterday",
    "employee_count": "few",
    "rate": "one",
}

PLACE_COLUMNS = ("city", "state", "region", "country")
SALES_COLUMNS = {
    "keyed": (
        *("sale_id", "order_id", "product_id", "store_id", "customer_id", "employee_id"),
        *("quantity", "unit_price", "discount_rate", "status"),
    ),
    "flat": (
        *("sale_id", "product_name", "category", "subcategory", "brand", "store_name"),
        *(*PLACE_COLUMNS, "customer_name", "segment", "employee_name", "quantity", "net_amount"),
    ),
    "described": (
        *("sale_id", "product_id", "product_name", "category", "brand", "store_id", "store_name"),
        *(*PLACE_COLUMNS, "customer_id", "customer_name", "segment", "quantity", "unit_price"),
    ),
    "keyless": (
        *("product_id", "store_id", "customer_id", "quantity", "unit_price", "discount_amount"),
    ),
    "headers": ("order_id", "line_number", "product_id", "quantity", "unit_price"),
    "currencies": (
        *("sale_id", "product_id", "store_id", "quantity", "net_amount", "currency", "region"),
    ),
}
SHAPES = tuple(SALES_COLUMNS)
# columns that the files of sales carry, and inputs.yml may come to map later
UNMAPPED = ("unit_cost", "tax_amount", "note")
SIDE_COLUMNS = {
    "orders": (
        *("order_id", "store_id", "customer_id", "employee_id", "sold_on", "updated_at"),
        *("status", "region"),
    ),
    "products": (
        *("product_id", "valid_from", "unit_price", "unit_cost", "stock_quantity"),
        *("product_name", "category", "subcategory", "brand"),
    ),
    "stores": (
        *("store_id", "valid_from", "opened_on", "closed_on", "employee_count", "store_name"),
        *PLACE_COLUMNS,
    ),
    "customers": ("customer_id", "customer_name", "segment", "city", "region", "country"),
    "employees": (
        *("employee_id", "store_id", "hired_on", "left_on", "employee_name", "is_manager"),
        "is_active",
    ),
    "stock": ("product_id", "store_id", "counted_on", "on_hand"),
    "targets": ("store_id", "month_start_on", "target_amount"),
    "exchange_rates": ("currency", "valid_from", "rate"),
    "lookups": ("code", "name"),
}
# the column that a file of members has each value of
MEMBERS = {
    "orders": ("order_id", ORDERS),
    "products": ("product_id", PRODUCTS),
    "stores": ("store_id", STORES),
    "customers": ("customer_id", CUSTOMERS[:-1]),
    "employees": ("employee_id", EMPLOYEES[:-1]),
    "exchange_rates": ("currency", ("USD", "CHF")),
    "lookups": ("code", ("A", "B", "C")),
}
DATED = ("products", "stores", "exchange_rates")
# in a flat export a name is the identifier
NAMED = {
    "product_id": "product_name",
    "store_id": "store_name",
    "customer_id": "customer_name",
    "employee_id": "employee_name",
}
REVENUE_RULES = (
    {"revenue": ["paid", "sent"], "not_revenue": ["cancelled"]},
    {"revenue": ["paid"], "not_revenue": ["cancelled", "sent"]},
    {"revenue": ["paid", "sent", "odd"], "not_revenue": ["cancelled"]},
    {"revenue": ["paid", "cancelled"], "not_revenue": ["sent", "odd"]},
)
TAX_RULES = (
    {},
    {"tax_rate": "0.2"},
    {"tax_rate": "0.2", "prices_include_tax": "true"},
    {"tax_rate": "0.055", "prices_include_tax": "true"},
)
SETTINGS = {
    "as_of_date": (None, "2024-03-31", "2024-12-31", "2025-06-30"),
    "day_cutoff_hour": (None, "3", "12"),
    "fiscal_year_start_month": (None, "4", "10"),
    "maximum_quarantined_share": ("0.01", "0.1", "0.3"),
}

# How many steps a history has, each as often as it stands here.
STEPS = (2, 3, 3, 3, 4, 4, 6)

Row = dict[str, str]


@dataclass
class Table:
    """The content of a file: its input, header and rows, and lines that are no rows."""

    input_name: str
    columns: tuple[str, ...]
    rows: list[Row]
    odd_lines: list[str] = field(default_factory=list)

    def text(self) -> str:
        stream = io.StringIO()
        writer = csv.DictWriter(stream, self.columns, lineterminator="\n", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(self.rows)
        return stream.getvalue() + "".join(line + "\n" for line in self.odd_lines)

    def changed(self, rows: list[Row]) -> Table:
        return Table(self.input_name, self.columns, rows, self.odd_lines)


def input_of(path: str) -> str:
    """The input whose patterns match a path of a drawn shop."""
    name = re.split(r"[-.]", path)[0]
    return "sales" if name == "web" else name


class Shelf:
    """What must be current: the ledger as README and DESIGN promise it, without its counts.

    `entries` is {name: [input, path, text, is_withdrawn]}; a path that replaces has one, a path
    that appends one for each content.
    """

    def __init__(self) -> None:
        self.entries: dict[tuple[str, ...], list] = {}

    def ingest(self, folder: dict[str, str], appending: set[str]) -> None:
        """The folder's files are read: by path, a new content replaces the old one or joins it."""
        withdrawn = {(e[0], e[2]) for e in self.entries.values() if e[3]}
        for path, text in sorted(folder.items()):
            one_of_many = input_of(path) in appending
            name = (path, text) if one_of_many else (path,)
            for other, entry in list(self.entries.items()):
                if entry[1] == path and other != name and (not one_of_many or entry[2] == text):
                    del self.entries[other]
            self.entries[name] = [
                input_of(path),
                path,
                text,
                (input_of(path), text) in withdrawn,
            ]

    def mark(self, path: str, withdrawn: bool) -> None:
        """A path's files and every copy of them are withdrawn, or restored."""
        chosen = {(e[0], e[2]) for e in self.entries.values() if e[1] == path and e[3] != withdrawn}
        for entry in self.entries.values():
            if (entry[0], entry[2]) in chosen:
                entry[3] = withdrawn

    def paths(self, withdrawn: bool) -> list[str]:
        return sorted({e[1] for e in self.entries.values() if e[3] == withdrawn})

    def current(self) -> list[list[str]]:
        """[path, sha256] of each current file, sorted."""
        return sorted(
            [e[1], sha256(e[2].encode()).hexdigest()] for e in self.entries.values() if not e[3]
        )


def current_of(steps: list[dict]) -> list[list[str]]:
    """[path, sha256] of each file that must be loaded after the steps."""
    shelf, folder = Shelf(), {}
    for step in steps:
        for command, path in step["commands"]:
            shelf.mark(path, withdrawn=command == "withdraw")
        folder = {p: text for p, text in folder.items() if p not in step["remove"]} | step["write"]
        sections = {k: v for k, v in step["inputs"].items() if isinstance(v, dict)}
        shelf.ingest(folder, {k for k, v in sections.items() if v.get("update") == "append"})
    return shelf.current()


class Drawing:
    """A history while it is drawn: the shop as it stands, and the steps so far.

    Each change is a method of CHANGES that returns whether it could happen; what cannot
    (there is nothing to withdraw) leaves everything as it was.
    """

    def __init__(self, random: Random, shape: str) -> None:
        self.random = random
        self.shape = shape
        self.has_updates = self.shape in ("keyed", "headers") or self.chance(40)
        self.has_times = self.chance(25)
        self.key = {
            "keyless": [],
            "headers": ["order_id", "line_number"],
        }.get(self.shape, ["sale_id"])
        self.mapped_later: list[str] = []
        self.side_unmapped = {"products": ["unit_cost"]} if self.chance(25) else {}
        self.patterns = ["sales*.csv"]
        self.appending: set[str] = set()
        self.status_rule = REVENUE_RULES[0]
        self.tax_rule: dict[str, str] = {}
        self.settings: dict[str, str] = {"maximum_quarantined_share": "0.1"}
        self.currency = "EUR"
        self.has_price_history = self.chance(50)
        self.folder: dict[str, Table] = {}
        # the last content of each path, also of those that left
        self.tables: dict[str, Table] = {}
        self.shelf = Shelf()
        self.next_id = 1
        self.file_count: Counter[str] = Counter()
        self.steps: list[dict] = []
        self.touched: set[str] = set()
        self.removed: set[str] = set()
        self.commands: list[list[str]] = []

    # drawing ------------------------------------------------------------------------------------

    def pick(self, choices):
        return self.random.choice(list(choices))

    def chance(self, percent: int) -> bool:
        return self.random.randrange(100) < percent

    def number(self, low: int, high: int) -> int:
        return self.random.randint(low, high)

    # the shop -----------------------------------------------------------------------------------

    def sales_columns(self) -> tuple[str, ...]:
        """The header of a file of sales."""
        own = list(SALES_COLUMNS[self.shape])
        if self.shape != "headers":
            own.append("sold_at" if self.has_times else "sold_on")
        if self.has_updates:
            own.append("updated_at")
        return (*own, *UNMAPPED)

    def side_columns(self, name: str) -> tuple[str, ...]:
        columns = SIDE_COLUMNS[name]
        if name in DATED and name != "exchange_rates" and not self.has_price_history:
            columns = tuple(column for column in columns if column != "valid_from")
        return columns

    def pool(self, column: str) -> tuple[str, ...]:
        if self.shape == "flat" and column in NAMED:
            column = NAMED[column]
        return DAYS if column == "sold_on" else POOLS[column]

    def day(self) -> str:
        if self.chance(6):
            return self.pick((*WRONG_DAYS, *FAR_DAYS))
        return self.pick(DAYS)

    def moment(self, column: str, day: str) -> str:
        """A day as the column writes it: with a time where it is a moment."""
        return f"{day} {self.pick(TIMES)}" if column == "sold_at" and day else day

    def value(self, column: str) -> str:
        if column in ("sold_on", "sold_at"):
            return self.moment(column, self.day())
        if column in UNREADABLE and self.chance(3):
            return UNREADABLE[column]
        if column in STRANGERS and self.chance(5):
            return STRANGERS[column]
        return self.pick(self.pool(column))

    def new_sale(self, day: str | None = None) -> Row:
        columns = self.sales_columns()
        row = {column: self.value(column) for column in columns if column != "sale_id"}
        if "sale_id" in columns:
            row["sale_id"] = str(self.next_id) if self.chance(97) else ""
            self.next_id += 1
        if day is not None:
            for column in {"sold_on", "sold_at"} & set(columns):
                row[column] = self.moment(column, day)
        return row

    def new_path(self, name: str) -> str:
        """A new path of an input; its place among the others in the order of paths is drawn."""
        self.file_count[name] += 1
        prefix = name
        # the first one is sales-…, which the first pattern wants
        if name == "sales" and self.file_count[name] > 1 and self.chance(30):
            prefix = "web"
        return f"{prefix}-{self.pick('amz')}{self.file_count[name]}.csv"

    def put(self, path: str, table: Table) -> None:
        self.folder[path] = table
        self.tables[path] = table
        self.touched.add(path)
        if path.startswith("web") and "web*.csv" not in self.patterns:
            self.patterns.append("web*.csv")

    def add_sales(self, rows: list[Row]) -> str:
        table = Table("sales", self.sales_columns(), rows)
        if self.chance(15):
            table.odd_lines.append(self.pick(("a,b", "Total" + "," * (len(table.columns) - 1))))
        path = self.new_path("sales")
        self.put(path, table)
        return path

    def side_row(self, name: str, member: str | None = None) -> Row:
        row = {column: self.value(column) for column in self.side_columns(name)}
        if member is not None:
            row[MEMBERS[name][0]] = member
        return row

    def add_side(self, name: str, share: int = 80) -> str:
        """A file of a side input with most of its members, each once or (prices) twice."""
        if name in MEMBERS:
            column, members = MEMBERS[name]
            if self.shape == "flat" and column in NAMED:
                members = tuple(text for text in POOLS[NAMED[column]] if text)
            chosen = [member for member in members if self.chance(share)] or [members[0]]
            rows = [self.side_row(name, member) for member in chosen]
            if "valid_from" in rows[0]:
                rows += [self.side_row(name, member) for member in chosen if self.chance(40)]
        else:
            rows = [self.side_row(name) for _ in range(self.number(2, 6))]
        path = self.new_path(name)
        self.put(path, Table(name, self.side_columns(name), rows))
        return path

    def begin(self, needed: set[str], later: set[str]) -> None:
        """The first folder: one to three files of sales, and some of the side inputs.

        `needed` are inputs that later changes want, `later` those that appear later.
        """
        self.mapped_later = [column for column in UNMAPPED if self.chance(50)]
        self.has_price_history |= "products" in needed
        if self.shape == "headers":
            self.add_side("orders", share=60)
        chances = dict.fromkeys(SIDE_COLUMNS, 30) | {"products": 60, "stores": 60, "orders": 0}
        chances["exchange_rates"] = 60 if self.shape == "currencies" else 10
        for name, chance in chances.items():
            if name not in later and (name in needed or self.chance(chance)):
                self.add_side(name)
        for _ in range(self.number(1, 3)):
            self.add_sales([self.new_sale() for _ in range(self.number(5, 16))])

    # inputs.yml ---------------------------------------------------------------------------------

    def inputs(self) -> dict:
        """inputs.yml as it is now, without what must be accepted."""
        mapped = [c for c in self.sales_columns() if c not in UNMAPPED]
        mapped += [c for c in UNMAPPED[:-1] if c not in self.mapped_later]
        sales: dict = {
            "files": list(self.patterns),
            "columns": {column: column for column in mapped},
        }
        if self.key:
            sales["key"] = list(self.key)
        if "status" in mapped:
            sales["status"] = self.status_rule
        sections = {"sales": sales}
        known = {input_of(path) for path in [*self.folder, *self.tables]}
        for name in SIDE_COLUMNS:
            if name not in known:
                continue
            unmapped = self.side_unmapped.get(name, [])
            section: dict = {
                "files": f"{name}*.csv",
                "columns": {c: c for c in self.side_columns(name) if c not in unmapped},
            }
            if name == "orders":
                section["key"] = ["order_id"]
                section["status"] = self.status_rule
            if name == "lookups":
                sections["lookups"] = {"category": section}
            else:
                sections[name] = section
        for name in self.appending & set(sections):
            sections[name]["update"] = "append"
        return {
            "shop": "Histories",
            "currency": self.currency,
            "settings": {**self.settings, **self.tax_rule},
            **sections,
        }

    # steps --------------------------------------------------------------------------------------

    def end_step(self, changes: list[str]) -> None:
        """Note the step, and what its run will have made of the shelf."""
        run = "build"
        if self.steps and self.chance(15):
            run = "ingest"
        elif self.chance(12):
            run = f"half {self.number(5, 95)}"
        texts = {path: table.text() for path, table in self.folder.items()}
        self.steps.append(
            {
                "changes": changes,
                "commands": self.commands,
                "inputs": self.inputs(),
                "write": {path: texts[path] for path in sorted(self.touched)},
                "remove": sorted(self.removed),
                "run": run,
            }
        )
        self.shelf.ingest(texts, self.appending)
        self.touched, self.removed, self.commands = set(), set(), []

    def history(self) -> dict:
        # a step that did not build would leave nothing to compare
        self.steps[-1]["run"] = "build"
        return {"shape": self.shape, "steps": self.steps, "current": current_of(self.steps)}

    # what there is to change --------------------------------------------------------------------

    def loaded(self, name: str) -> list[str]:
        """Paths of an input that are current and whose last content is in the folder."""
        current = {e[1] for e in self.shelf.entries.values() if not e[3]}
        return sorted(p for p in self.folder if p in current and input_of(p) == name)

    def pick_sale(self, condition=lambda row: True) -> tuple[str, int] | None:
        """(path, place) of a row of sales that is in the folder and meets the condition."""
        found = [
            (path, place)
            for path in self.loaded("sales")
            for place, row in enumerate(self.folder[path].rows)
            if condition(row)
        ]
        return self.pick(found) if found else None

    def correct(self, changes: dict[str, str], condition=lambda row: True) -> bool:
        """A row comes again with other values: in a new file, or in a new version of its own."""
        if not self.key:
            return False
        found = self.pick_sale(
            lambda row: (
                all(row.get(column) for column in self.key)
                and any(row.get(column) != value for column, value in changes.items())
                and condition(row)
            )
        )
        if found is None:
            return False
        path, place = found
        row = self.folder[path].rows[place]
        new = {**row, **changes}
        if "updated_at" in row and "updated_at" not in changes:
            new["updated_at"] = self.pick((UPDATES[-1], row["updated_at"]))
        if self.chance(40) and "sales" not in self.appending:
            rows = list(self.folder[path].rows)
            rows[place] = new
            self.put(path, self.folder[path].changed(rows))
        else:
            self.add_sales([new, *(self.new_sale() for _ in range(self.number(0, 2)))])
        return True

    def correct_column(self, column: str) -> bool:
        if column not in self.sales_columns():
            return False
        return self.correct({column: self.pick([v for v in self.pool(column) if v])})

    def edit_side(self, name: str, column: str) -> bool:
        """One cell of a side file gets another value, in place or in a file of its own."""
        paths = self.loaded(name)
        if not paths or column not in self.side_columns(name):
            return False
        path = self.pick(paths)
        table = self.folder[path]
        if not table.rows:
            return False
        place = self.number(0, len(table.rows) - 1)
        value = self.value(column)
        if table.rows[place][column] == value:
            value = self.pick([other for other in self.pool(column) if other != value])
        row = {**table.rows[place], column: value}
        if self.chance(30):
            self.put(self.new_path(name), table.changed([row]))
        else:
            rows = list(table.rows)
            rows[place] = row
            self.put(path, table.changed(rows))
        return True

    def appear(self, name: str) -> bool:
        if any(input_of(path) == name for path in self.tables):
            return False
        if name == "orders" and self.shape != "keyed":
            return False
        self.add_side(name)
        return True

    def set_one(self, setting: str) -> bool:
        choices = [v for v in SETTINGS[setting] if v != self.settings.get(setting)]
        value = self.pick(choices)
        self.settings.pop(setting, None)
        if value is not None:
            self.settings[setting] = value
        return True

    # the changes --------------------------------------------------------------------------------

    def new_month(self) -> bool:
        day = self.pick(NEW_MONTH_DAYS)
        self.add_sales([self.new_sale(day) for _ in range(self.number(1, 6))])
        return True

    def late_rows(self) -> bool:
        self.add_sales([self.new_sale() for _ in range(self.number(1, 6))])
        return True

    def far_dates(self) -> bool:
        if self.shape == "headers":
            return False
        count = self.number(1, 4)
        self.add_sales([self.new_sale(self.pick(FAR_DAYS)) for _ in range(count)])
        return True

    def moves_month(self) -> bool:
        column = "sold_at" if self.has_times else "sold_on"
        if self.shape == "headers":
            return False
        return self.correct({column: self.moment(column, self.pick(DAYS))})

    def amount(self) -> bool:
        return self.correct({"quantity": self.pick(("4", "6", "-3"))})

    def older_time(self) -> bool:
        return self.has_updates and self.correct(
            {"updated_at": "2023-01-01 00:00:00", "quantity": "77"}
        )

    def same_time(self) -> bool:
        found = self.has_updates and self.pick_sale(
            lambda row: row.get("updated_at") in UPDATES and all(row.get(c) for c in self.key)
        )
        if not found or not self.key:
            return False
        row = self.folder[found[0]].rows[found[1]]
        self.add_sales([{**row, "quantity": self.pick(("8", "9"))}])
        return True

    def said_again(self) -> bool:
        """The same row in another file: a duplicate where there is a key, two sales without."""
        found = self.pick_sale()
        if found is None:
            return False
        row = dict(self.folder[found[0]].rows[found[1]])
        self.add_sales([row, *([dict(row)] if self.chance(30) else [])])
        return True

    def broken_correction(self) -> bool:
        changes = {"quantity": "x", "unit_price": "n/a", "net_amount": "oops"}
        if self.shape != "headers" and self.chance(50):
            changes = {"sold_at" if self.has_times else "sold_on": "soon"}
        changes = {c: v for c, v in changes.items() if c in self.sales_columns()}
        if self.has_updates:
            changes["updated_at"] = UPDATES[-1]
        return self.correct(changes)

    def mended(self) -> bool:
        """A row that was set aside comes again, and can be used."""
        column = "sold_at" if self.has_times else "sold_on"
        if self.shape == "headers":
            return False
        good = {column: self.moment(column, "2024-02-15"), "quantity": "2"}
        good |= {c: "10" for c in ("unit_price", "net_amount") if c in self.sales_columns()}
        return self.correct(good, lambda row: row[column][:4] not in ("2023", "2024", "2025"))

    def revise(self, rows_of) -> bool:
        paths = [p for p in self.loaded("sales") if len(self.folder[p].rows) > 1]
        if not paths or "sales" in self.appending:
            return False
        path = self.pick(paths)
        rows = rows_of(list(self.folder[path].rows))
        if not rows or rows == self.folder[path].rows:
            return False
        self.put(path, self.folder[path].changed(rows))
        return True

    def revised_with_more(self) -> bool:
        return self.revise(lambda rows: [self.new_sale(), *rows, self.new_sale()])

    def revised_with_fewer(self) -> bool:
        return self.revise(lambda rows: rows[: -self.number(1, max(1, len(rows) // 2))])

    def revised_in_another_order(self) -> bool:
        return self.revise(lambda rows: rows[::-1])

    def return_deleted(self) -> bool:
        def without(rows):
            for place, row in enumerate(rows):
                if row["quantity"].startswith("-") or row.get("net_amount", "").startswith("-"):
                    return rows[:place] + rows[place + 1 :]
            return rows

        return self.revise(without)

    def append(self) -> bool:
        paths = self.loaded("sales")
        if not paths:
            return False
        self.appending.add("sales")
        path = self.pick(paths)
        rows = [self.new_sale() for _ in range(self.number(1, 4))]
        self.put(path, self.folder[path].changed(rows))
        return True

    def replace_again(self) -> bool:
        if not self.appending:
            return False
        self.appending.clear()
        return True

    def replay(self) -> bool:
        paths = sorted(set(self.folder) - self.touched)
        if not paths:
            return False
        path = self.pick(paths)
        name = input_of(path)
        self.put(self.new_path(name), self.folder[path])
        return True

    def withdraw_file(self) -> bool:
        paths = [p for p in self.shelf.paths(False) if p not in self.touched | self.removed]
        sales = {e[1] for e in self.shelf.entries.values() if not e[3] and e[0] == "sales"}
        if len(sales) < 2:
            paths = [path for path in paths if input_of(path) != "sales"]
        if not paths:
            return False
        path = self.pick(paths)
        self.shelf.mark(path, withdrawn=True)
        self.commands.append(["withdraw", path])
        return True

    def restore_file(self) -> bool:
        paths = [p for p in self.shelf.paths(True) if p not in self.touched]
        if not paths:
            return False
        path = self.pick(paths)
        self.shelf.mark(path, withdrawn=False)
        self.commands.append(["restore", path])
        return True

    def file_leaves(self) -> bool:
        known = {e[1] for e in self.shelf.entries.values()}
        paths = sorted(p for p in self.folder if p in known and p not in self.touched)
        if not paths:
            return False
        path = self.pick(paths)
        del self.folder[path]
        self.removed.add(path)
        return True

    def file_comes_back(self) -> bool:
        paths = sorted(set(self.tables) - set(self.folder) - self.removed)
        if not paths:
            return False
        path = self.pick(paths)
        self.put(path, self.tables[path])
        return True

    def price_from_a_day(self) -> bool:
        paths = self.loaded("products")
        if not paths or not self.has_price_history:
            return False
        path = self.pick(paths)
        table = self.folder[path]
        member = self.pick([row["product_id"] for row in table.rows])
        row = self.side_row("products", member)
        row["valid_from"] = self.pick(("2024-02-20", "2024-05-01"))
        self.put(path, table.changed([*table.rows, row]))
        return True

    def member_gone(self) -> bool:
        paths = [
            path
            for name in ("products", "stores", "customers", "employees", "orders")
            for path in self.loaded(name)
            if len(self.folder[path].rows) > 1
        ]
        if not paths:
            return False
        path = self.pick(paths)
        rows = list(self.folder[path].rows)
        del rows[self.number(0, len(rows) - 1)]
        self.put(path, self.folder[path].changed(rows))
        return True

    def member_new(self) -> bool:
        names = [n for n in ("products", "stores", "customers", "employees") if self.loaded(n)]
        if not names:
            return False
        name = self.pick(names)
        path = self.pick(self.loaded(name))
        stranger = STRANGERS[MEMBERS[name][0]]
        table = self.folder[path]
        self.put(path, table.changed([*table.rows, self.side_row(name, stranger)]))
        return True

    def late_header(self) -> bool:
        if self.shape != "headers":
            return False
        known = {
            row["order_id"]
            for path, table in self.tables.items()
            if input_of(path) == "orders"
            for row in table.rows
        }
        missing = [order for order in ORDERS if order not in known]
        if not missing:
            return False
        rows = [self.side_row("orders", order) for order in missing[:2]]
        self.put(self.new_path("orders"), Table("orders", self.side_columns("orders"), rows))
        return True

    def late_rate(self) -> bool:
        if self.shape != "currencies":
            return False
        rows = [self.side_row("exchange_rates", self.pick(("USD", "CHF"))) for _ in range(2)]
        self.put(
            self.new_path("exchange_rates"),
            Table("exchange_rates", self.side_columns("exchange_rates"), rows),
        )
        return True

    def change_descriptors(self) -> bool:
        """Known members come with other descriptors on the rows, on a day of their own."""
        columns = ("category", "brand", "store_name", "region", "segment")
        columns = [c for c in columns if c in self.sales_columns()]
        found = self.pick_sale()
        if not columns or found is None:
            return False
        old = self.folder[found[0]].rows[found[1]]
        row = self.new_sale(self.pick((*DAYS, *NEW_MONTH_DAYS)))
        for column in old:
            if column.endswith("_id") and column != "sale_id":
                row[column] = old[column]
        self.add_sales([row])
        return True

    def change_statuses(self) -> bool:
        if "status" not in self.sales_columns() and not self.loaded("orders"):
            return False
        self.status_rule = self.pick([r for r in REVENUE_RULES if r != self.status_rule])
        return True

    def change_tax(self) -> bool:
        self.tax_rule = self.pick([rule for rule in TAX_RULES if rule != self.tax_rule])
        return True

    def all_are_here(self) -> bool:
        """Whether no file has left: that would stay as the old inputs.yml had it read."""
        return set(self.tables) <= set(self.folder)

    def change_currency(self) -> bool:
        if not self.all_are_here():
            return False
        self.currency = "USD" if self.currency == "EUR" else "EUR"
        return True

    def map_a_column(self) -> bool:
        if not self.all_are_here():
            return False
        if self.side_unmapped and self.chance(50):
            self.side_unmapped = {}
            return True
        wanted = [column for column in self.mapped_later if column != "note"]
        if not wanted:
            return False
        self.mapped_later.remove(self.pick(wanted))
        return True

    def change_key(self) -> bool:
        choices = {
            "keyed": (["sale_id"], ["sale_id", "store_id"], []),
            "headers": (["order_id", "line_number"], ["order_id", "product_id"], []),
            "keyless": ([], ["product_id", "store_id"]),
        }.get(self.shape, (["sale_id"], []))
        self.key = self.pick([key for key in choices if key != self.key])
        return True

    def turn_patterns(self) -> bool:
        if len(self.patterns) < 2:
            return False
        self.patterns.reverse()
        return True


def _edit(name: str, column: str):
    return lambda drawing: drawing.edit_side(name, column)


def _correct(column: str):
    return lambda drawing: drawing.correct_column(column)


def _appear(name: str):
    return lambda drawing: drawing.appear(name)


def _set(setting: str):
    return lambda drawing: drawing.set_one(setting)


# a run although nothing has changed
NOTHING = "nothing"
CHANGES = {
    NOTHING: lambda drawing: True,
    "new month": Drawing.new_month,
    "late rows": Drawing.late_rows,
    "far dates": Drawing.far_dates,
    "correction of an amount": Drawing.amount,
    "correction moves month": Drawing.moves_month,
    "correction moves store": _correct("store_id"),
    "correction moves customer": _correct("customer_id"),
    "correction moves product": _correct("product_id"),
    "correction of a status": _correct("status"),
    "correction of a descriptor": _correct("region"),
    "older correction comes later": Drawing.older_time,
    "correction at the same time": Drawing.same_time,
    "same row again": Drawing.said_again,
    "broken correction": Drawing.broken_correction,
    "broken row mended": Drawing.mended,
    "file with more rows": Drawing.revised_with_more,
    "file with fewer rows": Drawing.revised_with_fewer,
    "file in another order": Drawing.revised_in_another_order,
    "return deleted": Drawing.return_deleted,
    "file appends": Drawing.append,
    "files replace again": Drawing.replace_again,
    "replay": Drawing.replay,
    "withdraw": Drawing.withdraw_file,
    "restore": Drawing.restore_file,
    "file leaves": Drawing.file_leaves,
    "file comes back": Drawing.file_comes_back,
    "product price": _edit("products", "unit_price"),
    "product cost": _edit("products", "unit_cost"),
    "product category": _edit("products", "category"),
    "product name": _edit("products", "product_name"),
    "price from a day": Drawing.price_from_a_day,
    "store region": _edit("stores", "region"),
    "store city": _edit("stores", "city"),
    "store head count": _edit("stores", "employee_count"),
    "store closes": _edit("stores", "closed_on"),
    "customer segment": _edit("customers", "segment"),
    "employee moves": _edit("employees", "store_id"),
    "employee leaves": _edit("employees", "left_on"),
    "member gone": Drawing.member_gone,
    "member new": Drawing.member_new,
    "late header": Drawing.late_header,
    "header moves store": _edit("orders", "store_id"),
    "header moves customer": _edit("orders", "customer_id"),
    "header moves date": _edit("orders", "sold_on"),
    "header changes status": _edit("orders", "status"),
    "late rate": Drawing.late_rate,
    "rate revised": _edit("exchange_rates", "rate"),
    "stock counted again": _edit("stock", "on_hand"),
    "target changed": _edit("targets", "target_amount"),
    "lookup renamed": _edit("lookups", "name"),
    "descriptors conflict": Drawing.change_descriptors,
    **{f"{name} appear": _appear(name) for name in SIDE_COLUMNS},
    **{f"set {setting}": _set(setting) for setting in SETTINGS},
    "set statuses": Drawing.change_statuses,
    "set tax": Drawing.change_tax,
    "set currency": Drawing.change_currency,
    "map a column": Drawing.map_a_column,
    "change the key": Drawing.change_key,
    "turn the patterns": Drawing.turn_patterns,
}


# Changes in a step, and how many are tried to get there (not every change can happen).
STEP_CHANGES = (2, 3, 4, 5)
TRIES = 20
# Changes of inputs.yml stand in steps of their own, since they may well make everything be built
# anew, and that would hide what other changes leave behind.
OF_INPUTS = frozenset(
    name
    for name in CHANGES
    if name.startswith("set ")
    or name.endswith(" appear")
    or name in ("map a column", "change the key", "turn the patterns")
)
# Ten histories in turn have these shapes, and among them every kind of change.
TURNS = (
    *("keyed", "headers", "flat", "currencies", "described", "keyless"),
    *("keyed", "headers", "currencies", "keyed"),
)
# What a change needs: one of these shapes, a file of this input, another change before it.
NEEDS_SHAPE = {
    **dict.fromkeys(
        ("late header", "header moves store", "header moves customer", "header moves date"),
        ("headers",),
    ),
    "header changes status": ("headers",),
    "set statuses": ("keyed", "headers"),
    "orders appear": ("keyed",),
    "late rate": ("currencies",),
    "rate revised": ("currencies",),
    "correction of a status": ("keyed",),
    "correction of a descriptor": ("flat", "described", "currencies"),
    "descriptors conflict": ("flat", "described", "currencies"),
    "correction moves month": ("keyed", "flat", "described", "currencies"),
    "correction moves store": ("keyed", "described", "currencies"),
    "correction moves customer": ("keyed", "described"),
    "correction moves product": ("keyed", "headers", "described", "currencies"),
    "correction of an amount": ("keyed", "headers", "flat", "described", "currencies"),
    "older correction comes later": ("keyed", "headers"),
    "correction at the same time": ("keyed", "headers"),
    "broken correction": ("keyed", "headers", "flat", "described", "currencies"),
    "broken row mended": ("keyed", "flat", "described", "currencies"),
    "far dates": ("keyed", "flat", "described", "currencies", "keyless"),
}
NEEDS_INPUT = {
    "product price": "products",
    "product cost": "products",
    "product category": "products",
    "product name": "products",
    "price from a day": "products",
    "store region": "stores",
    "store city": "stores",
    "store head count": "stores",
    "store closes": "stores",
    "customer segment": "customers",
    "employee moves": "employees",
    "employee leaves": "employees",
    "member gone": "products",
    "member new": "stores",
    "rate revised": "exchange_rates",
    "stock counted again": "stock",
    "target changed": "targets",
    "lookup renamed": "lookups",
}
NEEDS_BEFORE = {
    "restore": "withdraw",
    "file comes back": "file leaves",
    "files replace again": "file appends",
}


def wanted_changes(turn: int) -> list[str]:
    """The kinds of change that the history of a turn has if it can: each in one of ten turns."""
    cycle, place = divmod(turn, len(TURNS))
    found = []
    for position, name in enumerate(CHANGES):
        shapes = NEEDS_SHAPE.get(name, SHAPES)
        places = [one for one, shape in enumerate(TURNS) if shape in shapes]
        if places[(position + cycle) % len(places)] == place:
            found += [NEEDS_BEFORE[name]] if name in NEEDS_BEFORE else []
            found.append(name)
    return list(dict.fromkeys(found))


def draw_history(number: int, turn: int = 0) -> dict:
    """The history of a number and a turn, as `play` takes it.

    {"number", "turn", "shape", "steps", "current"}: a step has its `changes` (names, for the
    count), `commands` ([withdraw or restore, path]), `inputs` (inputs.yml), `write` ({path:
    text}), `remove` (paths) and `run`: `build`, `ingest` (nothing is built), or `half N`: the
    build stops after N per cent of its models. `current` is [path, sha256] of each file that
    must be loaded in the end.

    The turn chooses the shape and the changes that should occur, so that ten turns have them
    all; the number chooses everything else.
    """
    wanted = wanted_changes(turn)
    drawing = Drawing(Random(f"{turn} {number}"), TURNS[turn % len(TURNS)])
    drawing.begin(
        needed={NEEDS_INPUT[name] for name in wanted if name in NEEDS_INPUT},
        later={name.removesuffix(" appear") for name in wanted},
    )
    drawing.end_step(["first files"])
    least = drawing.pick(STEPS)
    has_inputs = bool(OF_INPUTS & set(wanted)) or drawing.chance(50)
    turn_of_inputs = drawing.pick((2, 2, 2, 3)) if has_inputs else 0
    least = max(least, turn_of_inputs)
    most = min(max(STEPS), least + 1)
    while len(drawing.steps) < least or (wanted and len(drawing.steps) < most):
        of_inputs = len(drawing.steps) + 1 == turn_of_inputs
        if not of_inputs and drawing.chance(40 if NOTHING in wanted else 4):
            drawing.end_step([NOTHING])
            wanted = [name for name in wanted if name != NOTHING]
            continue
        possible = [
            name for name in CHANGES if (name in OF_INPUTS) == of_inputs and name != NOTHING
        ]
        done: list[str] = []
        count = drawing.pick(STEP_CHANGES) + of_inputs
        for _ in range(TRIES):
            first = [
                name
                for name in wanted
                if name in possible and NEEDS_BEFORE.get(name) not in {*wanted, *done}
            ]
            name = drawing.pick(first if first and drawing.chance(75) else possible)
            if name not in done and CHANGES[name](drawing):
                done.append(name)
                wanted = [one for one in wanted if one != name]
            if len(done) == count:
                break
        drawing.end_step(done or [NOTHING])
        if of_inputs:
            # the one step of its kind: what could not happen in it does not
            wanted = [name for name in wanted if name not in OF_INPUTS]
    return {"number": number, "turn": turn, **drawing.history()}


def histories(turn: int) -> st.SearchStrategy[dict]:
    """The histories of a turn.

    A number is drawn rather than each cell: hypothesis repeats parts of what it drew before,
    and what is wanted here is as many different ways as possible in ten histories.
    """
    return st.integers(0, 2**32 - 1).map(lambda number: draw_history(number, turn))


# --- shrinking ----------------------------------------------------------------------------------


def smaller_histories(history: dict) -> Iterator[dict]:
    """Histories with something left out: a step, a file, or a part of a file's rows."""
    steps = history["steps"]
    for place in range(len(steps)):
        yield from _of_steps(history, _without_step(steps, place))
    for path in sorted({path for step in steps for path in step["write"]}):
        yield from _of_steps(history, [_without_path(step, path) for step in steps])
    for share in (2, 4, 8):
        for place, step in enumerate(steps):
            for path, text in step["write"].items():
                header, *rows = text.splitlines(keepends=True)
                size = len(rows) // share
                for start in range(0, len(rows) if size else 0, max(size, 1)):
                    rest = header + "".join(rows[:start] + rows[start + size :])
                    write = {**step["write"], path: rest}
                    yield from _of_steps(
                        history, [*steps[:place], {**step, "write": write}, *steps[place + 1 :]]
                    )


def _of_steps(history: dict, steps: list[dict]) -> Iterator[dict]:
    if len(steps) > 1 and any(path.startswith("sales") for path in steps[0]["write"]):
        steps = [*steps[:-1], {**steps[-1], "run": "build"}]
        yield {**history, "steps": steps, "current": current_of(steps)}


def _without_path(step: dict, path: str) -> dict:
    return {
        **step,
        "commands": [command for command in step["commands"] if command[1] != path],
        "write": {one: text for one, text in step["write"].items() if one != path},
        "remove": [one for one in step["remove"] if one != path],
    }


def _without_step(steps: list[dict], place: int) -> list[dict]:
    """The steps without one, whose changes of the folder are left to the next."""
    if place == len(steps) - 1:
        return steps[:-1]
    gone, after = steps[place], steps[place + 1]
    write = {p: text for p, text in gone["write"].items() if p not in after["remove"]}
    known = {path for step in steps[:place] for path in step["write"]}
    remove = [path for path in gone["remove"] + after["remove"] if path in known]
    merged = {
        **after,
        "changes": gone["changes"] + after["changes"],
        "commands": gone["commands"] + after["commands"],
        "write": write | after["write"],
        "remove": [path for path in remove if path not in after["write"]],
    }
    return [*steps[:place], merged, *steps[place + 2 :]]


# --- playing ------------------------------------------------------------------------------------

# A run stops when content looks like a mistake, and names the line that accepts it.
ACCEPT_LINE = re.compile(r"- (\S+@[0-9a-f]{8})")


class RefusedError(Exception):
    """A command of a history ended with a message for a person."""


@dataclass
class Result:
    """What became of a history: lines on what differs (none when all is well) and its cost.

    `cpu_seconds` is of every process that played it. `builds` counts runs of dbt, `kept` those
    that went on with a table of the run before. `failed_at` is
    `cells`, or the command that ended badly. `history` is the smallest one found that fails.
    """

    differences: list[str] = field(default_factory=list)
    builds: int = 0
    kept: int = 0
    cpu_seconds: float = 0.0
    seconds: float = 0.0
    failed_at: str = ""
    history: dict | None = None


def in_fork(function):
    """What a function returns, called in a fork of this process; what it raises is raised here.

    A fork ends without the interpreter's farewell: dbt's connections are closed by then.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        try:
            answer = ("returned", function())
        except (UserError, RefusedError) as error:
            answer = ("refused", str(error))
        except BaseException:
            answer = ("failed", traceback.format_exc())
        with os.fdopen(writer, "wb") as pipe:
            pickle.dump(answer, pipe)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        answer = pipe.read()
    os.waitpid(child, 0)
    if not answer:
        raise AssertionError("a process of a history died")
    how, value = pickle.loads(answer)
    if how == "refused":
        raise RefusedError(value)
    if how == "failed":
        raise AssertionError(value)
    return value


class Dbt:
    """dbt with the project parsed once; every build is a fork of the process that did so."""

    def __init__(self, folder: Path) -> None:
        """`folder` takes dbt's artifacts; this process must not have opened a database."""
        os.environ["DBT_SEND_ANONYMOUS_USAGE_STATS"] = "false"
        os.environ.setdefault("WAREHOUSE", str(folder / "none"))
        from dbt.cli.main import dbtRunner  # noqa: PLC0415  (slow: only who plays needs it)

        self.runner = dbtRunner
        self.folder = folder
        parsed = dbtRunner().invoke(["parse", *self._place()])
        if not parsed.success:
            raise AssertionError(f"dbt cannot parse the project: {parsed.exception}")
        self.manifest = parsed.result
        hasten(self.manifest)

    def _place(self) -> list[str]:
        arguments = ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)]
        arguments += ["--target-path", str(self.folder / "target")]
        arguments += ["--log-path", str(self.folder / "logs"), "--log-level-file", "none"]
        return [*arguments, "--quiet", "--log-level", "error"]

    def build(self, warehouse: Path, share: float = 1.0, threads: int = 2) -> bool:
        """Build the models of a warehouse as production does, without the tests of its data.

        With a `share` below 1 the build stops after that share of the models, in the order of
        the graph, as one does that is killed. True when a table of the build before was kept,
        so that its rows, and not only the files, decided what is in it now.
        """
        selected = []
        if share < 1:
            order = self._in_order()
            chosen = order[: max(1, round(share * len(order)))]
            selected = ["--select", *(name.split(".")[-1] for name in chosen)]
        in_fork(lambda: self._invoke(warehouse, [*selected, "--threads", str(threads)]))
        return in_fork(lambda: _kept_tables(warehouse, self._that_remember()))

    def _invoke(self, warehouse: Path, arguments: list[str]) -> None:
        os.environ["WAREHOUSE"] = str(warehouse)
        own = getattr(build_step, "arguments", None)
        flags = _without_places(own(warehouse)) if own else []
        result = self.runner(manifest=self.manifest).invoke(
            [
                *("build", "--exclude-resource-type", "test", "unit_test"),
                *flags,
                *arguments,
                "--no-write-json",
                *self._place(),
            ]
        )
        _close_connections()
        if not result.success:
            failed = [
                f"{one.node.name}: {one.message}"
                for one in getattr(result.result, "results", [])
                if one.status == "error"
            ]
            raise AssertionError("\n".join(failed) or f"dbt failed: {result.exception}")

    def _in_order(self) -> list[str]:
        """All models and seeds, in an order in which none stands before its parents."""
        parents = {
            name: [one for one in node.depends_on.nodes if one.startswith(("model.", "seed."))]
            if node.resource_type == "model"
            else []
            for name, node in self.manifest.nodes.items()
            if node.resource_type in ("model", "seed")
        }
        order: list[str] = []
        while len(order) < len(parents):
            order += sorted(
                name
                for name, wanted in parents.items()
                if name not in order and set(wanted) <= set(order)
            )
        return order

    def _that_remember(self) -> list[tuple[str, str]]:
        """(schema, table) of the models that dbt does not make anew in each build."""
        return [
            (node.schema, node.alias)
            for node in self.manifest.nodes.values()
            if node.resource_type == "model"
            and node.config.materialized not in ("table", "view", "ephemeral")
        ]


def _kept_tables(warehouse: Path, tables: list[tuple[str, str]]) -> bool:
    """Whether any of the tables was not made anew since this was last asked.

    A default that no model sets is put on a column of each: a new table has it no more.
    """
    import duckdb  # noqa: PLC0415  (only forks of this process may open a database)

    kept = False
    for file in ("build.duckdb", "candidate.duckdb"):
        with duckdb.connect(str(warehouse / file)) as connection:
            found = connection.execute(
                "select schema_name, table_name, column_name, column_default"
                " from duckdb_columns() where column_index = 1 and data_type = 'VARCHAR'"
            ).fetchall()
            views = connection.execute("select schema_name, view_name from duckdb_views()")
            skipped = set(views.fetchall())
            for schema, table, column, default in found:
                if (schema, table) in tables and (schema, table) not in skipped:
                    kept |= default == "'kept'"
                    connection.execute(
                        f"alter table {schema}.{table} alter {column} set default 'kept'"
                    )
    return kept


# Arguments with a value that a history has its own for.
PLACES_AND_TALK = (
    *("--target-path", "--log-path", "--log-format", "--log-level", "--threads"),
    *("--project-dir", "--profiles-dir", "--exclude-resource-type"),
)


def _without_places(arguments: list[str]) -> list[str]:
    """The arguments that say what is built, without those on where things are and what is shown."""
    flags = []
    places = iter(arguments)
    for argument in places:
        if argument in PLACES_AND_TALK:
            next(places)
        elif argument not in ("build", sys.executable, "-m", "dbt.cli.main"):
            flags.append(argument)
    return flags


def _close_connections() -> None:
    """Give the databases back, folded into one file each, as the end of a process does."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager  # noqa: PLC0415

    DuckDBConnectionManager.close_all_connections()


def hasten(manifest) -> None:
    """Do once, before the forks, what dbt does in every build: a third less time in each.

    Templates are compiled, the testers of column types made, and events that nobody sees are
    not written. None of it touches what is built.
    """
    import jinja2  # noqa: PLC0415
    from dbt_common.clients import agate_helper, jinja  # noqa: PLC0415
    from dbt_common.events.base_types import BaseEvent  # noqa: PLC0415
    from dbt_common.events.event_manager import EventManager  # noqa: PLC0415

    make_tester, compile_source = agate_helper.build_type_tester, jinja2.Environment.compile
    fire, fill = EventManager.fire_event, BaseEvent.__init__
    testers: dict = {}
    codes: dict = {}

    def build_type_tester(text_columns, string_null_values=("null", "")):
        key = (tuple(text_columns), tuple(string_null_values))
        if key not in testers:
            testers[key] = make_tester(text_columns, string_null_values)
        return testers[key]

    def compiled(self, source, *arguments):
        if not isinstance(source, str):
            return compile_source(self, source, *arguments)
        key = (type(self), frozenset(self.extensions), source, *arguments)
        if key not in codes:
            codes[key] = compile_source(self, source, *arguments)
        return codes[key]

    def filled(self, *arguments, **content):
        loud = self.level_tag().value in ("warn", "error")
        fill(self, *arguments, **content if loud else {})

    def fire_event(self, e, level=None, **others):
        if (level or e.level_tag()).value in ("warn", "error"):
            fire(self, e, level, **others)

    agate_helper.build_type_tester = build_type_tester
    jinja2.Environment.compile = compiled
    EventManager.fire_event, BaseEvent.__init__ = fire_event, filled
    for macro in manifest.macros.values():
        jinja.template_cache.get_node_template(macro)
    for node in manifest.nodes.values():
        if node.resource_type == "model":
            jinja.get_environment(node).compile(node.raw_code)


class Player:
    """Plays histories, one after the other, in folders of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.dbt = Dbt(folder)

    def play(self, history: dict, keep: bool = False) -> Result:
        """Play a history and compare its end with the full refresh; `keep` leaves its folder."""

        def play(game: Game) -> list[str]:
            for number, step in enumerate(history["steps"], start=1):
                with said_of(f"step {number}"):
                    game.step(step)
            with said_of("at once"):
                return game.compare_with_full_refresh(history["current"])

        return self._with_game(play, keep)

    def play_and_shrink(self, history: dict, attempts: int) -> Result:
        """Play a history; when it fails, look for a smaller one that fails in the same way."""
        found = self.play(history)
        if not found.differences:
            return found
        found.history = history
        for _ in range(attempts):
            for smaller in smaller_histories(found.history):
                attempts -= 1
                result = self.play(smaller)
                if result.failed_at == found.failed_at:
                    found.history, found.differences = smaller, result.differences
                    break
                if attempts <= 0:
                    return found
            else:
                return found
        return found

    def compare_threads(self, history: dict, threads: list[int]) -> Result:
        """Build the last state of a history with two numbers of threads, and compare."""

        def play(game: Game) -> list[str]:
            for step in history["steps"]:
                game.step({**step, "run": "ingest"})
            shutil.copytree(game.warehouse, game.reference)
            for warehouse, count in zip((game.warehouse, game.reference), threads, strict=True):
                game.build(warehouse, threads=count)
            return in_fork(lambda: differences(game.warehouse, game.reference))

        return self._with_game(play)

    def _with_game(self, play: Callable[[Game], list[str]], keep: bool = False) -> Result:
        folder = Path(tempfile.mkdtemp(prefix="history-", dir=self.folder))
        started, cpu = time.monotonic(), _cpu_seconds()
        result = Result()
        try:
            result.differences = play(Game(self.dbt, folder, result))
            result.failed_at = "cells" if result.differences else ""
        except StepError as error:
            result.differences = [str(error)]
            result.failed_at = type(error.__cause__).__name__
        finally:
            result.seconds = time.monotonic() - started
            result.cpu_seconds = _cpu_seconds() - cpu
            if not keep:
                shutil.rmtree(folder)
        return result


class StepError(Exception):
    """Something failed that a history needs; it says where."""


@contextmanager
def said_of(where: str) -> Iterator[None]:
    """Add to an error where in the history it happened."""
    try:
        yield
    except (AssertionError, RefusedError) as error:
        raise StepError(f"{where}: {error}") from error


def _cpu_seconds() -> float:
    """CPU time of this process and of those it has waited for."""
    return sum(
        used.ru_utime + used.ru_stime
        for used in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


class Game:
    """One history being played: its shop folder and its warehouse."""

    def __init__(self, dbt: Dbt, folder: Path, result: Result) -> None:
        self.dbt = dbt
        self.result = result
        self.shop, self.warehouse = folder / "shop", folder / "warehouse"
        self.reference_shop, self.reference = folder / "shop-2", folder / "warehouse-2"
        self.shop.mkdir()
        self.reference_shop.mkdir()
        self.accepted: set[str] = set()
        self.inputs: dict = {}
        # every content that was ever in the folder, and the section each was last read with
        self.bytes_of: dict[str, bytes] = {}
        self.section_of: dict[str, tuple[str, str]] = {}

    def step(self, step: dict) -> None:
        """Change ledger, folder and inputs.yml, and run what the step says."""
        for command, path in step["commands"]:
            in_fork(
                lambda path=path, command=command: withdraw(
                    self.shop, self.warehouse, path, restore=command == "restore"
                )
            )
        for path in step["remove"]:
            (self.shop / path).unlink()
        for path, text in step["write"].items():
            (self.shop / path).write_text(text, encoding="utf-8")
            self.bytes_of[sha256(text.encode()).hexdigest()] = text.encode()
        self.inputs = step["inputs"]
        self.ingest(self.shop, self.warehouse, self.inputs)
        self._note_sections()
        how, _, share = step["run"].partition(" ")
        if how != "ingest":
            self.build(self.warehouse, int(share) / 100 if share else 1.0)

    def build(self, warehouse: Path, share: float = 1.0, threads: int = 2) -> None:
        self.result.builds += 1
        self.result.kept += self.dbt.build(warehouse, share, threads)

    def ingest(self, shop: Path, warehouse: Path, inputs: dict) -> None:
        """Ingest; accept what the message asks about, which no model ever sees."""
        while True:
            self._write_inputs(shop, inputs)
            try:
                in_fork(lambda: ingest(shop, warehouse))
            except RefusedError as refusal:
                asked = set(ACCEPT_LINE.findall(str(refusal))) - self.accepted
                if not asked:
                    raise
                self.accepted |= asked
            else:
                return

    def _note_sections(self) -> None:
        """Remember with which section of inputs.yml each landed content was read."""
        for section, parsed in self._sections(self.shop, self.inputs).items():
            for content in self.bytes_of:
                identity = ledger.file_id_of(content, parsed)
                self.section_of[identity] = (section, json.dumps(_section(self.inputs, section)))

    def _write_inputs(self, shop: Path, inputs: dict) -> None:
        # JSON is YAML
        text = json.dumps({**inputs, "accept": sorted(self.accepted)}, indent=1)
        (shop / "inputs.yml").write_text(text, encoding="utf-8")

    def _sections(self, shop: Path, inputs: dict) -> dict[str, Input]:
        """{name of the section: the section as ingest understands it}."""
        self._write_inputs(shop, inputs)
        return {one.section: one for one in load_config(shop).inputs}

    def compare_with_full_refresh(self, current: list[list[str]]) -> list[str]:
        """What differs between the warehouse and one made at once from the current files."""
        entries = [e for e in ledger.load(self.warehouse).values() if e.state == ledger.LANDED]
        landed = sorted([entry.path, entry.content_sha256] for entry in entries)
        if landed != current:
            missing = [one for one in current if one not in landed]
            more = [one for one in landed if one not in current]
            return [f"the ledger lacks {missing} and has {more} too many"]
        self._land_at_once(entries)
        self.build(self.reference)
        return in_fork(lambda: differences(self.warehouse, self.reference))

    def _land_at_once(self, entries: list[ledger.Entry]) -> None:
        """Land the current files, and nothing else, in a new warehouse.

        One run takes nearly all. What left the folder before inputs.yml changed stays loaded as
        it was read then, and a path that appends has several contents: these take runs of their
        own, with the section of that time in the place of today's.
        """
        rounds: dict[tuple, dict[str, bytes]] = {}
        for entry in sorted(entries, key=lambda entry: (entry.path, entry.content_sha256)):
            section, text = self.section_of[entry.file_id]
            today = json.dumps(_section(self.inputs, section)) if _has(self.inputs, section) else ""
            # what does not change how a file is read does not matter here
            then = None if _reading(text) == _reading(today) else (section, text)
            turn = 0
            while entry.path in rounds.setdefault((then, turn), {}):
                turn += 1
            rounds[then, turn][entry.path] = self.bytes_of[entry.content_sha256]
        several = {
            self.section_of[entry.file_id][0]
            for (then, turn), files in rounds.items()
            for entry in entries
            if (then or turn) and entry.path in files
        }
        first = (None, 0)
        others = [key for key in rounds if key != first]
        for key in [first, *others, first] if others else [first]:
            then, _ = key
            inputs = json.loads(json.dumps(self.inputs))
            if then is not None:
                _put_section(inputs, *then)
            for section in several:
                _section(inputs, section)["update"] = "append"
            for file in self.reference_shop.iterdir():
                file.unlink()
            for path, content in rounds.get(key, {}).items():
                (self.reference_shop / path).write_bytes(content)
            placeholders = self._fill_patterns(inputs, set(rounds.get(key, {})))
            self.ingest(self.reference_shop, self.reference, inputs)
            for path in placeholders:
                in_fork(lambda path=path: withdraw(self.reference_shop, self.reference, path))

    def _fill_patterns(self, inputs: dict, here: set[str]) -> list[str]:
        """A file without a row for each pattern that has none here or of an earlier run.

        A pattern must have matched a file at some time; the caller withdraws these.
        """
        known = here | {entry.path for entry in ledger.load(self.reference).values()}
        paths = []
        for section in self._sections(self.reference_shop, inputs).values():
            for pattern in section.files:
                prefix = pattern.removesuffix("*.csv")
                path = f"{prefix}-none.csv"
                if not any(one.startswith(prefix) for one in known):
                    header = ",".join(headers[0] for headers in section.columns.values())
                    (self.reference_shop / path).write_text(header + "\n", encoding="utf-8")
                    paths.append(path)
        return paths


def _has(inputs: dict, section: str) -> bool:
    name, _, lookup = section.partition(".")
    return name in inputs and (not lookup or lookup in inputs[name])


def _section(inputs: dict, section: str) -> dict:
    name, _, lookup = section.partition(".")
    return inputs[name][lookup] if lookup else inputs[name]


def _put_section(inputs: dict, section: str, text: str) -> None:
    """Read a section's files as another text of it says; where its files are stays today's."""
    files = _section(inputs, section)["files"]
    name, _, lookup = section.partition(".")
    new = {**json.loads(text), "files": files}
    if lookup:
        inputs[name][lookup] = new
    else:
        inputs[name] = new


def _reading(text: str) -> dict:
    """The part of a section that says how a file is read."""
    section = json.loads(text or "{}")
    return {key: section.get(key) for key in ("columns", "key")}


# --- comparing ----------------------------------------------------------------------------------


def differences(one: Path, other: Path, shown: int = 3) -> list[str]:
    """What differs between the public tables of two warehouses: a line for each table.

    Rows are compared as bags, cell by cell; doubles may differ by 1e-9 of their size, since the
    order in which they are added is nobody's promise.
    """
    import duckdb  # noqa: PLC0415  (only forks of this process may open a database)

    with duckdb.connect() as connection:
        for name, warehouse in (("one", one), ("other", other)):
            file = str(warehouse / "candidate.duckdb").replace("'", "''")
            connection.execute(f"attach '{file}' as {name} (read_only)")
        tables = {
            name: connection.execute(
                "select schema_name || '.' || table_name, list(column_name || ' ' || data_type"
                " order by column_index) from duckdb_columns() where database_name = ?"
                " and schema_name in ('core', 'marts', 'quality') group by all order by all",
                [name],
            ).fetchall()
            for name in ("one", "other")
        }
        if tables["one"] != tables["other"]:
            found = [table for table in tables["one"] if table not in tables["other"]]
            found += [table for table in tables["other"] if table not in tables["one"]]
            return [f"the tables themselves differ: {found}"]
        if not tables["one"]:
            return ["there is no table to compare"]
        lines = []
        for table, columns in tables["one"]:
            came, went = (
                connection.execute(
                    f"from {a}.{table} except all from {b}.{table} order by all"
                ).fetchall()
                for a, b in (("one", "other"), ("other", "one"))
            )
            came, went = _unlike(came, went)
            if came or went:
                names = [column.rpartition(" ")[0] for column in columns]
                lines.append(_difference(table, names, came, went, shown))
        return lines


def _unlike(came: list[tuple], went: list[tuple]) -> tuple[list[tuple], list[tuple]]:
    """The rows that have no nearly equal one on the other side."""
    rest = list(went)
    unlike = []
    for row in came:
        same = next((other for other in rest if _nearly_equal(row, other)), None)
        if same is None:
            unlike.append(row)
        else:
            rest.remove(same)
    return unlike, rest


def _nearly_equal(row: tuple, other: tuple) -> bool:
    return all(
        math.isclose(a, b, rel_tol=1e-9) or (math.isnan(a) and math.isnan(b))
        if isinstance(a, float) and isinstance(b, float)
        else a == b
        for a, b in zip(row, other, strict=True)
    )


def _unequal(row: tuple, other: tuple) -> int:
    """How many cells of two rows differ."""
    return sum(a != b for a, b in zip(row, other, strict=True))


def _difference(
    table: str, names: list[str], came: list[tuple], went: list[tuple], shown: int
) -> str:
    """A line on a table: how many rows differ, and in the first ones which cells."""
    lines = [f"{table}: {len(came)} row(s) only step by step, {len(went)} only at once"]
    for row in came[:shown]:
        near = min(went, key=lambda other, row=row: _unequal(row, other), default=None)
        cells = [
            f"{name} {value!r}" + ("" if near is None else f" (at once {near[place]!r})")
            for place, (name, value) in enumerate(zip(names, row, strict=True))
            if near is None or near[place] != value
        ]
        key = f" [{names[0]} {row[0]!r}]"
        lines.append(f"  step by step{key}: {', '.join(cells)}")
    if not came:
        for row in went[:shown]:
            cells = [f"{name} {value!r}" for name, value in zip(names, row, strict=True)]
            lines.append(f"  at once: {', '.join(cells)}")
    return "\n".join(lines)


# --- the command --------------------------------------------------------------------------------


def main() -> None:
    """Play histories from files; `--serve` answers {"history": …} lines on stdin with results."""
    parser = argparse.ArgumentParser(prog="histories.py", description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="*", help="histories as JSON")
    parser.add_argument(
        "--draw", nargs="*", default=[], metavar="NUMBER:TURN", help="histories to draw and play"
    )
    parser.add_argument("--folder", help="keep shops and warehouses in this folder")
    parser.add_argument("--serve", action="store_true", help="play what comes on stdin")
    options = parser.parse_args()
    logging.disable(logging.WARNING)
    read = [(file, json.loads(Path(file).read_text(encoding="utf-8"))) for file in options.files]
    folder_given = Path(options.folder).absolute() if options.folder else None
    # dbt works from the project's folder
    os.chdir(PROJECT)
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    with tempfile.TemporaryDirectory() as temporary:
        folder = folder_given or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        player = Player(folder)
        if options.serve:
            for line in sys.stdin:
                question = json.loads(line)
                does = player.compare_threads if "threads" in question else player.play_and_shrink
                answers.write(json.dumps(vars(does(**question))) + "\n")
                answers.flush()
            return
        all_well = True
        drawn = [
            (f"history {text}", draw_history(*map(int, text.split(":")))) for text in options.draw
        ]
        for name, history in [*drawn, *read]:
            result = player.play(history, keep=bool(options.folder))
            all_well &= not result.differences
            said = "\n".join(result.differences) or "step by step and at once are the same"
            print(
                f"{name}: {result.builds} builds ({result.kept} went on), "
                f"{result.cpu_seconds:.1f} s CPU, {result.seconds:.1f} s: {said}",
                file=answers,
                flush=True,
            )
    sys.exit(0 if all_well else 1)


if __name__ == "__main__":
    main()
