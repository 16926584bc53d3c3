"""The measuring itself: each contender in turn, some rounds, the order turned round each time."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from scripts.benchmark import floor, shop, statement
from scripts.benchmark.compare import compare
from scripts.benchmark.measure import Cost, measure
from scripts.errors import UserError
from scripts.paths import PROJECT

log = logging.getLogger(__name__)

OURS, FLOOR, PANDAS, SAMPLE, INGEST = "ours", "floor", "pandas", "sample", "ingest"
CONTENDERS = (FLOOR, OURS, PANDAS, SAMPLE, INGEST)

FULL = "full load"
UNCHANGED = "nothing changed"
DAY = "one more day"
LATE = "late correction"
REPORT = "report"
SAMPLE_REPORT = "make report"
LAND = "one file"
STATEMENT = "one statement, its texts"
STATEMENT_ALL = "one statement, all columns"
# the floor knows no steps: what it costs to do all again with the later files
AGAIN = "all again, with the later files"

# The pandas pipeline takes minutes for ten millions: once is enough there, and never beyond.
PANDAS_ONCE_FROM = 5_000_000
PANDAS_NEVER_FROM = 50_000_000

# What stands on the disk at the same time, in bytes for each line of the shop.
DISK_BYTES_PER_LINE = 700
CHUNK_BYTES = 1 << 24

PYTHON = [sys.executable, "-m"]


@dataclass
class Measured:
    """What a benchmark found: costs[contender][step] is a list, one entry for each round."""

    shop: shop.Shop
    day_lines: int
    late_lines: int
    costs: dict[str, dict[str, list[Cost]]] = field(default_factory=dict)
    output_bytes: dict[str, dict[str, int]] = field(default_factory=dict)
    queries: list[dict[str, dict[str, list[float]]]] = field(default_factory=list)
    compared: dict[str, dict[str, int]] = field(default_factory=dict)

    def add(self, contender: str, step: str, cost: Cost, output_bytes: int | None = None) -> None:
        self.costs.setdefault(contender, {}).setdefault(step, []).append(cost)
        if output_bytes is not None:
            self.output_bytes.setdefault(contender, {})[step] = output_bytes
        log.info("  %s, %s: %.1f s", contender, step, cost.wall_seconds)

    def records(self, step: str) -> int | None:
        """How many records a step reads; None where that says nothing."""
        return {
            FULL: self.shop.records,
            LAND: self.shop.records,
            STATEMENT: self.shop.records,
            STATEMENT_ALL: self.shop.records,
            DAY: self.day_lines,
            LATE: self.late_lines,
            AGAIN: self.shop.records + self.day_lines + self.late_lines,
        }.get(step)


@dataclass(frozen=True)
class Plan:
    """What to do: `folder` is for work, and what it holds besides the shop is removed."""

    lines: int
    runs: int
    only: tuple[str, ...]
    folder: Path
    floor_script: Path = floor.SCRIPT


def run_rounds(plan: Plan) -> Measured:
    """Generate the shop and measure; raises UserError when outputs differ or something fails."""
    _check_room(plan)
    log.info("Writing a shop of %s lines ...", f"{plan.lines:,}")
    made, day_lines, late_lines = _shop(plan)
    measured = Measured(made, day_lines, late_lines)
    for number in range(1, plan.runs + 1):
        order = [
            name for name in CONTENDERS if name in plan.only and _takes_part(name, plan, number)
        ]
        if number % 2 == 0:
            order.reverse()
        log.info("Round %d of %d", number, plan.runs)
        _read_once(made.folder)
        work = plan.folder / f"round{number}"
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir()
        try:
            for name in order:
                RUNNERS[name](plan, measured, work)
            if number == 1:
                _compare(plan, measured, work, order)
        finally:
            shutil.rmtree(work, ignore_errors=True)
    return measured


def _takes_part(name: str, plan: Plan, number: int) -> bool:
    if name != PANDAS or plan.lines < PANDAS_ONCE_FROM:
        return True
    return number == 1 and plan.lines < PANDAS_NEVER_FROM


def _check_room(plan: Plan) -> None:
    plan.folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(plan.folder).free
    needed = plan.lines * DISK_BYTES_PER_LINE
    if free < needed:
        raise UserError(
            f"{plan.folder} has {free / 1e9:.1f} GB free and {plan.lines:,} lines need about "
            f"{needed / 1e9:.0f} GB. Make room, choose another --folder, or a smaller --size."
        )


def _shop(plan: Plan) -> tuple[shop.Shop, int, int]:
    """The shop in the plan's folder, written anew unless it is there already, whole."""
    note = plan.folder / "shop.json"
    version = hashlib.sha256(Path(shop.__file__).read_bytes()).hexdigest()
    if note.is_file():
        known = json.loads(note.read_text(encoding="utf-8"))
        if known["version"] == version and known["shop"]["lines"] == plan.lines:
            facts = known["shop"] | {"folder": plan.folder / "shop"}
            return shop.Shop(**facts), known["day_lines"], known["late_lines"]
    for name in ("shop", "later"):
        shutil.rmtree(plan.folder / name, ignore_errors=True)
    note.unlink(missing_ok=True)
    later = plan.folder / "later"
    later.mkdir()
    made = shop.generate(plan.folder / "shop", plan.lines)
    day_lines, late_lines = shop.write_day(made, later), shop.write_late_correction(made, later)
    facts = {
        "version": version,
        "shop": asdict(made) | {"folder": "shop"},
        "day_lines": day_lines,
        "late_lines": late_lines,
    }
    note.write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
    return made, day_lines, late_lines


