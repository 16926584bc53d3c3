"""The page "Connect your BI tool" is true: its commands and its SQL are run here."""

from __future__ import annotations

import json
import os
import re
import subprocess
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from conftest import PROJECT, REQUIRE_ALL, SAMPLE, public_tables, query
from servers import mariadb, mariadb_database, objects, postgres, postgres_database, s3_server

PAGE = (PROJECT / "docs" / "connect_your_bi_tool.md").read_text(encoding="utf-8")
POSTGRES, MARIADB = "postgresql://exporter@db.example/shop", "mysql://exporter@db.example/shop"


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


def section(title):
    return re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE)[1]


@pytest.fixture
def make(sample_warehouse):
    """Run the command of the page whose address begins so, to another place."""
    if not (PROJECT / ".venv" / ".ready-dev").exists():
        reason = "the project's own environment is not set up: run make test"
        pytest.fail(reason) if REQUIRE_ALL else pytest.skip(reason)
    ran = []

    def run(written, place, **environment):
        (command,) = [
            line for block in blocks("sh") for line in block.splitlines() if f"TO={written}" in line
        ]
        ran.append(command)
        kept = {name: text for name, text in os.environ.items() if not name.startswith("MAKE")}
        finished = subprocess.run(
            ["bash", "-c", command.replace(written, str(place))],
            cwd=PROJECT,
            env={
                **kept,
                "SHOP": str(SAMPLE),
                "WAREHOUSE": str(sample_warehouse),
                **environment,
            },
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert finished.returncode == 0, (command, finished.stderr)
        assert f" {len(public_tables(sample_warehouse))} tables" in finished.stderr

    return run


def months(warehouse):
    return query(
        warehouse,
        "select month_start_on, revenue_amount from marts.revenue_by_month order by 1",
    )


def test_every_command_of_the_page_is_run_here():
    written = [line for block in blocks("sh") for line in block.splitlines()]
    here = Path(__file__).read_text(encoding="utf-8")
    assert len(written) == 5
    for command in written:
        address = re.search(r"TO=(\S+)", command)[1]
        assert address in (POSTGRES, MARIADB) or f'"{address}"' in here, command


def test_postgres_as_the_page_says(make, sample_warehouse):
    with postgres_database() as (address, reader), postgres(address) as connection:
        connection.execute(f"create role {reader} nologin")
        try:
            make(POSTGRES, address, READER=reader)
            connection.execute(f"create role {reader}_tool login")
            connection.execute(f"grant {reader} to {reader}_tool")
            connection.execute(f"set role {reader}_tool")
            found = connection.execute(
                "select month_start_on, revenue_amount from marts.revenue_by_month order by 1"
            ).fetchall()
            connection.execute("reset role")
        finally:
            connection.execute(f"drop role if exists {reader}_tool")
    assert found == months(sample_warehouse)


def test_mariadb_as_the_page_says(make, sample_warehouse):
    """The statements of the page, with other names, and the users that it makes."""
    first, second = re.findall(r"```sql\n(.*?)```", section("MariaDB"), re.DOTALL)
    with mariadb_database() as (address, reader):
        name = address.rpartition("/")[2]
        user, tool = f"{name[-8:]}_exp", f"{name[-8:]}_tool"

        def own(text):
            text = text.replace("create database shop character set utf8mb4;", "")
            for word, other in (("exporter", user), ("metabase", tool), ("bi_reader", reader)):
                text = text.replace(word, other)
            return text.replace("shop.*", f"{name}.*")

        with mariadb(address) as connection, connection.cursor() as cursor:
            try:
                for statement in filter(None, map(str.strip, own(first).split(";"))):
                    cursor.execute(statement)
                make(MARIADB, address.replace("root@", f"{user}@"), READER=reader)
                for statement in filter(None, map(str.strip, own(second).split(";"))):
                    cursor.execute(statement)
                with (
                    mariadb(address.replace("root@", f"{tool}@")) as guest,
                    guest.cursor() as visit,
                ):
                    visit.execute(
                        "select month_start_on, revenue_amount from marts_revenue_by_month "
                        "order by 1"
                    )
                    found = list(visit.fetchall())
                    visit.execute("show tables")
                    seen = {table for (table,) in visit.fetchall()}
            finally:
                cursor.execute(f"drop user if exists {user}, {tool}")
    assert found == months(sample_warehouse)
    assert seen and all(table.startswith("marts_") for table in seen)


def test_parquet_as_the_page_says(make, sample_warehouse, tmp_path):
    make("exports/shop", tmp_path / "shop")
    make("exports/by-store", tmp_path / "by-store")
    assert list((tmp_path / "by-store/latest/core/fct_sales").glob("month=*/store=*"))
    (statement,) = re.findall(r"```sql\n(.*?)```", section("Parquet files"), re.DOTALL)
    with duckdb.connect() as connection:
        found = connection.execute(statement.replace("exports/shop", str(tmp_path / "shop")))
        rows = found.fetchall()
    expected = months(sample_warehouse)
    assert rows == expected
    # what the README says, which a test holds against the files
    assert round(sum(revenue for _, revenue in rows), 2) == Decimal("1536657.35")


def test_s3_as_the_page_says(make, sample_warehouse, tmp_path):
    with s3_server(tmp_path / "server.log") as environment:
        make("s3://lake/shops/shop", "s3://lake/shops/shop", **environment)
        held = objects(environment)
    for key, content in held.items():
        (tmp_path / key).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / key).write_bytes(content)
    (text,) = re.findall(r"```sql\n(.*?)```", section("S3, and what speaks like it"), re.DOTALL)
    # the same statements on the same objects, without an extension that reads from a server
    text = text.replace("s3://lake", str(tmp_path))
    with duckdb.connect() as connection:
        for statement in duckdb.extract_statements(text):
            found = connection.execute(statement)
        names = [column[0] for column in found.description]
        rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    assert sorted((row["month_start_on"], row["revenue_amount"]) for row in rows) == months(
        sample_warehouse
    )
    assert json.loads(held["shops/shop/latest.json"])["generation"] == 1
