"""What is no plain text (workbooks, JSON, Parquet, archives, other encodings) as delimited text.

There is one way into the landing, for delimited text in UTF-8 or cp1252; a file of another kind is
written as such text first. Cells that have a type in their file (a day, a number) are written so
that the input's formats read them back as the same; text cells stay as they are, and an error
(#N/A) is an empty cell. A record is a row of the sheet, an element of the list, a row of the table;
an archive is what it holds.
"""

from __future__ import annotations

import csv
import datetime
import gzip
import json
import shutil
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from decimal import Decimal
from fnmatch import fnmatchcase
from itertools import islice
from pathlib import Path
from typing import IO, Any

import duckdb
import ijson
import python_calamine

from scripts.errors import UserError
from scripts.ingest.config import SHEET_NAME, Input
from scripts.ingest.dialect import ISO_DATE, NATIVE_ENCODINGS, SHEETS_APART, Dialect
from scripts.ingest.discover import ShopFile
from scripts.ingest.sql import literal

ISO_MOMENT = "%Y-%m-%d %H:%M:%S"
JSON_LINES = (".jsonl", ".ndjson")
MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
ARCHIVES = {b"PK\x03\x04": "zip", b"PK\x05\x06": "zip", b"\x1f\x8b": "gzip"}
WORKBOOKS = {".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"}
OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"
# What an archive may hold beside its data.
LITTER = ("__MACOSX/", ".", "~$")
CHUNK_CHARACTERS = 1 << 20
# So many JSON lines say which lists their records have.
LOOKED_AT_LINES = 200


def as_text(file: ShopFile, work: Path) -> ShopFile:
    """The file as delimited text, written below `work` where it is not; its section fits it.

    Raises UserError for a file that is damaged, and for one of which it must be said which sheet,
    member or array is meant.
    """
    current, depth = file, 0
    while (convert := _converter_of(current)) is not None:
        depth += 1
        if depth > 3:
            raise UserError(f"{file.path}: an archive in an archive in an archive. Unpack it.")
        folder = work / f"opened{depth}"
        folder.mkdir(exist_ok=True)
        try:
            current = convert(current, folder)
        except (OSError, EOFError, zlib.error, zipfile.BadZipFile) as error:
            raise UserError(
                f"{file.path} is damaged or incomplete ({error}). Export or copy it again."
            ) from error
    return replace(current, path=file.path, original=file.original or file.location)


def parts_of(location: Path) -> tuple[str, list[str]]:
    """The key that chooses a part of a file, and its parts; ('', []) for a file that is one.

    Parts are the sheets of a workbook that hold something, the members of an archive, and the
    lists of objects in a JSON document, those inside the elements of another with its name first.
    Raises UserError when the file cannot be read.
    """
    kind = _converter_of(_bare(location))
    if kind is _from_workbook:
        return "sheet", [name for name, _ in _sheets(location.name, location)]
    if kind is _from_zip:
        with zipfile.ZipFile(location) as archive:
            return "inside", [member.filename for member in _members(archive)]
    if kind is _from_json:
        with location.open("rb") as stream:
            return "records", [name for name in _lists(stream) if name]
    if kind is _from_json_lines:
        return "records", _lists_in_lines(location)
    return "", []


def _bare(location: Path) -> ShopFile:
    """A file of which nothing is known yet."""
    section = Input("sales", "sales", (), {}, Dialect(), ())
    return ShopFile(location.name, location, section, 0, 0, "", 0)


def _converter_of(file: ShopFile) -> Callable[[ShopFile, Path], ShopFile] | None:
    """What makes text of this kind of file; None when it is text already."""
    with file.location.open("rb") as stream:
        start = stream.read(4)
    suffix = file.location.suffix.lower()
    if ARCHIVES.get(start[:2]) == "gzip":
        return _from_gzip
    if start == OLD_WORKBOOK:
        return _from_workbook
    if ARCHIVES.get(start) == "zip":
        is_workbook = suffix in WORKBOOKS or _holds_workbook(file.location)
        return _from_workbook if is_workbook else _from_zip
    if start == b"PAR1":
        return _from_parquet
    if suffix in JSON_LINES:
        return _from_json_lines
    if suffix == ".json":
        return _from_json
    if start[:2] in MARKS or file.section.dialect.encoding not in NATIVE_ENCODINGS:
        return _from_encoding
    return None


