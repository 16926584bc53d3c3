"""What is exported is what is published: every cell of every public table, in each target."""

from __future__ import annotations

import datetime
import json
import os
import shutil
from decimal import Decimal

import duckdb
import pytest
from conftest import contents, public_tables, query
from servers import (
    lacking,
    mariadb,
    mariadb_database,
    objects,
    postgres,
    postgres_database,
    s3_server,
)
from small_export import export

from scripts.export.source import declared_keys
from scripts.publish import publish

# Texts that some way of writing or comparing takes for another one of them, or for no text.
TEXTS = [
    *("a", "A", "a ", " a", "á", "a\u0301", "ß", "ss", "", " ", "NULL", "null", "\\N", "\\.", "\\"),
    *("x\n\\.\ny", "tab\there", "back\\slash\\", 'a "quote"', "l’été d'ici", "line\r\nbreak", "\r"),
    *("comma, semicolon; pipe|", "é漢😀مقعد", "\ufeffmark", "'", '"', "007", "1e5", "2025-01-01"),
    *("%_", "`tick`", "true", "{", "k" * 300, "\u00a0"),
]
# longer than any key of MariaDB can be
LONG_KEY = "France|" + "Île-de-France " * 70
VALUES = {
    "DECIMAL(18,4)": [Decimal("99999999999999.9999"), Decimal("-99999999999999.9999"),
                      Decimal("0.0001"), Decimal("-0.0050"), Decimal("10")],
    "DECIMAL(38,10)": [Decimal("12345678901234567890123456.0123456789"), Decimal("-0.0000000001")],
    "DECIMAL(18,8)": [Decimal("9999999999.99999999"), Decimal("-0.00000001")],
    "BIGINT": [2**63 - 1, -(2**63), 0],
    "INTEGER": [2**31 - 1, -(2**31), 0],
    "DOUBLE": [0.1, 1 / 3, 1.7976931348623157e308, -2.2250738585072014e-308, 5e-324, 0.0],
    "BOOLEAN": [True, False],
    "DATE": [datetime.date(1990, 1, 1), datetime.date(2024, 2, 29), datetime.date(9999, 12, 31)],
    "TIMESTAMP": [datetime.datetime(2024, 10, 27, 2, 30, 59, 999999),
                  datetime.datetime(1999, 12, 31)],
}  # fmt: skip
EMPTY = ("quality", "replaced_records")


def add_strange_rows(connection):
    """In every table a row for each strange text, as its key and elsewhere; nulls where they may
    be. One table is left without rows."""
    tables, keys = {}, declared_keys()
    for schema, table, name, kind, is_nullable in connection.execute(
        "select schema_name, table_name, column_name, data_type, is_nullable "
        "from duckdb_columns() where not internal order by all"
    ).fetchall():
        tables.setdefault((schema, table), []).append((name, kind, is_nullable))
    for (schema, table), columns in sorted(tables.items()):
        if table == "shop_summary":
            continue
        for place, text in enumerate([*TEXTS, LONG_KEY]):
            row = {}
            for offset, (name, kind, is_nullable) in enumerate(columns):
                if is_nullable and (place + offset) % 3 == 0:
                    row[name] = None
                elif kind == "VARCHAR":
                    # what is a key has each text once
                    is_key = not is_nullable
                    row[name] = text if is_key else TEXTS[(place * 7 + offset) % len(TEXTS)]
                else:
                    row[name] = VALUES[kind][(place + offset) % len(VALUES[kind])]
            kinds = {name: kind for name, kind, _ in columns}
            if not any(kinds[name] == "VARCHAR" for name in keys[table]):
                dates = [name for name in keys[table] if kinds[name] == "DATE"]
                later = datetime.date(2090, 1, 1) + datetime.timedelta(place)
                row |= dict.fromkeys(dates, later)
            names = ", ".join(f'"{name}"' for name in row)
            marks = ", ".join("?" * len(row))
            connection.execute(
                f"insert into {schema}.{table} ({names}) values ({marks})", [*row.values()]
            )
    connection.execute(f"delete from {'.'.join(EMPTY)}")


@pytest.fixture(scope="module")
def warehouse(sample_warehouse, tmp_path_factory):
    """The sample with strange rows in every table but one, published."""
    folder = tmp_path_factory.mktemp("strange") / "warehouse"
    folder.mkdir()
    shutil.copyfile(sample_warehouse / "candidate.duckdb", folder / "candidate.duckdb")
    with duckdb.connect(str(folder / "candidate.duckdb")) as connection:
        add_strange_rows(connection)
    publish(folder, "strange rows")
    return folder


@pytest.fixture(scope="module")
def expected(warehouse):
    """{schema.table: sorted rows} of the published file."""
    found = contents(warehouse)
    assert len(found) >= 28
    assert all(len(rows) > len(TEXTS) for name, rows in found.items() if name != ".".join(EMPTY)
               and name != "marts.shop_summary")  # fmt: skip
    assert found[".".join(EMPTY)] == []
    keys = {row[0] for row in query(warehouse, "select product_id from core.dim_products")}
    assert {"a", "A", "a ", " a", "á", "", "NULL", "\\.", LONG_KEY} <= keys
    return found


def same(found, expected):
    """Every table with every cell, and numbers as exact as they were."""
    assert found.keys() == expected.keys()
    for name in expected:
        rows = sorted(found[name], key=repr)
        assert len(rows) == len(expected[name]), name
        differing = [pair for pair in zip(rows, expected[name], strict=True) if pair[0] != pair[1]]
        assert not differing, (name, differing[0])


def columns_of(warehouse, schema, table):
    """The DuckDB types of a table, in order."""
    rows = query(
        warehouse,
        "select data_type from duckdb_columns() where schema_name = ? and table_name = ? "
        "order by column_index",
        [schema, table],
    )
    return [kind for (kind,) in rows]


