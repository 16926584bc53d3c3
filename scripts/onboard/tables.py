"""The tables of a folder: how each is written, its header and a sample of its rows."""

from __future__ import annotations

import codecs
import re
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

from scripts.errors import UserError
from scripts.ingest.config import Input
from scripts.ingest.containers import JSON_LINES, as_text, parts_of
from scripts.ingest.dialect import TOTALS_WORDS, Dialect
from scripts.ingest.discover import ShopFile
from scripts.ingest.header import Header, read_header
from scripts.ingest.raw import FEWEST_COLUMNS, fitted
from scripts.ingest.records import BLANKS, Record, read_records
from scripts.ingest.totals_lines import matcher
from scripts.onboard.values import Facts, facts_of, is_figure
from scripts.onboard.words import EXACT, meanings

DELIMITERS = (",", ";", "\t", "|")
# Encodings of one byte a letter, likeliest first; others are for the owner to say.
ENCODINGS = ("cp1252", "cp850", "mac_roman", "cp1250")
USUAL_LETTERS = frozenset("àâäáãåæçéèêëíìîïñóòôöõøœúùûüßÉÀÄÖÜÑ€\u00a0")
OTHER_LETTERS = frozenset("ąćęłńśźżčďěňřšťůžőűăâîșțşţ")
USUAL_SIGNS = frozenset("£°º’‘“”–—…«»®™²½ÇÈÊÔÎÂÁÍÓÚÅØÆŒŁŚŻŠČŘŽ")
# The sign of a number or an ordinal where it belongs, Nº and 2º: elsewhere its byte is a letter.
ORDINAL = re.compile(r"(?<=[Nn\d])º(?![^\W\d_])")
# What letters of Polish look like where they are read in another encoding, and capitals in a word.
MISREAD = re.compile(r"(?<=[^\W\d_])[¹³¿Ÿ](?=[^\W\d_])|œæ|(?<=[a-zß-ÿ])[À-ÖØ-Þ]")
# What stands in drawings and not in texts.
DRAWINGS = frozenset(map(chr, range(0x2500, 0x25A1)))
LOOKED_AT_BYTES = 1 << 22
HEAD_RECORDS = 200
# So many rows are enough to know what a column holds.
SAMPLE_ROWS = 50_000
# So many lines after an empty one may hold the title and the header of a second table.
LINES_OF_A_TITLE = 3
FIGURE_ROWS = 5
# So many lines that do not fit the header are no chance.
FEWEST_UNFIT = 2
# A header has a name for at least this share of the columns.
NAMED_SHARE = 0.6


