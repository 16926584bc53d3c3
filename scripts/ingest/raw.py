"""The bytes of a file as a raw table: one row per record, its fields as they are written.

The raw table is a Parquet file with the columns c0, c1 … and, where the careful reader made it,
`record_number`. Else a row's place in it is its number: DuckDB's CSV reader keeps the order of the
lines, on however many threads, but numbers them on one only.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import IO, Any

import duckdb

from scripts.errors import UserError
from scripts.ingest import totals_lines
from scripts.ingest.discover import ShopFile
from scripts.ingest.header import Header
from scripts.ingest.records import BLANKS, WRONG_BYTES, Record, read_records, text_of
from scripts.ingest.scan import Facts
from scripts.ingest.sql import literal
from scripts.storage import CHUNK_BYTES

BLANK = "blank line"
# A line drawn between the rows of a list made for printing.
RULED = "ruled line"
RULE = re.compile(r"[-=_*+|~ ]{3,}")
ABOVE = "above the header"
ONE_CELL = "one cell alone"
# A table with fewer columns may have records of one cell.
FEWEST_COLUMNS = 4
WORDS = re.compile(r"[^\W\d_]+[ :]+\w+")
# Progress is said every so many records of the careful reader.
PROGRESS_RECORDS = 1_000_000


@dataclass(frozen=True)
class Raw:
    """The raw table of a file.

    `first_number` is the record number of its first row where all follow one another, None where
    it has a column of them. `rejects` is a CSV file (record_number, line_number, outcome, reason,
    original_text) of what is not in the table. `facts` are those of the file when they hold for the
    table's values, which they do not once the careful reader has written them anew.
    """

    table: Path
    first_number: int | None
    row_count: int
    rejects: Path
    rejected_count: int
    ignored_count: int
    facts: Facts | None = None

    @property
    def relation(self) -> str:
        """The table in SQL."""
        return f"read_parquet({literal(str(self.table))}, file_row_number = true)"

    @property
    def numbering(self) -> str:
        """The expression of a row's record number."""
        if self.first_number is None:
            return "record_number"
        return f"file_row_number + {self.first_number}"


def read_raw(
    connection: duckdb.DuckDBPyConnection,
    file: ShopFile,
    header: Header,
    scanning: Future[Facts],
    work: Path,
    *,
    required_places: list[int],
    progress: Callable[[int], None],
) -> Raw:
    """Split a file into records, below `work`; `required_places` are those of a required cell.

    DuckDB's reader does it when the file's bytes promise that it can and its count of records
    proves that it did; else the careful one. It begins while the bytes are still being looked at
    (`scanning`), and what it did is dropped when they do not promise it after all. Both number the
    records alike: all of the file that are not empty lines, but the header, from 1.
    """
    rejects = work / "rejects.csv"
    with rejects.open("w", encoding="utf-8", newline="") as stream:
        writer = _writer(stream)
        _write_above(writer, header)
        above = len(header.above)
        first_number = above + 1
        table = work / "raw.parquet"
        if _read_fast(connection, file, header, scanning, table):
            facts = scanning.result()
            return Raw(table, first_number, facts.line_count, rejects, 0, above, facts)
        counts = _read_carefully(
            connection,
            file,
            header,
            table,
            required_places=required_places,
            writer=writer,
            first_number=first_number,
            progress=progress,
        )
    loaded, rejected, ignored = counts
    return Raw(table, None, loaded, rejects, rejected, ignored + above)


def _writer(stream: IO[str]) -> Any:
    """What writes the CSV file of rejects."""
    return csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\n")


def _write_above(writer: Any, header: Header) -> None:
    """Note the lines above the header: they are ignored."""
    for number, (line, content) in enumerate(header.above, start=1):
        writer.writerow((number, line, "ignored", ABOVE, text_of(content, header.encoding)))


def _columns(header: Header) -> list[str]:
    return [f"c{place}" for place in range(len(header.names))]


