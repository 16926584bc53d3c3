"""What stops a run although every file could be read: content that is likely a mistake.

Each check has figures and a line for `accept:` in its message, so that a person can decide.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from scripts.ingest import registry
from scripts.ingest.config import Config
from scripts.ingest.land import connect
from scripts.ingest.ledger import Entry
from scripts.ingest.sql import literal

# A replacing file may lose this share of the records it replaces.
ALLOWED_LOSS = 0.1
# Two files of which this share of the smaller one's rows coincide are likely one.
COINCIDING_SHARE = 0.5
# So many orders of which a row stands in both.
COINCIDING_ORDERS = 5


@dataclass(frozen=True)
class Content:
    """An entry's content and where its landing file is now."""

    entry: Entry
    landing: Path
    is_new: bool


def accept_line(entry: Entry) -> str:
    """The line to add to `accept:`."""
    return f"- {entry.path}@{entry.content_sha256[:8]}"


def revision_fault(config: Config, old: Entry, new: Entry) -> str | None:
    """Why a file that replaces its earlier version should be looked at first, or None."""
    if config.accepts(new.path, new.content_sha256):
        return None
    faults = []
    before, after = old.record_count, new.record_count
    if after < before * (1 - ALLOWED_LOSS):
        lost = (before - after) / before
        faults.append(
            f"it has {_count(after)} records where the version it replaces has {_count(before)} "
            f"({lost:.0%} fewer)"
        )
    if new.input_name == "sales" and old.first_sold_on and old.last_sold_on:
        if not new.first_sold_on or not new.last_sold_on:
            faults.append("it has no readable date")
        elif new.first_sold_on > old.last_sold_on or new.last_sold_on < old.first_sold_on:
            faults.append(
                f"its sales are from {new.first_sold_on} to {new.last_sold_on}, those of the "
                f"version it replaces from {old.first_sold_on} to {old.last_sold_on}"
            )
    if not faults:
        return None
    return (
        f"{new.path} changed, and {' and '.join(faults)}. If the new version is right, add this "
        f"to `accept:` in inputs.yml:  {accept_line(new)}"
    )


def coinciding_faults(config: Config, contents: Iterable[Content], work: Path) -> list[str]:
    """Pairs of sales files without a key of which many rows coincide.

    Half the rows of the smaller, or rows of several orders: an order stands in one file.
    """
    contents = list(contents)
    pairs = [
        (one, other)
        for place, one in enumerate(contents)
        for other in contents[place + 1 :]
        if (one.is_new or other.is_new)
        and one.entry.landed_count
        and other.entry.landed_count
        and _may_overlap(one.entry, other.entry)
        # what was accepted when it came says nothing about what comes later
        and not any(
            config.accepts(each.entry.path, each.entry.content_sha256)
            for each in (one, other)
            if each.is_new
        )
    ]
    if not pairs:
        return []
    involved = {content.landing: content for pair in pairs for content in pair}
    shared = _shared_rows(list(involved), work)
    faults = []
    for one, other in pairs:
        count, orders = shared.get(frozenset((one.landing, other.landing)), (0, 0))
        small, large = sorted((one, other), key=lambda each: each.entry.landed_count)
        if count < COINCIDING_SHARE * small.entry.landed_count and orders < COINCIDING_ORDERS:
            continue
        # the line accepts the file that is new, the later one when both are
        named = max((c for c in (one, other) if c.is_new), key=lambda c: c.entry.path)
        faults.append(
            f"{_count(count)} of the {_count(small.entry.landed_count)} records of "
            f"{_title(small.entry)} stand in {_title(large.entry)} too, and would count twice. If "
            "one file repeats the other, declare what identifies a row, `key: [sale_id]` for "
            "example, under `sales` in inputs.yml; if these are different sales, add this to "
            f"`accept:`  {accept_line(named.entry)}"
        )
    return faults


def _may_overlap(one: Entry, other: Entry) -> bool:
    """Whether the days of two files meet; files without days may."""
    if None in (one.first_sold_on, one.last_sold_on, other.first_sold_on, other.last_sold_on):
        return True
    return bool(
        one.first_sold_on <= other.last_sold_on  # type: ignore[operator]
        and other.first_sold_on <= one.last_sold_on  # type: ignore[operator]
    )


def _shared_rows(files: list[Path], work: Path) -> dict[frozenset[Path], tuple[int, int]]:
    """How many rows each two landing files have in common, and of how many orders they are.

    A row counts as often as it stands in both.
    """
    # neither a running number that nobody mapped nor another way of writing makes another sale
    apart = {"file_id", "record_number", "record_key", "extra"}
    columns = ", ".join(
        column
        for column in registry.landing_columns("sales")
        if column not in apart and not column.endswith("_as_written")
    )
    with connect(work) as connection:
        connection.execute(
            "create temp table row_counts (place int, content ubigint, order_id varchar, n bigint)"
        )
        for place, path in enumerate(files):
            connection.execute(
                f"insert into row_counts select {place}, hash({columns}) as content, "
                "any_value(order_id), count(*) "
                f"from read_parquet({literal(str(path))}) group by content"
            )
        found = connection.execute(
            """
            select
                one.place,
                other.place,
                sum(least(one.n, other.n)),
                count(distinct one.order_id)
            from row_counts as one
            inner join row_counts as other
                on one.content = other.content and one.place < other.place
            group by one.place, other.place
            """
        ).fetchall()
    return {frozenset((files[a], files[b])): (int(n), int(orders)) for a, b, n, orders in found}


def _count(number: int) -> str:
    return f"{number:,}".replace(",", " ")


def _title(entry: Entry) -> str:
    return f"{entry.path} ({entry.content_sha256[:8]})"