@dataclass(frozen=True)
class Table:
    """One table: a file, or the part of it that `part` (a key of inputs.yml, its value) names.

    `rows` are the first records as wide as the header, trimmed, without repeated headers, blank
    lines and totals. `columns` are the facts of each column by its name as inputs.yml would say it,
    `known` which of ours a column is by what other tables say.
    """

    path: str
    part: tuple[str, str] | None
    dialect: Dialect
    names: list[str]
    rows: list[list[str]]
    columns: dict[str, Facts] = field(default_factory=dict)
    known: dict[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """How a person calls it."""
        return f"{self.path} ({self.part[1]})" if self.part else self.path

    def values(self, name: str) -> list[str]:
        """The cells of a column, in order, empty ones included."""
        place = list(self.columns).index(name)
        return [row[place] for row in self.rows]


@dataclass(frozen=True)
class Unread:
    """A file, or part, in which no table was found, and why."""

    path: str
    part: tuple[str, str] | None
    reason: str


def tables_of(path: str, location: Path) -> list[Table | Unread]:
    """The tables of one file of a shop folder."""
    try:
        key, names = parts_of(location)
    except (UserError, OSError, ValueError) as error:
        return [Unread(path, None, str(error))]
    found: list[Table | Unread] = []
    for name in names or [""]:
        # lists inside the records of JSON lines must be named; else the only part is the file
        is_inner = "." in name or location.suffix.lower() in JSON_LINES
        part = (key, name) if name and (len(names) > 1 or is_inner) else None
        with tempfile.TemporaryDirectory() as work:
            try:
                found.append(_table(path, location, part, Path(work)))
            except UserError as error:
                found.append(Unread(path, part, str(error)))
    return found


def _table(path: str, location: Path, part: tuple[str, str] | None, work: Path) -> Table:
    dialect = Dialect(**({part[0]: part[1]} if part else {}))
    section = Input("sales", "sales", (), {}, dialect, ())
    text = as_text(ShopFile(path, location, section, 0, 0, "", 0), work)
    is_typed = text.section.dialect.date != dialect.date
    encoding = _encoding_of(text.location)
    if not is_typed and encoding != "utf-8":
        # of text, also of the text in an archive, it is the bytes that say their encoding
        dialect = replace(dialect, encoding=encoding)
        again = work / "again"
        again.mkdir()
        text = as_text(_changed(text, encoding=encoding), again)
    if not is_typed:
        delimiter = _delimiter_of(text)
        dialect = replace(dialect, delimiter=delimiter)
        text = _changed(text, delimiter=delimiter)
    line, rows = _header_line(text)
    dialect = replace(dialect, header_line=line, header_rows=rows)
    text = _changed(text, header_line=line, header_rows=rows)
    header = read_header(text)
    body = _rows(text, header)
    if not body:
        raise UserError(f"{path} has a header and no records.")
    names = _column_names(header.names)
    table = Table(path, part, dialect, header.names, body)
    facts = {
        name: facts_of([row[place] for row in body], is_typed=is_typed)
        for place, name in enumerate(names)
    }
    return replace(table, columns=facts)


def _changed(file: ShopFile, **changes: object) -> ShopFile:
    section = replace(file.section, dialect=replace(file.section.dialect, **changes))
    return replace(file, section=section)


def _encoding_of(location: Path) -> str:
    """The encoding that must be declared for a text file, by its bytes."""
    with location.open("rb") as stream:
        data = stream.read(LOOKED_AT_BYTES)
    if data.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-8"  # the mark says it to ingest too
    zeros = (data[0::2].count(0), data[1::2].count(0))
    if max(zeros) > len(data) // 4:
        return "utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"
    text = codecs.getincrementaldecoder("utf-8")("replace").decode(data)
    wrong = text.count("\ufffd")
    if wrong * 4 <= sum(not char.isascii() for char in text):
        return "utf-8"  # at most a few wrong bytes in a file of this encoding
    return max(ENCODINGS, key=lambda encoding: _plausibility(data, encoding))


def _plausibility(data: bytes, encoding: str) -> float:
    """How much the letters that are no ASCII look like those of a language written so."""
    text = data.decode(encoding, "replace")
    letters = [char for char in text if not char.isascii()]
    weights = ((USUAL_LETTERS, 1.0), (OTHER_LETTERS, 0.8), (USUAL_SIGNS, 0.6), (DRAWINGS, -1.0))
    return (
        0.3 * len(ORDINAL.findall(text))
        - 2.0 * len(MISREAD.findall(text))
        + sum(next((weight for signs, weight in weights if char in signs), 0.0) for char in letters)
    )


def _delimiter_of(file: ShopFile) -> str:
    """The sign that splits most lines into the same number of fields, of several at least two."""
    best, best_score = ",", 0.0
    for sign in DELIMITERS:
        widths = Counter(
            len(record.fields)
            for record in _head(_changed(file, delimiter=sign))
            if record.fields is not None
        )
        if not widths:
            continue
        width, count = max(widths.items(), key=lambda item: (item[0] > 1, item[1] * item[0]))
        score = count / widths.total() * (width - 1)
        if score > best_score:
            best, best_score = sign, score
    if not best_score:
        raise UserError(
            f"{file.path} is not a table: no comma, semicolon, tab or bar splits its lines."
        )
    return best


def _head(file: ShopFile) -> list:
    dialect = file.section.dialect
    with file.location.open("rb") as stream:
        if stream.read(3) != codecs.BOM_UTF8:
            stream.seek(0)
        return list(islice(read_records(stream, dialect, dialect.encoding), HEAD_RECORDS))


def _header_line(file: ShopFile) -> tuple[int | None, int]:
    """The line of the header (None: the first that is not empty) and its number of lines."""
    records = [r for r in _head(file) if r.fields is not None]
    rows = [[cell.strip(BLANKS) for cell in record.fields] for record in records]
    width = _usual_width(rows)
    for place, row in enumerate(rows[: HEAD_RECORDS // 2]):
        named = [cell for cell in row if cell]
        following = rows[place + 1 : place + 31]
        if (
            len(named) >= max(2, NAMED_SHARE * width)
            and not any(is_figure(cell) for cell in named)
            and (not following or _has_figures(following) or len(set(named)) == len(named))
        ):
            split = 1
            if following and _continues_header(row, following):
                split = 2
            elif following and _describes(row, following):
                if _known(following[0]) > _known(row):
                    continue
                raise UserError(
                    f"{file.path} has a second line of names below its header, with "
                    f"{', '.join(f'`{cell}`' for cell in following[0][:4])} …, which would be read "
                    f"as a sale. Delete line {records[place + 1].line}."
                )
            is_first = place == 0 and records[0].line == 1
            return (None if is_first and split == 1 else records[place].line), split
    raise UserError(
        f"{file.path} has no header: none of its first lines has names for its columns. Add a "
        "first line with the names, or say its line with `header_line`."
    )


def _usual_width(rows: list[list[str]]) -> int:
    """How many cells a row has, by the last one that is not empty."""
    widths = Counter(
        max((place + 1 for place, cell in enumerate(row) if cell), default=0) for row in rows
    )
    widths.pop(0, None)
    return max(widths, key=lambda width: (widths[width] * width, width), default=0)


def _has_figures(rows: list[list[str]]) -> bool:
    return any(is_figure(cell) for row in rows for cell in row)


def _continues_header(row: list[str], following: list[list[str]]) -> bool:
    """Whether the line after a header has the rest of its names, not the first record."""
    second, body = following[0], following[1:]
    if not body or any(is_figure(cell) for cell in second) or sum(map(bool, second)) < 2:
        return False
    figures = [
        place
        for place in range(len(second))
        if sum(is_figure(one[place]) for one in body if place < len(one)) >= 0.8 * len(body)
    ]
    named_in_one = [p for p in figures if (p < len(row) and bool(row[p])) != bool(second[p])]
    return (
        len(figures) >= 1
        and len(figures)
        == len(named_in_one)
        + sum(bool(p < len(row) and row[p]) and bool(second[p]) for p in figures)
        and any(not cell for cell in row)
    )


def _describes(row: list[str], following: list[list[str]]) -> bool:
    """Whether the line after a header describes its columns: words even where figures follow."""
    second, body = following[0], following[1:]
    width = sum(map(bool, row))
    if len(body) < FIGURE_ROWS or sum(map(bool, second)) < 0.8 * width:
        return False
    figures = [
        place
        for place in range(min(len(row), len(second)))
        if all(place < len(one) and is_figure(one[place]) for one in body)
    ]
    return len(figures) >= 2 and not any(is_figure(second[p]) or not second[p] for p in figures)


def _known(cells: list[str]) -> int:
    """How many names of a header are known."""
    return sum(max(meanings(cell).values(), default=0.0) >= EXACT for cell in cells)


def _rows(file: ShopFile, header: Header) -> list[list[str]]:
    """The first records."""
    width = len(header.names)
    is_totals = matcher(TOTALS_WORDS)
    found: list[list[str]] = []
    unfit: list[Record] = []
    after_gap = 0
    for cells in _cells(file, header, width, unfit):
        if not any(cells) or cells == header.names:
            after_gap = LINES_OF_A_TITLE if not any(cells) else 0
            continue
        if after_gap and found and _is_second_header(cells, found):
            raise UserError(
                f"{file.path} has a second table below the first, with the columns "
                f"{', '.join(f'`{cell}`' for cell in cells if cell)}. Save each in a file or a "
                "sheet of its own (of a workbook, `range` in inputs.yml can name one)."
            )
        after_gap = max(0, after_gap - 1)
        first = next(cell for cell in cells if cell)
        if is_totals(first) and sum(bool(cell) for cell in cells) < 0.8 * width:
            continue
        if width >= FEWEST_COLUMNS and sum(map(bool, cells)) == 1:
            continue  # a title between the lines, as ingest sees it
        if len(found) >= SAMPLE_ROWS:
            break
        found.append(cells)
    if len(unfit) > max(len(found), FEWEST_UNFIT):
        raise UserError(_unfit(file, header, unfit, len(found)))
    return found


def _unfit(file: ShopFile, header: Header, unfit: list[Record], read: int) -> str:
    """Why most lines of a table cannot be read, and what to do."""
    first = unfit[0]
    whole = len(first.fields) == 1 and file.section.dialect.delimiter in first.fields[0]
    why = (
        "A program has put whole lines into quotes: export the file again, and do not open it and "
        "save it in between."
        if whole
        else "Some of its columns have no name in the header, or lines of another list stand among "
        "them: export it again, or add the names that are missing."
    )
    shown = file.section.dialect.delimiter.join(first.fields)[:60]
    count, width = len(unfit) + read, len(header.names)
    line = header.line_count + first.line
    return (
        f"{file.path}: {len(unfit)} of {count} lines do not have the {width} columns of its "
        f"header, the first in line {line}: {shown} … {why}"
    )


def _is_second_header(cells: list[str], found: list[list[str]]) -> bool:
    """Whether a row after an empty one has names where the rows above have figures."""
    named = [cell for cell in cells if cell]
    if len(named) < 2 or len(set(named)) < len(named) or any(is_figure(cell) for cell in named):
        return False
    last = [row for row in found if sum(map(bool, row)) > 1][-FIGURE_ROWS:]
    figures = [p for p in range(len(cells)) if all(is_figure(row[p]) for row in last)]
    return _known(named) >= 2 and any(cells[place] for place in figures)


def _cells(file: ShopFile, header: Header, width: int, unfit: list[Record]) -> Iterator[list[str]]:
    """The cells of each record that has the header's columns; the others are added to `unfit`."""
    with file.location.open("rb") as stream:
        stream.seek(header.data_offset)
        for record in read_records(stream, file.section.dialect, header.encoding):
            cells = fitted(record.fields, width)
            if cells is not None:
                yield [cell.strip(BLANKS) for cell in cells]
            elif record.fields is not None and any(record.fields):
                unfit.append(record)


def _column_names(headers: list[str]) -> list[str]:
    """What inputs.yml calls each column: its header, with a number where several have it."""
    counts = Counter(headers)
    seen: Counter[str] = Counter()
    names = []
    for place, name in enumerate(headers, start=1):
        seen[name] += 1
        if not name:
            names.append(f"column {place}")
        else:
            names.append(f"{name} ({seen[name]})" if counts[name] > 1 else name)
    return names
