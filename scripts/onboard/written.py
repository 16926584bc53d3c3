"""How the files of a section are named and written: patterns, decimals, days."""

from __future__ import annotations

import re
from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

from scripts.ingest.config import SHEET_NAME
from scripts.ingest.dialect import ISO_DATE, Dialect
from scripts.ingest.discover import pattern_matches
from scripts.ingest.moments import MONTHS
from scripts.onboard.proposal_parts import Proposal, Section
from scripts.onboard.questions import OPEN, Answer, Question
from scripts.onboard.tables import Table
from scripts.onboard.values import (
    BOTH_COMMA,
    BOTH_POINT,
    COMMA,
    EITHER_COMMA,
    EITHER_POINT,
    FORMATS_APART,
    GROUPED_COMMA,
    GROUPED_POINT,
    POINT,
    Facts,
    read_day,
    time_format,
)
from scripts.onboard.words import plain


def patterns(paths: list[str], every_path: list[str]) -> list[str]:
    """A pattern that names exactly these files, where there is one; else their names."""
    unique = list(dict.fromkeys(paths))
    if len(unique) == 1:
        return [_escaped(unique[0])]
    # whole words and numbers differ, not their last letters: next month's file is to fit too
    prefix = re.sub(r"[^\W_]+$", "", _common_start(unique))
    suffix = _common_start([path[len(prefix) :][::-1] for path in unique])[::-1]
    suffix = re.sub(r"^[^\W_]+", "", suffix)
    pattern = f"{_escaped(prefix)}*{_escaped(suffix)}"
    if {path for path in every_path if pattern_matches(pattern, path)} == set(unique):
        return [pattern]
    return [_escaped(path) for path in unique]


def store_in_path(section: Section, every_path: list[str]) -> None:
    """Files that differ by a word alone, in sales without a store: the word is the store."""
    paths = list(dict.fromkeys(table.path for table in section.tables))
    if section.input_name != "sales" or len(paths) < 2 or len(section.files) != 1:
        return
    if {"store_id", "store_name"} & set(section.columns) or "*" not in section.files[0]:
        return
    before, _, after = section.files[0].partition("*")
    words = [path[len(before) : len(path) - len(after)] for path in paths]
    if _are_names(words) and not any(" " in word for word in words):
        pattern = f"{before}{{store_name}}{after}"
        if {path for path in every_path if pattern_matches(pattern, path)} == set(paths):
            section.files = [pattern]


def store_in_sheets(section: Section) -> None:
    """Sheets that are called by words, in sales without a store: the name is the store."""
    sheets = section.options.get("sheet")
    if section.input_name != "sales" or not isinstance(sheets, list):
        return
    if not {"store_id", "store_name"} & set(section.columns) and _are_names(sheets):
        section.columns["store_name"] = [SHEET_NAME]
        section.notes["store_name"] = f"the sheets are called {', '.join(sheets[:3])}"


def _are_names(words: list[str]) -> bool:
    """Whether all are words that are no months."""
    months = {word for words_of in MONTHS.values() for word in words_of.split()}
    return all(re.fullmatch(r"[^\W\d_]{3,}([ '-][^\W\d_]+)*", word) for word in words) and not (
        {plain(word) for word in words} & months
    )


def _common_start(texts: list[str]) -> str:
    """What all of the texts begin with."""
    length = 0
    for signs in zip(*texts, strict=False):
        if len(set(signs)) > 1:
            break
        length += 1
    return texts[0][:length]


def _escaped(path: str) -> str:
    return re.sub(r"[*?\[]", lambda m: f"[{m[0]}]", path)


def describe(proposal: Proposal, section: Section, shop: Path) -> None:
    """The dialect of a section: encoding, delimiter, decimals, days, texts that say nothing."""
    table, default = section.table, Dialect()
    for key in ("encoding", "delimiter", "header_line", "header_rows"):
        value = getattr(table.dialect, key)
        if value != getattr(default, key):
            section.options[key] = value
    if table.part:
        of_file = [one.part[1] for one in section.tables if one.part and one.path == table.path]
        section.options[table.part[0]] = of_file if len(of_file) > 1 else table.part[1]
    mapped = [name for names in section.columns.values() for name in names]
    nulls = sorted({null for name in mapped for null in table.columns[name].nulls})
    if nulls:
        section.options["null_text"] = nulls
    _settle_decimals(proposal, section, mapped)
    _settle_days(proposal, section, shop)


