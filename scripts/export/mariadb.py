"""MariaDB (and MySQL by its address): tables loaded beside, and exchanged in one statement.

One database holds all: `marts_revenue_by_month` is the mart of that name. While they are loaded,
tables are named `new__…`; `old__…` are those that were exchanged and not yet dropped.
"""

from __future__ import annotations

import json
import logging
import os
import time

import pymysql
from pymysql.constants import ER

from scripts.errors import UserError
from scripts.export.address import NOBODY_GRANTED, Address, Options
from scripts.export.source import (
    SCHEMAS,
    Column,
    Source,
    Table,
    Totals,
    as_totals,
    require_same,
    totals_expression,
)
from scripts.export.stream import csv_stream
from scripts.lock import lock_wait_seconds

log = logging.getLogger(__name__)

TYPES = {
    "DATE": "date",
    "TIMESTAMP": "datetime(6)",
    "BOOLEAN": "boolean",
    "INTEGER": "int",
    "BIGINT": "bigint",
    "DOUBLE": "double",
}
NEW, OLD = "new__", "old__"
# One row: what the tables hold. It is exchanged with them.
MARK = "sales_warehouse_export"
# Keys that differ in case, accents or a space at the end are different keys.
COLLATION = "utf8mb4_nopad_bin"
# InnoDB's limit for a key is 3072 bytes, and a character may have four.
KEY_CHARACTERS = 3072 // 4 - 12
SHORT_TEXT = 255
LONGEST_TABLE_COMMENT, LONGEST_COLUMN_COMMENT = 2048, 1024
PAUSE_SECONDS = 0.2


def export(source: Source, address: Address, options: Options) -> bool:
    """Load the generation and show it; False when the database holds it already, whole.

    Raises UserError, and leaves what readers see as it was, when the database cannot be reached,
    holds something else by these names, or has others who do not let go.
    """
    try:
        connection = _connect(address)
        with connection, connection.cursor() as cursor:
            return _export(cursor, source, address, options)
    except pymysql.MySQLError as error:
        said = str(error.args[-1]).rstrip(".")
        raise UserError(
            f"{address.shown} did not take the export: {said}. What readers see there is as it was."
        ) from error


def _connect(address: Address) -> pymysql.Connection:
    return pymysql.connect(
        host=address.host or "localhost",
        port=address.port or 3306,
        user=address.user or None,
        password=os.environ.get("MYSQL_PWD", ""),
        database=address.path,
        charset="utf8mb4",
        autocommit=True,
        local_infile=True,
        connect_timeout=10,
        unix_socket=address.settings.get("unix_socket"),
        ssl={"ca": address.settings["ssl_ca"]} if "ssl_ca" in address.settings else None,
    )


def _export(
    cursor: pymysql.cursors.Cursor, source: Source, address: Address, options: Options
) -> bool:
    _lock_out_others(cursor, address)
    # a load that is sorted into an empty table, and every unfitting value an error
    cursor.execute(
        "set session unique_checks = 0, foreign_key_checks = 0, "
        "sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'"
    )
    present = _present(cursor)
    old = _read_mark(cursor, present, source, address)
    _drop(cursor, [name for name in present if name.startswith((NEW, OLD))])
    names = {table.full_name: f"{table.schema}_{table.name}" for table in source.tables}
    mark = source.mark | {"tables": [*names.values()]}
    reader = _reader(cursor, options)
    if old == mark and _is_whole(cursor, source, names):
        _grant(cursor, reader, source, names)
        return False
    for table in source.tables:
        name = NEW + names[table.full_name]
        _load(cursor, source, table, name)
        require_same(table, _totals(cursor, table, name), source.totals(table))
    _write_mark(cursor, mark)
    gone = (old or {}).get("tables", [])
    _exchange(cursor, [MARK, *names.values()], [name for name in gone if name in present], address)
    _grant(cursor, reader, source, names)
    _drop(cursor, [name for name in _present(cursor) if name.startswith(OLD)])
    return True


# --- before ------------------------------------------------------------------------------------


