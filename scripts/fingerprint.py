"""What a warehouse was made from, as one hash: equal hashes, equal warehouses.

The warehouse is a function of the current files, their settings and the models; when none of
them changed since the last publish there is nothing to build.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from scripts.errors import UserError
from scripts.ingest import ledger
from scripts.paths import PROJECT

MODEL_SOURCES = ("dbt_project.yml", "profiles.yml", "models", "macros", "seeds", "tests/generic")
ENGINES = ("dbt-core", "dbt-duckdb", "duckdb")


def of_warehouse(warehouse: Path) -> str:
    """The fingerprint of what a build of this warehouse would read, as hex digits.

    Raises UserError when an entry of the ledger is damaged or a file cannot be read.
    """
    try:
        return _of_warehouse(warehouse)
    except OSError as error:
        raise UserError(f"{error.filename} cannot be read: {error.strerror}.") from error


def _of_warehouse(warehouse: Path) -> str:
    digest = hashlib.sha256()
    for entry in ledger.load(warehouse).values():
        content = asdict(entry)
        del content["previous_file_ids"]  # the way here does not matter
        digest.update(json.dumps(content, sort_keys=True).encode())
    _add_files(digest, [warehouse / "landing" / "settings.json"], warehouse)
    _add_files(digest, [PROJECT / name for name in MODEL_SOURCES], PROJECT)
    _add_files(digest, (PROJECT / "tests").glob("*.*"), PROJECT)
    digest.update(json.dumps([version(name) for name in ENGINES]).encode())
    return digest.hexdigest()


def of_report(warehouse_fingerprint: str) -> str:
    """The fingerprint of the report on a warehouse: what it shows and what draws it."""
    digest = hashlib.sha256(warehouse_fingerprint.encode())
    _add_files(digest, [PROJECT / "scripts" / "report", PROJECT / "requirements.txt"], PROJECT)
    return digest.hexdigest()


def _add_files(digest: hashlib._Hash, roots: Iterable[Path], base: Path) -> None:
    for root in sorted(roots):
        files = sorted(root.rglob("*")) if root.is_dir() else [root]
        for file in files:
            if file.is_file() and "__pycache__" not in file.parts:
                digest.update(str(file.relative_to(base)).encode())
                digest.update(hashlib.sha256(file.read_bytes()).digest())