def decimal_of(table: Table) -> str:
    """The decimal sign of a table's numbers, as far as they tell."""
    styles: Counter[str] = Counter()
    for facts in table.columns.values():
        if facts.is_number and not facts.is_date:
            styles += facts.styles
    has_comma = styles[COMMA] + styles[GROUPED_POINT] + styles[BOTH_COMMA]
    has_point = styles[POINT] + styles[GROUPED_COMMA] + styles[BOTH_POINT]
    return "," if has_comma > has_point else "."


def _settle_decimals(proposal: Proposal, section: Section, mapped: list[str]) -> None:
    table = section.table
    styles: Counter[str] = Counter()
    others: Counter[str] = Counter()
    for name, facts in table.columns.items():
        if facts.is_number and not facts.is_date:
            # what no column of ours is still tells how the others are written
            if name in mapped:
                styles += facts.styles
            else:
                others += facts.styles
    styles += Counter({style: others[style] for style in (BOTH_POINT, BOTH_COMMA)})
    if not styles[POINT] + styles[COMMA]:
        # 51.5 beside 13,000, or the other way round; where both are decimal nothing is known
        for sign, either, other in (
            (POINT, EITHER_COMMA, COMMA),
            (COMMA, EITHER_POINT, POINT),
        ):
            if styles[either] and others[sign] and not others[other]:
                styles[sign] += others[sign]
    has_point = styles[POINT] + styles[GROUPED_COMMA] + styles[BOTH_POINT]
    has_comma = styles[COMMA] + styles[GROUPED_POINT] + styles[BOTH_COMMA]
    either = styles[EITHER_POINT] or styles[EITHER_COMMA]
    if has_comma and not has_point:
        section.options["decimal"] = ","
    elif not has_comma and not has_point and either:
        # 1,234 and never 12,34: thousands when smaller numbers go without
        sign = "," if styles[EITHER_COMMA] else "."
        if all(_groups_thousands(table.columns[name], sign) for name in mapped):
            section.options["thousands"] = sign
            if sign == ".":
                section.options["decimal"] = ","
            return
        example = next(
            value for name in mapped for value in table.columns[name].values if sign in value
        )
        other = "." if sign == "," else ","
        proposal.questions.append(
            Question(
                f"{section.place}.decimal",
                f"In {table.title}, is {example} a thousand and more, or less than a thousand?",
                [f"no number there has both a comma and a point, and all look like {example}"],
                [
                    Answer(
                        "more",
                        {f"{section.place}.decimal": other, f"{section.place}.thousands": sign},
                        f"{example} is read as {example.replace(sign, '')}",
                    ),
                    Answer(
                        "less",
                        {f"{section.place}.decimal": sign},
                        f"{example} is read as {example.replace(sign, '.')}",
                    ),
                ],
            )
        )
        section.options["decimal"] = OPEN
        return
    if (
        styles[GROUPED_COMMA]
        or styles[BOTH_POINT]
        or (has_point and not has_comma and styles[EITHER_COMMA])
    ):
        section.options["thousands"] = ","
    if (
        styles[GROUPED_POINT]
        or styles[BOTH_COMMA]
        or (has_comma and not has_point and styles[EITHER_POINT])
    ):
        section.options["thousands"] = "."
    if section.options.get("thousands") == section.decimal:
        # written in both ways: those in the other one are for a person to see
        del section.options["thousands"]


def _groups_thousands(facts: Facts, sign: str) -> bool:
    """Whether a column's smaller numbers go without the sign that could be for thousands."""
    if not facts.is_number or not any(sign in value for value in facts.values):
        return True
    without = [value for value in facts.values if sign not in value]
    return bool(without) and all(len(re.sub(r"\D", "", value)) <= 3 for value in without)


