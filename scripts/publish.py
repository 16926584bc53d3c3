"""Publish the candidate warehouse: readers see the old one, then the new one, never a mix."""

from __future__ import annotations

import json
import logging
import shutil
from decimal import Decimal
from pathlib import Path

import duckdb

from scripts.errors import UserError
from scripts.storage import put_in_place, sha256_of, write_json

log = logging.getLogger(__name__)

PUBLISHED = "sales.duckdb"
MANIFEST = "sales.json"
READ_ONLY = 0o444

# A revenue that falls below this share of the published one is a lost file rather than news.
COLLAPSE_SHARE = Decimal("0.5")


def read_manifest(warehouse: Path) -> dict | None:
    """The manifest of the published warehouse; None when nothing was published."""
    try:
        return json.loads((warehouse / MANIFEST).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None


def is_published(warehouse: Path, fingerprint: str) -> bool:
    """Whether the published file was made from this, and is whole, byte for byte."""
    manifest = read_manifest(warehouse)
    file = warehouse / PUBLISHED
    return (
        manifest is not None
        and manifest.get("fingerprint") == fingerprint
        and file.exists()
        and manifest.get("sha256") == sha256_of(file)
    )


def publish(warehouse: Path, fingerprint: str, accept_collapse: bool = False) -> dict:
    """Put a verified copy of `candidate.duckdb` in the place of `sales.duckdb`.

    A copy of the file, never of its rows. Returns the manifest, which stands beside it as
    `sales.json`: generation, as_of_date, line_count, revenue_amount (text, exact), file_count, the
    sha256 of the file and the fingerprint of what it was made from. Raises UserError, and leaves
    everything as it was, when the copy does not read back, the revenue collapsed, or the folder
    cannot be written.
    """
    previous = read_manifest(warehouse) or _facts_of_published(warehouse)
    candidate = warehouse / "candidate.duckdb"
    temporary = warehouse / f".{PUBLISHED}.tmp"
    try:
        _flush(candidate)
        # held open for reading, so that no other dbt can write to it meanwhile
        with duckdb.connect(str(candidate), read_only=True):
            shutil.copyfile(candidate, temporary)
            checksum = sha256_of(candidate)
        if sha256_of(temporary) != checksum:
            raise OSError(0, "the copy differs from its original")
        facts = {**_facts(temporary), "sha256": checksum}
        temporary.chmod(READ_ONLY)
        if not accept_collapse:
            _refuse_collapse(previous, facts)
        generation = (previous or {}).get("generation", 0) + 1
        manifest = {"generation": generation, **facts, "fingerprint": fingerprint}
        # the manifest first: a crash in between makes the next run publish again
        write_json(warehouse / MANIFEST, {**manifest, "fingerprint": None})
        put_in_place(temporary, warehouse / PUBLISHED)
        write_json(warehouse / MANIFEST, manifest)
    except (OSError, duckdb.Error) as error:
        said = getattr(error, "strerror", None) or str(error).splitlines()[0]
        reason = said.partition("Error: ")[2] or said
        raise UserError(
            f"The warehouse cannot be published to {warehouse}: {reason}. "
            "The last published one stays as it was; make room or make the folder writable, "
            "then run this again."
        ) from error
    finally:
        temporary.unlink(missing_ok=True)
    return manifest


def _flush(candidate: Path) -> None:
    """Fold a write-ahead log that a killed build left into the file that is copied."""
    if candidate.with_name(candidate.name + ".wal").exists():
        with duckdb.connect(str(candidate)) as connection:
            connection.execute("checkpoint")


def _facts_of_published(warehouse: Path) -> dict | None:
    """What a published file without a manifest says; None when there is none that can be read."""
    try:
        return _facts(warehouse / PUBLISHED)
    except duckdb.Error:
        return None


def _facts(file: Path) -> dict:
    """What the published file says of itself."""
    with duckdb.connect(str(file), read_only=True) as connection:
        as_of_date, line_count, revenue = connection.execute(
            "select as_of_date, line_count, revenue_amount from marts.shop_summary"
        ).fetchall()[0]
        file_count = connection.execute("select count(*) from quality.file_ledger").fetchall()[0][0]
    return {
        "as_of_date": str(as_of_date),
        "line_count": line_count,
        "revenue_amount": str(revenue),
        "file_count": file_count,
    }


def _refuse_collapse(previous: dict | None, facts: dict) -> None:
    before = Decimal(previous["revenue_amount"]) if previous else Decimal(0)
    after = Decimal(facts["revenue_amount"])
    if before > 0 and after < before * COLLAPSE_SHARE:
        raise UserError(
            f"The revenue would fall from {before:.2f} to {after:.2f}, so nothing was published: "
            "a file is probably missing or mapped wrongly. If it is right, run "
            "make report ACCEPT_COLLAPSE=1."
        )
