"""Whether two warehouses say the same: every cell of every mart, and the fact.

Each table's rows are summed as hashes on both sides, which reads it once and keeps nothing; only
where the sums differ are the rows themselves compared, to show some. Decimals, dates and texts
must be equal. Doubles may differ by 1e-9 (relative above 1), and the figures that are rounded from
doubles by one unit of their last place.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from scripts.errors import UserError

SHOWN_ROWS = 3
TOLERANCE = 1e-9

# Rounded from doubles, whose last bits depend on the order of addition: one unit of the last place.
ROUNDED = {
    ("employee_sales_regression", "slope_amount"): 1.01e-4,
    ("employee_sales_regression", "intercept_amount"): 1.01e-4,
    ("employee_sales_regression", "r_squared"): 1.01e-6,
}

# The marts that all contenders write; ours writes more, and its time holds them too.
MARTS = (
    *("shop_summary", "revenue_by_month", "revenue_by_day", "revenue_by_product"),
    *("revenue_by_region", "revenue_by_location", "revenue_by_store"),
    *("revenue_by_product_region_month", "monthly_product_sales", "product_sales_by_store"),
    *("employee_sales_ratio", "employee_sales_by_store", "employee_sales_regression"),
)
TABLES = (*(("marts", mart) for mart in sorted(MARTS)), ("core", "fct_sales"))

# What the fact carries only for provenance.
PROVENANCE = {"sale_line_id", "file_id", "record_number", "remarks"}


def compare(ours: Path, other: Path, name: str, left_out: frozenset[str] = frozenset()) -> dict:
    """Compare the DuckDB file `other` with `ours`; returns {table: number of rows compared}.

    Compared are the tables of MARTS, and core.fct_sales without the columns of
    provenance and those in `left_out`. Raises UserError naming the first table that differs, with
    up to three rows of each side; `name` says whose warehouse `other` is.
    """
    # what does not fit into memory goes beside the other file, not where the command was started
    settings = {"temp_directory": f"{other}.tmp"}
    with duckdb.connect(config=settings) as connection:
        _attach(connection, ours, "ours")
        _attach(connection, other, "other")
        compared = {}
        for schema, table in TABLES:
            columns = _columns(connection, "ours", schema, table)
            if schema == "core":
                ignored = PROVENANCE | left_out
                columns = {key: kind for key, kind in columns.items() if key not in ignored}
            found = _columns(connection, "other", schema, table)
            absent = [column for column in columns if column not in found]
            if absent:
                what = f"its columns {', '.join(absent)}" if found else "it"
                raise UserError(
                    f"The outputs differ: {schema}.{table} of {name} lacks {what}. "
                    "Correct the script, then run the benchmark again."
                )
            compared[f"{schema}.{table}"] = _compare_table(
                connection, f"{schema}.{table}", columns, name
            )
    return compared


def _attach(connection: duckdb.DuckDBPyConnection, file: Path, alias: str) -> None:
    quoted = str(file).replace("'", "''")
    connection.execute(f"attach '{quoted}' as {alias} (read_only)")


def _columns(
    connection: duckdb.DuckDBPyConnection, database: str, schema: str, table: str
) -> dict[str, str]:
    """The columns of a table with their types; none when there is no such table."""
    return dict(
        connection.execute(
            """
            select column_name, data_type
            from duckdb_columns()
            where database_name = ? and schema_name = ? and table_name = ?
            order by column_index
            """,
            [database, schema, table],
        ).fetchall()
    )


def _compare_table(
    connection: duckdb.DuckDBPyConnection, table: str, columns: dict[str, str], name: str
) -> int:
    """The number of rows of a table that is the same on both sides."""
    short = table.split(".")[1]
    rough = {
        column: ROUNDED.get((short, column), TOLERANCE)
        for column, kind in columns.items()
        if kind == "DOUBLE" or (short, column) in ROUNDED
    }
    exact = {column: kind for column, kind in columns.items() if column not in rough}
    selected = ", ".join(
        f'cast("{column}" as {kind}) as "{column}"' for column, kind in exact.items()
    )
    hashed = ", ".join(f'"{column}"' for column in exact)
    sums = {}
    for side in ("ours", "other"):
        sums[side] = connection.execute(
            f"select count(*), sum(hash({hashed})::hugeint), bit_xor(hash({hashed}))"
            f" from (select {selected} from {side}.{table})"
        ).fetchall()[0]
    if sums["ours"] != sums["other"]:
        shown = {
            side: connection.execute(
                f"select {selected} from {side}.{table} except all"
                f" select {selected} from {against}.{table} order by all limit {SHOWN_ROWS}"
            ).fetchall()
            for side, against in (("ours", "other"), ("other", "ours"))
        }
        raise UserError(_difference(table, name, sums, shown, list(exact)))
    if rough:
        _compare_doubles(connection, table, exact, rough, name)
    return sums["ours"][0]


def _compare_doubles(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    exact: dict[str, str],
    rough: dict[str, float],
    name: str,
) -> None:
    """Raise UserError when a double is farther away than it may be; the exact columns are equal."""
    same = " and ".join(
        f'ours."{column}" is not distinct from cast(other."{column}" as {kind})'
        for column, kind in exact.items()
    )
    apart = " or ".join(
        f'(ours."{column}" is null) <> (other."{column}" is null)'
        f' or abs(ours."{column}"::double - other."{column}"::double)'
        f" > {tolerance!r}"
        # a rounded figure is off by a unit of its last place, however large it is
        + ("" if tolerance > TOLERANCE else f' * greatest(1, abs(ours."{column}"))')
        for column, tolerance in rough.items()
    )
    pairs = ", ".join(f'ours."{column}", other."{column}"' for column in rough)
    rows = connection.execute(
        f"select {pairs} from ours.{table} as ours inner join other.{table} as other"
        f" on {same} where {apart} order by all limit {SHOWN_ROWS}"
    ).fetchall()
    if rows:
        raise UserError(
            f"The outputs differ: {table} of {name} has other values of {', '.join(rough)} than "
            f"ours (ours, theirs): {'; '.join(str(row) for row in rows)}. "
            "Correct the script, then run the benchmark again."
        )


def _difference(
    table: str, name: str, sums: dict[str, tuple], shown: dict[str, list[tuple]], columns: list[str]
) -> str:
    """The sentence on two tables that differ, with rows that only one of them has."""

    def rows(side: str) -> str:
        texts = [
            "("
            + ", ".join(f"{column} {value}" for column, value in zip(columns, row, strict=True))
            + ")"
            for row in shown[side]
        ]
        return "; ".join(texts) or "none"

    return (
        f"The outputs differ: {table} has {sums['ours'][0]} rows in ours and {sums['other'][0]} in "
        f"{name}.\n  Only in ours: {rows('ours')}\n  Only in {name}: {rows('other')}\n"
        "Correct the script, then run the benchmark again."
    )
