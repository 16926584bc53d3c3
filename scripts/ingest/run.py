"""The ingest step: read what is new in the shop folder, decide, then enter it in the ledger."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

import duckdb

from scripts.errors import UserError
from scripts.ingest import checks, ledger, remote, status_values
from scripts.ingest import warehouse as folders
from scripts.ingest.config import Config, load
from scripts.ingest.discover import ShopFile, assign, discover, is_ignored, pattern_matches
from scripts.ingest.land import Landed, connect, land
from scripts.ingest.ledger import LANDED, Entry
from scripts.ingest.parallel import land_all
from scripts.ingest.plan import Plan, complete, make_plan
from scripts.ingest.problems import Problems
from scripts.ingest.settings import settings_of
from scripts.lock import warehouse_lock
from scripts.storage import put_in_place

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Summary:
    """What an ingest did, in counts of files.

    `read`, `copies` (same content as another file), `unchanged` and `withdrawn` are files of
    the shop folder; `left` are loaded but no longer there; `landed` is all that is loaded.
    `changed` is False when ledger, settings and landing files are as they were.
    """

    read: int
    copies: int
    unchanged: int
    withdrawn: int
    left: int
    landed: int
    changed: bool

    def __str__(self) -> str:
        """One line for a person."""
        if not self.changed:
            are = "is" if self.landed == 1 else "are"
            return f"Nothing new: {_files(self.landed)} {are} already landed."
        parts = [f"{_files(self.read)} read", f"{self.unchanged} unchanged"]
        if self.copies:
            parts.append(f"{self.copies} {'copy' if self.copies == 1 else 'copies'}")
        if self.withdrawn:
            parts.append(f"{self.withdrawn} withdrawn")
        if self.left:
            parts.append(f"{self.left} no longer in the folder")
        return ", ".join(parts)


def ingest(shop: Path, warehouse: Path) -> Summary:
    """Land what is new or changed in the shop folder.

    Either everything that is new is entered in the ledger, or a UserError says why nothing is;
    then ledger and landing files are as they were.
    """
    config = load(shop)
    try:
        with warehouse_lock(warehouse):
            folders.claim(warehouse, shop, config.shop)
            try:
                return _ingest(shop, warehouse, config)
            finally:
                folders.clear_work(warehouse)
    except (OSError, duckdb.IOException, duckdb.OutOfMemoryException) as error:
        raise UserError(_storage_sentence(warehouse, error)) from error


def _ingest(shop: Path, warehouse: Path, config: Config) -> Summary:
    """The run itself, under the lock of a warehouse that is the shop's."""
    old, damaged = ledger.read(warehouse)
    fetched = remote.fetch(warehouse, config.patterns, pattern_matches)
    files = discover(shop, warehouse, config, {entry.path for entry in old.values()}, fetched)
    status_values.require_rules(config, files)
    plan = make_plan(warehouse, config, files, old, damaged)
    for note in plan.notes:
        log.warning("%s", note)
    work = folders.prepare(warehouse)

    landed = land_all(
        plan.to_read, warehouse, work, land, lambda one: log.info("%s", _line(one.entry))
    )
    new = complete(plan, {file_id: one.entry for file_id, one in landed.items()})
    for file in plan.copies:
        log.info("%s", _copy_line(file, new))
    _check(config, warehouse, plan, new, landed=landed, work=work)

    # everything is decided: from here on it is only written
    for one in landed.values():
        for partial, final in one.files:
            put_in_place(partial, final)
    changed = ledger.save(warehouse, old, new, damaged=damaged, settings=settings_of(config))
    changed |= bool(landed)
    ledger.remove_unnamed(warehouse, new.values())

    loaded = {entry.path for entry in new.values() if entry.state == LANDED}
    left = loaded - {file.path for file in files}
    _say_what_left(config, [e for e in new.values() if e.state == LANDED and e.path in left])
    return Summary(
        read=len(plan.to_read),
        copies=len(plan.copies),
        unchanged=plan.unchanged,
        withdrawn=plan.withdrawn,
        left=len(left),
        landed=len(loaded),
        changed=changed,
    )


