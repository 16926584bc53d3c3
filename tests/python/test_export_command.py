"""What `make export` says, refuses and keeps to itself."""

from __future__ import annotations

import json
import re

import duckdb
import pytest
from conftest import PROJECT
from servers import (
    client,
    mariadb,
    mariadb_database,
    objects,
    postgres,
    postgres_database,
    s3_server,
)
from small_export import EXPORT, export, own_reader, revenue, write_warehouse
from small_shop import run_script

from scripts.errors import UserError
from scripts.export.address import read_address, read_options

SECRET = "pa55word-of-nobody"


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory):
    return write_warehouse(tmp_path_factory.mktemp("command") / "warehouse")


@pytest.fixture(scope="module")
def other_shop(tmp_path_factory):
    return write_warehouse(tmp_path_factory.mktemp("other") / "warehouse", shop="Épicerie")


def refused(run):
    """The sentence of a command that failed, and failed as it should."""
    assert run.returncode == 1, run.stderr
    assert "Traceback" not in run.stderr
    assert run.stderr.startswith("Error: ") and run.stderr.count("\n") == 1
    return run.stderr[len("Error: ") : -1]


@pytest.mark.parametrize(
    ("to", "said"),
    [
        ("", "Say where to export to: a folder"),
        ("oracle://me@host/db", "Nothing is known of oracle:// addresses"),
        ("postgresql://me@host", "names no database"),
        ("postgresql://me@host:port/db", "cannot be read"),
        ("mysql://me@host/", "names no database"),
        ("mysql://me@host/db?ssl=1", "says `ssl`"),
        ("s3://", "TO=s3://bucket/prefix"),
        ("parquet:", "is no place to export to"),
        ("excel:sales", "is no place to export to"),
        (f"postgresql://me:{SECRET}@host/db", "PGPASSWORD"),
        (f"postgresql://me:{SECRET}/with@host/db", "PGPASSWORD"),
        (f"postgresql://me:with/{SECRET}@host/db", "PGPASSWORD"),
        (f"postgresql://me@host/db?password={SECRET}", "PGPASSWORD"),
        (f"postgresql://me@host/db?sslpassword={SECRET}", "PGPASSWORD"),
        (f"mysql://me:{SECRET}@host/db", "MYSQL_PWD"),
        (f"s3://me:{SECRET}@bucket/shop", "holds a password"),
    ],
)
def test_a_wrong_address_is_a_sentence_without_its_password(to, said):
    with pytest.raises(UserError) as refusal:
        read_address(to)
    assert said in str(refusal.value)
    assert SECRET not in str(refusal.value)


def test_addresses_mean_what_they_say():
    assert read_address("exports/shop").path == read_address("parquet:exports/shop").path
    bucket = read_address("s3://lake/shops/one/")
    assert (bucket.kind, bucket.host, bucket.path) == ("s3", "lake", "shops/one")
    database = read_address("mariadb://me@db.example:3307/shop")
    assert (database.kind, database.user, database.port) == ("mysql", "me", 3307)
    assert "me" not in database.shown.partition("://")[2].partition(".")[0]


@pytest.mark.parametrize(
    ("to", "environment", "said"),
    [
        ("out", {"PARTITION": "year"}, "PARTITION=year is not known"),
        ("mysql://h/db", {"PARTITION": "month,store"}, "is for Parquet files"),
        ("out", {"READER": "bi"}, "READER is a role in a database"),
        ("mysql://h/db", {"READER": "x` to y"}, "is no name of a role"),
    ],
)
def test_an_option_that_cannot_be_is_a_sentence(to, environment, said):
    with pytest.raises(UserError, match=re.escape(said)):
        read_options(read_address(to), environment)


def test_nothing_published_is_a_sentence(tmp_path):
    said = refused(export(tmp_path, tmp_path / "out"))
    assert said == f"There is no published warehouse in {tmp_path}: run `make report` first."


@pytest.mark.parametrize(
    ("package", "to"), [("psycopg", "postgresql://h/d"), ("pymysql", "mysql://h/d"),
                        ("boto3", "s3://lake/shop")]
)  # fmt: skip
def test_a_machine_without_the_drivers_is_told_what_to_install(warehouse, package, to):
    without = f"import sys; sys.modules[{package!r}] = None; {EXPORT}"
    said = refused(run_script(without, warehouse=warehouse, TO=to))
    assert f"needs the package {package}, which is not installed" in said
    assert said.endswith("pip install -r requirements-export.txt")


def test_parquet_needs_no_driver(warehouse, tmp_path):
    drivers = ("psycopg", "pymysql", "boto3")
    without = f"import sys; sys.modules.update(dict.fromkeys({drivers!r})); {EXPORT}"
    run = run_script(without, warehouse=warehouse, TO=str(tmp_path / "out"))
    assert run.returncode == 0, run.stderr


