"""The kept generations, which of them is published, and putting right what a crash left.

    generations/000007.duckdb   a published file, read-only, never changed again
    generations/000007.json     its manifest
    generations/last.json       the last number that was given
    sales.duckdb                another name (a hard link) of the published generation's file
    sales.json                  a copy of its manifest
    rollback.json               since a rollback: what is held back (see `held_back`)

A generation exists once its file has its final name; its manifest is written before. Everything
is decided by hashes: a file is what the manifest with its SHA-256 says it is, and a manifest
carries a hash of itself. So no order of crashes and damages leaves a question open: `settle`
answers it at the beginning of each command that changes the warehouse.
"""

from __future__ import annotations

import errno
import hashlib
import json
import logging
import os
import re
import shutil
from collections.abc import Iterator
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

from scripts.errors import UserError
from scripts.storage import PARTIAL_SUFFIX, flush_to_disk, put_in_place, sha256_of, sha256_of_all

PUBLISHED = "sales.duckdb"
MANIFEST = "sales.json"
FOLDER = "generations"
ROLLBACK = "rollback.json"
LAST_GIVEN = "last.json"
READ_ONLY = 0o444
KEEP_VARIABLE = "KEEP_GENERATIONS"
KEPT_BY_DEFAULT = 3

# The key of a manifest under which its own hash stands.
SEAL = "manifest_sha256"

# generation, published_at, as_of_date, line_count, revenue_amount, file_count, byte_count, sha256,
# fingerprint, files and SEAL
Manifest = dict[str, Any]

log = logging.getLogger(__name__)


def keep_count() -> int:
    """How many generations are kept. Raises UserError when the variable says no such number."""
    text = os.environ.get(KEEP_VARIABLE, "").strip()
    if not text:
        return KEPT_BY_DEFAULT
    if not re.fullmatch(r"[0-9]{1,6}", text) or int(text) < 1:
        raise UserError(
            f"{KEEP_VARIABLE} is {text!r}. Set it to a whole number of 1 or more, or leave it out "
            f"to keep {KEPT_BY_DEFAULT} generations."
        )
    return int(text)


def now() -> str:
    """The time of day as manifests and notes have it: UTC, to the second."""
    return datetime.now(timezone.utc).isoformat(timespec="seconds")


# --- manifests --------------------------------------------------------------------------------


def sealed(content: Manifest) -> Manifest:
    """The manifest with the hash of its other keys, by which damage to it is noticed."""
    return {**content, SEAL: _seal_of(content)}


