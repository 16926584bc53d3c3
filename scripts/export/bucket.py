"""Parquet files in a bucket: the same set as in a folder, and one object that names it.

    PREFIX/generation-000007-1/…    as `parquet` has it
    PREFIX/latest.json              the manifest of the set that counts, written last

A bucket has no links and no renames, so the object `latest.json` is the switch.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import duckdb

from scripts.errors import UserError
from scripts.export.address import Address, Options
from scripts.export.parquet import (
    FOLDER_NAME,
    MANIFEST,
    alone,
    describes,
    next_name,
    require_own,
    write_set,
)
from scripts.export.source import Source
from scripts.paths import warehouse_folder
from scripts.s3 import Bucket, Found

LATEST = "latest.json"
STAGE = "export"


def export(source: Source, address: Address, options: Options) -> bool:
    """Upload the generation, then name it in `latest.json`; False when it is there already, whole.

    The files are written and verified beside the warehouse first, and read back from the bucket
    after. The set before stays; the ones before that are removed, and so is what a killed export
    left. Raises UserError when disk or bucket cannot be used, or the bucket has another shop's.
    """
    bucket = Bucket(address.host)
    stage = warehouse_folder() / STAGE / hashlib.sha256(address.shown.encode()).hexdigest()[:16]
    try:
        stage.mkdir(parents=True, exist_ok=True)
        with alone(stage):
            _clear(stage)
            try:
                return _export(
                    source, bucket, f"{address.path}/" if address.path else "", stage, options
                )
            finally:
                _clear(stage)
    except (OSError, duckdb.IOException) as error:
        reason = getattr(error, "strerror", None) or str(error).splitlines()[0]
        raise UserError(
            f"{stage}, where the files are written first, cannot be used: {reason}. What stands in "
            f"{address.shown} is as it was."
        ) from error


def _export(source: Source, bucket: Bucket, prefix: str, stage: Path, options: Options) -> bool:
    old = _read_latest(bucket, prefix)
    require_own(old, source, f"s3://{bucket.name}/{prefix}")
    present = {found.key: found for found in bucket.list(prefix + "generation-")}
    current = old["folder"] if old else None
    if old and describes(old, source, options) and _is_whole(bucket, prefix, old, present):
        _remove_others(bucket, prefix, present, {current, old["previous"]})
        return False
    _remove_others(bucket, prefix, present, {current, (old or {}).get("previous")})
    name = next_name(source.generation, {key[len(prefix) :].split("/")[0] for key in present})
    folder = stage / name
    manifest = write_set(source, folder, options, current)
    for file in _files_of(manifest):
        key = f"{prefix}{name}/{file['path']}"
        bucket.upload(key, folder / file["path"])
        if bucket.sha256_of(key) != file["sha256"]:
            raise UserError(
                f"s3://{bucket.name}/{key} does not read back as it was written. Readers see what "
                "they saw before; run this again."
            )
    content = (folder / MANIFEST).read_bytes()
    bucket.write(f"{prefix}{name}/{MANIFEST}", content)
    bucket.write(prefix + LATEST, content)
    _remove_others(bucket, prefix, present, {name, current})
    return True


def _read_latest(bucket: Bucket, prefix: str) -> dict | None:
    content = bucket.read(prefix + LATEST)
    if content is None:
        return None
    try:
        manifest = json.loads(content)
    except ValueError:
        manifest = None
    if not isinstance(manifest, dict) or not {"folder", "shop", "tables"} <= manifest.keys():
        raise UserError(
            f"s3://{bucket.name}/{prefix}{LATEST} was not written by an export. Export to a prefix "
            "of its own."
        )
    return manifest


def _is_whole(bucket: Bucket, prefix: str, manifest: dict, present: dict[str, Found]) -> bool:
    """Whether every file of the set is there with its bytes."""
    for file in _files_of(manifest):
        key = f"{prefix}{manifest['folder']}/{file['path']}"
        if key not in present or present[key].byte_count != file["byte_count"]:
            return False
        if bucket.sha256_of(key) != file["sha256"]:
            return False
    return True


def _files_of(manifest: dict) -> list[dict]:
    return [file for table in manifest["tables"].values() for file in table["files"]]


def _remove_others(
    bucket: Bucket, prefix: str, present: dict[str, Found], kept: set[str | None]
) -> None:
    """Remove sets of exports that are neither the current one nor the one before."""
    gone = []
    for key in present:
        folder = key[len(prefix) :].split("/")[0]
        if FOLDER_NAME.fullmatch(folder) and folder not in kept:
            gone.append(key)
    bucket.delete(gone)


def _clear(stage: Path) -> None:
    for path in stage.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
