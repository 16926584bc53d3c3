"""What is to become of each file: read, copy, unchanged or withdrawn. Nothing is written here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from scripts.errors import UserError
from scripts.ingest import ledger
from scripts.ingest.config import Config
from scripts.ingest.discover import PART_SIGN, ShopFile, assign, base_of
from scripts.ingest.ledger import LANDED, WITHDRAWN, Entry


@dataclass
class Plan:
    """The coming ledger.

    `entries` is the ledger by entry name, with an entry without counts for each file in
    `to_read` and `copies`. `replaced` holds, by entry name, the versions that a new one takes
    the place of. `originals` are the entries of the old ledger with full counts, by file_id.
    `notes` say what was found damaged and is made anew.
    """

    entries: dict[str, Entry]
    originals: dict[str, Entry]
    to_read: list[tuple[ShopFile, str]] = field(default_factory=list)
    copies: list[ShopFile] = field(default_factory=list)
    replaced: dict[str, list[Entry]] = field(default_factory=dict)
    unchanged: int = 0
    withdrawn: int = 0
    notes: list[str] = field(default_factory=list)


def make_plan(
    warehouse: Path,
    config: Config,
    files: list[ShopFile],
    old: dict[str, Entry],
    damaged: Iterable[str] = (),
) -> Plan:
    """Compare the files of the shop folder with the ledger and its landing files.

    `damaged` are the names of entries that cannot be read. Raises UserError when something is
    gone or damaged that cannot be made anew from the files of the folder.
    """
    plan = Plan(
        entries={name: _placed(config, entry) for name, entry in old.items()},
        originals={e.file_id: e for e in old.values() if e.copy_of is None},
    )
    _mend_entries(plan, warehouse, files, damaged)
    _drop_other_parts(plan, files)
    lost = set(ledger.damaged_files(warehouse, plan.originals.values()))
    kept = {
        e.file_id
        for e in plan.originals.values()
        if e.landing_file is not None and not {e.landing_file, e.rejects_file} & lost
    }
    withdrawn = {
        (e.input_name, e.content_sha256): e
        for e in sorted(old.values(), key=lambda e: e.copy_of is None)
        if e.state == WITHDRAWN
    }
    available = set(kept)
    for file in files:
        _plan_file(plan, file, kept, available, withdrawn)
    _mend_landing(plan, warehouse, kept)
    return plan


def _drop_other_parts(plan: Plan, files: list[ShopFile]) -> None:
    """Remove entries of what an input once took of a file that is here and takes no longer."""
    paths = {file.path for file in files}
    bases = {path.rpartition(PART_SIGN)[0] or path for path in paths} | paths
    for name, entry in list(plan.entries.items()):
        if entry.path not in paths and base_of(entry.path, bases) in bases:
            del plan.entries[name]


def _plan_file(
    plan: Plan,
    file: ShopFile,
    kept: set[str],
    available: set[str],
    withdrawn: dict[tuple[str, str], Entry],
) -> None:
    """Decide on one file. `available` are contents landed, or to be landed by this plan."""
    replaces = file.section.update == "replace"
    name = ledger.entry_name(file.path, file.content_sha256, file.section.update)
    file_id = ledger.file_id_of(file.content_sha256, file.section, file.path_values)
    earlier = {n: e for n, e in plan.entries.items() if e.path == file.path}
    same = next((e for e in earlier.values() if e.content_sha256 == file.content_sha256), None)
    for other, entry in earlier.items():
        # a path that replaces has one entry; one that appends has one for each content
        if other != name and (replaces or entry is same):
            del plan.entries[other]

    source = withdrawn.get((file.section.name, file.content_sha256))
    if source is not None:
        plan.withdrawn += 1
        if same is not None and same.state == WITHDRAWN:
            plan.entries[name] = same
        else:
            own = ledger.as_entry_of(source, _without_counts(file, source.file_id, WITHDRAWN))
            plan.entries[name] = ledger.as_copy(own, source.copy_of or source.path)
        return
    if same is not None and (same.file_id, same.state) == (file_id, LANDED) and file_id in kept:
        plan.unchanged += 1
        plan.entries[name] = replace(same, pattern_position=file.pattern_position)
        return

    landed = [e for e in earlier.values() if e.state == LANDED and (replaces or e is same)]
    history = list(dict.fromkeys(one for e in landed for one in (*e.previous_file_ids, e.file_id)))
    plan.entries[name] = replace(
        _without_counts(file, file_id, LANDED),
        previous_file_ids=[one for one in history if one != file_id],
    )
    plan.replaced[name] = [e for e in landed if e is not same and e.input_name == file.section.name]
    if file_id in available:
        plan.copies.append(file)
    else:
        plan.to_read.append((file, file_id))
        available.add(file_id)


def complete(plan: Plan, landed: dict[str, Entry]) -> dict[str, Entry]:
    """The coming ledger with all counts; `landed` are the entries of what was read, by file_id."""
    full = {**plan.originals, **landed}
    entries = {}
    for name, entry in plan.entries.items():
        is_complete = entry.landing_file is not None or entry.copy_of is not None
        # what was read again has the bytes of today, also where the entry was complete
        is_complete &= entry.file_id not in landed
        entries[name] = entry if is_complete else ledger.as_entry_of(full[entry.file_id], entry)
    return ledger.settle_copies(entries, full)


def _placed(config: Config, entry: Entry) -> Entry:
    """The entry with the place that its path's pattern has in inputs.yml today."""
    for match in assign(config, entry.path):
        if match.section.name == entry.input_name:
            return replace(entry, pattern_position=match.pattern_position)
    return entry