def _in_utf8(
    file: ShopFile, header: Header, scanning: Future[Facts], work: Path
) -> tuple[Path, int]:
    """The file, or a copy of its data in UTF-8 below `work`, and how many lines are no data."""
    if header.encoding == "utf-8" or scanning.result().is_ascii:
        return file.location, header.line_count
    copy = work / "utf8.csv"
    with file.location.open("rb") as stream, copy.open("wb") as out:
        stream.seek(header.data_offset)
        # a character of these encodings is one byte, so any chunk is whole text
        while chunk := stream.read(CHUNK_BYTES):
            out.write(chunk.decode(header.encoding).encode())
    return copy, 0


def _read_fast(
    connection: duckdb.DuckDBPyConnection,
    file: ShopFile,
    header: Header,
    scanning: Future[Facts],
    table: Path,
) -> bool:
    """Read with DuckDB's reader; False when any record is in doubt."""
    if not header.is_one_line:
        return False
    is_known = scanning.done() or header.encoding != "utf-8"
    if is_known and not scanning.result().is_plain:
        return False
    source, skipped = _in_utf8(file, header, scanning, table.parent)
    dialect = file.section.dialect
    try:
        with _given_up_unless_plain(connection, scanning):
            count = _copy_csv(
                connection,
                source,
                table,
                columns=_columns(header),
                skip=skipped,
                delimiter=dialect.delimiter,
                quote=dialect.quote,
            )
    except duckdb.InvalidInputException:
        return False
    except duckdb.InterruptException:
        if scanning.done() and not scanning.result().is_plain:
            return False
        raise
    finally:
        if source != file.location:
            source.unlink()
    facts = scanning.result()
    rejects = connection.execute("select count(*) from reject_errors").fetchone()
    return facts.is_plain and rejects == (0,) and count == facts.line_count


@contextmanager
def _given_up_unless_plain(
    connection: duckdb.DuckDBPyConnection, scanning: Future[Facts]
) -> Iterator[None]:
    """Interrupt the connection's statement when the scan finds that it is in vain."""
    lock, is_running = Lock(), True

    def look(done: Future[Facts]) -> None:
        with lock:
            in_vain = done.cancelled() or done.exception() or not done.result().is_plain
            if is_running and in_vain:
                connection.interrupt()

    scanning.add_done_callback(look)
    try:
        yield
    finally:
        with lock:
            is_running = False


def _copy_csv(
    connection: duckdb.DuckDBPyConnection,
    source: Path,
    table: Path,
    *,
    columns: list[str],
    skip: int,
    delimiter: str,
    quote: str,
    parallel: bool = True,
) -> int:
    """One COPY from CSV to Parquet, everything as text; the number of rows."""
    # what DuckDB's reader noted of an earlier read
    for name in ("reject_errors", "reject_scans"):
        connection.execute(f"drop table if exists {name}")
    relation = _csv(
        source, columns=columns, skip=skip, delimiter=delimiter, quote=quote, parallel=parallel
    )
    found = connection.execute(
        f"copy (select * from {relation}) to {literal(str(table))} "
        "(format parquet, compression zstd)"
    ).fetchone()
    assert found is not None
    return int(found[0])


def _csv(
    source: Path,
    *,
    columns: list[str],
    skip: int,
    delimiter: str,
    quote: str,
    parallel: bool = True,
) -> str:
    """A CSV file as a relation of texts (and a `record_number`) in SQL, nothing left to guess."""
    types = ", ".join(
        f"'{column}': '{'BIGINT' if column == 'record_number' else 'VARCHAR'}'"
        for column in columns
    )
    return f"""read_csv(
        {literal(str(source))}, header = false, skip = {skip}, columns = {{{types}}},
        delim = {literal(delimiter)}, quote = {literal(quote)}, escape = {literal(quote)},
        auto_detect = false, strict_mode = true, store_rejects = true,
        null_padding = false, parallel = {str(parallel).lower()}
    )"""


