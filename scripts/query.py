"""Ask the published warehouse, read-only: one statement, a file of them, or a small prompt."""

from __future__ import annotations

import os
import sys

import duckdb

from scripts.errors import UserError, run
from scripts.paths import published_file

MOST_ROWS = 200
WIDEST = 60


def connect() -> duckdb.DuckDBPyConnection:
    """A read-only connection to the published file. Raises UserError when there is none."""
    file = published_file()
    if not file.exists():
        raise UserError(f"There is no published warehouse at {file}: run `make report` first.")
    return duckdb.connect(str(file), read_only=True)


def table(connection: duckdb.DuckDBPyConnection, statement: str) -> str:
    """The result of a statement as an aligned table, at most MOST_ROWS rows.

    Raises UserError with the engine's sentence when it cannot be run.
    """
    try:
        result = connection.execute(statement)
        names = [column[0] for column in result.description or []]
        rows = result.fetchmany(MOST_ROWS + 1)
    except duckdb.Error as error:
        raise UserError(str(error)) from error
    cells = [["" if value is None else str(value)[:WIDEST] for value in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(names, *cells[:MOST_ROWS], strict=True)]
    lines = [_line(names, widths), "  ".join("-" * width for width in widths)]
    lines += [_line(row, widths) for row in cells[:MOST_ROWS]]
    if len(cells) > MOST_ROWS:
        lines.append(f"... the first {MOST_ROWS} rows")
    return "\n".join(lines)


def main() -> None:
    """Run the statement in SQL, or those on standard input, or ask for one after another."""
    with connect() as connection:
        statement = os.environ.get("SQL")
        if statement:
            print(table(connection, statement))
        elif sys.stdin.isatty():
            _prompt(connection)
        else:
            for part in duckdb.extract_statements(sys.stdin.read()):
                print(table(connection, part.query))


def _prompt(connection: duckdb.DuckDBPyConnection) -> None:
    print("Schemas: core, marts, quality. End a statement with ; and leave with an empty line.")
    print("For example: from marts.revenue_by_month order by 1;")
    while True:
        lines = []
        while not (lines and lines[-1].rstrip().endswith(";")):
            try:
                lines.append(input("sales> " if not lines else "    -> "))
            except EOFError:
                return
            if not lines[-1].strip() and len(lines) == 1:
                return
        try:
            print(table(connection, "\n".join(lines)))
        except UserError as error:
            print(error)


def _line(cells: list[str], widths: list[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()


if __name__ == "__main__":
    run(main)
