"""How fast exports to databases are: `python -m scripts.benchmark.exports --lines 1000000`.

Against the server's own COPY or LOAD DATA of the same bytes, from files that are there already,
into tables with the same columns and keys. Ours is the whole command: starting, reading the
warehouse, all tables, comments, verifying, showing. In turns; the medians are shown. The databases
named must be empty, and are left so.
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
from collections.abc import Callable
from pathlib import Path

import duckdb
import psycopg
import pymysql

from scripts.errors import UserError, run
from scripts.export.address import read_address
from scripts.export.mariadb import _connect as connect_mariadb
from scripts.export.mariadb import _drop, _present
from scripts.export.source import SCHEMAS, Table, open_published
from scripts.paths import PROJECT, warehouse_folder
from scripts.publish import CANDIDATE, publish

FACT = "core.fct_sales"

Files = dict[Table, Path]


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
                files = _written(warehouse, folder, null)
                _compare(address, warehouse, files, own, options.runs)


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


def _written(warehouse: Path, folder: Path, null: str) -> Files:
    """The tables as the files that the server reads."""
    files = {}
    with open_published(warehouse) as source:
        for table in source.tables:
            file = folder / f"{table.full_name}.csv"
            whole = [f"{c.name}::tinyint as {c.name}" for c in table.columns if c.type == "BOOLEAN"]
            select = f"replace ({', '.join(whole)})" if null and whole else ""
            source.connection.execute(
                f"copy (select * {select} from {table.full_name}) to '{file}' "
                f"(format csv, header false, nullstr '{null}')"
            )
            file.chmod(0o644)
            files[table] = file
    return files


def _compare(
    address: str, warehouse: Path, files: Files, own: Callable[[str, Files], float], runs: int
) -> None:
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
        theirs.append(own(address, files))
    whole, alone = statistics.median(ours), statistics.median(theirs)
    size = sum(file.stat().st_size for file in files.values())
    print(
        f"{read_address(address).kind}: {size / 1e6:.0f} MB; the server alone "
        f"{alone:.1f} s, the export {whole:.1f} s: {alone / whole:.2f} of its speed"
    )


def _copy_of_postgres(address: str, files: Files) -> float:
    """Seconds of COPY and of making the keys, in tables like those of the export."""
    with psycopg.connect(address) as connection:
        for table in files:
            connection.execute(f"create table {_copy(table)} (like {table.full_name})")
        for schema in SCHEMAS:
            connection.execute(f"drop schema {schema} cascade")
        connection.commit()
        started = time.monotonic()
        for table, file in files.items():
            # in one transaction with its table, as fast as it can be
            connection.execute(f"truncate {_copy(table)}")
            connection.execute(f"copy {_copy(table)} from '{file}' (format csv, freeze true)")
            if table.key:
                key = ", ".join(table.key)
                connection.execute(f"alter table {_copy(table)} add primary key ({key})")
        connection.commit()
        seconds = time.monotonic() - started
        for table in files:
            connection.execute(f"drop table {_copy(table)}")
    return seconds


def _load_of_mariadb(address: str, files: Files) -> float:
    """Seconds of LOAD DATA into tables like those of the export, their keys included."""
    connection: pymysql.Connection = connect_mariadb(read_address(address))
    with connection, connection.cursor() as cursor:
        for table in files:
            cursor.execute(f"create table {_copy(table)} like {table.schema}_{table.name}")
        _drop(cursor, _present(cursor))
        cursor.execute("set session unique_checks = 0, foreign_key_checks = 0")
        started = time.monotonic()
        for table, file in files.items():
            cursor.execute(
                f"load data infile '{file}' into table {_copy(table)} character set utf8mb4 "
                "fields terminated by ',' optionally enclosed by '\"' escaped by ''"
            )
        seconds = time.monotonic() - started
        for table in files:
            cursor.execute(f"drop table {_copy(table)}")
    return seconds


def _copy(table: Table) -> str:
    return f"copy_of_{table.schema}_{table.name}"


if __name__ == "__main__":
    run(main)
