"""The published tables as they are, for the workbook: by their schema, not by their names.

A mart that somebody adds is read like the others; nothing here has to be told of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import duckdb

from scripts.report.formats import clean

# the day or period that a row is about, where there is one
TIMES = ("month_start_on", "quarter_start_on", "year_start_on", "week_start_on", "sold_on",
         "period_start_on", "cohort_month_on")  # fmt: skip
MAIN_AMOUNT = "revenue_amount"


@dataclass
class Field:
    """One column: its type as DuckDB names it, and the database's comment on it."""

    name: str
    data_type: str
    definition: str


@dataclass
class Published:
    """One published table; `rows` is None where it has more than were asked for, or is too fine.

    Amounts are floats, which is what a spreadsheet has; texts are free of control characters.
    """

    name: str
    schema: str
    grain: str
    fields: list[Field]
    row_count: int
    rows: list[tuple] | None

    def place(self, name: str) -> int | None:
        """The position of a column, None when there is none of this name."""
        return next((at for at, field in enumerate(self.fields) if field.name == name), None)


def read_tables(published: Path, most_rows: int, fine: tuple[str, ...] = ()) -> list[Published]:
    """All tables of the schemas `marts` and `quality`, by name; those in `fine` without rows."""
    connection = duckdb.connect(str(published), read_only=True)
    try:
        found = connection.execute("""
            select schema_name, table_name, coalesce(comment, '')
            from duckdb_tables() where schema_name in ('marts', 'quality')
            order by schema_name, table_name""").fetchall()
        return [
            _table(connection, schema, name, comment, 0 if name in fine else most_rows)
            for schema, name, comment in found
        ]
    finally:
        connection.close()


def _table(
    connection: duckdb.DuckDBPyConnection, schema: str, name: str, comment: str, most_rows: int
) -> Published:
    fields = [
        Field(column, data_type, " ".join(definition.split()))
        for column, data_type, definition in connection.execute(
            "select column_name, data_type, coalesce(comment, '') from duckdb_columns()"
            " where schema_name = ? and table_name = ? order by column_index",
            [schema, name],
        ).fetchall()
    ]
    if schema == "marts":
        fields.sort(key=_reading_order)
    source = f'{schema}."{name}"'
    (count,) = connection.execute(f"select count(*) from {source}").fetchone()
    rows = None
    if count <= most_rows:
        columns = ", ".join(
            f'"{field.name}"::double' if field.data_type.startswith("DECIMAL")
            else f'"{field.name}"'
            for field in fields
        )  # fmt: skip
        order = ", ".join(f'"{field.name}" nulls last' for field in fields)
        names = {field.name for field in fields}
        if MAIN_AMOUNT in names and not names & set(TIMES):
            order = f"{MAIN_AMOUNT} desc nulls last, {order}"
        records = connection.execute(f"select {columns} from {source} order by {order}").fetchall()
        texts = [at for at, field in enumerate(fields) if field.data_type == "VARCHAR"]
        rows = [_cleaned(record, texts) for record in records] if texts else records
    # the first sentence says what a row is; the rest is for those who query
    grain = " ".join(comment.partition("Answers:")[0].replace("**", "").split())
    return Published(name, schema, grain, fields, count, rows)


def _cleaned(record: tuple, texts: list[int]) -> tuple:
    values = list(record)
    for at in texts:
        if values[at] is not None:
            values[at] = clean(values[at])
    return tuple(values)


def _reading_order(field: Field) -> int:
    """Periods and names first, as a person reads a row; keys last, for those who look things up."""
    if field.name in TIMES:
        return 0
    if re.search("_name$", field.name):
        return 1
    if field.name.endswith("_id"):
        return 6
    if field.data_type == "VARCHAR":
        return 2
    if field.data_type == "BOOLEAN":
        return 5
    return 3 if field.data_type == "DATE" else 4
