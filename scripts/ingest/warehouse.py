"""The warehouse folder: which shop it belongs to, and what ingest keeps in it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from scripts.errors import UserError
from scripts.ingest.land import connect, inputs_and_rejects, write_empty
from scripts.storage import PARTIAL_SUFFIX, write_json

SHOP_FILE = "shop.json"
WORK_FOLDER = ".work"


def claim(warehouse: Path, shop: Path, name: str) -> None:
    """Record that the warehouse belongs to the shop; refuse the one of another shop.

    A shop is its folder. A folder that was moved (the old one is gone, the name is the same)
    and one whose shop was renamed stay the same shop.
    """
    path = warehouse / SHOP_FILE
    folder = str(shop.resolve())
    if path.is_file():
        try:
            owner = json.loads(path.read_bytes())
            owner_name, owner_folder = str(owner["shop"]), str(owner["folder"])
        except (ValueError, KeyError, TypeError) as error:
            raise UserError(
                f"{path} cannot be read, so it is not known which shop the warehouse belongs to. "
                "Remove the warehouse folder, or set WAREHOUSE=… to another one."
            ) from error
        was_moved = owner_name == name and not Path(owner_folder).exists()
        if owner_folder != folder and not was_moved:
            raise UserError(
                f"The warehouse {warehouse} belongs to {owner_name} ({owner_folder}), not to "
                f"{name} ({folder}). Set WAREHOUSE=… to another folder: two shops never mix."
            )
    write_json(path, {"shop": name, "folder": folder})


def prepare(warehouse: Path) -> Path:
    """Make the landing folders and their empty files; the folder for work in progress."""
    clear_work(warehouse)
    work = warehouse / WORK_FOLDER
    work.mkdir()
    with connect(work) as connection:
        for name in inputs_and_rejects():
            folder = warehouse / "landing" / name
            folder.mkdir(parents=True, exist_ok=True)
            write_empty(connection, name, folder / "empty.parquet")
    return work


def clear_work(warehouse: Path) -> None:
    """Remove work in progress, of this run or of one that was killed."""
    shutil.rmtree(warehouse / WORK_FOLDER, ignore_errors=True)
    (warehouse / (SHOP_FILE + PARTIAL_SUFFIX)).unlink(missing_ok=True)
    for pattern in (f"*{PARTIAL_SUFFIX}", f"*/*{PARTIAL_SUFFIX}"):
        for path in (warehouse / "landing").glob(pattern):
            path.unlink()
