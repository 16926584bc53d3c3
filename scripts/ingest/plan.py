"""What is to become of each file: read, copy, unchanged or withdrawn. Nothing is written here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from scripts.errors import UserError
from scripts.ingest import ledger
from scripts.ingest.config import Config
from scripts.ingest.discover import ShopFile, assign
from scripts.ingest.ledger import LANDED, WITHDRAWN, Entry


@dataclass
class Plan:
    """The coming ledger.

    `entries` is the ledger by entry name, with an entry without counts for each file in
    `to_read` and `copies`. `replaced` holds, by entry name, the versions that a new one takes
    the place of. `originals` are the entries of the old ledger with full counts, by file_id.
    """

    entries: dict[str, Entry]
    originals: dict[str, Entry]
    to_read: list[tuple[ShopFile, str]] = field(default_factory=list)
    copies: list[ShopFile] = field(default_factory=list)
    replaced: dict[str, list[Entry]] = field(default_factory=dict)
    unchanged: int = 0
    withdrawn: int = 0


def make_plan(
    warehouse: Path, config: Config, files: list[ShopFile], old: dict[str, Entry]
) -> Plan:
    """Compare the files of the shop folder with the ledger.

    Raises UserError when a landing file is gone that cannot be written again.
    """
    plan = Plan(
        entries={name: _placed(config, entry) for name, entry in old.items()},
        originals={e.file_id: e for e in old.values() if e.copy_of is None},
    )
    kept = {
        e.file_id
        for e in plan.originals.values()
        if e.landing_file is not None and (warehouse / e.landing_file).is_file()
    }
    _refuse_lost(old.values(), kept, {file.path for file in files})
    withdrawn = {
        (e.input_name, e.content_sha256): e
        for e in sorted(old.values(), key=lambda e: e.copy_of is None)
        if e.state == WITHDRAWN
    }
    available = set(kept)
    for file in files:
        _plan_file(plan, file, kept, available, withdrawn)
    return plan


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
    file_id = ledger.file_id_of(file.content_sha256, file.section)
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


def _refuse_lost(entries: Iterable[Entry], kept: set[str], in_folder: set[str]) -> None:
    """Raise a UserError when landed content is neither in the landing nor in the folder."""
    for entry in entries:
        if (
            entry.state == LANDED
            and entry.copy_of is None
            and entry.file_id not in kept
            and entry.path not in in_folder
        ):
            raise UserError(
                f"The landing file of {entry.path} ({entry.landing_file}) is gone, and so is the "
                "file itself. Put the file back into the shop folder, or give it up with "
                f"make withdraw FILE={entry.path}."
            )
