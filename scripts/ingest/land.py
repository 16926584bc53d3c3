"""One input file → one landing file, still under a temporary name."""

from __future__ import annotations

import csv
import logging
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from scripts.ingest import registry
from scripts.ingest.containers import as_text
from scripts.ingest.discover import ShopFile
from scripts.ingest.header import Header, match_columns, other_names, read_header
from scripts.ingest.ledger import LANDED, Entry
from scripts.ingest.normalise import Rows, Select, Source, required_columns
from scripts.ingest.parquet import (
    Column,
    Numbers,
    OtherRowGroupsError,
    Text,
    Written,
    put_together,
)
from scripts.ingest.raw import Raw, read_raw
from scripts.ingest.records import read_records, text_of
from scripts.ingest.reshape import reshaped
from scripts.ingest.scan import Facts, scan
from scripts.ingest.sql import literal
from scripts.ingest.totals import control_totals, sold_between
from scripts.storage import PARTIAL_SUFFIX, available_processors, put_in_place, sha256_of

REJECT_COLUMNS = {
    "file_id": "varchar",
    "record_number": "bigint",
    "line_number": "bigint",
    "outcome": "varchar",
    "reason": "varchar",
    "original_text": "varchar",
}
# What DuckDB may hold of the memory in all, whatever the size of the files; more is spilled.
MEMORY_BYTES = 1 << 30
# On one thread DuckDB groups the rows of a Parquet file otherwise: the bytes would depend on it.
FEWEST_THREADS = 2
# Asking which columns of fewer rows need not be written anew takes longer than writing them.
FEWEST_JUDGED = 20_000
# Progress is said at most every so many seconds.
PROGRESS_SECONDS = 5.0
# The temporary table of the rows that are no records.
IGNORED_ROWS = "ignored_rows"
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


class Share:
    """What of the machine one file at a time may use, and the way to stop who uses it.

    `threads` of DuckDB (None: all), `memory_bytes` of DuckDB.
    """

    def __init__(self, threads: int | None = None, memory_bytes: int = MEMORY_BYTES) -> None:
        self.threads = threads
        self.memory_bytes = memory_bytes
        self.is_stopped = False
        self._in_use: set[duckdb.DuckDBPyConnection] = set()

    @contextmanager
    def connection(self, work: Path) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection that `stop` interrupts."""
        with connect(work, self.threads, self.memory_bytes) as connection:
            self._in_use.add(connection)
            try:
                self.go_on()
                yield connection
            finally:
                self._in_use.discard(connection)

    def go_on(self) -> None:
        """Raise StoppedError when nobody waits for the work any more."""
        if self.is_stopped:
            raise StoppedError

    def stop(self) -> None:
        """Let whoever works with this share give up soon."""
        self.is_stopped = True
        for connection in list(self._in_use):
            connection.interrupt()


class StoppedError(Exception):
    """Another file failed, or the run was interrupted: this file's landing is not wanted."""


def connect(
    work: Path, threads: int | None = None, memory_bytes: int = MEMORY_BYTES
) -> duckdb.DuckDBPyConnection:
    """A database in memory that spills below `work` and never asks the network.

    `threads` is None for as many as there are processors.
    """
    config = {
        "temp_directory": str(work / "spill"),
        "memory_limit": f"{memory_bytes // 1024}KiB",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
    }
    config["threads"] = str(max(threads or available_processors(), FEWEST_THREADS))
    connection = duckdb.connect(config=config)
    connection.execute("set enable_progress_bar = false")
    return connection


def land(
    file: ShopFile, file_id: str, warehouse: Path, work: Path, share: Share | None = None
) -> Landed:
    """Read one file and write its landing and rejects files under temporary names.

    The file is read into a raw table. Its columns that say already what the landing file is to
    say are copied as they stand; only the others are written anew. The bytes are the same on any
    number of threads. Raises UserError when the file cannot be read as inputs.yml says,
    StoppedError when the share was stopped meanwhile.
    """
    share = share or Share()
    with tempfile.TemporaryDirectory(dir=work) as folder:
        try:
            with share.connection(Path(folder)) as connection:
                text = reshaped(as_text(file, Path(folder)), Path(folder))
                return _land_text(connection, text, file_id, warehouse, Path(folder), share=share)
        except duckdb.InterruptException as error:
            share.go_on()
            raise KeyboardInterrupt from error


