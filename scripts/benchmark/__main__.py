"""How fast it is: `python -m scripts.benchmark --size 10M --runs 3`.

On the same bytes, interleaved, with outputs that are checked to be the same: our commands as a
person runs them, one hand-tuned DuckDB script (the floor), and a pandas pipeline into SQLite.
Prints a table, and writes benchmarks/<size>.json and benchmarks/<size>.svg.
"""

from __future__ import annotations

import argparse
import re
import tempfile
from pathlib import Path

from scripts.benchmark import floor
from scripts.benchmark.chart import write_chart
from scripts.benchmark.output import results_of, table, write_results
from scripts.benchmark.rounds import CONTENDERS, Plan, run_rounds
from scripts.errors import UserError, run
from scripts.paths import PROJECT

UNITS = {"": 1, "k": 1_000, "m": 1_000_000}


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m scripts.benchmark", description=__doc__)
    parser.add_argument("--size", default="1M", help="sales lines: 1M, 10M, 100M, 50k ...")
    parser.add_argument("--runs", default="3", help="rounds; the medians are shown")
    parser.add_argument("--only", default=",".join(CONTENDERS), help="some of them, with commas")
    parser.add_argument("--output", default="benchmarks", help="where JSON and chart are written")
    parser.add_argument("--folder", help="where to work; the shop is kept there for the next time")
    parser.add_argument("--floor", default=str(floor.SCRIPT), help="another script as the floor")
    options = parser.parse_args()

    lines = lines_of(options.size)
    if not options.runs.isdigit() or int(options.runs) < 1:
        raise UserError(f"`{options.runs}` is no number of runs. Write RUNS=3, for example.")
    only = tuple(options.only.split(","))
    for name in only:
        if name not in CONTENDERS:
            raise UserError(f"`{name}` is nothing to measure. There are: {', '.join(CONTENDERS)}.")
    script = Path(options.floor)
    if not script.is_file():
        raise UserError(f"There is no script {script}. Give --floor the path of an SQL file.")

    def work(folder: Path) -> None:
        plan = Plan(lines, int(options.runs), only, folder.resolve(), script.resolve())
        results = results_of(run_rounds(plan), options.size.upper(), plan.runs)
        output = PROJECT / options.output
        print(table(results))
        files = [write_results(results, output), write_chart(results, output)]
        print(f"\nWritten to {output}: {' and '.join(file.name for file in files if file)}")

    if options.folder:
        work(Path(options.folder))
    else:
        with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
            work(Path(folder))


def lines_of(size: str) -> int:
    """The number of lines that a size like 1M, 50k or 20000 means."""
    found = re.fullmatch(r"([0-9]+)([km]?)", size.lower())
    if not found:
        raise UserError(f"`{size}` is no size. Write a number of lines, like 1M, 10M or 50k.")
    return int(found[1]) * UNITS[found[2]]


if __name__ == "__main__":
    run(main)
