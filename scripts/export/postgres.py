"""PostgreSQL: all of it is one transaction, so a killed export never was."""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Iterable

import psycopg
from psycopg import sql

from scripts.errors import UserError
from scripts.export.address import NOBODY_GRANTED, Address, Options
from scripts.export.source import (
    SCHEMAS,
    Source,
    Table,
    Totals,
    as_totals,
    require_same,
    totals_expression,
)
from scripts.export.stream import PIPE_BYTES, csv_stream
from scripts.lock import lock_wait_seconds

log = logging.getLogger(__name__)

TYPES = {
    "VARCHAR": 'text collate "C"',
    "DATE": "date",
    "TIMESTAMP": "timestamp",
    "BOOLEAN": "boolean",
    "INTEGER": "integer",
    "BIGINT": "bigint",
    "DOUBLE": "double precision",
}
SHADOW = "sales_warehouse_new_"
MARK = "Published by Sales Warehouse: "
# of all exports to this database, in this database
LOCK = 0x5A1E5
PAUSE_SECONDS = 0.2


def export(source: Source, address: Address, options: Options) -> bool:
    """Load the generation and show it; False when the database holds it already, whole.

    Schemas core, marts and quality. Raises UserError, and leaves the database as it was, when it
    cannot be reached, holds something else by these names, or has others who do not let go.
    """
    try:
        with _connect(address) as connection:
            return _export(connection, source, address, options)
    except psycopg.Error as error:
        raise UserError(_sentence(error, address)) from error


def _connect(address: Address) -> psycopg.Connection:
    return psycopg.connect(
        **{
            "connect_timeout": "10",
            **address.settings,
            **({"host": address.host} if address.host else {}),
            **({"port": str(address.port)} if address.port else {}),
            **({"user": address.user} if address.user else {}),
        },
        dbname=address.path,
        application_name="sales-warehouse export",
        client_encoding="utf8",
    )


def _export(
    connection: psycopg.Connection, source: Source, address: Address, options: Options
) -> bool:
    _require_utf8(connection, address)
    # nothing here waits for ever, whoever holds what
    milliseconds = max(1, int(lock_wait_seconds() * 1000))
    connection.execute(sql.SQL("set local lock_timeout = {}").format(milliseconds))
    _lock_out_others(connection, address)
    mark = source.mark | {"tables": [table.full_name for table in source.tables]}
    old = _read_mark(connection, source, address)
    reader = _reader(connection, options)
    if old == mark and _is_whole(connection, source):
        _grant(connection, reader)
        return False
    _require_no_dependents(connection, address)
    for schema in SCHEMAS:
        connection.execute(_sql("create schema {}", SHADOW + schema))
    for table in source.tables:
        _load(connection, source, table)
        require_same(table, _totals(connection, table, SHADOW), source.totals(table))
    _drop_old(connection, (old or {}).get("tables", []), address)
    for schema in SCHEMAS:
        connection.execute(_sql("alter schema {} rename to {}", SHADOW + schema, schema))
        connection.execute(
            _sql("comment on schema {} is ", schema)
            + sql.Literal(MARK + json.dumps(mark, ensure_ascii=False))
        )
    _grant(connection, reader)
    return True


def _sql(text: str, *names: str) -> sql.Composed:
    return sql.SQL(text).format(*(sql.Identifier(name) for name in names))


# --- before ------------------------------------------------------------------------------------


def _require_utf8(connection: psycopg.Connection, address: Address) -> None:
    encoding = connection.execute("show server_encoding").fetchone()
    if encoding != ("UTF8",):
        raise UserError(
            f"The database {address.path} keeps text as {encoding[0] if encoding else '?'}, which "
            "cannot hold every name. Make one with encoding UTF8."
        )


def _lock_out_others(connection: psycopg.Connection, address: Address) -> None:
    """Wait for another export to this database; the lock ends with the transaction."""
    until = time.monotonic() + lock_wait_seconds()
    while not _one(connection, "select pg_try_advisory_xact_lock(%s)", LOCK):
        if time.monotonic() >= until:
            raise UserError(
                f"Another export to {address.shown} is at work. Wait until it has finished, then "
                "run this again."
            )
        time.sleep(PAUSE_SECONDS)


