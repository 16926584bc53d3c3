"""`python -m scripts.status`: what is published, how fresh it is, and what stands in the way.

Neither waits for the lock nor writes anything. Exit status 0 when what is published is whole, as
is every kept generation; 1 when something is damaged or nothing is published.
"""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timezone
from decimal import Decimal
from pathlib import Path

import duckdb

from scripts import fingerprint, generations, runs
from scripts.errors import UserError, run
from scripts.generations import MANIFEST, PUBLISHED, Manifest, size
from scripts.ingest import ledger, remote
from scripts.ingest.config import load
from scripts.ingest.discover import discover
from scripts.ingest.plan import make_plan
from scripts.ingest.warehouse import SHOP_FILE
from scripts.lock import holder_of
from scripts.paths import shop_folder, warehouse_folder

WIDTH = 100
LABEL_WIDTH = 15
# How many files of the shop are named.
SHOWN_FILES = 10


@dataclass
class Screen:
    """The lines to print, and whether all is well."""

    is_well: bool = True
    lines: list[str] = field(default_factory=list)

    def add(self, label: str, *texts: str) -> None:
        """A label, and beside it one or more lines of text, wrapped."""
        wrapped = [
            line
            for text in texts
            for part in text.splitlines()
            for line in textwrap.wrap(part, WIDTH - LABEL_WIDTH, break_long_words=False) or [""]
        ]
        for number, line in enumerate(wrapped):
            self.lines.append(f"{'' if number else label:<{LABEL_WIDTH}}{line}".rstrip())

    def fault(self, label: str, *texts: str) -> None:
        """The same for something that a monitor must see."""
        self.is_well = False
        self.add(label, *texts)


def status(shop: Path, warehouse: Path) -> Screen:
    """Look at a shop and its warehouse, and say what there is to say."""
    screen = Screen()
    screen.add("Warehouse", str(warehouse))
    holder = holder_of(warehouse)
    published = _add_published(screen, warehouse)
    _add_kept(screen, warehouse, published)
    _add_runs(screen, warehouse, holder)
    _add_files(screen, shop, warehouse, published)
    screen.add("In use", f"by {holder}" if holder else "by nobody")
    return screen


def _add_published(screen: Screen, warehouse: Path) -> Manifest | None:
    """What is published; its manifest when it is whole."""
    file = warehouse / PUBLISHED
    if not file.exists() and generations.published_manifest(warehouse) is None:
        screen.fault("Published", "nothing yet. Run make report.")
        return None
    # a run may publish meanwhile, so that the file is one generation older than its manifest:
    # the file first, then all manifests that it can belong to
    digest = generations.digest_of(file)
    found = generations.kept(warehouse)
    note = generations.published_manifest(warehouse)
    published = generations.what_fits(digest, note, found)
    if published is None:
        is_what = "is missing" if digest is None else "is damaged"
        screen.fault("Published", f"{PUBLISHED} {is_what}. Run make report to put it right.")
        return None
    when = f", published {_when(published['published_at'])}"
    screen.add("Published", f"generation {published['generation']}, whole{when}")
    if note != published:
        screen.fault("", f"{MANIFEST} does not fit it; make report puts it right.")
    last_sold_on = _last_sold_on(file)
    screen.add("As of", _day(published["as_of_date"]))
    if last_sold_on is not None:
        screen.add("Last sale", _day(last_sold_on))
    revenue = f"{Decimal(published['revenue_amount']):,.2f}"
    screen.add("Revenue", revenue)
    screen.add("Sales lines", f"{published['line_count']:,}")
    screen.add("Files", f"{published['file_count']:,}")
    screen.add("Size", size(published["byte_count"]))
    for held in generations.held_back(warehouse, published):
        number = held["generation"]
        screen.add(
            "Rolled back",
            f"generation {number}; make rollback GENERATION={number} returns to it.",
        )
    return published


def _add_kept(screen: Screen, warehouse: Path, published: Manifest | None) -> None:
    texts = []
    for number, manifest in generations.kept(warehouse).items():
        is_published = published is not None and published["generation"] == number
        file = generations.file_of(warehouse, number)
        if is_published and _is_same(file, warehouse / PUBLISHED):
            fault = None if manifest else "its manifest is damaged"
        else:
            fault = generations.fault_of(warehouse, number, manifest)
        if fault and not file.exists():
            continue  # a run has just removed it
        if fault:
            screen.is_well = False
            hint = (
                "make report puts it right."
                if is_published
                else f"Nothing uses it; remove {generations.FOLDER}/{number:06d}.*"
            )
            texts.append(f"{number}  damaged: {fault}. {hint}")
        elif manifest is not None:
            revenue = f"{Decimal(manifest['revenue_amount']):,.2f}"
            mark = "  published" if is_published else ""
            texts.append(
                f"{number}  as of {manifest['as_of_date']}  revenue {revenue}  "
                f"{size(manifest['byte_count'])}{mark}"
            )
    screen.add("Kept", *(texts or ["no generation"]))


