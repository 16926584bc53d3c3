"""The header of a file, and which of its columns is which of ours."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice, zip_longest

from scripts.errors import UserError
from scripts.ingest.config import SPREAD_COLUMNS
from scripts.ingest.discover import ShopFile
from scripts.ingest.problems import nearest
from scripts.ingest.records import BLANKS, MAXIMUM_RECORD_BYTES, physical_lines, read_records

OTHER_DELIMITERS = {";": '";"', ",": '","', "\t": "tab", "|": '"|"'}
UTF8_MARK = b"\xef\xbb\xbf"
# So many records below a header that lacks a column are looked through for the real one.
LOOKED_THROUGH = 50
# What is neither text nor one of the kinds that containers knows.
FOREIGN_STARTS = {b"%PDF": "is a PDF document"}


@dataclass(frozen=True)
class Header:
    """The header line and where the data begin.

    `names` are trimmed, with their inner blanks as they are. `above` holds (physical line, bytes)
    of each line above the header that is not empty. `line_count` is the number of physical lines
    up to the header's end, `data_offset` the byte after it; `is_one_line` is False for a header
    with a line end in it.
    """

    names: list[str]
    encoding: str
    above: list[tuple[int, bytes]]
    line_count: int
    data_offset: int
    is_one_line: bool


def read_header(file: ShopFile) -> Header:
    """Read the header of a text file with the dialect of its input.

    Raises UserError when the file is empty, has no such line, or is not text of the declared
    encoding.
    """
    dialect = file.section.dialect
    encoding = dialect.encoding
    with file.location.open("rb") as stream:
        start = stream.read(4)
        if not start:
            raise UserError(
                f"{file.path} is empty (0 bytes). Export it again, or add it to `ignore:`."
            )
        for first_bytes, what in FOREIGN_STARTS.items():
            if start.startswith(first_bytes):
                raise UserError(f"{file.path} {what}. Export it as CSV or as a workbook.")
        offset = 0
        if start.startswith(UTF8_MARK):
            offset, encoding = len(UTF8_MARK), "utf-8"
        stream.seek(offset)
        above: list[tuple[int, bytes]] = []
        line_number = 0
        for content, end in physical_lines(stream):
            line_number += 1
            if dialect.header_line is None and content.strip():
                break
            if line_number == dialect.header_line:
                break
            if content:
                above.append((line_number, content))
            offset += len(content) + len(end)
            if len(content) > MAXIMUM_RECORD_BYTES:
                raise UserError(f"{file.path}: its line {line_number} is longer than 2 MB.")
        else:
            what = (
                "has no header: all its lines are empty"
                if dialect.header_line is None
                else f"has only {line_number} lines, the header should be line "
                f"{dialect.header_line} (header_line)"
            )
            raise UserError(f"{file.path} {what}. Export it again, or correct inputs.yml.")
        stream.seek(offset)
        records = read_records(stream, dialect, encoding, line_number)
        record = next(records, None)
    if record is None or record.line != line_number:
        raise UserError(
            f"{file.path}: line {line_number}, where its header should be, is empty. Correct "
            f"`{file.section.section}.header_line`."
        )
    if record.fields is None:
        raise UserError(
            f"{file.path}: its header (line {line_number}) {record.reason}. Correct the file, or "
            f"the encoding or quote of `{file.section.section}`."
        )
    with file.location.open("rb") as stream:
        stream.seek(offset)
        records = read_records(stream, dialect, encoding, line_number)
        rows = list(islice(records, dialect.header_rows))
    ends = [row.line + row.line_count for row in rows]
    if len(rows) < dialect.header_rows or any(
        row.fields is None or row.line != end for row, end in zip(rows[1:], ends, strict=False)
    ):
        raise UserError(
            f"{file.path}: its header should be the {dialect.header_rows} lines from line "
            f"{line_number}, one of which is empty or cannot be read. Correct "
            f"`{file.section.section}.header_rows`."
        )
    cells = zip_longest(
        *([name.strip(BLANKS) for name in row.fields] for row in rows), fillvalue=""
    )
    return Header(
        names=[" ".join(part for part in parts if part) for parts in cells],
        encoding=encoding,
        above=above,
        line_count=ends[-1] - 1,
        data_offset=offset + sum(row.byte_count for row in rows),
        is_one_line=all(row.line_count == 1 for row in rows),
    )


def spread_name(ours: str) -> str:
    """What the order's own figure is called while it is shared out over its lines."""
    return f"order_{ours}"


def is_spread(name: str) -> bool:
    """Whether a name is one that `spread_name` gives."""
    return name.removeprefix("order_") in SPREAD_COLUMNS and name.startswith("order_")


