"""Can I trust these numbers: the balance of each file, control totals, and what was set aside."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from decimal import Decimal
from types import SimpleNamespace as Row

from scripts.report.charts.base import Column, Context, Table
from scripts.report.gaps import gaps
from scripts.report.read import Problem

PARTS = ("loaded", "quarantined", "rejected", "ignored", "duplicate", "superseded")
FILES_OPEN = 6
KINDS = ("quarantined", "rejected", "finding", "duplicate", "superseded", "ignored")
KINDS_SHOWN = 12
LONGEST_TEXT = 240
FIELDS = re.compile(r"has (\d+) fields? where the header has (\d+)")


@dataclass
class Example:
    """One record: where it is and what the file says there."""

    place: str
    text: str


@dataclass
class Group:
    """One reason with its count and a few examples."""

    reason: str
    count: str
    examples: list[Example]


@dataclass
class Kind:
    """One kind of trouble (quarantined, rejected, doubtful …) with its reasons."""

    name: str
    note: str
    count: str
    groups: list[Group]
    more: str


@dataclass
class Trust:
    """Everything the section shows. A cell that says whether a row balances holds `True` text."""

    is_balanced: bool
    verdict: list[str]
    by_input: Table
    by_file: Table
    by_file_label: str
    is_file_list_open: bool
    controls: Table | None
    controls_label: str
    freshness: Table | None
    unusual: str
    unusual_days: Table | None
    kinds: list[Kind]
    gaps: list[str]


def trust(context: Context) -> Trust:
    """The section's tables and sentences."""
    warehouse, formats, words = context.warehouse, context.formats, context.words
    files = warehouse.files
    broken = {file.path for file in files if not file.is_balanced}
    broken |= {row.path for row in warehouse.balances if row.difference}
    records = sum(file.records_in for file in files)
    count_of_files = words("trust.files", len(files), count=formats.number(len(files)))
    if not files:
        verdict = [words("trust.verdict_empty")]
    elif broken:
        verdict = [
            words("trust.verdict_bad", len(broken), count=formats.number(len(broken)))
        ]  # fmt: skip
    else:
        verdict = [
            words("trust.verdict_good", records=formats.number(records), files=count_of_files)
        ]
    if records:
        loaded = sum(file.loaded_count for file in files)
        if loaded == records:
            verdict.append(words("trust.all_loaded"))
        else:
            share = formats.share(Decimal(loaded) / records, 2)
            verdict.append(words("trust.loaded_share", share=share))
        for part in ("quarantined", "rejected"):
            if count := sum(getattr(file, f"{part}_count") for file in files):
                verdict.append(words(f"trust.{part}_count", count, count=formats.number(count)))
    controls = [row for row in warehouse.balances if row.measure != "records"]
    return Trust(
        bool(files) and not broken,
        verdict,
        _by_input(context),
        _by_file(context),
        words("trust.by_file", len(files), count=formats.number(len(files))),
        len(files) <= FILES_OPEN or bool(broken),
        _controls(context, controls) if controls else None,
        words("trust.controls_show", len(controls), count=formats.number(len(controls))),
        _freshness(context),
        _unusual(context),
        _unusual_days(context),
        _kinds(context),
        gaps(context),
    )


def _input(context: Context, name: str) -> str:
    return context.words.find(f"inputs.{name}") or name


def _counts(context: Context, files: list[Row]) -> list[str]:
    formats = context.formats
    sums = [sum(file.records_in for file in files)]
    sums += [sum(getattr(file, f"{part}_count") for file in files) for part in PARTS]
    difference = sums[0] - sum(sums[1:])
    is_balanced = all(file.is_balanced for file in files) and not difference
    return [formats.number(value) for value in sums] + [
        _tick(context, is_balanced, formats.number(difference))
    ]


def _tick(context: Context, is_balanced: bool, difference: str) -> str:
    words = context.words
    if is_balanced:
        return f"✓ {words('trust.balanced_yes')}"
    return f"✗ {words('trust.balanced_no', difference=difference)}"


def _count_columns(context: Context, *first: str) -> list[Column]:
    words, definition = context.words, context.warehouse.definition
    columns = [Column(label, False) for label in first]
    columns.append(Column(words("trust.records"), True, definition("records_in", "file_ledger")))
    for part in PARTS:
        comment = definition(f"{part}_count", "file_ledger")
        columns.append(Column(words(f"trust.{part}"), True, comment))
    comment = definition("is_balanced", "file_ledger")
    return [*columns, Column(words("trust.balanced"), False, comment)]


def _by_input(context: Context) -> Table:
    """One row per input: its files together."""
    files = context.warehouse.files
    names = sorted({file.input_name for file in files}, key=lambda name: (name != "sales", name))
    rows = []
    for name in names:
        own = [file for file in files if file.input_name == name]
        label = context.words("trust.files", len(own), count=context.formats.number(len(own)))
        rows.append([f"{_input(context, name)} ({label})", *_counts(context, own)])
    return Table(
        _count_columns(context, context.words("trust.input")),
        rows,
        [context.words("trust.all"), *_counts(context, files)],
    )


def _by_file(context: Context) -> Table:
    """One row per file, those that do not balance first."""
    files = sorted(context.warehouse.files, key=lambda file: bool(file.is_balanced))
    return Table(
        _count_columns(context, context.words("trust.file")),
        [[file.path, *_counts(context, [file])] for file in files],
        [context.words("trust.all"), *_counts(context, files)],
    )