@pytest.mark.parametrize("to", ["postgresql://nobody@127.0.0.1:9/d", "mysql://me@127.0.0.1:9/d"])
def test_a_server_that_is_not_there_is_a_sentence(warehouse, to):
    said = refused(export(warehouse, to, PGPASSWORD=SECRET, MYSQL_PWD=SECRET))
    assert "did not take the export" in said
    assert SECRET not in said


def test_two_shops_never_mix(warehouse, other_shop, tmp_path):
    """Nor does an export touch what it did not make."""
    with postgres_database() as (address, _):
        export(warehouse, address)
        said = refused(export(other_shop, address))
        assert "holds the shop Boulangerie d’essai, and this is Épicerie" in said
    with mariadb_database() as (address, _):
        export(warehouse, address)
        said = refused(export(other_shop, address))
        assert "holds the shop Boulangerie d’essai, and this is Épicerie" in said
    export(warehouse, tmp_path / "out")
    assert "and this is Épicerie" in refused(export(other_shop, tmp_path / "out"))
    with s3_server(tmp_path / "server.log") as environment:
        export(warehouse, "s3://lake/shop", **environment)
        said = refused(export(other_shop, "s3://lake/shop", **environment))
        assert "and this is Épicerie" in said


def test_what_no_export_made_is_not_touched(warehouse, tmp_path):
    with postgres_database() as (address, _), postgres(address) as connection:
        connection.execute("create schema core create table ours (id int)")
        assert "a schema core that no export made" in refused(export(warehouse, address))
        connection.execute("drop schema core cascade")
        assert export(warehouse, address).returncode == 0
        connection.execute("create view public.mine as select * from core.fct_sales")
        assert "the view mine stands on an exported table" in refused(
            export(write_warehouse(tmp_path / "w2", 3), address)
        )
        assert connection.execute("select count(*) from public.mine").fetchone() == (400,)
        connection.execute("drop view public.mine; create table marts.mine (id int)")
        assert "did not take the export" in refused(export(tmp_path / "w2", address))
        total = connection.execute("select sum(net_amount) from core.fct_sales").fetchone()
        assert total == (revenue(1),)
    with mariadb_database() as (address, _), mariadb(address) as connection:
        connection.query("create table marts_mine (id int)")
        assert "a table marts_mine that no export made" in refused(export(warehouse, address))
    out = tmp_path / "out"
    (out / "theirs").mkdir(parents=True)
    (out / "notes.txt").write_text("ours")
    for folder in ("w2", None):
        assert export(tmp_path / folder if folder else warehouse, out).returncode == 0
    assert (out / "notes.txt").read_text() == "ours" and (out / "theirs").is_dir()
    with s3_server(tmp_path / "server.log") as environment:
        s3 = client(environment)
        s3.put_object(Bucket="lake", Key="shop/generation-mine.txt", Body=b"ours")
        s3.put_object(Bucket="lake", Key="shop-2/latest.json", Body=b"{}")
        assert export(warehouse, "s3://lake/shop", **environment).returncode == 0
        said = refused(export(warehouse, "s3://lake/shop-2", **environment))
        assert "was not written by an export" in said
        assert objects(environment, "shop/generation-mine.txt") != {}