def _land_text(
    connection: duckdb.DuckDBPyConnection,
    file: ShopFile,
    file_id: str,
    warehouse: Path,
    work: Path,
    *,
    share: Share,
) -> Landed:
    """Land a file of delimited text."""
    section = file.section
    header = read_header(file)
    places = match_columns(file, header)
    final = warehouse / "landing" / section.name / f"{file_id}.parquet"
    partial = final.with_name(final.name + PARTIAL_SUFFIX)
    required = [p for column in required_columns(section) for p in places.get(column, [])]
    with _scanning(file, header, share) as scanning:
        raw = read_raw(
            connection,
            file,
            header,
            scanning,
            work,
            required_places=required,
            progress=_progress_of(file, share),
        )
    others = other_names(header, places)
    select = Select(
        Source(raw, file_id, section, places, others, header.names, dict(file.path_values))
    )
    landed_count, landing_sha256 = _write_landing(connection, select, raw, partial, work)
    if landed_count < raw.row_count:
        kept = _keep_ignored(connection, select)
        if landed_count + kept != raw.row_count:
            raise RuntimeError(
                f"{file.path}: of {raw.row_count} rows {landed_count} landed, {kept} are ignored"
            )
    files = [(partial, final)]

    ignored_rows = raw.row_count - landed_count
    if ignored_rows:
        _note_ignored(connection, file, header, raw)
    rejects_count = raw.rejected_count + raw.ignored_count + ignored_rows
    rejects_final = warehouse / "landing" / "rejects" / f"{file_id}.parquet"
    rejects_sha256 = None
    if rejects_count:
        rejects_partial = _write_rejects(connection, raw, file_id, rejects_final)
        files.append((rejects_partial, rejects_final))
        rejects_sha256 = sha256_of(rejects_partial)
    file.refuse_if_changed()

    said = {**dict(file.path_values), **dict(section.values)}
    mapped = {column: found for column, found in places.items() if found or column in said}
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
        landing_sha256=landing_sha256,
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
            IGNORED_ROWS if ignored_rows else None,
        ),
        rejects_sha256=rejects_sha256,
    )
    return Landed(entry, files)


@contextmanager
def _scanning(file: ShopFile, header: Header, share: Share) -> Iterator[Future[Facts]]:
    """The facts of a file; those of one that has all processors are found meanwhile."""
    dialect = file.section.dialect

    def look() -> Facts:
        return scan(
            file.location, header.data_offset, header.encoding, dialect.quote, dialect.delimiter
        )

    if share.threads is None:
        with ThreadPoolExecutor(1) as pool:
            yield pool.submit(look)
        return
    found: Future[Facts] = Future()
    found.set_result(look())
    share.go_on()
    yield found


def _write_landing(
    connection: duckdb.DuckDBPyConnection, select: Select, raw: Raw, path: Path, work: Path
) -> tuple[int, str]:
    """Write the landing rows of a raw table to a Parquet file; their number and its SHA-256."""
    known = select.known_texts()
    if raw.row_count < FEWEST_JUDGED or not select.is_row_by_row:
        return _put(connection, select, known, path, work)
    candidates = select.raw_columns()
    doubtful_count, *differing = _one_row(connection, select.judging(candidates))
    ignored_count = _one_row(connection, select.ignored_count())[0] if doubtful_count else 0
    if ignored_count:
        return _put(connection, select, known, path, work)
    same = [name for name, count in zip(candidates, differing, strict=True) if not count]
    spared = _as_they_are(raw, {name: candidates[name] for name in same})
    try:
        return _put(connection, select, {**known, **spared}, path, work, rows_of=raw.table)
    except OtherRowGroupsError:
        log.debug("%s: its raw table has other row groups than what was written anew", path)
        return _put(connection, select, known, path, work)


