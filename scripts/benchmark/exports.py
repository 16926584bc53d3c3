"""How fast exports to databases are: `python -m scripts.benchmark.exports --lines 1000000`.

Against the server's own COPY or LOAD DATA of the same bytes, from a file that is there already,
into a table with the same columns and key. Ours is the whole command: starting, reading the
warehouse, all tables, verifying, showing. In turns; the medians are shown. The databases named
must be empty, and are left so.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb
import psycopg
import pymysql

from scripts.errors import UserError, run
from scripts.export.address import read_address
from scripts.export.mariadb import _connect as connect_mariadb
from scripts.export.mariadb import _drop, _present
from scripts.export.source import SCHEMAS
from scripts.paths import PROJECT, warehouse_folder
from scripts.publish import CANDIDATE, publish

FACT = "core.fct_sales"


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m scripts.benchmark.exports")
    parser.add_argument("--lines", type=int, default=1_000_000, help="lines of the fact")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--postgres", help="postgresql://user@host/database, empty")
    parser.add_argument("--mariadb", help="mysql://user@host/database, empty")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="exports-") as name:
        folder = Path(name)
        # a server's own user reads the file
        folder.chmod(0o755)
        warehouse = _multiplied(folder, options.lines)
        for address, null, own in (
            (options.postgres, "", _copy_of_postgres),
            (options.mariadb, "NULL", _load_of_mariadb),
        ):
            if address:
                file = _written(warehouse, folder, null)
                _compare(address, warehouse, file, own, options.runs)


def _multiplied(folder: Path, lines: int) -> Path:
    """The published warehouse with its fact as many times as it takes."""
    candidate = warehouse_folder() / CANDIDATE
    if not candidate.exists():
        raise UserError("There is no warehouse to multiply: run `make report` first.")
    warehouse = folder / "warehouse"
    warehouse.mkdir()
    shutil.copyfile(candidate, warehouse / CANDIDATE)
    with duckdb.connect(str(warehouse / CANDIDATE)) as connection:
        times = lines // connection.execute(f"select count(*) from {FACT}").fetchall()[0][0]
        connection.execute(
            f"insert into {FACT} "
            f"select fact.* replace (sale_line_id || '#' || n as sale_line_id) "
            f"from {FACT} as fact, range(1, {max(times, 1)}) as copies (n)"
        )
    publish(warehouse, "multiplied")
    return warehouse


def _written(warehouse: Path, folder: Path, null: str) -> Path:
    """The fact as the file that the server reads."""
    file = folder / "fact.csv"
    booleans = "is_revenue::tinyint as is_revenue, is_return::tinyint as is_return, "
    select = f"replace ({booleans}is_anonymous::tinyint as is_anonymous)" if null else ""
    with duckdb.connect(str(warehouse / "sales.duckdb"), read_only=True) as connection:
        connection.execute(
            f"copy (select * {select} from {FACT}) to '{file}' "
            f"(format csv, header false, nullstr '{null}')"
        )
    file.chmod(0o644)
    return file


def _compare(address: str, warehouse: Path, file: Path, own: object, runs: int) -> None:
    ours, theirs = [], []
    for _ in range(runs):
        started = time.monotonic()
        subprocess.run(
            [sys.executable, "-m", "scripts.export"],
            cwd=PROJECT,
            env={**os.environ, "TO": address, "WAREHOUSE": str(warehouse)},
            check=True,
            capture_output=True,
        )
        ours.append(time.monotonic() - started)
        # also empties the database
        theirs.append(own(address, file))  # type: ignore[operator]
    whole, alone = statistics.median(ours), statistics.median(theirs)
    print(
        f"{read_address(address).kind}: {file.stat().st_size / 1e6:.0f} MB; the server alone "
        f"{alone:.1f} s, the export {whole:.1f} s: {alone / whole:.2f} of its speed"
    )


def _copy_of_postgres(address: str, file: Path) -> float:
    """Seconds of COPY and of making the key, in a table like that of the export."""
    with psycopg.connect(address) as connection:
        connection.execute(f"create table benchmark_copy (like {FACT})")
        for schema in SCHEMAS:
            connection.execute(f"drop schema {schema} cascade")  # type: ignore[arg-type]
        connection.commit()
        started = time.monotonic()
        # in one transaction with its table, as fast as it can be
        connection.execute("truncate benchmark_copy")
        connection.execute(f"copy benchmark_copy from '{file}' (format csv, freeze true)")
        connection.execute("alter table benchmark_copy add primary key (sale_line_id)")
        connection.commit()
        seconds = time.monotonic() - started
        connection.execute("drop table benchmark_copy")
    return seconds


def _load_of_mariadb(address: str, file: Path) -> float:
    """Seconds of LOAD DATA into a table like that of the export, its key included."""
    connection: pymysql.Connection = connect_mariadb(read_address(address))
    with connection, connection.cursor() as cursor:
        cursor.execute("create table benchmark_load like core_fct_sales")
        _drop(cursor, _present(cursor))
        cursor.execute("set session unique_checks = 0, foreign_key_checks = 0")
        started = time.monotonic()
        cursor.execute(
            f"load data infile '{file}' into table benchmark_load character set utf8mb4 "
            "fields terminated by ',' optionally enclosed by '\"' escaped by ''"
        )
        seconds = time.monotonic() - started
        cursor.execute("drop table benchmark_load")
    return seconds


if __name__ == "__main__":
    run(main)
