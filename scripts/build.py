"""Build the candidate warehouse with dbt, in a process of its own.

dbt keeps the lock of the databases it has opened, so it never runs inside another command. A
build goes on from the databases of the last one, so these are sealed with their hashes when dbt
has ended, and thrown away when they are no longer what was sealed.
"""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
import subprocess
import sys
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import duckdb
import yaml

from scripts.errors import UserError
from scripts.ingest import damaged_files
from scripts.paths import PROJECT
from scripts.storage import PARTIAL_SUFFIX, sha256_of_all, write_json

# How many of the rows that failed a test its message shows.
SHOWN_ROWS = 3

log = logging.getLogger(__name__)


DATABASES = ("build.duckdb", "candidate.duckdb")
SEAL = "build.json"
# What dbt notes of the project's files, so as to read only those that changed.
PARSED = PROJECT / "target" / "partial_parse.msgpack"
# What DuckDB says of a database that is not as it was written.
DAMAGE = re.compile(
    "checksum|Corrupt|corrupt|not a valid DuckDB database|INTERNAL Error|Serialization Error"
    "|replaying the WAL|WAL file|Failed to load metadata|Could not read enough bytes"
)


class Dbt:
    """Processes with dbt loaded, which takes seconds: the first is started ahead of its use."""

    def __init__(self, lock: int | None = None) -> None:
        """Start the first process.

        With the handle of the warehouse's `lock` it holds the lock too: what it changes is
        locked until it has ended, also when the command that started it was killed.
        """
        self._lock = lock
        self._ready: subprocess.Popen[str] | None = self._start()

    def take(self) -> subprocess.Popen[str]:
        """A process that waits for its one task."""
        process, self._ready = self._ready, None
        return process or self._start()

    def __enter__(self) -> Dbt:
        return self

    def __exit__(self, *_: object) -> None:
        """End the process that nobody took."""
        if self._ready is not None:
            self._ready.kill()
            self._ready.communicate()

    def _start(self) -> subprocess.Popen[str]:
        # settings of dbt in the environment (DBT_RESOURCE_TYPES, DBT_EMPTY ...) would skip tests
        environment = {
            name: text for name, text in os.environ.items() if not name.startswith("DBT_")
        }
        # from within, every warehouse has the same profile, and dbt reads the project once for all
        environment |= {"WAREHOUSE": ".", "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}
        return subprocess.Popen(
            [sys.executable, "-m", "scripts.dbt_process"],
            cwd=PROJECT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=() if self._lock is None else (self._lock,),
            text=True,
        )


def build(warehouse: Path, dbt: Dbt) -> int:
    """Run `dbt build` on the warehouse; returns how many models, seeds and tests succeeded.

    Unit tests stay out: they test the models, not the data, and belong to `make test`. Databases
    that are damaged are made anew. Raises UserError naming each test that failed, how many rows
    failed it and where they are, or each model that could not be built, or what kept dbt from
    building at all.
    """
    try:
        return _build_on(warehouse, dbt)
    except OSError as error:
        raise UserError(
            f"{error.filename or warehouse} cannot be read or written: {error.strerror}. Nothing "
            "was published; the last published warehouse stays as it was. Free it, then run this "
            "again."
        ) from error


def _build_on(warehouse: Path, dbt: Dbt) -> int:
    """Build on what the last build left, or anew when that is damaged."""
    damaged = damaged_files(warehouse)
    if damaged:
        raise UserError(
            f"The landing file {damaged[0]} in {warehouse} is not as it was written. Run make "
            "report: it reads the file again from the shop folder."
        )
    if not _is_sealed(warehouse):
        _start_anew(warehouse)
    try:
        return _build(warehouse, dbt)
    except DamagedError as error:
        log.debug("%s", error)
        _start_anew(warehouse)
        return _build(warehouse, dbt)


class DamagedError(UserError):
    """dbt could not read the databases of the last build."""


def arguments(warehouse: Path) -> list[str]:
    """The arguments of dbt for a build of this warehouse."""
    target = warehouse / "target"
    return [
        *("build", "--exclude-resource-type", "unit_test", "--target-path", str(target)),
        *("--log-level", "none", "--log-level-file", "none", "--no-use-colors"),
        *("--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)),
    ]


def _build(warehouse: Path, dbt: Dbt) -> int:
    """One run of dbt."""
    target = warehouse / "target"
    results = target / "run_results.json"
    results.unlink(missing_ok=True)
    (warehouse / SEAL).unlink(missing_ok=True)

    _share(PARSED, target / PARSED.name)
    process = dbt.take()
    asked = {"folder": str(warehouse), "arguments": arguments(warehouse)}
    with suppress(BrokenPipeError):  # then it says itself why it ended
        process.stdin.write(json.dumps(asked) + "\n")
        process.stdin.close()
    errors: list[str] = []
    other_lines: list[str] = []
    with _log_file(warehouse).open("w", encoding="utf-8") as log_file:
        for line in process.stdout:
            said = _show_progress(line, errors, other_lines)
            with suppress(OSError):  # a full disk is for dbt to notice, which needs it
                log_file.write(said + "\n")
                log_file.flush()
    status = process.wait()
    _end_progress()
    _share(target / PARSED.name, PARSED)

    outcomes = _outcomes(results)
    if outcomes is None:
        said = "\n".join(errors or other_lines[-20:])
        raise _error_class(said)(_why_it_stopped(said, warehouse))
    failures = [_failure(outcome, target) for outcome in outcomes]
    failures = [failure for failure in failures if failure]
    if failures or status != 0:
        said = "\n".join(failures)
        # what rows of the shop say is no word of the engine's
        errors = [one["message"] or "" for one in outcomes if one["status"] == "error"]
        kind = _error_class("\n".join(errors))
        if kind is UserError:
            _seal(warehouse)
        raise kind(
            "The new warehouse did not pass and was not published; "
            "the last published one stays as it was.\n" + said
        )
    _drop_leftovers(warehouse, target)
    _seal(warehouse)
    return len(outcomes)


def _outcomes(results: Path) -> list[dict] | None:
    """What became of each node; None when dbt did not come to say so, or a full disk cut it off."""
    try:
        return json.loads(results.read_text(encoding="utf-8"))["results"]
    except (FileNotFoundError, ValueError):
        return None


def _share(source: Path, goal: Path) -> None:
    """Copy what dbt noted of the project's files, if it is newer.

    dbt itself judges whether it still fits. Parsing the project takes as long as building a small
    shop; where the note cannot be written, each warehouse parses for itself.
    """
    partial = goal.with_name(f"{goal.name}.{os.getpid()}{PARTIAL_SUFFIX}")
    try:
        if goal.exists() and goal.stat().st_mtime_ns >= source.stat().st_mtime_ns:
            return
        goal.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, partial)
        partial.replace(goal)
    except OSError as error:
        log.debug("%s", error)
        partial.unlink(missing_ok=True)


def _error_class(said: str) -> type[UserError]:
    return DamagedError if DAMAGE.search(said) else UserError


def _seal(warehouse: Path) -> None:
    """Note the hashes of the databases, as a build that has ended leaves them."""
    files = [warehouse / name for name in DATABASES if (warehouse / name).is_file()]
    write_json(warehouse / SEAL, _hashes(files))


def _hashes(files: list[Path]) -> dict[str, str]:
    return {file.name: digest for file, digest in sha256_of_all(files).items()}


def _is_sealed(warehouse: Path) -> bool:
    """Whether the databases are those of the last build.

    True also without a seal: a killed build leaves none, and its databases are whole, as DuckDB
    commits or does not.
    """
    try:
        seal = json.loads((warehouse / SEAL).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return True
    except ValueError:
        return False
    for name in seal:
        if not (warehouse / name).is_file() or (warehouse / f"{name}.wal").exists():
            return False
    return _hashes([warehouse / name for name in seal]) == seal


def _start_anew(warehouse: Path) -> None:
    """Remove the databases, of which nothing is lost: they follow from the landing files."""
    log.info("The databases are not as the last build left them: everything is built anew.")
    for name in DATABASES:
        for path in (warehouse / name, warehouse / f"{name}.wal"):
            path.unlink(missing_ok=True)
    (warehouse / SEAL).unlink(missing_ok=True)


def _drop_leftovers(warehouse: Path, target: Path) -> None:
    """Remove tables of models that are no more, so that they are not published with old figures."""
    manifest = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
    models = {
        (node["schema"], node["alias"])
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["access"] == "public"
    }
    with duckdb.connect(str(warehouse / "candidate.duckdb")) as connection:
        found = connection.execute(
            "select table_schema, table_name, table_type from information_schema.tables"
        ).fetchall()
        for schema, name, kind in found:
            if (schema, name) not in models:
                what = "view" if kind == "VIEW" else "table"
                connection.execute(f'drop {what} "{schema}"."{name}"')


def _log_file(warehouse: Path) -> Path:
    """Where what dbt says of the last build is kept, as text; its folder is there."""
    path = warehouse / "target" / "dbt.log"
    path.parent.mkdir(exist_ok=True)
    return path


def _show_progress(line: str, errors: list[str], other_lines: list[str]) -> str:
    """Show how far dbt is on a terminal; returns the line as text.

    Errors are noted without their stack traces, and so are lines that are no event.
    """
    try:
        event = json.loads(line)
    except ValueError:
        other_lines.append(line.rstrip())
        return other_lines[-1]
    if "index" in event and sys.stderr.isatty():
        text = f"  {event['index']} of {event['total']}  {event['node']}"
        sys.stderr.write(f"\r\033[K{text[:100]}")
        sys.stderr.flush()
    if event["level"] == "error" and event["name"] != "MainStackTrace":
        errors.append(event["message"].strip())
    return f"{datetime.now():%H:%M:%S} {event['level']} {event['message']}"


def _end_progress() -> None:
    if sys.stderr.isatty():
        sys.stderr.write("\r\033[K")


def _why_it_stopped(said: str, warehouse: Path) -> str:
    """A sentence on what kept dbt from building; `said` is what it wrote."""
    unpublished = "Nothing was published; the last published warehouse stays as it was."
    locked = re.search(r'Could not set lock on file "([^"]+)"(?:.*?\(PID (\d+)\))?', said)
    if locked:
        holder = f" (process {locked[2]})" if locked[2] else ""
        return (
            f"{locked[1]} is open in another program{holder}. Close it there, then run this again; "
            f"sales.duckdb is the file to read. {unpublished}"
        )
    if "No space left on device" in said:
        return f"The disk of {warehouse} is full. Make room, then run this again. {unpublished}"
    return f"dbt could not build: {said}\n{unpublished} More is in {_log_file(warehouse)}."


def _failure(outcome: dict, target: Path) -> str | None:
    """One sentence or two on a node that failed; None for one that did not."""
    name = outcome["unique_id"].split(".")[2]
    if outcome["status"] == "fail":
        manifest = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
        node = manifest["nodes"][outcome["unique_id"]]
        table = f"{node['schema']}.{node['alias']}"
        description = node["description"] or _descriptions().get(name, "")
        rule = "".join(f" {word}" for word in description.split())
        database = target.parent / "build.duckdb"
        return (
            f"- The test {name} failed on {outcome['failures']} row(s).{rule} "
            f"{_first_rows(database, table)}All rows: table {table} in {database}."
        )
    if outcome["status"] == "error":
        message = " ".join((outcome["message"] or "").split())
        return f"- {name} could not be built: {message}"
    return None


def _descriptions() -> dict[str, str]:
    """{test: what it holds} of the tests that are files of their own.

    dbt forgets these when it parses again only what changed of the project.
    """
    written = yaml.safe_load((PROJECT / "tests" / "_tests.yml").read_text(encoding="utf-8"))
    return {test["name"]: test.get("description", "") for test in written["data_tests"]}


def _first_rows(database: Path, table: str) -> str:
    """The first rows that failed a test, as a sentence each; nothing when they cannot be read."""
    try:
        with duckdb.connect(str(database), read_only=True) as connection:
            result = connection.execute(f"from {table} limit {SHOWN_ROWS}")
            names = [column[0] for column in result.description or []]
            rows = result.fetchall()
    except duckdb.Error:
        return ""
    return "".join(
        ", ".join(f"{name} {value}" for name, value in zip(names, row, strict=True)) + ". "
        for row in rows
    )