def _one(connection: psycopg.Connection, statement: str, *values: object) -> object:
    row = connection.execute(statement, values).fetchone()
    return row[0] if row else None


def _read_mark(connection: psycopg.Connection, source: Source, address: Address) -> dict | None:
    """What the database says it holds; a UserError when that is not ours, or another shop's."""
    marks = dict(
        connection.execute(
            "select nspname, obj_description(oid, 'pg_namespace') from pg_namespace "
            "where nspname = any(%s)",
            [list(SCHEMAS)],
        ).fetchall()
    )
    foreign = min((name for name, said in marks.items() if not _is_ours(said)), default=None)
    if foreign is not None:
        raise UserError(
            f"The database {address.path} has a schema {foreign} that no export made. Export to a "
            "database of its own."
        )
    read = [json.loads(said.removeprefix(MARK)) for said in marks.values()]
    other = next((mark["shop"] for mark in read if mark["shop"] != source.shop), None)
    if other is not None:
        raise UserError(
            f"The database {address.path} holds the shop {other}, and this is {source.shop}. "
            "Export each shop to a database of its own."
        )
    whole = len(read) == len(SCHEMAS) and all(mark == read[0] for mark in read)
    return read[0] if whole else None


def _is_ours(comment: str | None) -> bool:
    return (comment or "").startswith(MARK)


def _is_whole(connection: psycopg.Connection, source: Source) -> bool:
    """Whether every table is there with its totals: someone may have changed one."""
    try:
        with connection.transaction():
            return all(
                _totals(connection, table) == source.totals(table) for table in source.tables
            )
    except psycopg.errors.ProgrammingError:
        return False


def _require_no_dependents(connection: psycopg.Connection, address: Address) -> None:
    """A view on our tables would have to go with them: that is said before an hour's work."""
    views = connection.execute(
        "select distinct views.oid::regclass::text from pg_depend "
        "join pg_rewrite on pg_rewrite.oid = pg_depend.objid "
        "join pg_class as views on views.oid = pg_rewrite.ev_class "
        "join pg_class as tables on tables.oid = pg_depend.refobjid "
        "join pg_namespace on pg_namespace.oid = tables.relnamespace "
        "where pg_depend.classid = 'pg_rewrite'::regclass "
        "and pg_depend.refclassid = 'pg_class'::regclass and nspname = any(%s) "
        "and tables.relkind = 'r' order by 1",
        [list(SCHEMAS)],
    ).fetchall()
    if views:
        names = ", ".join(name for (name,) in views)
        raise UserError(
            f"In the database {address.path} the view {names} stands on an exported table, which "
            "is exchanged as a whole. Drop it, and make it a mart of the project or a query of "
            "your BI tool."
        )


# --- loading -----------------------------------------------------------------------------------


def _load(connection: psycopg.Connection, source: Source, table: Table) -> None:
    """Make the table, fill it and give it its key and its words."""
    place = (SHADOW + table.schema, table.name)
    columns = [
        _sql("{} ", column.name)
        + sql.SQL(TYPES.get(column.type, column.type.replace("DECIMAL", "numeric")))
        + sql.SQL(" not null" if column.is_required else "")
        for column in table.columns
    ]
    connection.execute(
        _sql("create table {}.{} (", *place) + sql.SQL(", ").join(columns) + sql.SQL(")")
    )
    # rows that are frozen from the beginning need no second writing by the first who reads
    statement = _sql("copy {}.{} from stdin (format csv, freeze true)", *place)
    with (
        connection.cursor() as cursor,
        cursor.copy(statement) as copy,
        csv_stream(source.connection, f"from {table.full_name}") as stream,
    ):
        while block := os.read(stream, PIPE_BYTES):
            copy.write(block)
    if table.key:
        key = sql.SQL(", ").join(map(sql.Identifier, table.key))
        connection.execute(_sql("alter table {}.{} add primary key (", *place) + key + sql.SQL(")"))
    _comment(connection, _sql("table {}.{}", *place), table.comment)
    for column in table.columns:
        _comment(connection, _sql("column {}.{}.{}", *place, column.name), column.comment)
    connection.execute(_sql("analyze {}.{}", *place))