def _without_counts(file: ShopFile, file_id: str, state: str) -> Entry:
    """An entry that says which file it is for, and nothing yet of its content."""
    return Entry(
        file_id=file_id,
        input_name=file.section.name,
        path=file.path,
        pattern_position=file.pattern_position,
        state=state,
        copy_of=None,
        landing_file=None,
        rejects_file=None,
        byte_count=file.byte_count,
        content_sha256=file.content_sha256,
        landing_sha256="",
        encoding="",
        delimiter="",
        header=[],
        records_in=0,
        landed_count=0,
        rejected_count=0,
        ignored_count=0,
        duplicate_count=0,
        first_sold_on=None,
        last_sold_on=None,
    )


def _mend_entries(
    plan: Plan, warehouse: Path, files: list[ShopFile], damaged: Iterable[str]
) -> None:
    """Note which damaged entries are made anew; a UserError when the file of one is not there."""
    for name in sorted(damaged):
        found = next((f for f in files if ledger.is_of_file(name, f.path, f.content_sha256)), None)
        if found is None:
            raise UserError(
                f"The ledger entry {warehouse / ledger.LEDGER / name} is damaged, and its file is "
                "not in the shop folder. Put that file back, or remove the entry to go on "
                "without it."
            )
        plan.notes.append(
            f"{found.path}: its ledger entry was damaged and is made anew. If the file was "
            f"withdrawn, make withdraw FILE={found.path} does so again."
        )


def _mend_landing(plan: Plan, warehouse: Path, kept: set[str]) -> None:
    """Note which damaged landing files are made anew; a UserError for one that cannot be."""
    read = {file_id: file for file, file_id in plan.to_read}
    for file_id, entry in plan.originals.items():
        if entry.state == LANDED and file_id not in kept and file_id in read:
            plan.notes.append(
                f"{read[file_id].path}: its landing file was {_what(warehouse, entry)} and is "
                "made anew."
            )
    coming = sorted(plan.entries.values(), key=lambda e: (e.copy_of is not None, e.path))
    for entry in coming:
        if entry.state == LANDED and entry.file_id not in kept and entry.file_id not in read:
            original = plan.originals.get(entry.file_id, entry)
            name = original.landing_file or f"landing/{entry.input_name}/{entry.file_id}.parquet"
            raise UserError(
                f"The landing file of {entry.path} ({name}) is {_what(warehouse, original)}, and "
                "the file itself is gone from the shop folder or has changed. Put the file back as "
                f"it was, or give it up with make withdraw FILE={entry.path}."
            )


def _what(warehouse: Path, entry: Entry) -> str:
    """What became of an entry's files: one is gone, or all are there and one is damaged."""
    names = [name for name in (entry.landing_file, entry.rejects_file) if name]
    return "damaged" if names and all((warehouse / n).is_file() for n in names) else "gone"
