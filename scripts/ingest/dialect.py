"""How a file is written: delimiter, encoding, numbers, dates, and the words around the data."""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

import duckdb

from scripts.ingest import moments
from scripts.ingest.problems import Problems, did_you_mean, nearest
from scripts.ingest.sql import literal

# What the readers take as it is; a file in another encoding is written in UTF-8 first.
NATIVE_ENCODINGS = ("utf-8", "cp1252")
# Python's names of encodings that are taken for another, which has all of their letters.
SAME_LETTERS = {"utf-8-sig": "utf-8", "ascii": "utf-8", "iso8859-1": "cp1252"}
ISO_DATE = "%Y-%m-%d"
# Between several names of sheets; no name has it.
SHEETS_APART = "\n"
TIMES_OF_DAY = (" %H:%M:%S", " %H:%M", "T%H:%M:%S", "T%H:%M", " %H:%M:%S.%f", "T%H:%M:%S.%f")
# The words a line of totals begins with; a list in inputs.yml takes the place of this one.
TOTALS_WORDS = (
    "total",
    "totals",
    "grand total",
    "sub total",
    "sub-total",
    "subtotal",
    "sum",
    "totaux",
    "sous-total",
    "sous total",
    "sous-totaux",
    "cumul",
    "summe",
    "gesamt",
    "gesamtsumme",
    "zwischensumme",
    "totale",
    "subtotale",
    "totali",
    "suma",
    "totales",
    "suma total",
    "totaal",
    "subtotaal",
    "totais",
    "soma",
    "razem",
    # what a printed list carries to its next page
    *("übertrag", "uebertrag", "vortrag", "carried forward", "brought forward", "a reporter"),
    *("à reporter", "riporto", "a riportare", "suma y sigue", "a transportar", "overdracht"),
)


@dataclass(frozen=True)
class Dialect:
    """How the files of one input are written.

    `date` and `datetime` are strptime formats, tried in turn; `header_line` is the physical
    line of the header from 1, or None for the first line that is not empty, `header_rows` the
    number of lines that it is split over; `percent` names
    the rate columns written as 20 for 20 %. `sheet` and `range` ((row, column) of two corners,
    from 1) are what is meant of a workbook, `records` of a JSON file, `inside` of an archive;
    `transpose` is true for a table that has its records side by side.
    """

    delimiter: str = ","
    encoding: str = "utf-8"
    quote: str = '"'
    decimal: str = "."
    thousands: str = ""
    date: tuple[str, ...] = (ISO_DATE,)
    datetime: tuple[str, ...] = ()
    null_text: tuple[str, ...] = ()
    totals: tuple[str, ...] = TOTALS_WORDS
    header_line: int | None = None
    header_rows: int = 1
    percent: tuple[str, ...] = ()
    sheet: str = ""
    range: tuple[tuple[int, int], tuple[int, int]] | None = None
    records: str = ""
    inside: str = ""
    transpose: bool = False

    def datetime_formats(self) -> tuple[str, ...]:
        """The formats of a timestamp: those declared, else each date with a time or without."""
        if self.datetime:
            return self.datetime
        return tuple(date + time for date in self.date for time in (*TIMES_OF_DAY, ""))


KEYS = tuple(Dialect.__dataclass_fields__)


def parse(values: Mapping[str, object], base: Dialect, where: str, problems: Problems) -> Dialect:
    """`base` changed by the dialect keys among `values`; `where` names their section.

    What is wrong is added to `problems` and leaves the value of `base`.
    """
    changes: dict[str, object] = {}
    for key, reader in _READERS.items():
        if key in values:
            value = reader(values[key], f"{where}.{key}", problems)
            if value is not None:
                changes[key] = value[0]
    dialect = replace(base, **changes)
    if dialect.decimal == dialect.thousands:
        problems.add(
            f"inputs.yml: `{where}.thousands` is the same sign as `decimal` "
            f"({dialect.decimal!r}). Give each its own, or leave thousands empty."
        )
    if dialect.quote and dialect.quote == dialect.delimiter:
        problems.add(f"inputs.yml: `{where}.quote` is the same sign as the delimiter.")
    return dialect


def text_list(value: object, where: str, problems: Problems) -> tuple[str, ...] | None:
    """One text or a list of texts as a tuple; None, with a problem noted, for anything else."""
    if isinstance(value, str):
        return (value,)
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    problems.add(f"inputs.yml: `{where}` must be one text or a list of texts.")
    return None


def _delimiter(value: object, where: str, problems: Problems) -> tuple[str] | None:
    names = {"tab": "\t", "\\t": "\t", "semicolon": ";", "comma": ",", "pipe": "|"}
    value = names.get(value.lower(), value) if isinstance(value, str) else value
    if isinstance(value, str) and len(value) == 1 and value.isascii() and value not in '\r\n\0"':
        return (value,)
    problems.add(
        f'inputs.yml: `{where}` must be one sign such as ",", ";", "|" or tab, not {value!r}.'
    )
    return None