def _lock_out_others(cursor: pymysql.cursors.Cursor, address: Address) -> None:
    """Wait for another export to this database; the lock ends with the connection."""
    name = f"sales_warehouse.{address.path}"[:64]
    cursor.execute("select get_lock(%s, %s)", (name, lock_wait_seconds()))
    if cursor.fetchall() != ((1,),):
        raise UserError(
            f"Another export to {address.shown} is at work. Wait until it has finished, then run "
            "this again."
        )


def _present(cursor: pymysql.cursors.Cursor) -> list[str]:
    """The tables of the database that are ours by their name, also unfinished ones."""
    cursor.execute("select table_name from information_schema.tables where table_schema = schema()")
    prefixes = (*(f"{schema}_" for schema in SCHEMAS), MARK)
    return sorted(
        name
        for (name,) in cursor.fetchall()
        if name.removeprefix(NEW).removeprefix(OLD).startswith(prefixes)
    )


def _read_mark(
    cursor: pymysql.cursors.Cursor, present: list[str], source: Source, address: Address
) -> dict | None:
    """What the database says it holds; a UserError when that is not ours, or another shop's."""
    mark = None
    if MARK in present:
        cursor.execute(f"select content from {MARK}")
        mark = json.loads(cursor.fetchall()[0][0])
    ours = {MARK, *(mark or {}).get("tables", [])}
    foreign = [name for name in present if name not in ours and not name.startswith((NEW, OLD))]
    if foreign:
        raise UserError(
            f"The database {address.path} has a table {foreign[0]} that no export made. Export to "
            "a database of its own."
        )
    if mark is not None and mark["shop"] != source.shop:
        raise UserError(
            f"The database {address.path} holds the shop {mark['shop']}, and this is "
            f"{source.shop}. Export each shop to a database of its own."
        )
    return mark


def _is_whole(cursor: pymysql.cursors.Cursor, source: Source, names: dict[str, str]) -> bool:
    """Whether every table is there with its totals: someone may have changed one."""
    try:
        return all(
            _totals(cursor, table, names[table.full_name]) == source.totals(table)
            for table in source.tables
        )
    except pymysql.MySQLError as error:
        if error.args[0] in (ER.NO_SUCH_TABLE, ER.BAD_FIELD_ERROR):
            return False
        raise


# --- loading -----------------------------------------------------------------------------------


def _load(cursor: pymysql.cursors.Cursor, source: Source, table: Table, name: str) -> None:
    """Make the table with its key and its words, and fill it."""
    widths = source.widths(table)
    key_texts = [c.name for c in table.columns if c.name in table.key and c.is_text]
    room = KEY_CHARACTERS // len(key_texts) if key_texts else 0
    fits = all(widths[key] <= room for key in key_texts)
    parts = [
        f"`{column.name}` {_type(column, widths, room if fits and column.name in key_texts else 0)}"
        f"{' not null' if column.is_required or column.name in table.key else ''}"
        f" comment {_text(cursor, column.comment, LONGEST_COLUMN_COMMENT)}"
        for column in table.columns
    ]
    if table.key:
        key = ", ".join(f"`{column}`" for column in table.key)
        # texts too long for a key are told apart by their hash, and compared in full
        parts.append(f"primary key ({key})" if fits else f"unique key ({key}) using hash")
    cursor.execute(
        f"create table `{name}` ({', '.join(parts)}) engine = InnoDB character set utf8mb4 "
        f"collate {COLLATION} comment {_text(cursor, table.comment, LONGEST_TABLE_COMMENT)}"
    )
    columns = ", ".join(
        f"cast({c.name} as tinyint) as {c.name}" if c.type == "BOOLEAN" else c.name
        for c in table.columns
    )
    statement = f"select {columns} from {table.full_name}"
    with csv_stream(source.connection, statement, null="NULL") as stream:
        cursor.execute(
            f"load data local infile '/dev/fd/{stream}' into table `{name}` "
            "character set utf8mb4 fields terminated by ',' optionally enclosed by '\"' "
            "escaped by '' lines terminated by '\\n'"
        )
    # what a local load cannot store becomes a warning, whatever the mode
    cursor.execute("show warnings limit 1")
    warnings = cursor.fetchall()
    if warnings:
        raise UserError(f"MariaDB could not store a value of {table.full_name}: {warnings[0][-1]}.")