def _opened(file: ShopFile, location: Path, **changes: object) -> ShopFile:
    """The file at another location, its section's dialect changed."""
    section = replace(file.section, dialect=replace(file.section.dialect, **changes))
    return replace(file, location=location, section=section)


def _typed(file: ShopFile, location: Path) -> ShopFile:
    """The text that was written of typed cells: comma, quotes, days and moments as ISO has them."""
    dialect = file.section.dialect
    return _opened(
        file,
        location,
        delimiter=",",
        quote='"',
        encoding="utf-8",
        date=tuple(dict.fromkeys((ISO_DATE, ISO_MOMENT, *dialect.date))),
        datetime=tuple(dict.fromkeys((ISO_MOMENT, ISO_DATE, *dialect.datetime_formats()))),
    )


@contextmanager
def _csv_writer(path: Path) -> Iterator[Any]:
    with path.open("w", encoding="utf-8", errors="surrogatepass", newline="") as stream:
        yield csv.writer(stream, lineterminator="\n")


# --- encodings and archives -------------------------------------------------------------------


def _from_encoding(file: ShopFile, folder: Path) -> ShopFile:
    """The text in UTF-8; a byte that its encoding does not have stays wrong there too."""
    with file.location.open("rb") as stream:
        encoding = MARKS.get(stream.read(2)) or file.section.dialect.encoding
    wide = encoding.startswith(("utf-16", "utf-32"))
    errors = "surrogatepass" if wide else "surrogateescape"
    location = folder / (file.location.stem + ".csv")
    try:
        with (
            file.location.open(encoding=encoding, errors=errors, newline="") as source,
            location.open("w", encoding="utf-8", errors=errors, newline="") as target,
        ):
            while text := source.read(CHUNK_CHARACTERS):
                target.write(text)
    except UnicodeDecodeError as error:
        raise UserError(
            f"{file.path} is not {encoding} throughout ({error.reason} at byte {error.start}). Set "
            f"the `encoding` of `{file.section.section}` in inputs.yml, or export it again."
        ) from error
    return _opened(file, location, encoding="utf-8")


def _from_gzip(file: ShopFile, folder: Path) -> ShopFile:
    name = file.location.name
    inner = name[:-3] if name.lower().endswith(".gz") else f"{name}.csv"
    location = folder / inner
    with gzip.open(file.location) as source, location.open("wb") as target:
        shutil.copyfileobj(source, target)
    return replace(file, location=location)


def _from_zip(file: ShopFile, folder: Path) -> ShopFile:
    """The one member of an archive, or the one that `inside` names."""
    with zipfile.ZipFile(file.location) as archive:
        members = _members(archive)
        wanted = file.section.dialect.inside
        found = [member for member in members if not wanted or _is_named(member.filename, wanted)]
        if len(found) != 1:
            raise _which(file, "files", [one.filename for one in members], wanted, "inside")
        member = found[0]
        if member.flag_bits & 1:
            raise UserError(f"{file.path} is locked with a password. Unpack it into the folder.")
        location = folder / Path(member.filename).name
        with archive.open(member) as source, location.open("wb") as target:
            shutil.copyfileobj(source, target)
    return replace(file, location=location)


