"""One input file → one landing file, still under a temporary name."""

from __future__ import annotations

import csv
import logging
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from scripts.errors import UserError
from scripts.ingest import registry
from scripts.ingest.discover import ShopFile
from scripts.ingest.header import Header, match_columns, other_names, read_header
from scripts.ingest.ledger import LANDED, Entry
from scripts.ingest.normalise import Source, landing_select, required_columns
from scripts.ingest.raw import Raw, read_raw
from scripts.ingest.records import read_records, text_of
from scripts.ingest.sql import literal
from scripts.ingest.totals import control_totals, sold_between
from scripts.storage import PARTIAL_SUFFIX, sha256_of

REJECT_COLUMNS = {
    "file_id": "varchar",
    "record_number": "bigint",
    "line_number": "bigint",
    "outcome": "varchar",
    "reason": "varchar",
    "original_text": "varchar",
}
# Progress is said at most every so many seconds.
PROGRESS_SECONDS = 5.0
# The kinds of file that are no text, and what to do about each.
OTHER_KINDS = {
    ".xlsx": "an Excel file",
    ".xls": "an Excel file",
    ".json": "a JSON file",
    ".jsonl": "a JSON file",
    ".parquet": "a Parquet file",
    ".gz": "a compressed file",
    ".zip": "a compressed file",
}

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Landed:
    """A file that was read: its ledger entry, and (temporary, final) of each file written."""

    entry: Entry
    files: list[tuple[Path, Path]]

    @property
    def landing(self) -> Path:
        """Where the landing file is for now."""
        return self.files[0][0]


def connect(work: Path) -> duckdb.DuckDBPyConnection:
    """A database in memory that spills below `work` and never asks the network."""
    connection = duckdb.connect(
        config={
            "temp_directory": str(work / "spill"),
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
        }
    )
    connection.execute("set enable_progress_bar = false")
    return connection


def land(file: ShopFile, file_id: str, warehouse: Path, work: Path) -> Landed:
    """Read one file and write its landing and rejects files under temporary names.

    Raises UserError when the file cannot be read as inputs.yml says.
    """
    reader = _reader_of(file)
    with tempfile.TemporaryDirectory(dir=work) as folder, connect(work) as connection:
        return reader(connection, file, file_id, warehouse, Path(folder))


def _reader_of(file: ShopFile) -> Callable[..., Landed]:
    """The function that reads this kind of file."""
    kind = OTHER_KINDS.get(Path(file.path).suffix.lower())
    if kind is not None:
        raise UserError(
            f"{file.path} is {kind}, which is not read yet. Save it as CSV, or add it to "
            "`ignore:` in inputs.yml."
        )
    return _land_text


def _land_text(
    connection: duckdb.DuckDBPyConnection,
    file: ShopFile,
    file_id: str,
    warehouse: Path,
    work: Path,
) -> Landed:
    """Land a file of delimited text."""
    section = file.section
    header = read_header(file)
    places = match_columns(file, header)
    required = [place for column in required_columns(section) for place in places.get(column, [])]
    raw = read_raw(
        connection, file, header, work, required_places=required, progress=_progress_of(file)
    )
    source = Source(
        table=str(raw.table),
        numbering=raw.numbering,
        file_id=file_id,
        section=section,
        places=places,
        others=other_names(header, places),
        names=header.names,
    )
    final = warehouse / "landing" / section.name / f"{file_id}.parquet"
    partial = final.with_name(final.name + PARTIAL_SUFFIX)
    written = connection.execute(
        f"copy ({landing_select(source)}) to {literal(str(partial))} "
        "(format parquet, compression zstd)"
    ).fetchone()
    assert written is not None
    landed_count = int(written[0])
    files = [(partial, final)]

    ignored_rows = raw.row_count - landed_count
    if ignored_rows:
        connection.execute(
            f"create temp table ignored_rows as {landing_select(source, ignored=True)}"
        )
        _note_ignored(connection, file, header, raw)
    rejects_count = raw.rejected_count + raw.ignored_count + ignored_rows
    rejects_final = warehouse / "landing" / "rejects" / f"{file_id}.parquet"
    if rejects_count:
        files.append((_write_rejects(connection, raw, file_id, rejects_final), rejects_final))
    file.refuse_if_changed()

    mapped = {column: found for column, found in places.items() if found}
    landing = f"read_parquet({literal(str(partial))})"
    first, last = (None, None)
    if section.name == "sales":
        first, last = sold_between(connection, mapped, landing)
    entry = Entry(
        file_id=file_id,
        input_name=section.name,
        path=file.path,
        pattern_position=file.pattern_position,
        state=LANDED,
        copy_of=None,
        landing_file=final.relative_to(warehouse).as_posix(),
        rejects_file=rejects_final.relative_to(warehouse).as_posix() if rejects_count else None,
        byte_count=file.byte_count,
        content_sha256=file.content_sha256,
        landing_sha256=sha256_of(partial),
        encoding=header.encoding,
        delimiter=section.dialect.delimiter,
        header=header.names,
        records_in=landed_count + rejects_count,
        landed_count=landed_count,
        rejected_count=raw.rejected_count,
        ignored_count=raw.ignored_count + ignored_rows,
        duplicate_count=0,
        first_sold_on=first,
        last_sold_on=last,
        control_totals=control_totals(
            connection,
            section.name,
            section.columns,
            landing,
            "ignored_rows" if ignored_rows else None,
        ),
    )
    return Landed(entry, files)


