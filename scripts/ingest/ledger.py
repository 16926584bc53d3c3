"""The ledger: one small JSON file for each input file, which says what was landed.

What is not in the ledger does not exist. An entry holds no clock, so that the same files and
the same inputs.yml always give the same ledger.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path

from scripts.errors import UserError
from scripts.ingest import registry
from scripts.ingest.config import Input
from scripts.storage import PARTIAL_SUFFIX, flush_to_disk, write_json

LEDGER = "landing/ledger"
LANDED = "landed"
WITHDRAWN = "withdrawn"
# Raised when landing files are written in another way, so that every file is read again.
LANDING_VERSION = 1

Totals = list[dict[str, str]]


@dataclass(frozen=True)
class Entry:
    """What the ledger says of one input file.

    A copy (`copy_of` is a path) has the counts 0 but `records_in` and `duplicate_count`, and no
    landing file of its own.
    """

    file_id: str
    input_name: str
    path: str
    pattern_position: int
    state: str
    copy_of: str | None
    landing_file: str | None
    rejects_file: str | None
    byte_count: int
    content_sha256: str
    landing_sha256: str
    encoding: str
    delimiter: str
    header: list[str]
    records_in: int
    landed_count: int
    rejected_count: int
    ignored_count: int
    duplicate_count: int
    first_sold_on: str | None
    last_sold_on: str | None
    control_totals: Totals = field(default_factory=list)
    previous_file_ids: list[str] = field(default_factory=list)

    @property
    def record_count(self) -> int:
        """The records that this file's content holds, be they loaded from it or from a copy."""
        return self.landed_count or self.duplicate_count


def file_id_of(content_sha256: str, section: Input) -> str:
    """The identity of a file's content as it is read: its bytes and how they are parsed."""
    parsing = {
        "version": LANDING_VERSION,
        "content": content_sha256,
        "input": section.name,
        "attribute": section.attribute,
        "columns": {ours: list(theirs) for ours, theirs in section.columns.items()},
        "optional": sorted(section.optional),
        "key": list(section.key),
        "dialect": asdict(section.dialect),
        "registry": [[c.name, c.value_type] for c in registry.inputs()[section.name]],
    }
    text = json.dumps(parsing, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def entry_name(path: str, content_sha256: str, update: str) -> str:
    """The file name of an entry: one for each path, and for each content when they append."""
    name = hashlib.sha256(path.encode()).hexdigest()[:16]
    return f"{name}-{content_sha256[:16]}.json" if update == "append" else f"{name}.json"


def load(warehouse: Path) -> dict[str, Entry]:
    """Every entry of the ledger by the name of its file; empty for a new warehouse."""
    known = {one.name for one in fields(Entry)}
    entries = {}
    for path in sorted((warehouse / LEDGER).glob("*.json")):
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            entries[path.name] = Entry(**{k: v for k, v in content.items() if k in known})
        except (ValueError, TypeError, AttributeError) as error:
            raise UserError(
                f"The ledger entry {path} cannot be read. Remove that file: its input file is "
                "then read again."
            ) from error
    return entries


def save(warehouse: Path, old: dict[str, Entry], new: dict[str, Entry]) -> bool:
    """Write what differs; False when nothing does.

    Copies that become originals are written first and entries that go are removed last, so that
    no content is without an original after a crash in between.
    """
    folder = warehouse / LEDGER
    folder.mkdir(parents=True, exist_ok=True)
    changed = False

    def urgency(name: str) -> tuple[int, str]:
        """Promoted copies, then other originals, then copies."""
        entry = new[name]
        if entry.copy_of is not None:
            return 2, entry.path
        return int(name not in old or old[name].copy_of is None), entry.path

    for name in sorted(new, key=urgency):
        if old.get(name) != new[name]:
            write_json(folder / name, asdict(new[name]))
            changed = True
    for name in old.keys() - new.keys():
        (folder / name).unlink()
        changed = True
    if changed:
        flush_to_disk(folder)
    return changed


def settle_copies(entries: dict[str, Entry], full: dict[str, Entry]) -> dict[str, Entry]:
    """The same entries with, of each content, the smallest path as original.

    `full` holds entries with full counts by file_id, also ones that are no longer among
    `entries`: a copy outlives the file it was a copy of.
    """
    settled = dict(entries)
    names: dict[str, list[str]] = {}
    for name in sorted(entries, key=lambda name: entries[name].path):
        names.setdefault(entries[name].file_id, []).append(name)
    for file_id, group in names.items():
        content = next((entries[n] for n in group if entries[n].copy_of is None), full.get(file_id))
        if content is None:
            continue
        first = entries[group[0]]
        settled[group[0]] = as_entry_of(content, first)
        for name in group[1:]:
            settled[name] = as_copy(as_entry_of(content, entries[name]), first.path)
    return settled


def as_entry_of(full: Entry, own: Entry) -> Entry:
    """The content of `full` under the path, place, state and history of `own`."""
    return replace(
        full,
        path=own.path,
        pattern_position=own.pattern_position,
        state=own.state,
        previous_file_ids=own.previous_file_ids,
    )


def as_copy(full: Entry, original_path: str) -> Entry:
    """A full entry turned into a copy of another path: all its records are duplicates."""
    return replace(
        full,
        copy_of=original_path,
        landing_file=None,
        rejects_file=None,
        landed_count=0,
        rejected_count=0,
        ignored_count=0,
        duplicate_count=full.records_in,
        control_totals=[{**total, "ignored": "0"} for total in full.control_totals],
    )


def remove_unnamed(warehouse: Path, entries: Iterable[Entry]) -> None:
    """Remove landing files that no entry names, and what a crash left half written."""
    named = {name for e in entries for name in (e.landing_file, e.rejects_file) if name}
    for path in sorted((warehouse / "landing").glob("*/*")):
        is_landing = path.suffix == ".parquet" and path.name != "empty.parquet"
        unnamed = is_landing and path.relative_to(warehouse).as_posix() not in named
        if unnamed or path.name.endswith(PARTIAL_SUFFIX):
            path.unlink()
