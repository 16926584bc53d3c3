"""The whole way: files → landing → warehouse → published file → report."""

from __future__ import annotations

import argparse
import logging
import os
import time
from pathlib import Path

from scripts import fingerprint
from scripts.build import build
from scripts.errors import run
from scripts.ingest import ingest
from scripts.lock import warehouse_lock
from scripts.paths import published_file, shop_folder, warehouse_folder
from scripts.publish import is_published, publish
from scripts.report import headlines, write_report

log = logging.getLogger(__name__)

REPORT_MADE_FROM = "made_from.txt"


def main() -> None:
    """Run the steps that have something new to do, and say which had not."""
    parser = argparse.ArgumentParser(prog="python -m scripts.pipeline", description=__doc__)
    parser.add_argument("--without-ingest", action="store_true", help="build what has landed")
    parser.add_argument("--without-report", action="store_true", help="stop after publishing")
    options = parser.parse_args()

    warehouse = warehouse_folder()
    with warehouse_lock(warehouse):
        if not options.without_ingest:
            log.info("%s", ingest(shop_folder(), warehouse))
        made_from = fingerprint.of_warehouse(warehouse)
        if is_published(warehouse, made_from):
            log.info("Nothing to build: no file, setting or model has changed.")
        else:
            started = time.monotonic()
            log.info("Building the warehouse ...")
            node_count = build(warehouse)
            log.info("%d models and tests passed (%.0f s).", node_count, time.monotonic() - started)
            manifest = publish(warehouse, made_from, bool(os.environ.get("ACCEPT_COLLAPSE")))
            log.info("Published generation %d: %s", manifest["generation"], published_file())
        if options.without_report:
            return
        note = warehouse / "report" / REPORT_MADE_FROM
        drawn_from = fingerprint.of_report(made_from)
        if note.exists() and _is_whole(note, drawn_from):
            log.info("The report is up to date.")
        else:
            note.unlink(missing_ok=True)
            write_report(warehouse)
            names = sorted(str(file.relative_to(note.parent)) for file in _files(note.parent))
            note.write_text("\n".join([drawn_from, *names]), encoding="utf-8")
    print(headlines(warehouse))


def _files(folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*") if file.is_file()]


def _is_whole(note: Path, drawn_from: str) -> bool:
    """Whether the report was drawn from this and none of its files has gone."""
    written_from, *names = note.read_text(encoding="utf-8").splitlines()
    return written_from == drawn_from and all((note.parent / name).is_file() for name in names)


if __name__ == "__main__":
    run(main)
