"""Parquet files: a folder for each export, and one name that says which of them counts.

    FOLDER/generation-000007-1/core/fct_sales/month=2024-01/fct_sales-000007-1-0.parquet
    FOLDER/generation-000007-1/marts/revenue_by_month/revenue_by_month-000007-1.parquet
    FOLDER/generation-000007-1/manifest.json    what it holds: tables, files, rows, definitions
    FOLDER/latest                               a link to the folder that counts

The link is the switch. Names of files carry the export, so that a reader that looked for files
before the switch and opens them after it does not find them, rather than mixing two sets.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from scripts.errors import UserError
from scripts.export.address import Address, Options
from scripts.export.source import Source, Table, require_same
from scripts.paths import PROJECT
from scripts.storage import PARTIAL_SUFFIX, flush_to_disk, sha256_of_all, write_json

LATEST = "latest"
MANIFEST = "manifest.json"
LOCK = ".export.lock"
FACT = "core.fct_sales"
FOLDER_NAME = re.compile(r"generation-[0-9]{6,}-[0-9]+")
# Columns that only the path has; the fact's own are all in the files. A store whose name is too
# long for a folder has its hash there.
PARTS = {
    "month": "strftime(month_start_on, '%Y-%m')",
    "store": "case when strlen(url_encode(store_id)) > 200 then md5(store_id) else store_id end",
}


def export(source: Source, address: Address, options: Options) -> bool:
    """Write the generation and point `latest` at it; False when it does already, at all of it.

    The set before stays, for who is reading it; the ones before that are removed, and so is what
    a killed export left. Raises UserError when the folder cannot be written or is another shop's.
    """
    root = PROJECT / address.path
    try:
        root.mkdir(parents=True, exist_ok=True)
        with alone(root):
            return _export(source, root, options)
    except OSError as error:
        raise UserError(
            f"{error.filename or root} cannot be written: {error.strerror or error}. What stood "
            "there before is as it was."
        ) from error
    except duckdb.IOException as error:
        raise UserError(
            f"{root} cannot be written: {str(error).splitlines()[0]}. What stood there before is "
            "as it was."
        ) from error


def _export(source: Source, root: Path, options: Options) -> bool:
    old = read_manifest(root / LATEST / MANIFEST)
    require_own(old, source, str(root))
    current = (root / LATEST).resolve().name if old else None
    previous = (old or {}).get("previous")
    if old and describes(old, source, options) and _is_whole(root / LATEST, old):
        _remove_others(root, {current, previous})
        return False
    _remove_others(root, {current, previous})
    taken = {path.name for path in root.iterdir()}
    name = next_name(source.generation, taken)
    folder = root / name
    manifest = write_set(source, folder, options, current)
    for path in [folder, *folder.rglob("*")]:
        flush_to_disk(path)
    link = root / (LATEST + PARTIAL_SUFFIX)
    link.unlink(missing_ok=True)
    link.symlink_to(name)
    link.replace(root / LATEST)
    flush_to_disk(root)
    _remove_others(root, {name, manifest["previous"]})
    return True


@contextmanager
def alone(root: Path) -> Iterator[None]:
    """Keep a second export out of a folder; the lock ends with the process."""
    handle = os.open(root / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise UserError(
            f"Another export to {root} is at work. Wait until it has finished, then run this again."
        ) from None
    finally:
        os.close(handle)


# --- what both a folder and a bucket hold --------------------------------------------------------


def write_set(source: Source, folder: Path, options: Options, previous: str | None) -> dict:
    """Write every table below a new folder, each verified; returns its manifest, written last."""
    suffix = folder.name.removeprefix("generation-")
    tables = {}
    for table in source.tables:
        target = folder / table.schema / table.name
        target.mkdir(parents=True)
        _write(source, table, target, suffix, options)
        relation = f"read_parquet({_text(target / '**' / '*.parquet')}, hive_partitioning = false)"
        totals = source.totals_of(table, relation)
        require_same(table, totals, source.totals(table))
        tables[table.full_name] = {
            "description": table.comment,
            "key": table.key,
            "row_count": int(totals[0] or 0),
            "columns": [
                {"name": column.name, "type": column.type, "description": column.comment}
                for column in table.columns
            ],
        }
    digests = sha256_of_all(sorted(folder.rglob("*.parquet")))
    for name, described in tables.items():
        below = folder.joinpath(*name.split("."))
        described["files"] = [
            {
                "path": path.relative_to(folder).as_posix(),
                "byte_count": path.stat().st_size,
                "sha256": digest,
            }
            for path, digest in digests.items()
            if below in path.parents
        ]
    manifest = {
        **source.mark,
        "folder": folder.name,
        "previous": previous,
        "partition": partition_of(options),
        "tables": tables,
    }
    write_json(folder / MANIFEST, manifest)
    return manifest


def partition_of(options: Options) -> list[str]:
    return ["month", "store"] if options.by_store else ["month"]


def _write(source: Source, table: Table, folder: Path, suffix: str, options: Options) -> None:
    name = f"{table.name}-{suffix}"
    is_parted = table.full_name == FACT and source.totals(table)[0]
    if is_parted:
        parts = partition_of(options)
        select = ", ".join(f"{PARTS[part]} as {part}" for part in parts)
        source.connection.execute(
            f"copy (select *, {select} from {table.full_name}) to {_text(folder)} (format parquet, "
            f"compression zstd, partition_by ({', '.join(parts)}), "
            f"filename_pattern '{name}-{{i}}', overwrite_or_ignore true)"
        )
    else:
        source.connection.execute(
            f"copy (from {table.full_name}) to {_text(folder / (name + '.parquet'))} "
            "(format parquet, compression zstd)"
        )


def _text(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def read_manifest(path: Path) -> dict | None:
    """A set's manifest; None when there is none, or none that can be read."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) and "tables" in content else None


def require_own(manifest: dict | None, source: Source, place: str) -> None:
    """Raise UserError when what stands there is another shop's."""
    if manifest is not None and manifest["shop"] != source.shop:
        raise UserError(
            f"{place} holds the shop {manifest['shop']}, and this is {source.shop}. Export each "
            "shop to a place of its own."
        )


def next_name(generation: int, taken: set[str]) -> str:
    """A name for a new set that nothing has."""
    number = 1
    while f"generation-{generation:06d}-{number}" in taken:
        number += 1
    return f"generation-{generation:06d}-{number}"


def describes(manifest: dict, source: Source, options: Options) -> bool:
    """Whether a set is of this generation, and written as it would be now."""
    said = {name: manifest.get(name) for name in source.mark}
    return said == source.mark and manifest["partition"] == partition_of(options)


def _is_whole(folder: Path, manifest: dict) -> bool:
    """Whether every file of a set is there with its bytes."""
    wanted = {
        folder / file["path"]: file["sha256"]
        for table in manifest["tables"].values()
        for file in table["files"]
    }
    return all(path.is_file() for path in wanted) and sha256_of_all(wanted) == wanted


def _remove_others(root: Path, kept: set[str | None]) -> None:
    for path in root.iterdir():
        if FOLDER_NAME.fullmatch(path.name) and path.name not in kept:
            shutil.rmtree(path)