def _check(
    config: Config,
    warehouse: Path,
    plan: Plan,
    new: dict[str, Entry],
    *,
    landed: dict[str, Landed],
    work: Path,
) -> None:
    """Raise a UserError for content that a person should look at before it is loaded."""
    problems = Problems("Nothing was loaded, because these files should be looked at first:")
    for name, versions in plan.replaced.items():
        if versions:
            fullest = max(versions, key=lambda entry: entry.record_count)
            fault = checks.revision_fault(config, fullest, new[name])
            if fault is not None:
                problems.add(fault)
    if any(not section.key for section in config.named("sales")):
        contents = [
            checks.Content(
                entry,
                landed[entry.file_id].landing
                if entry.file_id in landed
                else warehouse / (entry.landing_file or ""),
                entry.file_id in landed,
            )
            for entry in sorted(new.values(), key=lambda entry: entry.path)
            if entry.input_name == "sales" and entry.state == LANDED and entry.copy_of is None
        ]
        for fault in checks.coinciding_faults(config, contents, work):
            problems.add(fault)
    problems.stop_if_any()
    with connect(work) as connection:
        for section in config.inputs:
            for one in landed.values():
                if one.entry.input_name == section.name and section.status is not None:
                    for value, count in status_values.unlisted(
                        connection, section, str(one.landing)
                    ):
                        log.warning(
                            "%s: the status %r (%d times) is not listed in `%s.status` of "
                            "inputs.yml. Say there whether it is revenue.",
                            one.entry.path,
                            value,
                            count,
                            section.section,
                        )


def _storage_sentence(warehouse: Path, error: Exception) -> str:
    """A sentence for a disk that is full, a folder that cannot be written, and the like."""
    if isinstance(error, OSError):
        reason = error.strerror or str(error)
        place = error.filename or warehouse
    else:
        reason, place = str(error).splitlines()[0], warehouse
    return (
        f"{place} cannot be read or written: {reason.rstrip('.')}. Free it, or set WAREHOUSE=… to "
        "another folder. What was landed before is as it was."
    )


def _line(entry: Entry) -> str:
    """What was read of a file, in one line."""
    parts = [f"{_count(entry.records_in)} {'record' if entry.records_in == 1 else 'records'}"]
    if entry.rejected_count:
        parts.append(f"{_count(entry.rejected_count)} rejected")
    if entry.ignored_count:
        parts.append(f"{_count(entry.ignored_count)} ignored")
    return f"{entry.path}: {', '.join(parts)}"


def _copy_line(file: ShopFile, new: dict[str, Entry]) -> str:
    """What was found out about a file with the content of another."""
    name = ledger.entry_name(file.path, file.content_sha256, file.section.update)
    others = [
        entry.path
        for entry in new.values()
        if entry.file_id == new[name].file_id and entry.path != file.path
    ]
    return f"{file.path}: the same content as {min(others, default='before')}, not loaded twice"


def _say_what_left(config: Config, entries: list[Entry]) -> None:
    """Say which loaded files are no longer there, where that matters to a reader."""
    for entry in sorted(entries, key=lambda entry: entry.path):
        if is_ignored(config, entry.path):
            log.warning(
                "%s is under `ignore:` now but is still loaded; make withdraw FILE=%s removes it.",
                entry.path,
                entry.path,
            )
            continue
        same = [m for m in assign(config, entry.path) if m.section.name == entry.input_name]
        if not same or entry.file_id != ledger.file_id_of(
            entry.content_sha256, same[0].section, same[0].path_values
        ):
            log.warning(
                "%s left the folder and stays loaded as it was read then: inputs.yml has changed "
                "since. Put it back to have it read again, or make withdraw FILE=%s.",
                entry.path,
                entry.path,
            )


def _files(count: int) -> str:
    return f"{count} file" if count == 1 else f"{count} files"


def _count(number: int) -> str:
    return f"{number:,}".replace(",", " ")
