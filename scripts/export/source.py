"""What is exported: the tables of one published generation, with their words, keys and totals."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import duckdb
import yaml

from scripts import generations
from scripts.errors import UserError
from scripts.paths import PROJECT

SCHEMAS = ("core", "marts", "quality")
# the one written in C is ten times as fast, where it is there
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# Raised when a target's tables are made in another way, so that the next export writes them anew.
FORMAT = 1


@dataclass(frozen=True)
class Column:
    """A column: its DuckDB type, and its definition."""

    name: str
    type: str
    is_required: bool
    comment: str

    @property
    def is_text(self) -> bool:
        return self.type == "VARCHAR"

    @property
    def is_summed(self) -> bool:
        """Whether a sum over it is exact whatever the order."""
        return self.type.startswith("DECIMAL") or self.type in ("INTEGER", "BIGINT", "BOOLEAN")


@dataclass(frozen=True)
class Table:
    """A public table: its grain in words, its columns in order, and the columns of its key."""

    schema: str
    name: str
    comment: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]

    @property
    def full_name(self) -> str:
        return f"{self.schema}.{self.name}"


# Of a table: the count of its rows; of each column the count of its values; of each column of
# numbers their sum, of each of texts the sum of their bytes.
Totals = tuple[Decimal | None, ...]


@dataclass
class Source:
    """A generation that is open for reading: one file, whatever is published meanwhile."""

    connection: duckdb.DuckDBPyConnection
    manifest: generations.Manifest
    tables: tuple[Table, ...]
    shop: str
    _totals: dict[str, Totals] = field(default_factory=dict)

    @property
    def generation(self) -> int:
        return self.manifest["generation"]

    @property
    def mark(self) -> dict[str, object]:
        """What a target notes of what it holds: who, which generation, and how it was written."""
        return {
            "shop": self.shop,
            "generation": self.generation,
            "sha256": self.manifest["sha256"],
            "as_of_date": self.manifest["as_of_date"],
            "format": FORMAT,
        }

    @property
    def row_count(self) -> int:
        return sum(int(self.totals(table)[0] or 0) for table in self.tables)

    def totals(self, table: Table) -> Totals:
        """The totals that a table must have wherever it is."""
        if table.full_name not in self._totals:
            self._totals[table.full_name] = self.totals_of(table, table.full_name)
        return self._totals[table.full_name]

    def totals_of(self, table: Table, relation: str) -> Totals:
        """The totals of a copy of a table that DuckDB can read, `relation`."""
        expression = totals_expression(table, '"', "strlen")
        statement = f"select {expression} from {relation}"
        return as_totals(self.connection.cursor().execute(statement).fetchall()[0])

    def widths(self, table: Table) -> dict[str, int]:
        """{text column: the characters of its longest value}, 0 when it has none."""
        texts = [column.name for column in table.columns if column.is_text]
        if not texts:
            return {}
        longest = ", ".join(f'coalesce(max(length("{name}")), 0)' for name in texts)
        statement = f"select {longest} from {table.full_name}"
        row = self.connection.cursor().execute(statement).fetchall()[0]
        return dict(zip(texts, row, strict=True))


def totals_expression(table: Table, quote: str, byte_length: str, whole: str = "bigint") -> str:
    """The totals of a table as a list of expressions.

    `quote` is put around names, `byte_length` is the engine's function, `whole` its whole numbers.
    """
    parts = ["count(*)"]
    for column in table.columns:
        name = f"{quote}{column.name}{quote}"
        parts.append(f"count({name})")
        if column.type == "BOOLEAN":
            parts.append(f"sum(cast({name} as {whole}))")
        elif column.is_summed:
            parts.append(f"sum({name})")
        elif column.is_text:
            parts.append(f"sum({byte_length}({name}))")
    return ", ".join(parts)


def as_totals(row: tuple) -> Totals:
    """A row of totals as numbers that are equal when they are."""
    return tuple(None if value is None else Decimal(value) for value in row)


def require_same(table: Table, target: Totals, source: Totals) -> None:
    """Raise UserError when a copy does not hold what its table does."""
    if target == source:
        return
    names = ["the count of rows"]
    for column in table.columns:
        names.append(f"the count of {column.name}")
        if column.is_summed or column.is_text:
            names.append(f"the sum of {column.name}")
    name, found, wanted = next(
        (name, found, wanted)
        for name, found, wanted in zip(names, target, source, strict=True)
        if found != wanted
    )
    raise UserError(
        f"The copy of {table.full_name} is not the same: {name} is {found}, and should be "
        f"{wanted}. Nothing was changed for readers; run this again."
    )


@contextmanager
def open_published(warehouse: Path) -> Iterator[Source]:
    """The published generation, open until the end. Raises UserError when there is none."""
    connection, manifest = _open(warehouse)
    with connection:
        # rows need not come in the order of the file, so that all processors write
        connection.execute("set preserve_insertion_order = false")
        tables = _tables(connection)
        shop = connection.execute("select shop_name from marts.shop_summary").fetchall()
        yield Source(connection, manifest, tables, shop[0][0] if shop else "")


def _open(warehouse: Path) -> tuple[duckdb.DuckDBPyConnection, generations.Manifest]:
    """The file of the published generation and its manifest, which belong together.

    The file is opened by the name of its generation, since `sales.duckdb` and `sales.json` are
    exchanged one after the other; a second try is for a publish that came in between.
    """
    for _ in range(2):
        manifest = generations.published_manifest(warehouse)
        if manifest is None:
            raise UserError(
                f"There is no published warehouse in {warehouse}: run `make report` first."
            )
        file = generations.file_of(warehouse, manifest["generation"])
        try:
            return duckdb.connect(str(file), read_only=True), manifest
        except duckdb.Error:
            continue
    raise UserError(
        f"The published generation {manifest['generation']} ({file}) is gone or damaged: run "
        "`make report`, which puts it back."
    )


def _tables(connection: duckdb.DuckDBPyConnection) -> tuple[Table, ...]:
    keys = declared_keys()
    columns: dict[tuple[str, str], list[Column]] = {}
    for schema, table, name, kind, is_nullable, comment in connection.execute(
        "select schema_name, table_name, column_name, data_type, is_nullable, comment "
        "from duckdb_columns() where not internal order by schema_name, table_name, column_index"
    ).fetchall():
        column = Column(name, kind, not is_nullable, comment or "")
        columns.setdefault((schema, table), []).append(column)
    return tuple(
        Table(schema, name, comment or "", tuple(columns[schema, name]), keys.get(name, ()))
        for schema, name, comment in connection.execute(
            "select schema_name, table_name, comment from duckdb_tables() where not internal "
            "order by schema_name, table_name"
        ).fetchall()
        if schema in SCHEMAS
    )


def declared_keys() -> dict[str, tuple[str, ...]]:
    """{model: the columns that its test `unique_key` names}: what the build has tested."""
    keys = {}
    for path in sorted((PROJECT / "models").rglob("*.yml")):
        for model in (_yaml(path) or {}).get("models", []):
            for test in model.get("data_tests", []):
                if isinstance(test, dict) and "unique_key" in test:
                    keys[model["name"]] = tuple(test["unique_key"]["arguments"]["columns"])
    return keys


def _yaml(path: Path) -> dict | None:
    return yaml.load(path.read_text(encoding="utf-8"), Loader=LOADER)
