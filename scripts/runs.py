"""What became of the last run, and what was last refused: two small notes for `make status`.

    last_run.json   tried_at, outcome (running, refused, succeeded), succeeded_at
    refused.json    at, step (ingest, build, publish, report), message, holds

They are notes and no more: nothing is decided by them, and one that cannot be written (the disk
is full) or read is left out rather than turned into an error of its own.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scripts.errors import UserError
from scripts.generations import now
from scripts.storage import PARTIAL_SUFFIX, write_json

LAST_RUN = "last_run.json"
REFUSED = "refused.json"

log = logging.getLogger(__name__)


class Record:
    """The notes of one run; it begins when this is made."""

    def __init__(self, warehouse: Path) -> None:
        """Note that a run has begun; one that is killed stays at that."""
        self.warehouse = warehouse
        old = read(warehouse / LAST_RUN) or {}
        self.last_run = {
            "tried_at": now(),
            "outcome": "running",
            "succeeded_at": old.get("succeeded_at"),
        }
        _write(warehouse / LAST_RUN, self.last_run)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Note a refusal of this step."""
        try:
            yield
        except UserError as error:
            note = {"at": now(), "step": name, "message": str(error), "holds": True}
            _write(self.warehouse / REFUSED, note)
            _write(self.warehouse / LAST_RUN, {**self.last_run, "outcome": "refused"})
            raise

    def passed(self, *names: str) -> None:
        """Note that what these steps refused last is settled."""
        refused = read(self.warehouse / REFUSED)
        if refused is not None and refused.get("step") in names and refused.get("holds"):
            _write(self.warehouse / REFUSED, {**refused, "holds": False})

    def succeeded(self) -> None:
        """Note that the run came to its end."""
        self.last_run |= {"outcome": "succeeded", "succeeded_at": now()}
        _write(self.warehouse / LAST_RUN, self.last_run)


def read(path: Path) -> dict | None:
    """A note; None when there is none that can be read."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None


def _write(path: Path, content: dict) -> None:
    try:
        if read(path) is None:
            path.unlink(missing_ok=True)
        write_json(path, content)
    except OSError as error:
        log.debug("%s was not written: %s", path, error)
        try:
            path.with_name(path.name + PARTIAL_SUFFIX).unlink(missing_ok=True)
        except OSError as second:
            log.debug("%s was not removed: %s", path, second)
