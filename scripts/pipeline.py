"""The whole way: files → landing → warehouse → published file → report."""

from __future__ import annotations

import argparse
import logging
import os
import time
from collections.abc import Callable
from pathlib import Path

from scripts import fingerprint, generations
from scripts.build import Dbt, build
from scripts.errors import UserError, run
from scripts.generations import Manifest
from scripts.ingest import ingest
from scripts.lock import warehouse_lock
from scripts.notify import telling
from scripts.paths import published_file, shop_folder, warehouse_folder
from scripts.publish import publish
from scripts.report import Programs, headlines, write_report
from scripts.report.files import remove, write
from scripts.runs import Record

log = logging.getLogger(__name__)

REPORT_MADE_FROM = "made_from.txt"


def main() -> None:
    """Run the steps that have something new to do, and say which had not."""
    parser = argparse.ArgumentParser(prog="python -m scripts.pipeline", description=__doc__)
    parser.add_argument("--without-ingest", action="store_true", help="build what has landed")
    parser.add_argument("--without-report", action="store_true", help="stop after publishing")
    options = parser.parse_args()
    with telling(f"The warehouse of {shop_folder().resolve().name}"):
        _run(options)


def _run(options: argparse.Namespace) -> None:
    generations.keep_count()  # nonsense is said before an hour's work, not after it
    warehouse = warehouse_folder()
    with warehouse_lock(warehouse) as lock, Dbt(lock) as dbt, _Drawing() as drawing:
        record = Record(warehouse)
        with record.step("publish"):
            published = generations.settle(warehouse)
        if not options.without_ingest:
            with record.step("ingest"):
                log.info("%s", ingest(shop_folder(), warehouse))
            record.passed("ingest")
        draws = not options.without_report
        ahead = drawing.start if draws else None
        published = _bring_up_to_date(warehouse, published, record, dbt, ahead)
        record.passed("build", "publish")
        if draws:
            with record.step("report"):
                _draw_report(warehouse, published, drawing.programs)
            record.passed("report")
        record.succeeded()
    if draws:
        print(headlines(warehouse))


class _Drawing:
    """The programs that draw the report, started while dbt builds; ended when nobody used them."""

    def __init__(self) -> None:
        self.programs: Programs | None = None

    def start(self) -> None:
        self.programs = Programs()

    def __enter__(self) -> _Drawing:
        return self

    def __exit__(self, *_: object) -> None:
        if self.programs is not None:
            self.programs.close()


def _bring_up_to_date(
    warehouse: Path,
    published: Manifest | None,
    record: Record,
    dbt: Dbt,
    ahead: Callable[[], None] | None,
) -> Manifest:
    """Build and publish what has landed, unless that is published, or was and was rolled back.

    `ahead` starts what will be needed after a build.
    """
    with record.step("build"):
        made_from = fingerprint.of_warehouse(warehouse)
        if published is not None and published["fingerprint"] == made_from:
            log.info("Nothing to build: no file, setting or model has changed.")
            return published
        for held in generations.held_back(warehouse, published):
            if held["fingerprint"] == made_from:
                return _stay(held["generation"], published)
        started = time.monotonic()
        log.info("Building the warehouse ...")
        if ahead is not None:
            ahead()
        node_count = build(warehouse, dbt)
        log.info("%d models and tests passed (%.0f s).", node_count, time.monotonic() - started)
    with record.step("publish"):
        manifest = publish(warehouse, made_from, bool(os.environ.get("ACCEPT_COLLAPSE")))
        log.info("Published generation %d: %s", manifest["generation"], published_file())
    return manifest


def _stay(rolled_back: int, published: Manifest | None) -> Manifest:
    """Leave the generation that was rolled back to where it is, and say how to go on."""
    if published is None:
        raise UserError(
            f"What is published is damaged and cannot be built again: generation {rolled_back} was "
            "rolled back, and no file, setting or model has changed since. Correct a file, or "
            f"return to it with make rollback GENERATION={rolled_back}."
        )
    log.info(
        "Generation %d was rolled back, and no file, setting or model has changed since: "
        "generation %d stays published. Correct a file and run this again, or return to it with "
        "make rollback GENERATION=%d.",
        rolled_back,
        published["generation"],
        rolled_back,
    )
    return published


def _draw_report(warehouse: Path, published: Manifest, programs: Programs | None) -> None:
    """Draw the report of what is published, unless it is that already and whole."""
    note = warehouse / "report" / REPORT_MADE_FROM
    drawn_from = fingerprint.of_report(published["fingerprint"])
    if _is_whole(note, drawn_from):
        log.info("The report is up to date.")
        return
    # without its note a report counts as unfinished, until all of it is there
    remove(note)
    for path in _files(note.parent):
        if path.name.startswith(".") and path.suffix == ".tmp":
            remove(path)  # what a killed command was writing
    write_report(warehouse, programs)
    names = sorted(str(file.relative_to(note.parent)) for file in _files(note.parent))
    write(note, "\n".join([drawn_from, *names]).encode())


def _files(folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*") if file.is_file()]


def _is_whole(note: Path, drawn_from: str) -> bool:
    """Whether the report was drawn from this and none of its files has gone."""
    if not note.is_file():
        return False
    written_from, *names = note.read_text(encoding="utf-8", errors="replace").splitlines() or [""]
    return written_from == drawn_from and all((note.parent / name).is_file() for name in names)


if __name__ == "__main__":
    run(main)
