"""Publish the candidate warehouse: readers see the old one, then the new one, never a mix."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import duckdb

from scripts import generations
from scripts.errors import UserError
from scripts.generations import PUBLISHED, Manifest

CANDIDATE = "candidate.duckdb"

# A revenue that falls below this share of the published one is a lost file rather than news.
COLLAPSE_SHARE = Decimal("0.5")


def publish(warehouse: Path, fingerprint: str, accept_collapse: bool = False) -> Manifest:
    """Make a new generation of a verified copy of `candidate.duckdb`, and show it to readers.

    A copy of the file, never of its rows. Returns the manifest, which stands beside the
    published file as `sales.json`: generation, published_at (UTC), as_of_date, line_count,
    revenue_amount (text, exact), file_count, byte_count, sha256, the fingerprint of what it was
    made from, and files (path, input_name, file_id, records of each). Raises UserError, and
    leaves what is published as it was, when there is no room, the copy does not read back, the
    revenue collapsed, or the folder cannot be written.
    """
    keep = generations.keep_count()
    previous = generations.published_manifest(warehouse) or _facts_of_published(warehouse)
    candidate = warehouse / CANDIDATE
    number = generations.next_number(warehouse)
    partial = generations.partial_of(warehouse, number)
    try:
        _flush(candidate)
        partial.parent.mkdir(exist_ok=True)
        # held open for reading, so that no other dbt can write to it meanwhile
        with duckdb.connect(str(candidate), read_only=True):
            generations.require_room(warehouse, candidate.stat().st_size)
            checksum = generations.copy_verified(candidate, partial)
        facts = _facts(partial)
        if not accept_collapse:
            _refuse_collapse(previous, facts)
        manifest = generations.sealed(
            {
                "generation": number,
                "published_at": generations.now(),
                **{name: value for name, value in facts.items() if name != "files"},
                "byte_count": partial.stat().st_size,
                "sha256": checksum,
                "fingerprint": fingerprint,
                "files": facts["files"],
            }
        )
        generations.enter(warehouse, manifest)
        generations.show(warehouse, manifest)
        generations.end_rollback(warehouse)
        generations.prune(warehouse, number, keep)
    except (OSError, duckdb.Error) as error:
        said = getattr(error, "strerror", None) or str(error).splitlines()[0]
        reason = said.partition("Error: ")[2] or said
        raise UserError(
            f"The warehouse cannot be published to {warehouse}: {reason}. What readers see is "
            "whole; make room or make the folder writable, then run this again."
        ) from error
    finally:
        partial.unlink(missing_ok=True)
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
    """What a published file says of itself."""
    with duckdb.connect(str(file), read_only=True) as connection:
        as_of_date, line_count, revenue = connection.execute(
            "select as_of_date, line_count, revenue_amount from marts.shop_summary"
        ).fetchall()[0]
        files = connection.execute(
            "select path, input_name, file_id, records_in from quality.file_ledger order by all"
        ).fetchall()
    return {
        "as_of_date": str(as_of_date),
        "line_count": line_count,
        "revenue_amount": str(revenue),
        "file_count": len(files),
        "files": [
            dict(zip(("path", "input_name", "file_id", "records"), row, strict=True))
            for row in files
        ],
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