def _one_row(connection: duckdb.DuckDBPyConnection, select: str) -> tuple[int, ...]:
    """The row of a select that has one."""
    found = connection.execute(select).fetchone()
    assert found is not None
    return found


def _as_they_are(raw: Raw, same: dict[str, str]) -> dict[str, Column]:
    """Columns that are those of a raw table of which every row lands, and what follows from it."""
    columns: dict[str, Column] = {
        "record_number": Written(raw.table, "record_number")
        if raw.first_number is None
        else Numbers(raw.first_number)
    }
    for name, raw_column in same.items():
        columns[name] = Written(raw.table, raw_column)
        columns[f"{name}_as_written"] = Text(None)
    return columns


def _put(
    connection: duckdb.DuckDBPyConnection,
    select: Select,
    known: Mapping[str, Column],
    path: Path,
    work: Path,
    *,
    rows_of: Path | None = None,
) -> tuple[int, str]:
    """Write a landing file of columns that are known and of the others, which DuckDB works out.

    It has the rows of `rows_of`; without it those that are no ignored ones.
    """
    expressions = select.columns()
    worked_out = work / "worked_out.parquet"
    columns = {name: known.get(name, Written(worked_out, name)) for name in expressions}
    if expressions["record_key"] in columns:  # a key of one column is that column
        columns["record_key"] = columns[expressions["record_key"]]
    wanted = [name for name, column in columns.items() if column == Written(worked_out, name)]
    if wanted:
        rows = Rows.LANDED if rows_of is None else Rows.ALL
        connection.execute(
            f"copy ({select.landing(wanted, rows)}) to {literal(str(worked_out))} "
            "(format parquet, compression zstd)"
        )
    return put_together(path, columns, rows_of or worked_out)


def _keep_ignored(connection: duckdb.DuckDBPyConnection, select: Select) -> int:
    """Put the ignored rows of a raw table into IGNORED_ROWS; their number."""
    selected = select.landing(rows=Rows.IGNORED)
    connection.execute(f"create or replace temp table {IGNORED_ROWS} as {selected}")
    return _one_row(connection, f"select count(*) from {IGNORED_ROWS}")[0]


def _note_ignored(
    connection: duckdb.DuckDBPyConnection, file: ShopFile, header: Header, raw: Raw
) -> None:
    """Add the ignored rows to the rejects, with their line and original text.

    The raw table has neither, so the file is read once more up to the last such row.
    """
    found = connection.execute(f"select record_number, reason from {IGNORED_ROWS}").fetchall()
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
                quote = '"', escape = '"', auto_detect = false, parallel = false,
                new_line = '\\n'
            )
            order by record_number
        ) to {literal(str(partial))} (format parquet, compression zstd)
        """
    )
    return partial


def write_empty(connection: duckdb.DuckDBPyConnection, input_name: str, path: Path) -> bool:
    """Write a file with an input's columns (or those of the rejects) and no row.

    False when the file is there, byte for byte.
    """
    if input_name == "rejects":
        columns = REJECT_COLUMNS
    else:
        columns = {
            name: "bigint" if name == "record_number" else "varchar"
            for name in registry.landing_columns(input_name)
        }
    selected = ", ".join(f"cast(null as {kind}) as {name}" for name, kind in columns.items())
    partial = path.with_name(path.name + PARTIAL_SUFFIX)
    connection.execute(
        f"copy (select {selected} where false) to {literal(str(partial))} (format parquet)"
    )
    if path.is_file() and path.read_bytes() == partial.read_bytes():
        partial.unlink()
        return False
    put_in_place(partial, path)
    return True


def inputs_and_rejects() -> list[str]:
    """The folders below landing that hold Parquet files."""
    return [*registry.inputs(), "rejects"]


def _progress_of(file: ShopFile, share: Share) -> Callable[[int], None]:
    """A function that says how far a long file is, not too often, and gives up when stopped."""
    said = time.monotonic()

    def say(number: int) -> None:
        nonlocal said
        share.go_on()
        if time.monotonic() - said >= PROGRESS_SECONDS:
            said = time.monotonic()
            log.info("%s: %s records so far", file.path, f"{number:,}".replace(",", " "))

    return say
