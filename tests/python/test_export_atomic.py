"""Whatever happens to an export, who reads sees the set of before or the new one, whole."""

from __future__ import annotations

import contextlib
import json
import threading

import duckdb
import psycopg
import pymysql
import pytest
from servers import (
    client,
    mariadb,
    mariadb_database,
    objects,
    postgres,
    postgres_database,
    s3_server,
)
from small_export import export, killed_export, revenue, write_warehouse

OLD, NEW = 1, 5
TABLES = ("core.fct_sales", "marts.revenue_by_month", "marts.shop_summary", "quality.file_ledger")


@pytest.fixture(scope="module")
def warehouses(tmp_path_factory):
    """{price: a warehouse of the same shop}"""
    folder = tmp_path_factory.mktemp("atomic")
    return {price: write_warehouse(folder / f"price{price}", price) for price in (OLD, NEW)}


class Postgres:
    """How the tests look at a database of PostgreSQL."""

    place = "scripts.export.postgres"
    points = ((place, "_load", 1), (place, "_load", 3), (place, "require_same", 4),
              (place, "_drop_old", 1), (place, "_grant", 1))  # fmt: skip
    environment = {}  # noqa: RUF012

    def __init__(self, address):
        self.address = address

    def revenues(self):
        """What the fact, the months and the summary come to, in one transaction."""
        with postgres(self.address) as connection, connection.transaction():
            return {
                connection.execute(f"select sum({column}) from {table}").fetchone()[0]
                for table, column in SUMS
            }

    def leftovers(self):
        with postgres(self.address) as connection:
            return connection.execute(
                "select nspname from pg_namespace where nspname !~ '^pg_' and nspname not in "
                "('core', 'marts', 'quality', 'public', 'information_schema')"
            ).fetchall()


SUMS = [("core.fct_sales", "net_amount"), ("marts.revenue_by_month", "revenue_amount"),
        ("marts.shop_summary", "revenue_amount")]  # fmt: skip


class Mariadb:
    place = "scripts.export.mariadb"
    points = ((place, "_load", 1), (place, "csv_stream", 2), (place, "require_same", 4),
              (place, "_exchange", 1), (place, "_grant", 1), (place, "_drop", 2))  # fmt: skip
    environment = {}  # noqa: RUF012
    # from here on the new set is shown
    shown_after = ("_grant", "_drop")

    def __init__(self, address):
        self.address = address

    def revenues(self):
        with mariadb(self.address) as connection, connection.cursor() as cursor:
            cursor.execute("start transaction with consistent snapshot")
            found = set()
            for table, column in SUMS:
                cursor.execute(f"select sum({column}) from {table.replace('.', '_')}")
                found.add(cursor.fetchone()[0])
            return found

    def leftovers(self):
        with mariadb(self.address) as connection, connection.cursor() as cursor:
            cursor.execute(
                "select table_name from information_schema.tables where table_schema = schema() "
                "and (table_name like 'new\\_\\_%' or table_name like 'old\\_\\_%')"
            )
            return cursor.fetchall()


class Folder:
    place = "scripts.export.parquet"
    points = ((place, "_write", 1), (place, "_write", 3), (place, "write_json", 1),
              (place, "flush_to_disk", 2))  # fmt: skip
    environment = {}  # noqa: RUF012

    def __init__(self, address):
        self.address = address

    def revenues(self):
        # one look at the link, so that all tables are of one set
        folder = (self.address / "latest").resolve()
        with duckdb.connect() as connection:
            return {
                connection.execute(
                    f"select sum({column}) from '{folder}/{table.replace('.', '/')}/**/*.parquet'"
                ).fetchone()[0]
                for table, column in SUMS
            }

    def leftovers(self):
        """What stands there besides the set that counts and the one before."""
        latest = (self.address / "latest").resolve()
        kept = {latest.name, json.loads((latest / "manifest.json").read_text())["previous"]}
        return sorted(
            {path.name for path in self.address.glob("*")} - kept - {"latest", ".export.lock"}
        )


