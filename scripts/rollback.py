"""`python -m scripts.rollback`: put an earlier generation in place of the published one.

GENERATION in the environment says which; without it, the one before the published one. What was
rolled back is not published again by itself as long as no file, setting or model has changed.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path

from scripts import generations
from scripts.errors import UserError, run
from scripts.generations import Manifest, in_words
from scripts.lock import warehouse_lock
from scripts.paths import warehouse_folder

log = logging.getLogger(__name__)


def rollback(warehouse: Path, wanted: str = "") -> tuple[Manifest | None, Manifest]:
    """Publish a kept generation again; (the one before, None when none was whole; the one now).

    `wanted` is a number as the user wrote it, or nothing. Raises UserError when there is no such
    generation, or it is damaged, or already published.
    """
    if not (warehouse / generations.FOLDER).is_dir():
        raise UserError(f"Nothing has been published in {warehouse} yet. Run make report first.")
    with warehouse_lock(warehouse):
        published = generations.settle(warehouse)
        target = _chosen(warehouse, published, wanted.strip())
        try:
            # what is held back first: a crash in between must not publish it again
            generations.hold_back(warehouse, target["generation"], published)
            generations.show(warehouse, target)
        except OSError as error:
            raise UserError(
                f"{error.filename or warehouse} cannot be written: {error.strerror}. What is "
                "published is as it was; make room or make the folder writable, then run this "
                "again."
            ) from error
    return published, target


def _chosen(warehouse: Path, published: Manifest | None, wanted: str) -> Manifest:
    """The manifest of the generation that is meant, whose file was verified."""
    kept = generations.kept(warehouse)
    # a damaged one that was published still says where earlier ones end
    last = published or generations.published_manifest(warehouse)
    now = last["generation"] if last else None
    others = [number for number in kept if published is None or number != now]
    if wanted:
        if not wanted.isascii() or not wanted.isdecimal() or int(wanted) not in kept:
            raise UserError(f"There is no generation {wanted}. {_offer(others)}")
        if published is not None and int(wanted) == now:
            raise UserError(f"Generation {now} is the published one. {_offer(others)}")
        numbers = [int(wanted)]
    else:
        numbers = sorted((n for n in others if now is None or n < now), reverse=True)
    for number in numbers:
        manifest = kept[number]
        fault = generations.fault_of(warehouse, number, manifest)
        if manifest is not None and fault is None:
            return manifest
        if wanted:
            whole = [n for n in others if n != number]
            raise UserError(
                f"Generation {number} is damaged ({fault}), so it was not put in place. "
                f"{_offer(whole)}"
            )
        log.warning("Generation %d is damaged (%s) and is passed over.", number, fault)
    raise UserError(f"There is no earlier generation to go back to. {_offer(others)}")


def _offer(numbers: list[int]) -> str:
    if not numbers:
        return (
            "No other one is kept; KEEP_GENERATIONS=3, for example, keeps three from now on. "
            "make status shows what is published."
        )
    listed = ", ".join(map(str, numbers))
    return f"Kept are also: {listed}. Choose one with make rollback GENERATION={numbers[-1]}."


def main() -> None:
    """Roll back, say what was done, and draw the report of what is published now."""
    warehouse = warehouse_folder()
    before, after = rollback(warehouse, os.environ.get("GENERATION", ""))
    was = in_words(before) if before else "a damaged file"
    log.info("Published is %s again, in place of %s.", in_words(after), was)
    if before is not None and before["generation"] > after["generation"]:
        log.info(
            "Generation %d stays out as long as no file, setting or model changes; "
            "make rollback GENERATION=%d returns to it.",
            before["generation"],
            before["generation"],
        )
    log.info("Run make report to draw its report.")


if __name__ == "__main__":
    run(main)
