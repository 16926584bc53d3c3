"""Which status values are revenue: a question that only the owner can answer."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

import duckdb

from scripts.ingest.config import Config, Input
from scripts.ingest.containers import as_text
from scripts.ingest.discover import ShopFile
from scripts.ingest.header import match_columns, read_header
from scripts.ingest.problems import Problems
from scripts.ingest.records import read_records
from scripts.ingest.reshape import reshaped
from scripts.ingest.sql import literal, text_list

# How many records are looked at, and how many values are listed.
MAXIMUM_RECORDS = 1_000_000
MAXIMUM_VALUES = 20


def require_rules(config: Config, files: list[ShopFile]) -> None:
    """Raise a UserError for each mapped status column without a rule, with its values."""
    problems = Problems("inputs.yml does not say which sales are revenue:")
    for section in config.inputs:
        if "status" in section.columns and section.status is None:
            counts = _counts(section, files)
            listed = ", ".join(
                f"{value or '(empty)'} ({count})"
                for value, count in counts.most_common(MAXIMUM_VALUES)
            )
            found = f" The files have: {listed}." if listed else ""
            problems.add(
                f"inputs.yml: `{section.section}.status` is missing. Which status values are "
                f"revenue is a decision only you can make.{found} Write for example "
                "`status: {revenue: [paid], not_revenue: [cancelled]}` with your values."
            )
    rules: dict[str, str] = {}
    for section in config.inputs:
        if section.status is not None:
            for list_name, values in vars(section.status).items():
                for value in values:
                    if rules.setdefault(value, list_name) != list_name:
                        problems.add(
                            f"inputs.yml: the status {value!r} is under `{rules[value]}` in one "
                            f"section and under `{list_name}` in another. Say the same in both."
                        )
    problems.stop_if_any()


def _counts(section: Input, files: list[ShopFile]) -> Counter[str]:
    """How often each status value occurs in the section's files."""
    counts: Counter[str] = Counter()
    for file in files:
        if file.section is section:
            with tempfile.TemporaryDirectory() as work:
                _count(reshaped(as_text(file, Path(work)), Path(work)), counts)
    return counts


def _count(file: ShopFile, counts: Counter[str]) -> None:
    """Add the status values of one file, until enough of them were seen."""
    header = read_header(file)
    places = match_columns(file, header)["status"]
    with file.location.open("rb") as stream:
        stream.seek(header.data_offset)
        for record in read_records(stream, file.section.dialect, header.encoding):
            if counts.total() >= MAXIMUM_RECORDS:
                return
            if record.fields is not None and len(record.fields) == len(header.names):
                counts[" ".join(record.fields[place].strip() for place in places)] += 1


def unlisted(
    connection: duckdb.DuckDBPyConnection, section: Input, landing: str
) -> list[tuple[str, int]]:
    """The status values of a landing file that no rule lists, with their counts."""
    if section.status is None:
        return []
    rule = section.status
    listed = text_list([*rule.revenue, *rule.returns, *rule.not_revenue, ""])
    return connection.execute(
        f"select status, count(*) from read_parquet({literal(landing)}) "
        f"where status not in {listed} group by status order by status"
    ).fetchall()
