"""The tables that a shop may keep beside inputs.yml instead of the shipped ones (`seeds/`).

`rfm_segments.csv` names the segment of each of the 125 combinations of RFM scores,
`incentives.csv` says who earns what. They are settings: they land in settings.json with the others.
"""

from __future__ import annotations

import csv
import datetime
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

from scripts.ingest.problems import Problems, did_you_mean

RFM_SEGMENTS = "rfm_segments.csv"
INCENTIVES = "incentives.csv"
FILE_NAMES = frozenset({RFM_SEGMENTS, INCENTIVES})

# A row of a table: our column to its value in its one spelling, None where the cell is empty.
Row = dict[str, str | None]

SCORES = ("recency_score", "frequency_score", "monetary_score")
CHOICES = {
    "earner": ("best_seller", "everyone"),
    "eligible": ("all", "managers", "not_managers"),
    "base": ("revenue", "margin"),
    "is_to_call": ("true", "false"),
}
# Columns in order, and those that may be empty or left out.
COLUMNS = {
    RFM_SEGMENTS: (*SCORES, "rfm_segment", "is_to_call", "comment"),
    INCENTIVES: (
        *("rule_name", "valid_from", "valid_to", "earner", "eligible", "base"),
        *("tier_from_amount", "rate", "comment"),
    ),
}
OPTIONAL = {
    RFM_SEGMENTS: frozenset({"comment"}),
    INCENTIVES: frozenset({"valid_from", "valid_to", "comment"}),
}


def read(shop: Path, problems: Problems) -> dict[str, tuple[Row, ...]]:
    """The tables that the shop has, by file name; what is wrong with them is noted."""
    found = {}
    for name in sorted(FILE_NAMES):
        if (shop / name).is_file():
            rows = _rows(shop / name, problems)
            if rows is not None:
                CHECKS[name](rows, problems)
                found[name] = tuple(row for _, row in rows)
                if not rows and name == INCENTIVES:
                    problems.add(
                        f"{name} has no line below its header. Delete the file to have the rule "
                        "that is shipped, or write a rule with the rate 0 when nobody earns any."
                    )
    return found


def _rows(path: Path, problems: Problems) -> list[tuple[int, Row]] | None:
    """(line, row) for each row of the file; None when it cannot be read at all."""
    name = path.name
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        problems.add(f"{name} is not written in UTF-8. Save it as CSV in UTF-8.")
        return None
    lines = text.splitlines()
    # spreadsheets of half of Europe write semicolons, and commas into numbers
    delimiter = ";" if lines and lines[0].count(";") > lines[0].count(",") else ","
    reader = csv.DictReader(lines, delimiter=delimiter)
    headers = [header.strip() for header in reader.fieldnames or ()]
    known, optional = COLUMNS[name], OPTIONAL[name]
    for header in headers:
        if header not in known:
            problems.add(f"{name}: `{header}` is not a column.{did_you_mean(header, known)}")
    absent = [column for column in known if column not in headers and column not in optional]
    if absent:
        problems.add(
            f"{name} has no column {', '.join(f'`{column}`' for column in absent)}. "
            f"Its first line must be: {delimiter.join(known)}"
        )
    if absent or not set(headers) <= set(known):
        return None
    rows: list[tuple[int, Row]] = []
    for cells in reader:
        where = f"{name}, line {reader.line_num}"
        if None in cells or None in cells.values():
            problems.add(f"{where} has another number of cells than the first line.")
            continue
        row: Row = dict.fromkeys(known)
        for header, cell in cells.items():
            column, text = header.strip(), cell.strip()
            checked, expected = _value(column, text, delimiter)
            if text and checked is None:
                problems.add(f"{where}: `{column}` is {text!r}; it must be {expected}.")
            elif not text and column not in optional:
                problems.add(f"{where}: `{column}` is empty.")
            row[column] = checked
        rows.append((reader.line_num, row))
    return rows