def _encoding(value: object, where: str, problems: Problems) -> tuple[str] | None:
    name = value.strip().lower() if isinstance(value, str) else ""
    try:
        found = codecs.lookup(name)
    except (LookupError, ValueError):
        found = None
    if found is None or not found._is_text_encoding or found.name in ("idna", "punycode"):
        problems.add(
            f"inputs.yml: `{where}` must be an encoding such as utf-8, cp1252 (Windows, Western "
            f"Europe), utf-16 or cp850 (DOS), not {value!r}."
        )
        return None
    return (SAME_LETTERS.get(found.name, found.name),)


def _quote(value: object, where: str, problems: Problems) -> tuple[str] | None:
    if isinstance(value, str):
        if value.lower() in ("", "none"):
            return ("",)
        if len(value) == 1 and value.isascii() and value not in "\r\n\0 ":
            return (value,)
    problems.add(f"inputs.yml: `{where}` must be one sign such as '\"', or none, not {value!r}.")
    return None


def _decimal(value: object, where: str, problems: Problems) -> tuple[str] | None:
    if value in (".", ","):
        return (str(value),)
    problems.add(f'inputs.yml: `{where}` must be "." or ",", not {value!r}.')
    return None


def _thousands(value: object, where: str, problems: Problems) -> tuple[str] | None:
    if isinstance(value, str):
        names = {"none": "", "space": " "}
        sign = names.get(value.lower(), value)
        if sign in ("", " ", ".", ",", "'", "’", "_", "\u00a0", "\u202f"):
            return (sign,)
    problems.add(f'inputs.yml: `{where}` must be ".", ",", " " or "\'" (or empty), not {value!r}.')
    return None


def _formats(value: object, where: str, problems: Problems) -> object:
    formats = text_list(value, where, problems)
    if formats is None:
        return None
    if not formats:
        problems.add(f"inputs.yml: `{where}` is empty. Give a format such as {ISO_DATE}.")
        return None
    for text in formats:
        fault = format_fault(text)
        if fault:
            problems.add(f"inputs.yml: `{where}` {fault}")
            return None
    fault = _contradiction(formats)
    if fault:
        problems.add(f"inputs.yml: `{where}` {fault}")
        return None
    return (formats,)


def _contradiction(formats: tuple[str, ...]) -> str:
    """What two formats read differently, or ''."""
    plain = [moments.without_zone(one) for one in formats if one != moments.EXCEL]
    listed = ", ".join(
        f"({literal(one)}, cast(try_strptime(written, {literal(one)}) as date))" for one in plain
    )
    written = ", ".join(f"strftime(moment, {literal(one)})" for one in plain)
    if len(plain) < 2:
        return ""
    with duckdb.connect() as connection:
        found = connection.execute(
            f"""
            with moments as (
                select unnest([
                    timestamp '2001-02-03 04:05:06', timestamp '2012-10-11 01:02:03',
                    timestamp '2003-01-02 10:11:12', timestamp '2011-12-10 09:08:07'
                ]) as moment
            ),
            texts as (select distinct unnest([{written}]) as written from moments),
            readings as (select written, unnest([{listed}]) as reading from texts)
            select one.written, one.reading, other.reading
            from readings as one
            inner join readings as other on one.written = other.written
            where
                one.reading[2] < other.reading[2]
                and year(one.reading[2]) >= 1000
            order by all
            """
        ).fetchone()
    if found is None:
        return ""
    text, (one, day), (other, other_day) = found
    return (
        f"has formats that contradict one another: {text} is {day} by {one} and {other_day} "
        f"by {other}. Keep the one that the file means."
    )


def _words(value: object, where: str, problems: Problems) -> object:
    words = text_list(value, where, problems)
    return None if words is None else (tuple(word.strip() for word in words),)


def _totals(value: object, where: str, problems: Problems) -> object:
    words = _words(value, where, problems)
    return None if words is None else (tuple(word for word in words[0] if word),)


def _header_line(value: object, where: str, problems: Problems) -> object:
    if isinstance(value, str) and re.fullmatch(r"[1-9][0-9]{0,3}", value.strip()):
        return (int(value),)
    problems.add(
        f"inputs.yml: `{where}` must be the number of the header's line (from 1), not {value!r}."
    )
    return None


def _header_rows(value: object, where: str, problems: Problems) -> object:
    if isinstance(value, str) and re.fullmatch(r"[1-9]", value.strip()):
        return (int(value),)
    problems.add(
        f"inputs.yml: `{where}` must be the number of lines of the header (1 to 9), not {value!r}."
    )
    return None