def _members(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """The files of an archive but what systems leave in it."""
    return [
        member
        for member in archive.infolist()
        if not member.is_dir()
        and not member.filename.startswith(LITTER)
        and not member.filename.rpartition("/")[2].startswith(LITTER)
    ]


def _holds_workbook(location: Path) -> bool:
    """Whether a zip is a workbook, whatever its name says."""
    try:
        with zipfile.ZipFile(location) as archive:
            names = set(archive.namelist())
    except zipfile.BadZipFile:
        return False
    return bool(names & {"xl/workbook.xml", "xl/workbook.bin"})


def _is_named(name: str, wanted: str) -> bool:
    """Whether a pattern names a member by its whole path or by its last part."""
    return fnmatchcase(name, wanted) or fnmatchcase(name.rpartition("/")[2], wanted)


def _which(file: ShopFile, what: str, names: list[str], wanted: str, key: str) -> UserError:
    """The error where one of several things must be named, or none has the name."""
    section = file.section.section
    if not names:
        return UserError(f"{file.path} is empty: it has no {what}. Export it again.")
    listed = ", ".join(f"`{name}`" for name in names[:20])
    if wanted:
        return UserError(
            f"{file.path}: `{section}.{key}` is {wanted!r}, which does not name one of its {what}. "
            f"It has: {listed}. Correct it in inputs.yml."
        )
    return UserError(
        f"{file.path} has {len(names)} {what}: {listed}. Say which one is meant: "
        f"`{key}: {names[0]}` under `{section}` in inputs.yml."
    )


# --- workbooks --------------------------------------------------------------------------------


def _from_workbook(file: ShopFile, folder: Path) -> ShopFile:
    """The rows of a sheet; of several with one header, if `sheet` is a pattern or a list."""
    dialect = file.section.dialect
    tables = _sheets(file.path, file.location)
    names = [name for name, _ in tables]
    wanted = dialect.sheet
    patterns = wanted.split(SHEETS_APART)
    chosen = [
        (name, rows)
        for name, rows in tables
        if not wanted or any(fnmatchcase(name, pattern) for pattern in patterns)
    ]
    may_be_several = len(patterns) > 1 or any(sign in wanted for sign in "*?[")
    if not chosen or (len(chosen) > 1 and not may_be_several):
        raise _which(file, "sheets", names, wanted, "sheet")
    location = folder / (file.location.stem + ".csv")
    header_place = None if dialect.header_line is None else dialect.header_line - 1
    first_header: list[str] | None = None
    with _csv_writer(location) as writer:
        for name, rows in chosen:
            texts = [[_cell_text(cell, dialect) for cell in row] for row in _cut(file, rows)]
            header = _header_of(texts, header_place)
            if first_header is None:
                first_header = header
            elif header != first_header:
                raise UserError(
                    f"{file.path}: the sheets `{chosen[0][0]}` and `{name}` have different columns "
                    f"({_listed(first_header)}; {_listed(header)}). Give each its own input, or "
                    "the same header."
                )
            for row in _named(file, name, texts):
                writer.writerow(row if any(row) else [])
    return _typed(file, location)


def _named(file: ShopFile, name: str, rows: list[list[str]]) -> Iterator[list[str]]:
    """The rows with the name of their sheet in a last column, where one of ours is mapped to it.

    A title alone in its row stays alone.
    """
    dialect = file.section.dialect
    if not any(SHEET_NAME in headers for headers in file.section.columns.values()):
        yield from rows
        return
    first = next((place for place, row in enumerate(rows) if any(row)), 0)
    header = first if dialect.header_line is None else dialect.header_line - 1
    for place, row in enumerate(rows):
        is_record = place >= header + dialect.header_rows and sum(map(bool, row)) > 1
        yield [*row, SHEET_NAME if place == header else name if is_record else ""]


def _sheets(path: str, location: Path) -> list[tuple[str, list[list[Any]]]]:
    """The sheets that hold something, each with its rows."""
    try:
        book = python_calamine.CalamineWorkbook.from_path(str(location))
        return [
            (name, rows)
            for name in book.sheet_names
            if (rows := book.get_sheet_by_name(name).to_python(skip_empty_area=False))
            and any(cell not in ("", None) for row in rows for cell in row)
        ]
    except (python_calamine.CalamineError, ValueError) as error:
        raise UserError(
            f"{path} cannot be read as a workbook ({error}). Save it again, without a password, "
            "or as CSV."
        ) from error


def _cut(file: ShopFile, rows: list[list[Any]]) -> list[list[Any]]:
    """The rows and columns of `range`; all of them without one."""
    wanted = file.section.dialect.range
    if wanted is None:
        return rows
    (top, left), (bottom, right) = wanted
    cut = [row[left - 1 : right] for row in rows[top - 1 : bottom]]
    if not any(cell not in ("", None) for row in cut for cell in row):
        raise UserError(
            f"{file.path}: the `range` of `{file.section.section}` is empty. Correct it in "
            "inputs.yml."
        )
    return cut


def _header_of(rows: list[list[str]], place: int | None) -> list[str]:
    """The header: the row at its place, else the first one that is not empty."""
    if place is not None:
        return rows[place] if place < len(rows) else []
    return next((row for row in rows if any(row)), [])


def _listed(cells: list[str]) -> str:
    return ", ".join(cell or "(no name)" for cell in cells[:8]) + (" …" if len(cells) > 8 else "")


def _cell_text(value: object, dialect: Dialect) -> str:
    """A typed cell as text that the input's formats read back; text as it is."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float, Decimal)):
        return _number_text(value, dialect.decimal)
    if isinstance(value, datetime.datetime):
        is_day = value.time() == datetime.time()
        return value.strftime(ISO_DATE if is_day else ISO_MOMENT)
    return str(value)


def _number_text(number: int | float | Decimal, decimal: str) -> str:
    """A number in full, with the input's decimal sign; of binary ones what Excel shows of them."""
    exact = Decimal(format(number, ".15g")) if isinstance(number, float) else Decimal(number)
    text = format(exact, "f")
    if isinstance(number, float) and "." in text:
        text = text.rstrip("0").rstrip(".")
    return text.replace(".", decimal)


# --- JSON -------------------------------------------------------------------------------------


def _from_json(file: ShopFile, folder: Path) -> ShopFile:
    """The elements of the array that `records` names, as rows."""
    try:
        with file.location.open("rb") as stream:
            try:
                steps = _steps(file, stream)
            except UserError:
                columns = _split_columns(file.location)
                if not columns:
                    raise
                return _write_rows(file, folder, lambda: _split_rows(file.location, columns))

        def rows() -> Iterator[dict[str, object]]:
            with file.location.open("rb") as stream:
                prefix, *nested = steps
                for element in ijson.items(stream, prefix):
                    yield from _rows_of(element, nested)

        return _write_rows(file, folder, rows)
    except (ijson.JSONError, UnicodeDecodeError) as error:
        raise UserError(
            f"{file.path} is not JSON throughout ({str(error).splitlines()[0]}). Export it again."
        ) from error


def _from_json_lines(file: ShopFile, folder: Path) -> ShopFile:
    """One record for each line; a line that is no JSON object is rejected like a broken row."""
    nested = [step for step in file.section.dialect.records.split(".") if step]

    def rows() -> Iterator[dict[str, object] | str]:
        with file.location.open(encoding="utf-8-sig", errors="surrogateescape") as stream:
            for line in stream:
                if not line.strip():
                    continue
                try:
                    element = json.loads(line, parse_float=Decimal)
                except ValueError:
                    element = None
                if isinstance(element, dict):
                    yield from _rows_of(element, nested)
                else:
                    yield line.rstrip("\r\n")

    return _write_rows(file, folder, rows)


def _split_columns(location: Path) -> list[str]:
    """The names of a document `{"columns": [name, …], "data": [[value, …], …]}`; [] for others."""
    with location.open("rb") as stream:
        names = list(ijson.items(stream, "columns.item"))
    with location.open("rb") as stream:
        first = next(ijson.items(stream, "data.item"), None) if names else None
    is_split = isinstance(first, list) and all(isinstance(name, str) for name in names)
    return names if is_split else []


def _split_rows(location: Path, columns: list[str]) -> Iterator[dict[str, object] | str]:
    """The rows of such a document; one that has other values than columns is one that broke."""
    with location.open("rb") as stream:
        for row in ijson.items(stream, "data.item"):
            if isinstance(row, list) and len(row) == len(columns):
                yield _flat(dict(zip(columns, row, strict=True)))
            else:
                yield json.dumps(row, ensure_ascii=False, default=str)


def _steps(file: ShopFile, stream: IO[bytes]) -> list[str]:
    """Ijson's prefix of the outer array's elements, and the names of the arrays inside them.

    Without `records`: the document itself when it is an array, else its only array of objects.
    """
    wanted = file.section.dialect.records
    names = _lists(stream)
    outer = [name for name in names if names[name].split(".").count("item") == 1]
    if wanted:
        found = [n for n in outer if n and (wanted == n or wanted.startswith(f"{n}."))]
        if found:
            name = max(found, key=len)
            rest = wanted[len(name) :].strip(".")
            return [names[name], *(rest.split(".") if rest else [])]
        if "" in outer:
            return [names[""], *wanted.split(".")]
    elif "" in outer:
        return [names[""]]
    elif len(outer) == 1:
        return [names[outer[0]]]
    raise _which(file, "lists of records", [name for name in outer if name], wanted, "records")


def _lists(stream: IO[bytes]) -> dict[str, str]:
    """{name: ijson's prefix} of each list of objects, `` for a document that is one."""
    found: dict[str, str] = {}
    is_list = None
    for prefix, event, _ in ijson.parse(stream):
        if is_list is None:
            is_list = event == "start_array"
        if event == "start_map" and (prefix.endswith(".item") or (is_list and prefix == "item")):
            parts = [part for part in prefix.split(".") if part != "item"]
            found.setdefault(".".join(parts), prefix)
    return found


def _lists_in_lines(location: Path) -> list[str]:
    """The names of lists of objects in the first records of JSON lines."""
    found: dict[str, None] = {}
    with location.open(encoding="utf-8-sig", errors="surrogateescape") as stream:
        for line in islice(stream, LOOKED_AT_LINES):
            with suppress(ValueError):
                element = json.loads(line)
                for name, value in element.items() if isinstance(element, dict) else ():
                    if isinstance(value, list) and value and isinstance(value[0], dict):
                        found[name] = None
    return list(found)


def _rows_of(element: object, nested: list[str]) -> Iterator[dict[str, object]]:
    """The rows of one element: itself, or each element of the array inside it.

    What an array's elements stand in goes with each of them, its names after `parent.`.
    """
    if not isinstance(element, dict):
        yield {"value": element}
        return
    if not nested:
        yield _flat(element)
        return
    name, *further = nested
    inner = element.get(name)
    outer = {
        f"parent.{key}": value
        for key, value in _flat({k: v for k, v in element.items() if k != name}).items()
    }
    elements = inner if isinstance(inner, list) else [inner] if isinstance(inner, dict) else []
    if not elements:
        # an order without lines is a row of its own: it is seen, and not lost
        yield outer
    for one in elements:
        for row in _rows_of(one, further):
            yield {**row, **outer}


def _flat(element: dict[str, object], prefix: str = "") -> dict[str, object]:
    """An object's values by name; those of objects inside it as `name.inner`."""
    result: dict[str, object] = {}
    for key, value in element.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict):
            result |= _flat(value, f"{name}.")
        elif isinstance(value, list):
            is_plain = all(not isinstance(one, (dict, list)) for one in value)
            result[name] = (
                ", ".join("" if one is None else str(one) for one in value)
                if is_plain
                else json.dumps(value, ensure_ascii=False, default=str)
            )
        else:
            result[name] = value
    return result


