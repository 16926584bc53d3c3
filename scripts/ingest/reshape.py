"""Tables that lie on their side, and tables with a column for each month, as rows.

Both are written anew as delimited text. A record that is no row of the table stays one broken
line, which is rejected with its text as in any other file.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path

from scripts.errors import UserError
from scripts.ingest import totals_lines
from scripts.ingest.config import COLUMN_NAME, COLUMN_VALUE
from scripts.ingest.discover import ShopFile
from scripts.ingest.header import Header, match_columns, read_header
from scripts.ingest.raw import fitted
from scripts.ingest.records import BLANKS, Record, read_records, text_of


def reshaped(file: ShopFile, work: Path) -> ShopFile:
    """The file, written anew below `work` where inputs.yml says that it must be turned."""
    if file.section.dialect.transpose:
        file = _transposed(file, work / "transposed.csv")
    if file.section.unpivot is not None:
        file = _unpivoted(file, work / "unpivoted.csv")
    return file


def _as_written(file: ShopFile, location: Path) -> ShopFile:
    """The file at its new place, in the dialect that csv.writer writes."""
    dialect = replace(
        file.section.dialect,
        delimiter=",",
        quote='"',
        encoding="utf-8",
        header_line=None,
        header_rows=1,
        transpose=False,
    )
    section = replace(file.section, dialect=dialect)
    return replace(
        file, location=location, section=section, original=file.original or file.location
    )


def _transposed(file: ShopFile, location: Path) -> ShopFile:
    """The table with its lines as columns; all of it is held in memory."""
    dialect = file.section.dialect
    with file.location.open("rb") as stream:
        records = list(read_records(stream, dialect, _encoding(file)))
    broken = next((record for record in records if record.fields is None), None)
    if broken is not None:
        raise UserError(
            f"{file.path}: its line {broken.line} {broken.reason}, and a table that lies on its "
            "side needs all of its lines. Correct the file."
        )
    with location.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        rows = [record.fields for record in records if record.fields is not None]
        writer.writerows(zip_longest(*rows, fillvalue=""))
    return _as_written(file, location)


def _unpivoted(file: ShopFile, location: Path) -> ShopFile:
    """One row for each cell below the headers that nobody maps; empty cells are none."""
    section = file.section
    assert section.unpivot is not None
    header = read_header(file)
    own = {ours: n for ours, n in section.columns.items() if ours not in section.unpivot}
    mapped = match_columns(replace(file, section=replace(section, columns=own)), header)
    kept = sorted({place for places in mapped.values() for place in places})
    is_totals = totals_lines.matcher(section.dialect.totals)
    turned = [
        place
        for place, name in enumerate(header.names)
        if name and place not in kept and not is_totals(name)
    ]
    if not turned:
        raise UserError(
            f"{file.path}: `{section.section}.unpivot` turns the columns that nobody maps into "
            f"rows, and all are mapped. Its columns are: {', '.join(header.names)}."
        )
    with location.open("w", encoding="utf-8", errors="surrogateescape", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow([*(header.names[place] for place in kept), COLUMN_NAME, COLUMN_VALUE])
        for record in _records(file, header):
            cells = fitted(record.fields, len(header.names))
            if cells is None:
                writer.writerow([text_of(record.raw, header.encoding)])
                continue
            first = next((cell for cell in cells if cell.strip(BLANKS)), "")
            if is_totals(first.strip(BLANKS)):
                writer.writerow([first])
                continue
            for place in turned:
                if cells[place].strip(BLANKS):
                    own_cells = [cells[one] for one in kept]
                    writer.writerow([*own_cells, header.names[place], cells[place]])
    return _as_written(file, location)


def _records(file: ShopFile, header: Header) -> Iterator[Record]:
    with file.location.open("rb") as stream:
        stream.seek(header.data_offset)
        yield from read_records(stream, file.section.dialect, header.encoding)


def _encoding(file: ShopFile) -> str:
    """The encoding of the text, whose mark counts."""
    with file.location.open("rb") as stream:
        has_mark = stream.read(3) == b"\xef\xbb\xbf"
    return "utf-8-sig" if has_mark else file.section.dialect.encoding