def _value(column: str, text: str, delimiter: str) -> tuple[str | None, str]:
    """A cell in its one spelling (None when it is wrong or empty), and what it must be."""
    if column in CHOICES:
        word = text.lower()
        return word if word in CHOICES[column] else None, " or ".join(CHOICES[column])
    if column in SCORES:
        return text if text in tuple("12345") else None, "a whole number from 1 to 5"
    if column in ("valid_from", "valid_to"):
        try:
            day = datetime.date.fromisoformat(f"{text}-01" if len(text) == 7 else text)
        except ValueError:
            return None, "a month written 2026-11"
        return day.replace(day=1).isoformat(), ""
    if column in ("tier_from_amount", "rate"):
        number = text.replace(",", ".") if delimiter == ";" else text
        places, expected = (
            (8, "a share from 0 to 1, such as 0.01 for 1 %")
            if column == "rate"
            else (4, "an amount of 0 or more, such as 5000")
        )
        if re.fullmatch(rf"[0-9]{{1,12}}([.][0-9]{{1,{places}}})?", number) is None:
            return None, expected
        return (None if column == "rate" and Decimal(number) > 1 else number), expected
    return text or None, "a text"


def _check_segments(rows: list[tuple[int, Row]], problems: Problems) -> None:
    """Each of the 125 combinations of scores has one segment."""
    lines: dict[tuple[str | None, ...], int] = {}
    for line, row in rows:
        cell = tuple(row[score] for score in SCORES)
        if None in cell:
            return
        if cell in lines:
            problems.add(
                f"{RFM_SEGMENTS}, line {line}: the scores {_shown(cell)} stand on line "
                f"{lines[cell]} already. Keep one of the two."
            )
        lines.setdefault(cell, line)
    every = [(r, f, m) for r in "12345" for f in "12345" for m in "12345"]
    missing = [cell for cell in every if cell not in lines]
    if missing:
        listed = ", ".join(_shown(cell) for cell in missing[:5])
        more = f" and {len(missing) - 5} more" if len(missing) > 5 else ""
        problems.add(
            f"{RFM_SEGMENTS} has no line for the scores {listed}{more}: each of the 125 "
            "combinations of recency, frequency and monetary score needs one."
        )


def _check_incentives(rows: list[tuple[int, Row]], problems: Problems) -> None:
    """Tiers of one rule differ in tier and rate alone, and its periods do not overlap."""
    periods: dict[str, dict[tuple[str, str], tuple[int, Row]]] = {}
    tiers: dict[tuple[str, str, Decimal], int] = {}
    for line, row in rows:
        where = f"{INCENTIVES}, line {line}"
        rule, tier = row["rule_name"], row["tier_from_amount"]
        if rule is None or tier is None:
            continue
        period = (row["valid_from"] or "0001-01-01", row["valid_to"] or "9999-12-01")
        if period[0] > period[1]:
            problems.add(f"{where}: `valid_to` is before `valid_from`.")
        known = periods.setdefault(rule, {})
        if period not in known:
            for (start, end), (other, _) in known.items():
                if period[0] <= end and start <= period[1]:
                    problems.add(
                        f"{where}: the rule {rule!r} holds in some of these months by line "
                        f"{other} already. End one before the other begins, or name it otherwise."
                    )
        other, first = known.setdefault(period, (line, row))
        for column in ("earner", "eligible", "base"):
            if row[column] != first[column]:
                problems.add(
                    f"{where}: `{column}` differs from line {other}, which is a tier of the same "
                    f"rule {rule!r}. Write the same, or name it otherwise."
                )
        twin = tiers.setdefault((rule, period[0], Decimal(tier)), line)
        if twin != line:
            problems.add(
                f"{where}: this tier of the rule {rule!r} stands on line {twin} already. Keep one."
            )


def _shown(cell: tuple[str | None, ...]) -> str:
    return "-".join(str(score) for score in cell)


CHECKS: dict[str, Callable[[list[tuple[int, Row]], Problems], None]] = {
    RFM_SEGMENTS: _check_segments,
    INCENTIVES: _check_incentives,
}