def _name(value: object, where: str, problems: Problems) -> tuple[str] | None:
    if isinstance(value, str) and value.strip():
        return (value.strip(),)
    problems.add(f"inputs.yml: `{where}` must be one name, not {value!r}.")
    return None


def _sheets(value: object, where: str, problems: Problems) -> tuple[str] | None:
    """One name or pattern, or a list of them."""
    if not isinstance(value, list):
        return _name(value, where, problems)
    names = text_list(value, where, problems) or ()
    if not names or not all(name.strip() for name in names):
        problems.add(f"inputs.yml: `{where}` must be names of sheets.")
        return None
    return (SHEETS_APART.join(name.strip() for name in names),)


def _range(value: object, where: str, problems: Problems) -> object:
    corner = r"\$?([A-Za-z]{1,3})\$?([1-9][0-9]{0,6})"
    match = re.fullmatch(f"{corner}:{corner}", value.strip()) if isinstance(value, str) else None
    if match is not None:
        start = (int(match[2]), _column_number(match[1]))
        end = (int(match[4]), _column_number(match[3]))
        if start[0] <= end[0] and start[1] <= end[1]:
            return ((start, end),)
    problems.add(
        f"inputs.yml: `{where}` must be two corners of cells such as A3:F200, not {value!r}."
    )
    return None


def _column_number(letters: str) -> int:
    """The number, from 1, of a column that a spreadsheet calls A, Z or AB."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _transpose(value: object, where: str, problems: Problems) -> object:
    if value in ("true", "false"):
        return (value == "true",)
    problems.add(f"inputs.yml: `{where}` must be true or false, not {value!r}.")
    return None


def _percent(value: object, where: str, problems: Problems) -> object:
    columns = text_list(value, where, problems)
    return None if columns is None else (columns,)


_READERS = {
    "delimiter": _delimiter,
    "encoding": _encoding,
    "quote": _quote,
    "decimal": _decimal,
    "thousands": _thousands,
    "date": _formats,
    "datetime": _formats,
    "null_text": _words,
    "totals": _totals,
    "header_line": _header_line,
    "header_rows": _header_rows,
    "percent": _percent,
    "sheet": _sheets,
    "range": _range,
    "records": _name,
    "inside": _name,
    "transpose": _transpose,
}


def format_fault(text: str) -> str:
    """What is wrong with a strptime format, or '' when it reads a whole date back."""
    suggested = _from_letters(text)
    if suggested:
        return f"is {text!r}, which has no % codes. Did you mean `{suggested}`?"
    if text == moments.EXCEL:
        return ""
    try:
        with duckdb.connect() as connection:
            found = connection.execute(
                # without a day it is the first of the month
                "select cast(try_strptime(strftime(moment, $format), $format) as date) in "
                "(cast(moment as date), date_trunc('month', moment)) "
                "from (select timestamp '2026-11-21 14:05:09' as moment)",
                {"format": moments.without_zone(text)},
            ).fetchone()
    except duckdb.Error:
        return f"is {text!r}, which is not a strptime format. An example is %d/%m/%Y."
    if not found or not found[0]:
        return (
            f"is {text!r}, which does not hold a whole date (day, month and year). "
            "An example is %d/%m/%Y."
        )
    return ""


def _from_letters(text: str) -> str:
    """The strptime form of a format in letters such as DD/MM/YYYY, else ''."""
    if "%" in text or not re.search(r"[dDjJ]", text) or not re.search(r"[yYaA]{2,4}", text):
        return ""
    result = re.sub(r"(?i)yyyy|aaaa|jahr", "%Y", text)
    result = re.sub(r"(?i)(?<!%)yy|(?<!%)aa", "%y", result)
    result = re.sub(r"HH", "%H", result)
    result = re.sub(r"(?<=[H:])mm|MI", "%M", result)
    result = re.sub(r"(?i)ss", "%S", result)
    result = re.sub(r"(?<![%a-zA-Z])[mM]{1,2}(?![a-zA-Z])", "%m", result)
    result = re.sub(r"(?i)(?<!%)dd|(?<!%)jj|(?<!%)\bd\b", "%d", result)
    return result if all(code in result for code in ("%d", "%m")) else ""


def unknown_percent(dialect: Dialect, rates: tuple[str, ...], where: str) -> str:
    """A sentence when `percent` names something that is not a rate column, else ''."""
    for column in dialect.percent:
        if column not in rates:
            hint = did_you_mean(column, rates) if rates else " This input has no rate."
            if nearest(column, rates) is None and rates:
                hint = f" Possible are: {', '.join(rates)}."
            return f"inputs.yml: `{where}.percent` names `{column}`, which is not a rate.{hint}"
    return ""