def read_manifest(path: Path) -> Manifest | None:
    """The manifest in a file; None when it is missing, unreadable or not as it was written."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(content, dict) or content.get(SEAL) != _seal_of(content):
        return None
    return content


def published_manifest(warehouse: Path) -> Manifest | None:
    """What `sales.json` says; whether `sales.duckdb` is that, `settle` finds out."""
    return read_manifest(warehouse / MANIFEST)


def _seal_of(content: Manifest) -> str:
    rest = {name: value for name, value in content.items() if name != SEAL}
    text = json.dumps(rest, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


# --- what is kept -----------------------------------------------------------------------------


def file_of(warehouse: Path, number: int) -> Path:
    """Where the file of a generation stands."""
    return warehouse / FOLDER / f"{number:06d}.duckdb"


def manifest_of(warehouse: Path, number: int) -> Path:
    """Where the manifest of a generation stands."""
    return warehouse / FOLDER / f"{number:06d}.json"


def kept(warehouse: Path) -> dict[int, Manifest | None]:
    """{number: manifest} of each kept file, ascending; None for a manifest that is damaged."""
    found = {}
    for number in sorted(_numbers(warehouse, "duckdb")):
        manifest = read_manifest(manifest_of(warehouse, number))
        fits = manifest is not None and manifest.get("generation") == number
        found[number] = manifest if fits else None
    return found


def next_number(warehouse: Path) -> int:
    """A number above all that were ever given, also when some of what says so is damaged."""
    given = [*_numbers(warehouse, "duckdb"), *_numbers(warehouse, "json")]
    for path in (warehouse / MANIFEST, warehouse / FOLDER / LAST_GIVEN):
        try:
            # unsealed too: a number is all that is wanted of it
            given.append(int(json.loads(path.read_text(encoding="utf-8"))["generation"]))
        except (OSError, ValueError, KeyError, TypeError):
            continue
    given += [entry["generation"] for entry in (_read_rollback(warehouse) or {}).get("held", [])]
    return max(given, default=0) + 1


def fault_of(warehouse: Path, number: int, manifest: Manifest | None) -> str | None:
    """What is wrong with a kept generation, as half a sentence; None when it is whole."""
    if manifest is None:
        return "its manifest is damaged"
    if digest_of(file_of(warehouse, number)) != manifest["sha256"]:
        return "its file is not what was published"
    return None


def digest_of(file: Path) -> str | None:
    """The SHA-256 of a file; None when it is missing or the disk cannot read it."""
    try:
        return sha256_of(file)
    except FileNotFoundError:
        return None
    except OSError as error:
        if error.errno == errno.EIO:
            return None
        raise


def end_rollback(warehouse: Path) -> None:
    """Hold nothing back any longer."""
    (warehouse / ROLLBACK).unlink(missing_ok=True)
    flush_to_disk(warehouse)


def prune(warehouse: Path, published: int, keep: int) -> None:
    """Remove all but the last `keep` generations, and never the published one."""
    for number in sorted(_numbers(warehouse, "duckdb"))[:-keep]:
        if number != published:
            _remove(warehouse, number)


def _numbers(warehouse: Path, ending: str) -> Iterator[int]:
    folder = warehouse / FOLDER
    names = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    for name in names:
        match = re.fullmatch(rf"([0-9]{{6,}})\.{ending}", name)
        if match:
            yield int(match[1])


def _remove(warehouse: Path, number: int) -> None:
    """The file first: a manifest without a file is nothing, a file without one looks damaged."""
    file_of(warehouse, number).unlink(missing_ok=True)
    manifest_of(warehouse, number).unlink(missing_ok=True)


# --- making and showing one -------------------------------------------------------------------


def copy_verified(source: Path, target: Path) -> str:
    """Copy a file onto the disk; returns the SHA-256 that both have, read back side by side.

    Raises OSError when the copy does not read back as the original.
    """
    shutil.copyfile(source, target)
    flush_to_disk(target)
    digest, copied = sha256_of_all([source, target]).values()
    if copied != digest:
        raise OSError(0, "the copy differs from its original")
    return digest


def require_room(folder: Path, byte_count: int) -> None:
    """Raise UserError when the disk of a folder has no room for a file of this size."""
    free = shutil.disk_usage(folder).free
    if free < byte_count:
        raise UserError(
            f"The disk of {folder} is full: publishing needs {size(byte_count)} for one more "
            f"generation, and {size(free)} are free. Nothing was published; the last published "
            f"warehouse stays as it was. Make room, then run this again; {KEEP_VARIABLE}=1 keeps "
            "fewer generations from then on."
        )


def partial_of(warehouse: Path, number: int) -> Path:
    """Where the file of a generation is written before it is one."""
    file = file_of(warehouse, number)
    return file.with_name(file.name + PARTIAL_SUFFIX)


def enter(warehouse: Path, manifest: Manifest) -> None:
    """Make a generation of its finished partial file: the manifest, then the file's own name."""
    number = manifest["generation"]
    final = manifest_of(warehouse, number)
    _written_beside(final, manifest).replace(final)
    partial = partial_of(warehouse, number)
    partial.chmod(READ_ONLY)
    put_in_place(partial, file_of(warehouse, number))
    last = warehouse / FOLDER / LAST_GIVEN
    put_in_place(_written_beside(last, {"generation": number}), last)


def show(warehouse: Path, manifest: Manifest) -> None:
    """Make a kept generation the published one.

    All that needs room on the disk is done before the first of the two renames.
    """
    temporary = warehouse / (PUBLISHED + PARTIAL_SUFFIX)
    temporary.unlink(missing_ok=True)
    _link_or_copy(file_of(warehouse, manifest["generation"]), temporary)
    written = _written_beside(warehouse / MANIFEST, manifest)
    temporary.replace(warehouse / PUBLISHED)
    flush_to_disk(warehouse)
    written.replace(warehouse / MANIFEST)
    flush_to_disk(warehouse)
    # renaming one name of a file to another name of the same file does nothing
    temporary.unlink(missing_ok=True)