def _comment(connection: psycopg.Connection, what: sql.Composed, text: str) -> None:
    connection.execute(sql.SQL("comment on ") + what + sql.SQL(" is ") + sql.Literal(text or None))


def _totals(connection: psycopg.Connection, table: Table, prefix: str = "") -> Totals:
    expression = totals_expression(table, '"', "octet_length", "integer")
    row = connection.execute(
        sql.SQL("select " + expression + " from ")  # type: ignore[arg-type]
        + _sql("{}.{}", prefix + table.schema, table.name)
    ).fetchone()
    return as_totals(row or ())


# --- the change ---------------------------------------------------------------------------------


def _drop_old(connection: psycopg.Connection, tables: Iterable[str], address: Address) -> None:
    """Take the old tables away, once nobody reads them.

    Who has read one of them in a transaction that is still open keeps all of them: the locks are
    taken together or not at all. Nothing that an export did not make is dropped.
    """
    present = [
        _sql("{}.{}", *name.split("."))
        for name in tables
        if _one(connection, "select to_regclass(%s)::text", name) is not None
    ]
    if present:
        _lock(connection, sql.SQL(", ").join(present), address)
        connection.execute(sql.SQL("drop table ") + sql.SQL(", ").join(present))
    for schema in SCHEMAS:
        connection.execute(_sql("drop schema if exists {}", schema))


def _lock(connection: psycopg.Connection, tables: sql.Composed, address: Address) -> None:
    until = time.monotonic() + lock_wait_seconds()
    while True:
        try:
            with connection.transaction():
                connection.execute(
                    sql.SQL("lock table ") + tables + sql.SQL(" in access exclusive mode nowait")
                )
                return
        except psycopg.errors.LockNotAvailable:
            if time.monotonic() >= until:
                raise UserError(
                    f"Someone has been reading tables of {address.shown} in an open transaction "
                    f"for {lock_wait_seconds():.0f} s ({_holders(connection)}). Nothing was "
                    "changed; end that transaction, then run this again."
                ) from None
            time.sleep(PAUSE_SECONDS)


def _holders(connection: psycopg.Connection) -> str:
    """Who holds a table of ours, as far as we may know."""
    rows = connection.execute(
        "select distinct pg_stat_activity.pid, coalesce(usename, '?'), "
        "coalesce(nullif(application_name, ''), 'unnamed') from pg_locks "
        "join pg_class on pg_class.oid = pg_locks.relation "
        "join pg_namespace on pg_namespace.oid = pg_class.relnamespace "
        "join pg_stat_activity on pg_stat_activity.pid = pg_locks.pid "
        "where nspname = any(%s) and pg_locks.pid <> pg_backend_pid() order by 1 limit 5",
        [list(SCHEMAS)],
    ).fetchall()
    return "; ".join(f"process {pid}, {user}, {name}" for pid, user, name in rows) or "unknown"


def _reader(connection: psycopg.Connection, options: Options) -> str | None:
    """The role that may read, made when it is missing: a group without password or login."""
    if _one(connection, "select 1 from pg_roles where rolname = %s", options.reader):
        return options.reader
    try:
        with connection.transaction():
            connection.execute(_sql("create role {} nologin", options.reader))
    except psycopg.errors.InsufficientPrivilege:
        if not options.reader_is_asked:
            log.info(NOBODY_GRANTED, options.reader)
            return None
        raise UserError(
            f"There is no role {options.reader}, and this user may not make one. Ask an "
            f"administrator for: create role {options.reader} nologin"
        ) from None
    return options.reader


def _grant(connection: psycopg.Connection, reader: str | None) -> None:
    if reader is not None:
        connection.execute(_sql("grant usage on schema marts to {}", reader))
        connection.execute(_sql("grant select on all tables in schema marts to {}", reader))


def _sentence(error: psycopg.Error, address: Address) -> str:
    said = error.diag.message_primary or str(error).strip().splitlines()[0]
    where = f" ({error.diag.context.splitlines()[0]})" if error.diag.context else ""
    detail = f" {error.diag.message_detail.rstrip('.')}." if error.diag.message_detail else ""
    return (
        f"{address.shown} did not take the export: {said.rstrip('.')}{where}.{detail} What it "
        "held before is as it was."
    )
