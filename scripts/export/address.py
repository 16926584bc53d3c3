"""Where to export to, as the command says it: never with a password."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

from scripts.errors import UserError

FORMS = (
    "a folder (TO=exports/shop), TO=s3://bucket/prefix, TO=postgresql://user@host/database or "
    "TO=mysql://user@host/database"
)
SCHEMES = {"postgresql": "postgres", "postgres": "postgres", "mysql": "mysql", "mariadb": "mysql"}
PASSWORDS = {"postgres": "PGPASSWORD (or ~/.pgpass)", "mysql": "MYSQL_PWD"}
# what may stand behind the ? of an address of MariaDB; PostgreSQL's driver knows its own
MYSQL_SETTINGS = ("ssl_ca", "unix_socket")
DEFAULT_READER = "bi_reader"
NOBODY_GRANTED = (
    "Nobody was granted the marts: there is no role %s that this user may grant to, and it may not "
    "make one. See docs/connect_your_bi_tool.md."
)


@dataclass(frozen=True)
class Address:
    """A target. `kind` is folder, s3, postgres or mysql.

    `path` is the folder, the prefix in the bucket, or the database; `host` is the bucket of `s3`.
    `shown` is how messages name it.
    """

    kind: str
    shown: str
    path: str
    host: str = ""
    port: int | None = None
    user: str = ""
    settings: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Options:
    """How to export: `by_store` parts the fact's files by store too, `reader` may read the marts.

    `reader_is_asked` says that someone named the reader, so that it cannot be left out.
    """

    by_store: bool = False
    reader: str = DEFAULT_READER
    reader_is_asked: bool = False


def read_address(text: str) -> Address:
    """What TO says. Raises UserError when that is nothing, or nothing we know."""
    text = text.strip()
    if not text:
        raise UserError(f"Say where to export to: {FORMS}.")
    scheme, separator, rest = text.partition("://")
    if not separator:
        folder = text.removeprefix("parquet:")
        if not folder or re.match(r"[a-z0-9]{2,}:", folder):
            raise UserError(f"TO={text} is no place to export to. Write {FORMS}.")
        return Address("folder", folder, folder)
    if "@" in rest and ":" in rest.rpartition("@")[0]:
        raise _no_password(SCHEMES.get(scheme, ""))
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise UserError(
            f"The host or port of the address in TO cannot be read. Write {FORMS}."
        ) from error
    if scheme == "s3":
        if not parts.netloc or "@" in parts.netloc or parts.query or parts.fragment:
            raise UserError("TO=s3://… names a bucket and a folder in it: TO=s3://bucket/prefix.")
        return Address("s3", text.rstrip("/"), parts.path.strip("/"), parts.netloc)
    if scheme not in SCHEMES:
        raise UserError(f"Nothing is known of {scheme}:// addresses. Write {FORMS}.")
    return _database(SCHEMES[scheme], text, port)


def _database(kind: str, text: str, port: int | None) -> Address:
    parts = urlsplit(text)
    settings = dict(parse_qsl(parts.query, keep_blank_values=True))
    if parts.password or any("password" in name for name in settings):
        raise _no_password(kind)
    database = unquote(parts.path.strip("/"))
    if not database or "/" in database:
        raise UserError(f"The address in TO names no database. Write {FORMS}.")
    unknown = [name for name in settings if kind == "mysql" and name not in MYSQL_SETTINGS]
    if unknown:
        raise UserError(
            f"The address in TO says `{unknown[0]}`; what can stand behind its ? is "
            f"{' and '.join(MYSQL_SETTINGS)}."
        )
    host = unquote(parts.hostname or "")
    shown = f"{parts.scheme}://{host}{f':{port}' if port else ''}/{database}"
    return Address(kind, shown, database, host, port, unquote(parts.username or ""), settings)


def _no_password(kind: str) -> UserError:
    where = PASSWORDS.get(kind, "the environment")
    return UserError(
        "The address in TO holds a password, which others could read in the list of processes. "
        f"Leave it out of the address and set it in {where}."
    )


def read_options(address: Address, environment: Mapping[str, str]) -> Options:
    """What PARTITION and READER say. Raises UserError when the target knows no such thing."""
    partition = environment.get("PARTITION", "").strip() or "month"
    reader = environment.get("READER", "").strip()
    is_database = address.kind in ("postgres", "mysql")
    if partition not in ("month", "month,store"):
        raise UserError(f"PARTITION={partition} is not known. Write month or month,store.")
    if is_database and partition != "month":
        raise UserError("PARTITION is for Parquet files; leave it out for a database.")
    if reader and not is_database:
        raise UserError("READER is a role in a database; leave it out for Parquet files.")
    if reader and not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,62}", reader):
        raise UserError(f"READER={reader} is no name of a role: letters, digits and _ only.")
    return Options(partition == "month,store", reader or DEFAULT_READER, bool(reader))