def _written_beside(path: Path, content: dict) -> Path:
    """Content on the disk, as JSON, under the temporary name that goes with `path`."""
    partial = path.with_name(path.name + PARTIAL_SUFFIX)
    text = json.dumps(content, ensure_ascii=False, indent=2) + "\n"
    partial.write_text(text, encoding="utf-8")
    flush_to_disk(partial)
    return partial


def _link_or_copy(source: Path, target: Path) -> None:
    """One more name for a file, or a copy of it where the file system has no hard links."""
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EROFS, errno.ENOENT):
            raise
        require_room(target.parent, source.stat().st_size)
        copy_verified(source, target)
        target.chmod(READ_ONLY)


# --- putting right ----------------------------------------------------------------------------


def settle(warehouse: Path) -> Manifest | None:
    """Put the published files right and return the manifest of what is published, verified.

    None when nothing whole is published and no kept generation can take its place, so that it
    must be built. Says what it mended. Called under the lock; hashes the published file once.
    Raises UserError when a file cannot be read or written.
    """
    try:
        _remove_leftovers(warehouse)
        published = _settled(warehouse)
        _tidy_rollback(warehouse, published)
    except OSError as error:
        raise UserError(
            f"{error.filename or warehouse} cannot be read or written: {error.strerror}. Make room "
            "or make the folder writable, then run this again."
        ) from error
    return published


def _settled(warehouse: Path) -> Manifest | None:
    note = published_manifest(warehouse)
    found = kept(warehouse)
    if note is not None and note["generation"] in found:
        found[note["generation"]] = found[note["generation"]] or note
    digest = digest_of(warehouse / PUBLISHED)
    published = what_fits(digest, note, found)
    if published is not None:
        _mend_around(warehouse, published, note)
    base = published or note
    held = {entry["generation"] for entry in held_back(warehouse, base)}
    target = (_read_rollback(warehouse) or {}).get("to")
    # nothing is held once a newer generation is shown: then the rollback is over, not interrupted
    if held and base is not None and target not in (None, base["generation"]):
        manifest = found.get(target)
        if manifest is not None and fault_of(warehouse, target, manifest) is None:
            show(warehouse, manifest)
            log.info("The rollback to generation %d was interrupted; it is done now.", target)
            return manifest
    usable = [number for number in found if number not in held]
    lowest = base["generation"] if base else max(usable, default=0)
    for number in sorted((n for n in usable if n >= lowest), reverse=True):
        if published is not None and number == published["generation"]:
            break
        manifest = found[number]
        if manifest is None or fault_of(warehouse, number, manifest):
            log.warning("Generation %d is damaged and was removed.", number)
            _remove(warehouse, number)
            continue
        show(warehouse, manifest)
        if published is None and digest is not None:
            log.warning("%s was damaged: put back from generation %d.", PUBLISHED, number)
        elif published is None and note is not None:
            log.warning("%s was missing: put back from generation %d.", PUBLISHED, number)
        else:
            log.info("Generation %d, whose publishing was interrupted, is published now.", number)
        return manifest
    if published is None and note is not None:
        log.warning("%s is damaged or missing, and so is its generation.", PUBLISHED)
    return published


def what_fits(
    digest: str | None, note: Manifest | None, found: dict[int, Manifest | None]
) -> Manifest | None:
    """The manifest, of `sales.json` or of a kept generation, that has this hash."""
    newest_first = [note, *(found[number] for number in sorted(found, reverse=True))]
    return next((one for one in newest_first if one is not None and one["sha256"] == digest), None)


def _mend_around(warehouse: Path, published: Manifest, note: Manifest | None) -> None:
    """Give the whole published file its manifest again, and its place among the generations."""
    number = published["generation"]
    if note != published:
        log.warning("%s did not fit %s and was mended.", MANIFEST, PUBLISHED)
        put_in_place(_written_beside(warehouse / MANIFEST, published), warehouse / MANIFEST)
    if read_manifest(manifest_of(warehouse, number)) != published:
        (warehouse / FOLDER).mkdir(exist_ok=True)
        path = manifest_of(warehouse, number)
        put_in_place(_written_beside(path, published), path)
        log.warning("The manifest of generation %d was missing or damaged: mended.", number)
    if not file_of(warehouse, number).exists():
        partial = partial_of(warehouse, number)
        _link_or_copy(warehouse / PUBLISHED, partial)
        put_in_place(partial, file_of(warehouse, number))
        log.warning("The file of generation %d was missing: put back.", number)