def test_credentials_are_in_no_message_and_no_file(warehouse, tmp_path):
    with s3_server(tmp_path / "server.log") as environment:
        place = tmp_path / "copy"
        write_warehouse(place)
        runs = [export(place, "s3://lake/shop", **environment)]
        wrong = {**environment, "AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
        runs.append(export(place, "s3://lake/shop", **wrong))
        runs.append(export(place, "s3://puddle/shop", **environment))
        held = objects(environment)
    secrets = {"PGPASSWORD": SECRET, "MYSQL_PWD": SECRET}
    with postgres_database() as (address, _):
        runs.append(export(place, address, **secrets))
        with postgres(address) as connection:
            held["marks"] = str(
                connection.execute("select description from pg_description").fetchall()
            ).encode()
    runs += [export(place, to, **secrets) for to in
             ("postgresql://nobody@127.0.0.1:9/d", "mysql://nobody@127.0.0.1/d")]  # fmt: skip
    words = (SECRET, environment["AWS_SECRET_ACCESS_KEY"], environment["AWS_ACCESS_KEY_ID"])
    assert [run.returncode for run in runs] == [0, 1, 1, 0, 1, 1]
    assert len(held) > 5
    files = {path: path.read_bytes() for path in place.rglob("*") if path.is_file()}
    for word in words:
        assert not [run for run in runs if word in run.stdout + run.stderr]
        assert not [name for name, content in (files | held).items() if word.encode() in content]


def test_the_reader_may_read_the_marts_and_nothing_else(warehouse):
    with postgres_database() as (address, reader), postgres(address) as connection:
        assert export(warehouse, address, READER=reader).returncode == 0
        connection.execute(f"set role {reader}")
        assert connection.execute("select count(*) from marts.shop_summary").fetchone() == (1,)
        for forbidden in ("select * from core.fct_sales", "delete from marts.shop_summary"):
            with pytest.raises(Exception, match="permission denied"):
                connection.execute(forbidden)
    with mariadb_database() as (address, reader), mariadb(address) as connection:
        assert export(warehouse, address, READER=reader).returncode == 0
        name = address.rpartition("/")[2]
        with connection.cursor() as cursor:
            cursor.execute(f"show grants for {reader}")
            grants = {text for (text,) in cursor.fetchall()}
    allowed = {f"GRANT SELECT ON `{name}`.`marts_{table}` TO `{reader}`" for table in
               ("shop_summary", "revenue_by_month")}  # fmt: skip
    assert grants == allowed | {f"GRANT USAGE ON *.* TO `{reader}`"}


def test_it_is_said_when_nobody_was_granted_anything(warehouse):
    """The exporter owns the database, and may not make a role."""
    with postgres_database() as (address, reader), postgres(address) as connection:
        owner, database = f"{reader}_owner", address.rpartition("/")[2]
        script = f"import scripts.export.address as a; a.DEFAULT_READER = {reader!r}; {EXPORT}"
        connection.execute(f"create role {owner} login")
        try:
            connection.execute(f"alter database {database} owner to {owner}")
            to = re.sub("//([^@/]*@)?", f"//{owner}@", address, count=1)
            run = run_script(script, warehouse=warehouse, TO=to)
            assert run.returncode == 0, run.stderr
            assert f"Nobody was granted the marts: there is no role {reader}" in run.stderr
        finally:
            connection.execute(f"alter database {database} owner to current_user")
            connection.execute(f"drop owned by {owner} cascade")
            connection.execute(f"drop role {owner}")


def test_the_manifest_says_what_the_files_hold(warehouse, tmp_path):
    assert export(warehouse, tmp_path / "out").returncode == 0
    manifest = json.loads((tmp_path / "out/latest/manifest.json").read_text(encoding="utf-8"))
    fact = manifest["tables"]["core.fct_sales"]
    assert (fact["row_count"], fact["key"]) == (400, ["sale_line_id"])
    assert fact["description"] == '**One row per sales line**, it\'s 100 % \\ "so".'
    assert [column["name"] for column in fact["columns"]][:2] == ["sale_line_id", "store_id"]
    with duckdb.connect() as connection:
        paths = [str(tmp_path / "out/latest" / file["path"]) for file in fact["files"]]
        assert len(paths) == 4
        total = connection.execute(f"select sum(net_amount) from read_parquet({paths})").fetchall()
    assert total == [(revenue(1),)]


def test_a_copy_that_is_not_the_same_is_not_shown(warehouse, tmp_path):
    """A row lost, a value changed or a blank trimmed on the way: the switch does not come."""
    faults = {
        "a row lost": "offset 1",
        "a text trimmed": "select * replace (left(sale_line_id, 2) as sale_line_id)",
        "an amount changed": "select * replace (net_amount + 0.0001 as net_amount)",
    }
    new = write_warehouse(tmp_path / "new", 7)
    with postgres_database() as (one, _), mariadb_database() as (two, _):
        for address, module in ((one, "postgres"), (two, "mariadb")):
            assert export(warehouse, address).returncode == 0
            for fault, change in faults.items():
                wrong = change if change.startswith("select") else "select *"
                end = change if not change.startswith("select") else ""
                script = (
                    f"import scripts.export.{module} as m; original = m.csv_stream\n"
                    "def wrong(connection, statement, **null):\n"
                    "    if 'fct_sales' in statement:\n"
                    f"        statement = f'{wrong} from ({{statement}}) {end}'\n"
                    "    return original(connection, statement, **null)\n"
                    f"m.csv_stream = wrong\n{EXPORT}"
                )
                said = refused(run_script(script, warehouse=new, TO=address, **own_reader(address)))
                assert "core.fct_sales" in said or "Duplicate" in said or "unique" in said, fault
        with postgres(one) as connection:
            kept = connection.execute("select sum(net_amount) from core.fct_sales").fetchone()
        with mariadb(two) as connection, connection.cursor() as cursor:
            cursor.execute("select sum(net_amount) from core_fct_sales")
            assert cursor.fetchone() == kept == (revenue(1),)


def test_report_never_installs_the_drivers():
    """Only `make export` and the tests set them up."""
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
    needing = re.findall(r"^([\w$()/.-]+): .*\.ready-export", makefile, re.MULTILINE)
    assert needing == ["export"]
    assert not re.search(r"psycopg|boto3|PyMySQL", (PROJECT / "requirements.txt").read_text())