def test_postgres_has_every_cell(warehouse, expected):
    with postgres_database() as (address, reader):
        run = export(warehouse, address, READER=reader)
        assert run.returncode == 0, run.stderr
        with postgres(address) as connection:
            found = {
                f"{schema}.{table}": connection.execute(
                    f"select * from {schema}.{table}"
                ).fetchall()
                for schema, table in public_tables(warehouse)
            }
            same(found, expected)
            keys = connection.execute(
                "select count(*) from pg_constraint join pg_namespace on pg_namespace.oid = "
                "connamespace where contype = 'p' and nspname in ('core', 'marts', 'quality')"
            ).fetchall()
            comments = connection.execute(
                "select nspname || '.' || relname, coalesce(objsubid, 0), description "
                "from pg_description join pg_class on pg_class.oid = objoid "
                "join pg_namespace on pg_namespace.oid = relnamespace where relkind = 'r'"
                " and nspname in ('core', 'marts', 'quality')"
            ).fetchall()
            allowed = connection.execute(
                "select table_schema, count(*), min(privilege_type), max(privilege_type) "
                "from information_schema.role_table_grants where grantee = %s group by 1",
                [reader],
            ).fetchall()
    assert keys == [(len(expected),)]
    assert {(name, text) for name, column, text in comments if column == 0} == set(
        query(warehouse, "select schema_name || '.' || table_name, comment from duckdb_tables()")
    )
    assert {(name, at, text) for name, at, text in comments if at > 0} == set(
        query(
            warehouse,
            "select schema_name || '.' || table_name, column_index, comment from duckdb_columns() "
            "where not internal and comment is not null",
        )
    )
    marts = [table for schema, table in public_tables(warehouse) if schema == "marts"]
    assert allowed == [("marts", len(marts), "SELECT", "SELECT")]


def test_mariadb_has_every_cell(warehouse, expected):
    with mariadb_database() as (address, reader):
        run = export(warehouse, address, READER=reader)
        assert run.returncode == 0, run.stderr
        found = {}
        with mariadb(address) as connection, connection.cursor() as cursor:
            for schema, table in public_tables(warehouse):
                kinds = columns_of(warehouse, schema, table)
                cursor.execute(f"select * from {schema}_{table}")
                found[f"{schema}.{table}"] = [
                    tuple(
                        bool(value) if kind == "BOOLEAN" and value is not None else value
                        for kind, value in zip(kinds, row, strict=True)
                    )
                    for row in cursor.fetchall()
                ]
            same(found, expected)
            cursor.execute(
                "select count(distinct table_name) from information_schema.statistics "
                "where table_schema = schema() and non_unique = 0"
            )
            assert cursor.fetchall() == ((len(expected),),)
            cursor.execute(
                "select table_name, column_name, column_comment from information_schema.columns "
                "where table_schema = schema() and table_name <> 'sales_warehouse_export'"
            )
            said = {(table, column): text for table, column, text in cursor.fetchall()}
            cursor.execute(f"show grants for {reader}")
            grants = [text for (text,) in cursor.fetchall() if "SELECT" in text]
    for schema, table, column, text in query(
        warehouse,
        "select schema_name, table_name, column_name, comment from duckdb_columns() "
        "where not internal",
    ):
        assert said[f"{schema}_{table}", column] == (text or "")
    marts = [table for schema, table in public_tables(warehouse) if schema == "marts"]
    assert len(grants) == len(marts)
    assert all(".`marts_" in text for text in grants)


@pytest.mark.parametrize("partition", ["month", "month,store"])
def test_parquet_has_every_cell(warehouse, expected, tmp_path, partition):
    run = export(warehouse, tmp_path / "lake", PARTITION=partition)
    assert run.returncode == 0, run.stderr
    same(read_set(tmp_path / "lake" / "latest"), expected)
    folders = {path.name for path in (tmp_path / "lake/latest/core/fct_sales").iterdir()}
    months = query(
        warehouse, "select distinct strftime(month_start_on, '%Y-%m') from core.fct_sales"
    )
    assert folders == {f"month={month}" for (month,) in months}
    stores = len(list((tmp_path / "lake/latest/core/fct_sales").glob("month=*/store=*")))
    pairs = query(
        warehouse, "select count(distinct (month_start_on, store_id)) from core.fct_sales"
    )
    assert stores == (pairs[0][0] if partition == "month,store" else 0)


def test_s3_has_every_cell(warehouse, expected, tmp_path):
    with s3_server(tmp_path / "server.log") as environment:
        run = export(warehouse, "s3://lake/shops/one", **environment)
        assert run.returncode == 0, run.stderr
        held = objects(environment, "shops/one/")
    latest = json.loads(held["shops/one/latest.json"])
    folder = tmp_path / "downloaded"
    for table in latest["tables"].values():
        for file in table["files"]:
            target = folder / file["path"]
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(held[f"shops/one/{latest['folder']}/{file['path']}"])
    same(read_set(folder), expected)


def read_set(folder):
    """{schema.table: rows} of the files below a folder."""
    found = {}
    with duckdb.connect() as connection:
        for table in sorted(folder.glob("*/*/")):
            relation = f"read_parquet('{table}/**/*.parquet', hive_partitioning = false)"
            name = f"{table.parent.name}.{table.name}"
            found[name] = connection.execute(f"from {relation}").fetchall()
    return found


def test_the_suite_cannot_pass_without_servers():
    """With REQUIRE_ALL a missing server is a failure, not a skip."""
    wanted = (
        pytest.fail.Exception if os.environ.get("REQUIRE_ALL") == "1" else pytest.skip.Exception
    )
    with pytest.raises(wanted):
        lacking("no such server")
