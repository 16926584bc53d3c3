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
from scripts.storage import (
    PARTIAL_SUFFIX,
    flush_to_disk,
    prepare_json,
    put_in_place,
    sha256_of,
)

LEDGER = "landing/ledger"
SETTINGS_FILE = "landing/settings.json"
# The last key of an entry's file.
CHECKSUM = "checksum"
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
    rejects_sha256: str | None = None

    @property
    def record_count(self) -> int:
        """The records that this file's content holds, be they loaded from it or from a copy."""
        return self.landed_count or self.duplicate_count


def file_id_of(
    content_sha256: str, section: Input, path_values: tuple[tuple[str, str], ...] = ()
) -> str:
    """The identity of a file's content as it is read: its bytes and how they are parsed.

    What the path says is part of it: two stores with the same day are not one.
    """
    parsing = {
        "version": LANDING_VERSION,
        "content": content_sha256,
        "input": section.name,
        "attribute": section.attribute,
        "columns": {ours: list(theirs) for ours, theirs in section.columns.items()},
        "optional": sorted(section.optional),
        "key": list(section.key),
        "path_values": path_values,
        "fill_down": section.fill_down,
        "spread": {ours: list(theirs) for ours, theirs in section.spread.items()},
        "no_line_without": section.no_line_without,
        "not_goods": section.not_goods,
        "unpivot": section.unpivot,
        "values": section.values,
        "part": section.section if section.is_part else None,
        "money_signs": section.money_signs,
        "dialect": asdict(section.dialect),
        "registry": [[c.name, c.value_type] for c in registry.inputs()[section.name]],
    }
    text = json.dumps(parsing, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def entry_name(path: str, content_sha256: str, update: str) -> str:
    """The file name of an entry: one for each path, and for each content when they append."""
    name = _path_name(path)
    return f"{name}-{content_sha256[:16]}.json" if update == "append" else f"{name}.json"


def _path_name(path: str) -> str:
    """What the names of a path's entries begin with."""
    return hashlib.sha256(path.encode()).hexdigest()[:16]


def is_of_file(name: str, path: str, content_sha256: str) -> bool:
    """Whether an entry's name can only be that of this file, whatever its input's `update` was."""
    return name in {entry_name(path, content_sha256, update) for update in ("append", "replace")}


def load(warehouse: Path) -> dict[str, Entry]:
    """Every entry of the ledger by the name of its file; empty for a new warehouse.

    Raises UserError when one is damaged.
    """
    entries, damaged = read(warehouse)
    if damaged:
        raise UserError(
            f"The ledger entry {warehouse / LEDGER / min(damaged)} is damaged. Run make ingest: it "
            "makes the entry anew when its file is in the shop folder."
        )
    return entries


def read(warehouse: Path) -> tuple[dict[str, Entry], set[str]]:
    """The entries of the ledger by the name of their file, and the names of damaged ones."""
    entries, damaged = {}, set()
    for path in sorted((warehouse / LEDGER).glob("*.json")):
        try:
            content = json.loads(path.read_bytes())
            entries[path.name] = _entry(content, path.name)
        except (ValueError, TypeError, AttributeError):
            damaged.add(path.name)
    return entries, damaged


def _entry(content: dict[str, object], name: str) -> Entry:
    """An entry from its JSON. Raises ValueError or TypeError when it cannot be what was written.

    Entries of earlier versions have no checksum.
    """
    said = content.pop(CHECKSUM, None)
    if said is not None and said != _checksum(content):
        raise ValueError("other content than was written")
    known = {one.name for one in fields(Entry)}
    entry = Entry(**{k: v for k, v in content.items() if k in known})  # type: ignore[arg-type]
    for one in fields(Entry):
        if not isinstance(getattr(entry, one.name), _KINDS[one.type]):
            raise TypeError(one.name)
    if entry.state not in (LANDED, WITHDRAWN) or not name.startswith(_path_name(entry.path)):
        raise ValueError("not this entry")
    return entry


_KINDS: dict[object, tuple[type, ...]] = {
    "str": (str,),
    "str | None": (str, type(None)),
    "int": (int,),
    "list[str]": (list,),
    "Totals": (list,),
}


def _checksum(content: dict[str, object]) -> str:
    """SHA-256 of an entry's content, so that a changed byte in it is noticed.

    Its history is left out: entries of the same content are to be the same, however they came.
    """
    lasting = {key: value for key, value in content.items() if key != "previous_file_ids"}
    text = json.dumps(lasting, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def save(
    warehouse: Path,
    old: dict[str, Entry],
    new: dict[str, Entry],
    *,
    damaged: Iterable[str] = (),
    settings: dict[str, object] | None = None,
) -> bool:
    """Write what differs, settings too when they are given; False when nothing does.

    `damaged` are names of entries to write anew or to remove. Everything is on the disk before
    the first file is put in place, so that a full disk changes nothing. Settings are first, then
    copies that become originals, and entries that go are removed last, so that no content is
    without an original after a crash in between.
    """
    folder = warehouse / LEDGER
    folder.mkdir(parents=True, exist_ok=True)

    def urgency(name: str) -> tuple[int, str]:
        """Promoted copies, then other originals, then copies."""
        entry = new[name]
        if entry.copy_of is not None:
            return 2, entry.path
        return int(name not in old or old[name].copy_of is None), entry.path

    prepared: list[tuple[Path, Path]] = []
    if settings is not None:
        partial = prepare_json(warehouse / SETTINGS_FILE, settings)
        if partial is not None:
            prepared.append((partial, warehouse / SETTINGS_FILE))
    for name in sorted(new, key=urgency):
        if old.get(name) != new[name]:
            content = asdict(new[name])
            partial = prepare_json(folder / name, content | {CHECKSUM: _checksum(content)})
            if partial is not None:
                prepared.append((partial, folder / name))
    gone = (old.keys() | set(damaged)) - new.keys()
    for partial, final in prepared:
        put_in_place(partial, final)
    for name in gone:
        (folder / name).unlink()
    if gone:
        flush_to_disk(folder)
    return bool(prepared or gone)


def damaged_files(warehouse: Path, entries: Iterable[Entry]) -> list[str]:
    """The landing and rejects files of the entries that are gone or hold other bytes.

    Their names are relative to the warehouse, in order, each once.
    """
    wanted: dict[str, str | None] = {}
    for entry in entries:
        if entry.landing_file is not None:
            wanted[entry.landing_file] = entry.landing_sha256
        if entry.rejects_file is not None:
            wanted[entry.rejects_file] = entry.rejects_sha256
    return sorted(name for name, said in wanted.items() if not _is_whole(warehouse / name, said))


def _is_whole(path: Path, said: str | None) -> bool:
    """Whether the file is there with these bytes; entries of earlier versions say no bytes."""
    return path.is_file() and said in (None, sha256_of(path))


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
        rejects_sha256=None,
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