def _controls(context: Context, balances: list[Row]) -> Table:
    """One row per input and number: the sums of its files, balanced when every file is."""
    words, formats = context.words, context.formats
    definition = context.warehouse.definition
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in balances:
        groups.setdefault((row.input_name, row.measure), []).append(row)
    rows = []
    for (name, measure), members in sorted(groups.items()):
        sums = [
            sum(((getattr(row, part) or Decimal(0)) for row in members), Decimal(0))
            for part in ("total_in", *PARTS, "rounding")
        ]
        worst = max((row.difference or Decimal(0) for row in members), key=abs)
        rows.append(
            [words("trust.of_input", input=_input(context, name), what=measure)]
            + [formats.exact(value) for value in sums]
            + [_tick(context, not any(row.difference for row in members), formats.exact(worst))]
        )
    columns = [Column(words("trust.measure"), False, definition("measure", "balance"))]
    for part in ("total_in", *PARTS, "rounding"):
        columns.append(Column(words(f"trust.{part}"), True, definition(part, "balance")))
    columns.append(Column(words("trust.balanced"), False, definition("difference", "balance")))
    return Table(columns, rows)


def _freshness(context: Context) -> Table | None:
    """One row per input: its files, and how far the newest day lies behind the report."""
    words, formats = context.words, context.formats
    inputs = context.warehouse.details.freshness
    if not inputs:
        return None

    def column(key: str, name: str, is_number: bool = True) -> Column:
        comment = context.warehouse.definition(name, "freshness")
        return Column(words(f"trust.{key}"), is_number, comment)

    return Table(
        [
            column("input", "input_name", False),
            column("last_day", "last_business_on", False),
            column("days_behind", "days_behind"),
            column("first_day", "first_business_on", False),
            column("file_count", "file_count"),
            column("last_file", "last_path", False),
            column("last_records", "last_file_records_in"),
        ],
        [
            [_input(context, one.input_name), formats.day(one.last_business_on),
             formats.number(one.days_behind), formats.day(one.first_business_on),
             formats.number(one.file_count), one.last_path or "–",
             formats.number(one.last_file_records_in)]
            for one in inputs
        ],
    )  # fmt: skip


def _unusual(context: Context) -> str:
    """How many days stand out of those that could be judged."""
    words, formats, details = context.words, context.formats, context.warehouse.details
    count, judged = details.unusual_count, details.judged_count
    if not judged:
        return words("trust.unusual_unjudged")
    if not count:
        return words("trust.unusual_none", judged, count=formats.number(judged))
    return words(
        "trust.unusual_some", count, count=formats.number(count), all=formats.number(judged)
    )


def _unusual_days(context: Context) -> Table | None:
    """The latest days that stand out, with what is usual."""
    words, formats = context.words, context.formats
    days = context.warehouse.details.unusual_days
    if not days:
        return None

    def column(key: str, name: str, is_number: bool = True) -> Column:
        comment = context.warehouse.definition(name, "volumes_by_day")
        return Column(words(f"trust.{key}"), is_number, comment)

    def away(deviations: float) -> str:
        return ("+" if deviations > 0 else "") + formats.number(deviations, 1)

    return Table(
        [
            column("day", "sold_on", False),
            column("day_records", "record_count"),
            column("usual", "usual_count"),
            column("times", "deviations"),
        ],
        [
            [formats.day(one.sold_on), formats.number(one.record_count),
             formats.number(one.usual_count, 1), away(one.deviations)]
            for one in days
        ],
    )  # fmt: skip


def _kinds(context: Context) -> list[Kind]:
    words, formats = context.words, context.formats
    found = []
    for kind in KINDS:
        problems = [problem for problem in context.warehouse.problems if problem.kind == kind]
        if not problems:
            continue
        more = len(problems) - KINDS_SHOWN
        found.append(
            Kind(
                words(f"kinds.{kind}.name"),
                words(f"kinds.{kind}.note"),
                formats.number(sum(problem.count for problem in problems)),
                [_group(context, problem) for problem in problems[:KINDS_SHOWN]],
                words("trust.more_kinds", more, count=formats.number(more)) if more > 0 else "",
            )
        )
    return found


def _group(context: Context, problem: Problem) -> Group:
    words = context.words
    examples = []
    for row in problem.examples:
        place = f"{row.path}, {words('trust.record', number=str(row.record_number))}"
        if row.line_number is not None:
            place += f", {words('trust.line', number=str(row.line_number))}"
        if row.kept_path is not None:
            record = words("trust.record", number=str(row.kept_record_number))
            place += words("trust.kept", path=row.kept_path, record=record)
        examples.append(Example(place, _original(row.original_text)))
    count = context.formats.number(problem.count)
    reason = words(
        "trust.of_input",
        input=_input(context, problem.input_name),
        what=_reason(context, problem),
    )
    return Group(reason, count, examples)


def _reason(context: Context, problem: Problem) -> str:
    """The reason in the report's language; the warehouse's own words where there is no other."""
    words = context.words
    if fields := FIELDS.fullmatch(problem.reason):
        return words("trust.fields", count=fields[1], expected=fields[2])
    reason = (
        words.find(f"findings.{problem.code}")
        or words.find(f"reasons.{problem.reason}")
        or problem.reason
        or problem.code
    )
    return f"{reason} ({problem.column_name})" if problem.column_name else reason


def _original(text: str | None) -> str:
    """What the file said, on one line: a JSON record as `header: value`, empty ones left out."""
    if text is None:
        return ""
    try:
        record = json.loads(text)
    except ValueError:
        record = None
    if isinstance(record, dict):
        text = " · ".join(
            f"{key}: {value}" for key, value in record.items() if value not in (None, "")
        )
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"