def _read_carefully(
    connection: duckdb.DuckDBPyConnection,
    file: ShopFile,
    header: Header,
    table: Path,
    *,
    required_places: list[int],
    writer: Any,
    first_number: int,
    progress: Callable[[int], None],
) -> tuple[int, int, int]:
    """Read with our own reader; the numbers of records loaded, rejected and ignored."""
    dialect = file.section.dialect
    width = len(header.names)
    loaded = rejected = ignored = 0
    foreign = wrong_bytes = 0
    is_totals = totals_lines.matcher(dialect.totals)
    clean = table.with_name("clean.csv")
    with file.location.open("rb") as stream, clean.open("w", encoding="utf-8", newline="") as out:
        stream.seek(header.data_offset)
        clean_writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
        for record in read_records(
            stream,
            dialect,
            header.encoding,
            header.line_count + 1,
            first_number,
        ):
            foreign += not record.raw.isascii()
            wrong_bytes += record.reason == WRONG_BYTES[header.encoding]
            cells = fitted(record.fields, width)
            if cells is not None:
                clean_writer.writerow((record.number, *cells))
                loaded += 1
            else:
                outcome, reason = _unfit(record, width, required_places, is_totals)
                text = text_of(record.raw, header.encoding)
                writer.writerow((record.number, record.line, outcome, reason, text))
                rejected += outcome == "rejected"
                ignored += outcome == "ignored"
            if record.number % PROGRESS_RECORDS == 0:
                progress(record.number)
    if header.encoding == "utf-8" and wrong_bytes * 2 > foreign:
        raise UserError(
            f"{file.path} is not UTF-8: {wrong_bytes} of its {foreign} records with accents or "
            f"other special letters cannot be read. Set `encoding: cp1252` for "
            f"`{file.section.section}` in inputs.yml."
        )
    count = _copy_csv(
        connection,
        clean,
        table,
        columns=["record_number", *(f"c{place}" for place in range(width))],
        skip=0,
        delimiter=",",
        quote='"',
        # fields of several lines are in this file alone: nothing is left to chance
        parallel=False,
    )
    clean.unlink()
    if count != loaded:
        raise RuntimeError(f"{file.path}: {loaded} records were written and {count} read back")
    return loaded, rejected, ignored


def fitted(fields: list[str] | None, width: int) -> list[str] | None:
    """The fields when there are as many as the header has, else None.

    Delimiters at the end of a line make more, empty fields; they are dropped, as DuckDB's
    reader does.
    """
    if fields is None or len(fields) < width or any(fields[width:]):
        return None
    return fields[:width]


def _is_remark(text: str, width: int) -> bool:
    """Whether the only cell of a line is a sentence of the report's, and no line put in quotes."""
    apart = max(text.count(sign) for sign in ",;\t|")
    return apart < width - 1 and width >= FEWEST_COLUMNS and WORDS.match(text) is not None


def _unfit(
    record: Record, width: int, required_places: list[int], is_totals: Callable[[str], bool]
) -> tuple[str, str]:
    """Outcome and reason of a record that is not one of the table's."""
    if record.fields is None:
        return "rejected", record.reason or ""
    cells = [field.strip(BLANKS) for field in record.fields]
    if not any(cells):
        return "ignored", BLANK
    if RULE.fullmatch("".join(cells)):
        return "ignored", RULED
    first = next(place for place, cell in enumerate(cells) if cell)
    required = [cells[place] if place < len(cells) else "" for place in required_places]
    lacks_required = not any(required) or first in required_places
    if len(cells) < width and lacks_required and is_totals(cells[first]):
        return "ignored", totals_lines.REASON
    if len(cells) == 1 and _is_remark(cells[0], width):
        return "ignored", ONE_CELL
    count = len(cells)
    noun = "field" if count == 1 else "fields"
    return "rejected", f"has {count} {noun} where the header has {width}"