def _type(column: Column, widths: dict[str, int], key_room: int) -> str:
    """The column's type; texts have one that BI tools can sort by, where they fit."""
    if not column.is_text:
        return TYPES.get(column.type, column.type.lower())
    if key_room:
        return (
            f"varchar({min(key_room, SHORT_TEXT)})"
            if widths[column.name] <= SHORT_TEXT
            else (f"varchar({key_room})")
        )
    return f"varchar({SHORT_TEXT})" if widths[column.name] <= SHORT_TEXT else "longtext"


def _text(cursor: pymysql.cursors.Cursor, text: str, longest: int) -> str:
    short = text if len(text) <= longest else text[: longest - 1] + "…"
    return cursor.connection.escape(short)


def _totals(cursor: pymysql.cursors.Cursor, table: Table, name: str) -> Totals:
    expression = totals_expression(table, "`", "octet_length", "integer")
    cursor.execute(f"select {expression} from `{name}`")
    return as_totals(cursor.fetchall()[0])


def _write_mark(cursor: pymysql.cursors.Cursor, mark: dict) -> None:
    cursor.execute(
        f"create table `{NEW}{MARK}` (content longtext not null) engine = InnoDB "
        f"character set utf8mb4 collate {COLLATION} "
        "comment 'One row: which generation of which shop the exported tables hold.'"
    )
    cursor.execute(
        f"insert into `{NEW}{MARK}` values (%s)", (json.dumps(mark, ensure_ascii=False),)
    )


# --- the change ---------------------------------------------------------------------------------


def _exchange(
    cursor: pymysql.cursors.Cursor, coming: list[str], going: list[str], address: Address
) -> None:
    """One RENAME TABLE of all tables. It waits for open transactions that have read one of them."""
    present = set(_present(cursor))
    retired = [name for name in dict.fromkeys([MARK, *going]) if name in present]
    renames = [f"`{name}` to `{OLD}{name}`" for name in retired]
    renames += [f"`{NEW}{name}` to `{name}`" for name in coming]
    statement = f"rename table {', '.join(renames)}"
    until = time.monotonic() + lock_wait_seconds()
    # short waits, because who comes to read while it waits, waits behind it
    cursor.execute("set session lock_wait_timeout = 1")
    while True:
        try:
            cursor.execute(statement)
            return
        except pymysql.MySQLError as error:
            if error.args[0] not in (ER.LOCK_WAIT_TIMEOUT, ER.LOCK_DEADLOCK):
                raise
            if time.monotonic() >= until:
                raise UserError(
                    f"Someone has been reading tables of {address.shown} in an open transaction "
                    f"for {lock_wait_seconds():.0f} s. Nothing was changed for readers; end that "
                    "transaction (show processlist), then run this again."
                ) from None
            time.sleep(PAUSE_SECONDS)


def _drop(cursor: pymysql.cursors.Cursor, names: list[str]) -> None:
    for name in names:
        cursor.execute(f"drop table `{name}`")


def _reader(cursor: pymysql.cursors.Cursor, options: Options) -> str | None:
    """The role that may read, made when it is missing; None when we may not make it."""
    try:
        cursor.execute(f"create role if not exists `{options.reader}`")
    except pymysql.MySQLError as error:
        if error.args[0] not in (ER.SPECIFIC_ACCESS_DENIED_ERROR, ER.ACCESS_DENIED_ERROR):
            raise
        # who may not make roles sees those that were granted to him
        cursor.execute("select role_name from information_schema.applicable_roles")
        if (options.reader,) in cursor.fetchall():
            return options.reader
        if options.reader_is_asked:
            raise UserError(
                f"This user was not granted a role {options.reader}, and may not make one. Ask an "
                f"administrator for: create role {options.reader}; grant {options.reader} to …"
            ) from None
        log.info(NOBODY_GRANTED, options.reader)
        return None
    return options.reader


def _grant(
    cursor: pymysql.cursors.Cursor, reader: str | None, source: Source, names: dict[str, str]
) -> None:
    """Grants are by name: they stay when a table is exchanged for another."""
    for table in source.tables:
        if reader is not None and table.schema == "marts":
            cursor.execute(f"grant select on `{names[table.full_name]}` to `{reader}`")