def _read_once(folder: Path) -> None:
    """Read all bytes, so that no contender pays for bringing the files into memory first."""
    for file in folder.glob("*.csv"):
        with file.open("rb") as handle:
            while handle.read(CHUNK_BYTES):
                pass


def _link(source: Path, target: Path) -> None:
    """The same file under another name; a copy where the file system cannot."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def _size(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())


def _run_floor(plan: Plan, measured: Measured, work: Path) -> None:
    output = work / "floor.duckdb"
    cost = measure(_floor_command(plan, measured.shop.folder, output))
    measured.add(FLOOR, FULL, cost, _size(output))


def _floor_command(plan: Plan, folder: Path, output: Path) -> list[str]:
    script = ["--script", str(plan.floor_script)]
    return [*PYTHON, "scripts.benchmark.floor", str(folder), str(output), *script]


def _run_ours(plan: Plan, measured: Measured, work: Path) -> None:
    """The commands as a person runs them, on files that arrive one after the other."""
    folder, warehouse = work / "shop", work / "warehouse"
    folder.mkdir()
    for file in measured.shop.folder.iterdir():
        _link(file, folder / file.name)
    environment = {"SHOP": str(folder), "WAREHOUSE": str(warehouse)}

    def step(name: str, module: str, *arguments: str) -> None:
        cost = measure([*PYTHON, module, *arguments], environment)
        measured.add(OURS, name, cost, _size(warehouse))

    def build(name: str) -> None:
        step(name, "scripts.pipeline", "--without-report")

    published = warehouse / "sales.duckdb"
    build(FULL)
    _link(published, work / "ours_full.duckdb")
    build(UNCHANGED)
    for name, file in ((DAY, shop.DAY_FILE), (LATE, shop.LATE_FILE)):
        _link(plan.folder / "later" / file, folder / file)
        build(name)
    step(REPORT, "scripts.report")
    measured.queries.append(_ask(published))
    _link(published, work / "ours_late.duckdb")


def _ask(published: Path) -> dict[str, dict[str, list[float]]]:
    """The queries' times, from a fresh process."""
    process = subprocess.run(
        [*PYTHON, "scripts.benchmark.queries", str(published)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    if process.returncode != 0:
        raise UserError(f"The queries failed: {process.stderr.strip()}")
    return json.loads(process.stdout)


def _run_pandas(plan: Plan, measured: Measured, work: Path) -> None:
    output = work / "pandas.sqlite"
    module = "scripts.benchmark.pandas_pipeline"
    cost = measure([*PYTHON, module, str(measured.shop.folder), str(output)])
    measured.add(PANDAS, FULL, cost, _size(output))


def _run_sample(plan: Plan, measured: Measured, work: Path) -> None:
    """The sample's whole report, in a warehouse of its own."""
    warehouse = work / "sample"
    environment = {"SHOP": str(PROJECT / "data" / "sample"), "WAREHOUSE": str(warehouse)}
    cost = measure([*PYTHON, "scripts.pipeline"], environment)
    measured.add(SAMPLE, SAMPLE_REPORT, cost, _size(warehouse))


def _run_ingest(plan: Plan, measured: Measured, work: Path) -> None:
    """Ingest of all lines in one file, beside one statement of DuckDB that reads the same bytes.

    Raises UserError when the texts that they wrote are not the same.
    """
    folder, warehouse = work / "one_file", work / "landed"
    file = _in_one_file(measured.shop.folder, folder)
    _read_once(folder)
    environment = {"SHOP": str(folder), "WAREHOUSE": str(warehouse)}
    cost = measure([*PYTHON, "scripts.ingest"], environment)
    landings = sorted((warehouse / "landing" / "sales").glob("*.parquet"))
    [landing] = [one for one in landings if one.name != "empty.parquet"]
    measured.add(INGEST, LAND, cost, _size(landing))
    for step, options in ((STATEMENT, []), (STATEMENT_ALL, ["--all-columns"])):
        output = work / "statement.parquet"
        module = "scripts.benchmark.statement"
        cost = measure([*PYTHON, module, str(file), str(output), *options])
        measured.add(INGEST, step, cost, _size(output))
        if statement.digest(output) != statement.digest(landing):
            raise UserError(f"Ingest and {step} wrote other texts, so their times say nothing.")


def _in_one_file(shop_folder: Path, folder: Path) -> Path:
    """The shop again with the lines of all its sales files in one, which is returned."""
    folder.mkdir()
    one = folder / "sales_all.csv"
    with one.open("wb") as whole:
        for source in sorted(shop_folder.iterdir()):
            if not source.match("sales_*.csv"):
                _link(source, folder / source.name)
                continue
            with source.open("rb") as lines:
                header = lines.readline()
                if not whole.tell():
                    whole.write(header)
                shutil.copyfileobj(lines, whole, CHUNK_BYTES)
    return one


RUNNERS: dict[str, Callable[[Plan, Measured, Path], None]] = {
    FLOOR: _run_floor,
    OURS: _run_ours,
    PANDAS: _run_pandas,
    SAMPLE: _run_sample,
    INGEST: _run_ingest,
}


def _compare(plan: Plan, measured: Measured, work: Path, order: list[str]) -> None:
    """Every mart and the fact of all contenders against ours: after the full load, and at the end.

    The floor is run once more on all files, which ours has read one after the other.
    """
    if OURS not in order:
        return
    log.info("Comparing the outputs ...")
    ours = work / "ours_full.duckdb"
    if FLOOR in order:
        measured.compared[FLOOR] = compare(ours, work / "floor.duckdb", "the floor")
        (work / "floor.duckdb").unlink()
        output = work / "floor_again.duckdb"
        cost = measure(_floor_command(plan, work / "shop", output))
        measured.add(FLOOR, AGAIN, cost, _size(output))
        measured.compared["floor, with the later files"] = compare(
            work / "ours_late.duckdb", output, "the floor with the later files"
        )
        output.unlink()
    if PANDAS in order:
        # pandas is what the benchmark compares with, not what the project needs
        from scripts.benchmark import pandas_pipeline  # noqa: PLC0415

        exported = work / "pandas.duckdb"
        pandas_pipeline.export(work / "pandas.sqlite", ours, exported)
        measured.compared[PANDAS] = compare(
            ours, exported, "the pandas pipeline", pandas_pipeline.LEFT_OUT
        )


def summarise(measured: Measured) -> dict[str, Any]:
    """The medians of all rounds: `contenders` (ratios are to the floor's full load), `queries`."""
    base = _medians(measured.costs.get(FLOOR, {}).get(FULL, []))
    contenders: dict[str, dict[str, Any]] = {}
    for name, steps in measured.costs.items():
        contenders[name] = {}
        for step, costs in steps.items():
            figures: dict[str, Any] = _medians(costs)
            records = measured.records(step)
            wall = figures["wall_seconds"]
            figures["records"] = records
            figures["records_per_second"] = records / wall if records else None
            figures["output_bytes"] = measured.output_bytes.get(name, {}).get(step)
            figures["ratios_to_floor"] = {
                key: figures[key] / base[key]
                if base.get(key) and figures[key] is not None
                else None
                for key in ("wall_seconds", "cpu_seconds", "peak_bytes", "written_bytes")
            }
            figures["rounds"] = [cost.as_dict() for cost in costs]
            contenders[name][step] = figures
    return {"contenders": contenders, "queries": _median_queries(measured.queries)}


def _medians(costs: list[Cost]) -> dict[str, Any]:
    """The median of each figure; None where the system does not tell."""
    if not costs:
        return {}
    rounds = [cost.as_dict() for cost in costs]
    return {
        key: None if None in (values := [one[key] for one in rounds]) else median(values)
        for key in rounds[0]
    }


def _median_queries(
    rounds: list[dict[str, dict[str, list[float]]]],
) -> dict[str, dict[str, list[float]]]:
    if not rounds:
        return {}
    return {
        kind: {
            name: [round(median(one[kind][name][place] for one in rounds), 3) for place in range(2)]
            for name in statements
        }
        for kind, statements in rounds[0].items()
    }
