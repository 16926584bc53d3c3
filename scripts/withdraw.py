"""`python -m scripts.withdraw FILE`: take a file out of the warehouse, or put it back.

A file that left the shop folder stays loaded; this removes it. Its landing file is kept, so
that `--restore` puts it back. A withdrawn file that is still in the shop folder is not loaded
again while its bytes are the same.
"""

from __future__ import annotations

import argparse
import logging
from dataclasses import replace
from pathlib import Path

from scripts.errors import UserError, run
from scripts.ingest import ledger
from scripts.ingest.ledger import LANDED, WITHDRAWN, Entry
from scripts.ingest.problems import did_you_mean
from scripts.lock import warehouse_lock
from scripts.paths import shop_folder, warehouse_folder

log = logging.getLogger(__name__)


def withdraw(shop: Path, warehouse: Path, file: str, restore: bool = False) -> list[str]:
    """Withdraw (or restore) a file and every copy of it; the paths that changed.

    `file` is a path as the ledger has it, relative to the shop folder, or any path to a file
    in that folder. Raises UserError when the ledger has no such file in that state.
    """
    if not (warehouse / ledger.LEDGER).is_dir():
        raise UserError(f"Nothing has been landed in {warehouse} yet. Run make ingest first.")
    wanted, target = (WITHDRAWN, LANDED) if restore else (LANDED, WITHDRAWN)
    try:
        with warehouse_lock(warehouse):
            old = ledger.load(warehouse)
            path = _path_in_ledger(shop, file, old)
            chosen = {
                (e.input_name, e.content_sha256)
                for e in old.values()
                if e.path == path and e.state == wanted
            }
            if not chosen:
                raise UserError(f"{path} is {'not withdrawn' if restore else 'already withdrawn'}.")
            new = {
                name: replace(entry, state=target)
                if (entry.input_name, entry.content_sha256) in chosen
                else entry
                for name, entry in old.items()
            }
            ledger.save(warehouse, old, new)
    except OSError as error:
        raise UserError(
            f"{error.filename or warehouse} cannot be written: {error.strerror}."
        ) from error
    return sorted({e.path for name, e in new.items() if e != old[name]})


def _path_in_ledger(shop: Path, file: str, entries: dict[str, Entry]) -> str:
    """The path of the ledger that is meant, or a UserError with the nearest one."""
    known = sorted({entry.path for entry in entries.values()})
    candidates = [file.removeprefix("./")]
    for base in (Path.cwd(), shop):
        location = (base / file).resolve()
        if location.is_relative_to(shop.resolve()):
            candidates.append(location.relative_to(shop.resolve()).as_posix())
    for candidate in candidates:
        if candidate in known:
            return candidate
    raise UserError(f"No file {file} has been landed.{did_you_mean(file, known)}")


def main() -> None:
    """Read the command line, do it, and say what to do next."""
    parser = argparse.ArgumentParser(prog="scripts.withdraw", description=__doc__)
    parser.add_argument("file", metavar="FILE", help="path of the file in the shop folder")
    parser.add_argument("--restore", action="store_true", help="put a withdrawn file back")
    arguments = parser.parse_args()
    paths = withdraw(shop_folder(), warehouse_folder(), arguments.file, arguments.restore)
    done = "restored" if arguments.restore else "withdrawn"
    log.info("%s %s. Run make report to bring the warehouse up to date.", ", ".join(paths), done)


if __name__ == "__main__":
    run(main)