class Bucket:
    place = "scripts.export.bucket"
    points = ((place, "write_set", 1), (place, "_files_of", 1), ("scripts.s3", "Found", 5),
              ("scripts.export.bucket", "_remove_others", 2))  # fmt: skip
    # the second time it tidies up, the new set is shown
    shown_after = ("_remove_others",)

    def __init__(self, address, environment, folder):
        self.address, self.environment, self.folder = address, environment, folder

    def revenues(self):
        """The set that `latest.json` names, downloaded and summed."""
        s3 = client(self.environment)
        latest = json.loads(s3.get_object(Bucket="lake", Key="shop/latest.json")["Body"].read())
        found = set()
        with duckdb.connect() as connection:
            for table, column in SUMS:
                files = []
                for number, file in enumerate(latest["tables"][table]["files"]):
                    key = f"shop/{latest['folder']}/{file['path']}"
                    files.append(str(self.folder / f"{table}-{number}.parquet"))
                    s3.download_file("lake", key, files[-1])
                found.add(
                    connection.execute(f"select sum({column}) from read_parquet({files})")
                    .fetchone()[0]
                )  # fmt: skip
        return found

    def leftovers(self):
        held = objects(self.environment, "shop/")
        latest = json.loads(held["shop/latest.json"])
        kept = {latest["folder"], latest["previous"], "latest.json"}
        return sorted({key.split("/")[1] for key in held} - kept)


@pytest.fixture(params=["postgres", "mariadb", "folder", "bucket"])
def target(request, tmp_path):
    """Each target, empty."""
    if request.param == "postgres":
        with postgres_database() as (address, _):
            yield Postgres(address)
    elif request.param == "mariadb":
        with mariadb_database() as (address, _):
            yield Mariadb(address)
    elif request.param == "folder":
        yield Folder(tmp_path / "lake")
    else:
        with s3_server(tmp_path / "server.log") as environment:
            yield Bucket("s3://lake/shop", environment, tmp_path)


def done(run):
    assert run.returncode == 0, run.stderr
    return run


@pytest.mark.slow
def test_an_export_killed_half_way_leaves_the_old_set_and_the_next_one_heals(
    target, warehouses, record_property
):
    done(export(warehouses[OLD], target.address, **target.environment))
    killed = 0
    for point in points_of(target):
        killed_export(warehouses[NEW], target.address, point, **target.environment)
        is_shown = point[1] in getattr(target, "shown_after", ())
        assert target.revenues() == {revenue(NEW if is_shown else OLD)}, point
        done(export(warehouses[NEW], target.address, **target.environment))
        assert target.revenues() == {revenue(NEW)}, point
        assert target.leftovers() == [] or target.leftovers() == (), point
        done(export(warehouses[OLD], target.address, **target.environment))
        assert target.revenues() == {revenue(OLD)}, point
        killed += 1
    record_property("count", ("exports killed half-way", killed))
    assert killed >= 4


def points_of(target):
    """Where to kill; of a bucket also in the middle of uploading."""
    return [
        *target.points,
        *([("scripts.s3:Bucket", "upload", 3), ("scripts.s3:Bucket", "write", 2)]
          if isinstance(target, Bucket) else []),
    ]  # fmt: skip


def test_an_export_repeated_changes_nothing(target, warehouses):
    first = done(export(warehouses[OLD], target.address, **target.environment))
    again = done(export(warehouses[OLD], target.address, **target.environment))
    assert " holds generation 1: 4 tables, 406 rows" in first.stderr
    assert " held already, and whole, generation 1: 4 tables, 406 rows" in again.stderr
    assert target.revenues() == {revenue(OLD)}
    assert not target.leftovers()


def test_a_set_that_someone_changed_is_written_anew(target, warehouses):
    done(export(warehouses[OLD], target.address, **target.environment))
    damage(target)
    again = done(export(warehouses[OLD], target.address, **target.environment))
    assert " holds generation 1" in again.stderr
    assert target.revenues() == {revenue(OLD)}


def damage(target):
    if isinstance(target, Postgres):
        with postgres(target.address) as connection:
            connection.execute("update core.fct_sales set net_amount = 0 where sale_line_id = 'L7'")
    elif isinstance(target, Mariadb):
        with mariadb(target.address) as connection, connection.cursor() as cursor:
            cursor.execute("drop table marts_shop_summary")
    elif isinstance(target, Folder):
        next((target.address / "latest/core/fct_sales").rglob("*.parquet")).write_bytes(b"nothing")
    else:
        key = next(key for key in objects(target.environment, "shop/") if "fct_sales-" in key)
        client(target.environment).put_object(Bucket="lake", Key=key, Body=b"nothing")