def _write_rows(
    file: ShopFile, folder: Path, rows: Callable[[], Iterable[dict[str, object] | str]]
) -> ShopFile:
    """Write rows with all names that occur as the header; a text is a row that broke."""
    names: dict[str, None] = {}
    for row in rows():
        if not isinstance(row, str):
            names.update(dict.fromkeys(row))
    if not names:
        raise UserError(f"{file.path} has no records. Export it again, or add it to `ignore:`.")
    dialect = file.section.dialect
    location = folder / (file.location.stem + ".csv")
    with location.open("w", encoding="utf-8", errors="surrogateescape", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        # a header of one column still differs from a row that broke, which is one field too
        header = list(names) if len(names) > 1 else [*names, ""]
        writer.writerow(header)
        for row in rows():
            if isinstance(row, str):
                writer.writerow([row])
            else:
                writer.writerow([_cell_text(row.get(name), dialect) for name in header])
    return replace(_typed(file, location), section=_without_header_line(_typed(file, location)))


def _without_header_line(file: ShopFile) -> Any:
    return replace(file.section, dialect=replace(file.section.dialect, header_line=None))


# --- Parquet ----------------------------------------------------------------------------------


def _from_parquet(file: ShopFile, folder: Path) -> ShopFile:
    """The rows of a table, its numbers and days as the input's formats read them."""
    location = folder / (file.location.stem + ".csv")
    source = f"read_parquet({literal(str(file.location))})"
    with duckdb.connect() as connection:
        try:
            columns = connection.execute(f"describe select * from {source}").fetchall()
            selected = ", ".join(
                f"{_parquet_text(name, kind, file.section.dialect.decimal)} as {_quoted(name)}"
                for name, kind, *_ in columns
            )
            connection.execute(
                f"copy (select {selected} from {source}) to {literal(str(location))} "
                "(format csv, header true, force_quote *)"
            )
        except duckdb.Error as error:
            said = str(error).splitlines()[0]
            raise UserError(f"{file.path} is a damaged Parquet file ({said}).") from error
    opened = _typed(file, location)
    return replace(opened, section=_without_header_line(opened))


def _parquet_text(name: str, kind: str, decimal: str) -> str:
    column = _quoted(name)
    if kind in ("FLOAT", "DOUBLE"):
        column = f"printf('%.15g', {column})"
    if kind.startswith("TIMESTAMP"):
        return f"strftime(cast({column} as timestamp), {literal(ISO_MOMENT)})"
    is_number = kind in ("FLOAT", "DOUBLE") or kind.startswith("DECIMAL")
    text = f"cast({column} as varchar)"
    return f"replace({text}, '.', {literal(decimal)})" if is_number and decimal != "." else text


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