def _note_ignored(
    connection: duckdb.DuckDBPyConnection, file: ShopFile, header: Header, raw: Raw
) -> None:
    """Add the ignored rows to the rejects, with their line and original text.

    The raw table has neither, so the file is read once more up to the last such row.
    """
    found = connection.execute("select record_number, reason from ignored_rows").fetchall()
    reasons = dict(found)
    dialect = file.section.dialect
    rows: list[tuple[int, int, str, str, str]] = []
    with file.location.open("rb") as stream:
        stream.seek(header.data_offset)
        records = read_records(
            stream,
            dialect,
            header.encoding,
            header.line_count + 1,
            len(header.above) + 1,
        )
        remaining = len(reasons)
        for record in records:
            reason = reasons.get(record.number)
            if reason is not None:
                text = text_of(record.raw, header.encoding)
                rows.append((record.number, record.line, "ignored", reason, text))
                remaining -= 1
                if not remaining:
                    break
    _append_rejects(raw.rejects, rows)


def _append_rejects(path: Path, rows: list[tuple[int, int, str, str, str]]) -> None:
    """Add rows to the CSV file of rejects."""
    with path.open("a", encoding="utf-8", newline="") as stream:
        csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)


def _write_rejects(
    connection: duckdb.DuckDBPyConnection, raw: Raw, file_id: str, final: Path
) -> Path:
    """Turn the CSV file of rejects into Parquet, in the order of the records."""
    partial = final.with_name(final.name + PARTIAL_SUFFIX)
    types = ", ".join(
        f"'{name}': '{kind}'" for name, kind in REJECT_COLUMNS.items() if name != "file_id"
    )
    connection.execute(
        f"""
        copy (
            select {literal(file_id)} as file_id, *
            from read_csv(
                {literal(str(raw.rejects))}, header = false, columns = {{{types}}}, delim = ',',
                quote = '"', escape = '"', auto_detect = false, parallel = false
            )
            order by record_number
        ) to {literal(str(partial))} (format parquet, compression zstd)
        """
    )
    return partial


def write_empty(connection: duckdb.DuckDBPyConnection, input_name: str, path: Path) -> bool:
    """Write a file with an input's columns (or those of the rejects) and no row.

    False when the file is there and right.
    """
    if input_name == "rejects":
        columns = REJECT_COLUMNS
    else:
        columns = {
            name: "bigint" if name == "record_number" else "varchar"
            for name in registry.landing_columns(input_name)
        }
    if path.is_file():
        described = connection.execute(
            f"describe select * from read_parquet({literal(str(path))})"
        ).fetchall()
        if [(row[0], row[1].lower()) for row in described] == list(columns.items()):
            return False
    selected = ", ".join(f"cast(null as {kind}) as {name}" for name, kind in columns.items())
    partial = path.with_name(path.name + PARTIAL_SUFFIX)
    connection.execute(
        f"copy (select {selected} where false) to {literal(str(partial))} (format parquet)"
    )
    partial.replace(path)
    return True


def inputs_and_rejects() -> list[str]:
    """The folders below landing that hold Parquet files."""
    return [*registry.inputs(), "rejects"]


def _progress_of(file: ShopFile) -> Callable[[int], None]:
    """A function that says how far a long file is, not too often."""
    said = time.monotonic()

    def say(number: int) -> None:
        nonlocal said
        if time.monotonic() - said >= PROGRESS_SECONDS:
            said = time.monotonic()
            log.info("%s: %s records so far", file.path, f"{number:,}".replace(",", " "))

    return say