def _remove_leftovers(warehouse: Path) -> None:
    """Remove what a killed command was writing, and manifests that never got their file."""
    folder = warehouse / FOLDER
    published = published_manifest(warehouse)
    for path in [*warehouse.glob(f"*{PARTIAL_SUFFIX}"), *folder.glob(f"*{PARTIAL_SUFFIX}")]:
        path.unlink()
    for number in set(_numbers(warehouse, "json")) - set(_numbers(warehouse, "duckdb")):
        if published is None or number != published["generation"]:
            manifest_of(warehouse, number).unlink()


# --- rollback ---------------------------------------------------------------------------------


def hold_back(warehouse: Path, target: int, published: Manifest | None) -> None:
    """Note that everything above generation `target` is not to be published again by itself."""
    old = (_read_rollback(warehouse) or {}).get("held", [])
    manifests = [*kept(warehouse).values(), published]
    new = [{"generation": m["generation"], "fingerprint": m["fingerprint"]} for m in manifests if m]
    held = {entry["generation"]: entry for entry in (*old, *new) if entry["generation"] > target}
    path = warehouse / ROLLBACK
    if not held:
        path.unlink(missing_ok=True)
        return
    content = {"to": target, "at": now(), "held": [held[number] for number in sorted(held)]}
    put_in_place(_written_beside(path, content), path)


def held_back(warehouse: Path, published: Manifest | None) -> list[dict]:
    """What was rolled back and is not to be published by itself: generation and fingerprint each.

    It counts until a generation above all of them is published; one that cannot be read holds
    back all that is newer than what is published.
    """
    path = warehouse / ROLLBACK
    if not path.exists():
        return []
    note = _read_rollback(warehouse)
    if note is not None:
        known = [note["to"], *(entry["generation"] for entry in note["held"])]
        is_over = published is not None and published["generation"] > max(known)
        return [] if is_over else note["held"]
    number = published["generation"] if published else 0
    return [
        {"generation": m["generation"], "fingerprint": m["fingerprint"]}
        for m in kept(warehouse).values()
        if m is not None and published is not None and m["generation"] > number
    ]


def _tidy_rollback(warehouse: Path, published: Manifest | None) -> None:
    """Remove the note of a rollback that is over; write one that is damaged again."""
    path = warehouse / ROLLBACK
    if published is None or not path.exists():
        return
    if not held_back(warehouse, published):
        path.unlink()
    elif _read_rollback(warehouse) is None:
        log.warning("%s was damaged: what is newer than what is published is held back.", ROLLBACK)
        hold_back(warehouse, published["generation"], published)


def _read_rollback(warehouse: Path) -> dict | None:
    try:
        note = json.loads((warehouse / ROLLBACK).read_text(encoding="utf-8"))
        held = [
            {"generation": int(entry["generation"]), "fingerprint": str(entry["fingerprint"])}
            for entry in note["held"]
        ]
        return {"to": int(note["to"]), "held": held}
    except (OSError, ValueError, KeyError, TypeError):
        return None


# --- words ------------------------------------------------------------------------------------


def size(byte_count: int) -> str:
    """A number of bytes for a person: `6.6 MB`."""
    amount, unit = float(byte_count), "bytes"
    for unit in ("bytes", "kB", "MB", "GB", "TB"):
        if amount < 1000 or unit == "TB":
            break
        amount /= 1000
    return f"{amount:.0f} {unit}" if unit == "bytes" else f"{amount:.1f} {unit}"


def in_words(manifest: Manifest) -> str:
    """A generation in a few words, for a message."""
    number, as_of = manifest["generation"], manifest["as_of_date"]
    return f"generation {number} (as of {as_of}, revenue {Decimal(manifest['revenue_amount']):.2f})"
