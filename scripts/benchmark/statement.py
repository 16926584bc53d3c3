"""One statement: `python -m scripts.benchmark.statement FILE OUTPUT.parquet [--all-columns]`.

What DuckDB alone takes to write the texts of a sales file as Parquet, compressed as a landing file
is. It checks, counts, adds up and hashes nothing.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import duckdb

from scripts.ingest import registry
from scripts.ingest.land import MEMORY_BYTES
from scripts.ingest.sql import literal

# The shop's names are ours, so that its columns are those of the landing file.
COLUMNS = (
    *("sale_id", "order_id", "sold_on", "store_id", "product_id", "customer_id", "employee_id"),
    *("quantity", "unit_price", "discount_amount"),
)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="python -m scripts.benchmark.statement", description=__doc__
    )
    parser.add_argument("file", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument(
        "--all-columns", action="store_true", help="every column of a landing file, most empty"
    )
    options = parser.parse_args()
    write(options.file, options.output, all_columns=options.all_columns)


def write(file: Path, output: Path, *, all_columns: bool) -> None:
    """Write a sales file of the shop as Parquet, in the order of its records."""
    types = ", ".join(f"'{column}': 'VARCHAR'" for column in COLUMNS)
    selected = "*"
    if all_columns:
        filled = {
            **{column: column for column in COLUMNS},
            "file_id": literal("0" * 20),
            "record_number": "row_number() over ()",
            "record_key": "sale_id",
        }
        selected = ", ".join(
            f"{filled.get(column, 'cast(null as varchar)')} as {column}"
            for column in registry.landing_columns("sales")
        )
    with duckdb.connect(config={"memory_limit": f"{MEMORY_BYTES // 1024}KiB"}) as connection:
        connection.execute(
            f"copy (select {selected} from read_csv({literal(str(file))}, header = true, "
            f"columns = {{{types}}}, delim = ',', quote = '\"', escape = '\"', "
            f"auto_detect = false)) to {literal(str(output))} (format parquet, compression zstd)"
        )


def digest(parquet: Path) -> tuple[object, ...]:
    """The number of rows of a Parquet file, and what its texts come to, column by column."""
    sums = ", ".join(f"sum(hash({column})), count({column})" for column in COLUMNS)
    with duckdb.connect() as connection:
        found = connection.execute(
            f"select count(*), {sums} from read_parquet({literal(str(parquet))})"
        ).fetchone()
    assert found is not None
    return found


if __name__ == "__main__":
    main()