def _add_runs(screen: Screen, warehouse: Path, holder: str | None) -> None:
    last_run = runs.read(warehouse / runs.LAST_RUN) or {}
    outcome = last_run.get("outcome")
    if outcome == "succeeded":
        screen.add("Last run", f"succeeded {_when(last_run.get('succeeded_at'))}")
    elif outcome is not None:
        said = "was refused" if outcome == "refused" else "did not come to its end"
        said = "is at work" if outcome == "running" and holder else said
        screen.add(
            "Last run",
            f"begun {_when(last_run.get('tried_at'))}, {said}",
            f"the last that succeeded: {_when(last_run.get('succeeded_at'))}",
        )
    else:
        screen.add("Last run", "not known")
    refused = runs.read(warehouse / runs.REFUSED)
    if refused is None:
        screen.add("Last refused", "nothing")
    else:
        still = "and still holds" if refused.get("holds") else "settled since"
        screen.add(
            "Last refused",
            f"{_when(refused.get('at'))}, at step {refused.get('step')}, {still}:",
            str(refused.get("message")),
        )


def _add_files(screen: Screen, shop: Path, warehouse: Path, published: Manifest | None) -> None:
    """What has landed but is not built, and what is in the shop folder but has not landed."""
    screen.add("Not yet built", _or_refusal(lambda: _unbuilt(warehouse, published)))
    screen.add("Not yet read", _or_refusal(lambda: _unread(shop, warehouse)))


def _or_refusal(say: Callable[[], str]) -> str:
    """What there is to say, or why that is not known; nothing here is for a monitor."""
    try:
        return say()
    except UserError as error:
        return f"not known: {error}"
    except OSError as error:
        return f"not known: {error.filename} cannot be read: {error.strerror}."


def _unbuilt(warehouse: Path, published: Manifest | None) -> str:
    if not (warehouse / ledger.LEDGER).is_dir():
        return "nothing has landed yet"
    made_from = fingerprint.of_warehouse(warehouse)
    if published is not None and published["fingerprint"] == made_from:
        return "nothing: the published generation is made from what has landed"
    for held in generations.held_back(warehouse, published):
        if held["fingerprint"] == made_from:
            return f"nothing: what has landed is generation {held['generation']}, rolled back"
    return "files, settings or models have changed since. Run make report."


def _unread(shop: Path, warehouse: Path) -> str:
    owner = (runs.read(warehouse / SHOP_FILE) or {}).get("folder")
    if owner is not None and owner != str(shop.resolve()) and Path(owner).exists():
        return f"not compared: the warehouse belongs to {owner}, and SHOP is {shop}"
    config = load(shop)
    old = ledger.load(warehouse)
    fetched = remote.kept(warehouse, config.patterns)
    files = discover(shop, warehouse, config, {entry.path for entry in old.values()}, fetched)
    plan = make_plan(warehouse, config, files, old)
    known = {entry.path for entry in old.values()}
    paths = sorted({file.path for file, _ in plan.to_read} | {file.path for file in plan.copies})
    if not paths:
        return f"nothing: all files of {shop} have landed"
    named = [f"{path} ({'changed' if path in known else 'new'})" for path in paths[:SHOWN_FILES]]
    more = len(paths) - len(named)
    return ", ".join(named) + (f" and {more} more" if more else "")


def _last_sold_on(file: Path) -> str | None:
    """The last day with a sale; None when an older version made the file, or it has no sale."""
    try:
        with duckdb.connect(str(file), read_only=True) as connection:
            found = connection.execute("select last_sold_on from marts.shop_summary").fetchall()
    except duckdb.Error:
        return None
    return str(found[0][0]) if found and found[0][0] is not None else None


def _is_same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False


def _when(text: str | None) -> str:
    """A time of day and how long ago that is."""
    try:
        then = datetime.fromisoformat(str(text))
        minutes = max(int((datetime.now(timezone.utc) - then).total_seconds()) // 60, 0)
    except (ValueError, TypeError):
        return "never"
    if minutes < 120:
        ago = f"{minutes} min"
    elif minutes < 2 * 24 * 60:
        ago = f"{minutes // 60} h"
    else:
        ago = f"{minutes // (24 * 60)} days"
    return f"{then:%Y-%m-%d %H:%M} UTC ({ago} ago)"


def _day(text: str) -> str:
    """A day and how many days it is from today."""
    try:
        days = (datetime.now(timezone.utc).date() - date.fromisoformat(text)).days
    except ValueError:
        return "not known"
    if days < 0:
        return f"{text} ({-days} days ahead)"
    return f"{text} ({'today' if days == 0 else f'{days} days ago'})"


def main() -> None:
    """Print the screen; exit status 1 when something is damaged or nothing is published."""
    screen = status(shop_folder(), warehouse_folder())
    print("\n".join(screen.lines))
    if not screen.is_well:
        sys.exit(1)


if __name__ == "__main__":
    run(main)