def match_columns(file: ShopFile, header: Header) -> dict[str, list[int]]:
    """The places (from 0) of the file's columns behind each of ours.

    A column listed under `optional` that the file lacks has an empty list. Raises UserError
    for a mapped header that is missing or that the file has twice.
    """
    section = file.section
    places: dict[str, list[int]] = {}
    spread = {spread_name(ours): theirs for ours, theirs in section.spread.items()}
    for ours, theirs in {**section.columns, **spread}.items():
        places[ours] = []
        for name in theirs:
            found = _places(header.names, name)
            if len(found) > 1:
                raise UserError(
                    f"{file.path} has {len(found)} columns named `{name}`, which "
                    f"`{section.section}.columns.{ours}` maps. Say which one is meant: "
                    f"`{name} (1)` is the first, `{name} (2)` the second."
                )
            if not found and ours not in section.optional:
                raise _missing(file, header, ours, name)
            places[ours].extend(found)
    return places


def other_names(header: Header, places: Mapping[str, list[int]]) -> dict[int, str]:
    """The columns nobody mapped: place and the name they are kept under, each name once.

    What is shared out over the lines of an order is kept as it was, too.
    """
    mapped = {place for ours, found in places.items() if not is_spread(ours) for place in found}
    names: dict[int, str] = {}
    for place, name in enumerate(header.names):
        if place not in mapped:
            written = name or f"column {place + 1}"
            unique, copy = written, 2
            while unique in names.values():
                unique, copy = f"{written} ({copy})", copy + 1
            names[place] = unique
    return names


def _places(names: list[str], wanted: str) -> list[int]:
    """Where a header stands: written exactly so, else the same but for case and spaces.

    `Amount (2)` is the second column of that name, `column 3` the third, when it has none.
    """
    wanted = wanted.strip(BLANKS)
    exact = [place for place, name in enumerate(names) if name == wanted]
    found = exact or [p for p, name in enumerate(names) if _folded(name) == _folded(wanted)]
    if found:
        return found
    numbered = re.fullmatch(r"(.+) \(([1-9][0-9]*)\)", wanted)
    if numbered is not None:
        same = _places(names, numbered[1])
        return same[int(numbered[2]) - 1 :][:1]
    unnamed = re.fullmatch(r"(?i)column ([1-9][0-9]*)", wanted)
    if unnamed is not None:
        place = int(unnamed[1]) - 1
        return [place] if place < len(names) and not names[place] else []
    return []


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", _one_line(unicodedata.normalize("NFC", name).casefold()))


def _one_line(name: str) -> str:
    """Trimmed, with any run of blanks as one space."""
    return " ".join(name.split())


def _line_with(file: ShopFile, header: Header, name: str) -> int | None:
    """The number of a line near the top that has the header in a cell; None without one."""
    with file.location.open("rb") as stream:
        stream.seek(header.data_offset)
        records = read_records(stream, file.section.dialect, header.encoding, header.line_count + 1)
        for record in islice(records, LOOKED_THROUGH):
            if record.fields is not None and _places([c.strip() for c in record.fields], name):
                return record.line
    return None


def _missing(file: ShopFile, header: Header, ours: str, name: str) -> UserError:
    """The error for a header that is not there, with the most likely reason."""
    section = file.section
    delimiter = section.dialect.delimiter
    if len(header.names) == 1:
        counts = {sign: header.names[0].count(sign) for sign in OTHER_DELIMITERS}
        counts.pop(delimiter, None)
        seen = max(counts, key=lambda sign: counts[sign])
        if counts[seen]:
            declared = OTHER_DELIMITERS.get(delimiter, repr(delimiter))
            return UserError(
                f"{file.path}: its header is one column, `{header.names[0]}`. It seems to be "
                f"separated by {OTHER_DELIMITERS[seen]}, not by {declared}: set "
                f"`delimiter: {OTHER_DELIMITERS[seen]}` for `{section.section}` in inputs.yml."
            )
    below = _line_with(file, header, name)
    if below is not None:
        return UserError(
            f"{file.path} has no column `{name}` in its line {header.line_count}, where its header "
            f"was looked for; line {below} has it. Set `header_line: {below}` for "
            f"`{section.section}` in inputs.yml."
        )
    match = nearest(name, [one for one in header.names if one])
    hint = f" Did you mean `{match}`?" if match else ""
    listed = ", ".join(one or f"(column {n} has no name)" for n, one in enumerate(header.names, 1))
    return UserError(
        f"{file.path} has no column `{name}`, which `{section.section}.columns.{ours}` maps. Its "
        f"columns are: {listed}.{hint} Correct the mapping, or list `{ours}` under "
        f"`{section.section}.optional`."
    )