def _settle_days(proposal: Proposal, section: Section, shop: Path) -> None:
    """The format of each mapped day; a question where the rows could mean either."""
    days: list[str] = []
    moments: list[str] = []
    for ours in (
        "sold_on",
        "sold_at",
        "valid_from",
        "counted_on",
        "opened_on",
        "closed_on",
        "hired_on",
        "left_on",
        "updated_at",
    ):
        names = section.columns.get(ours)
        if not names:
            continue
        facts = section.table.columns[names[0]]
        if not facts.dates:
            continue
        chosen, question = _format_of(section, names[0], shop)
        chosen = [form for one in chosen for form in one.split(FORMATS_APART)]
        if len(names) > 1:
            time = time_format(section.table.columns[names[1]].values)
            chosen = [f"{one} {time}" for one in chosen]
        if question is not None and ours in ("sold_on", "sold_at"):
            proposal.questions.append(question)
            section.options["date"] = OPEN
            return
        if question is not None:
            section.columns.pop(ours)
            continue
        # a day may stand with a time that says nothing, on some rows or on all
        (moments if ours.endswith("_at") else days).extend(chosen)
    days, moments = list(dict.fromkeys(days)), list(dict.fromkeys(moments))
    if days and days != [ISO_DATE]:
        section.options["date"] = days[0] if len(days) == 1 else days
    if moments and any(
        f not in (" ".join((ISO_DATE, t)) for t in ("%H:%M:%S", "%H:%M")) for f in moments
    ):
        section.options["datetime"] = moments[0] if len(moments) == 1 else moments


def _format_of(section: Section, name: str, shop: Path) -> tuple[list[str], Question | None]:
    """The format that reads a column, or the question which one does."""
    facts = section.table.columns[name]
    readings: dict[tuple, str] = {}
    values = [value for value in section.table.values(name) if value and value not in facts.nulls]
    for one in facts.dates:
        readings.setdefault(tuple(read_day(value, one) for value in values), one)
    if len(readings) == 1:
        return [next(iter(readings.values()))], None
    newest = max((shop / table.path).stat().st_mtime for table in section.tables)
    latest = datetime.fromtimestamp(newest) + timedelta(days=400)
    possible = {
        days: one
        for days, one in readings.items()
        if all(day is None or day <= latest for day in days)
    }
    sorted_ones = {days: one for days, one in possible.items() if _falls(days) == 0}
    if len(sorted_ones) == 1 and len(values) >= 10:
        ((days, one),) = sorted_ones.items()
        if all(_falls(other) > 0.02 * len(values) for other in possible if other != days):
            return [one], None
    if section.decimal == ",":
        # who writes 3,50 writes the day before the month
        by_day = {days: one for days, one in possible.items() if one.startswith("%d")}
        by_month = [one for one in possible.values() if one.startswith("%m")]
        possible = by_day if len(by_day) + len(by_month) == len(possible) and by_day else possible
    if len(possible) == 1:
        return [next(iter(possible.values()))], None
    example = max(
        values, key=lambda value: len({read_day(value, one) for one in possible.values()})
    )
    answers = []
    for days, one in possible.items():
        said = [day for day in days if day is not None]
        meant = read_day(example, one)
        answers.append(
            Answer(
                one,
                {
                    f"{section.place}.date": one.split(FORMATS_APART)
                    if FORMATS_APART in one
                    else one
                },
                f"{example} is {meant:%d %B %Y}; the sales go from {min(said):%d %B %Y} to "
                f"{max(said):%d %B %Y}",
            )
        )
    return [], Question(
        f"{section.place}.date",
        f"In {section.table.title}, which day is {example} (`{name}`)?",
        [
            "no value tells: none has a day above 12 where a month could stand, and the rows are "
            "in no order that would tell"
        ],
        answers,
    )


def _falls(days: tuple) -> int:
    """How often a day comes before the one above it."""
    said = [day for day in days if day is not None]
    return sum(later < earlier for earlier, later in pairwise(said))