@pytest.mark.slow
def test_readers_see_the_old_set_or_the_new_one(target, warehouses, record_property):
    """While sets are exchanged, a reader looks again and again at three tables together."""
    done(export(warehouses[OLD], target.address, **target.environment))
    seen, faults, over = [], [], threading.Event()

    def read():
        while not over.is_set():
            try:
                found = target.revenues()
            # a reader who stood in the way of the exchange is told so, and sees nothing wrong
            except pymysql.OperationalError as error:
                if error.args[0] != 1213:
                    faults.append(error)
            except Exception as error:
                faults.append(error)
            else:
                seen.append(found)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for price in (NEW, OLD, NEW):
            done(export(warehouses[price], target.address, **target.environment))
    finally:
        over.set()
        reader.join(timeout=60)
    assert faults == []
    wrong = [found for found in seen if found not in ({revenue(OLD)}, {revenue(NEW)})]
    assert wrong == []
    assert {next(iter(found)) for found in seen} == {revenue(OLD), revenue(NEW)}
    record_property("count", ("sets read while they were exchanged", len(seen)))


def test_a_reader_that_does_not_let_go_is_named_and_nothing_changes(warehouses):
    """A transaction that has read the old set keeps it, and the export gives up after a while."""
    with postgres_database() as (address, _):
        done(export(warehouses[OLD], address))
        with psycopg.connect(address, application_name="a dashboard") as reader:
            first = reader.execute("select sum(net_amount) from core.fct_sales").fetchone()
            refused = export(warehouses[NEW], address, LOCK_WAIT_SECONDS="1")
            second = reader.execute("select revenue_amount from marts.shop_summary").fetchone()
        assert first == second == (revenue(OLD),)
        assert refused.returncode == 1
        assert "in an open transaction for 1 s" in refused.stderr
        assert "a dashboard" in refused.stderr
        assert Postgres(address).leftovers() == []
        done(export(warehouses[NEW], address))


def test_a_reader_that_does_not_let_go_of_mariadb(warehouses):
    with mariadb_database() as (address, _):
        done(export(warehouses[OLD], address))
        with mariadb(address) as reader, reader.cursor() as cursor:
            cursor.execute("start transaction")
            cursor.execute("select sum(net_amount) from core_fct_sales")
            first = cursor.fetchone()
            refused = export(warehouses[NEW], address, LOCK_WAIT_SECONDS="1")
            cursor.execute("select revenue_amount from marts_shop_summary")
            second = cursor.fetchone()
        assert first == second == (revenue(OLD),)
        assert refused.returncode == 1
        assert "in an open transaction for 1 s" in refused.stderr
        done(export(warehouses[NEW], address))
        assert Mariadb(address).revenues() == {revenue(NEW)}
        assert not Mariadb(address).leftovers()


def test_a_second_export_to_the_same_place_waits_or_gives_way(warehouses, tmp_path):
    with postgres_database() as (address, _), postgres(address) as other:
        other.execute("select pg_advisory_lock(%s)", (0x5A1E5,))
        refused = export(warehouses[OLD], address, LOCK_WAIT_SECONDS="1")
    assert refused.returncode == 1
    assert "Another export to postgresql://" in refused.stderr
    with mariadb_database() as (address, _), mariadb(address) as other, other.cursor() as cursor:
        cursor.execute("select get_lock(%s, 1)", (f"sales_warehouse.{address.rpartition('/')[2]}",))
        refused = export(warehouses[OLD], address, LOCK_WAIT_SECONDS="1")
    assert refused.returncode == 1
    assert "Another export to mysql://" in refused.stderr


def test_a_file_of_the_old_set_is_never_read_for_the_new_one(warehouses, tmp_path):
    """A reader that has listed the files through the link does not find them after the switch."""
    lake = tmp_path / "lake"
    done(export(warehouses[OLD], lake))
    listed = list((lake / "latest").glob("core/fct_sales/*/*.parquet"))
    with contextlib.ExitStack() as stack:
        held = [stack.enter_context(path.open("rb")) for path in listed]
        done(export(warehouses[NEW], lake))
        assert listed
        # same generation number, another warehouse: the set has another name all the same
        assert not any(path.exists() for path in listed)
        assert all(file.read(4) == b"PAR1" for file in held)
