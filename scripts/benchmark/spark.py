"""`python -m scripts.benchmark.spark --size 1M`: dbt build by DuckDB and by Spark, side by side.

Both build all models with their data tests from the same landing files, anew, without unit tests.
Prints one row of a table: time, seconds of processor, and greatest memory of each.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import threading
from pathlib import Path

from scripts.benchmark.__main__ import lines_of
from scripts.benchmark.measure import measure
from scripts.benchmark.shop import generate
from scripts.errors import run
from scripts.ingest import ingest
from scripts.paths import PROJECT
from scripts.spark import dbt_command, spark_environment

TICKS = os.sysconf("SC_CLK_TCK")


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m scripts.benchmark.spark", description=__doc__)
    parser.add_argument("--size", default="1M", help="sales lines: 1M, 10M, 50k ...")
    options = parser.parse_args()
    lines = lines_of(options.size)
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        warehouse = Path(folder) / "warehouse"
        generate(Path(folder) / "shop", lines)
        ingest(Path(folder) / "shop", warehouse)
        spark = spark_environment(warehouse)
        arguments = ["build", "--full-refresh", "--exclude-resource-type", "unit_test"]
        duckdb_dbt = [
            *(sys.executable, "-m", "dbt.cli.main", *arguments),
            *("--target-path", str(warehouse / "target")),
        ]
        row = [f"{lines:,}"]
        for command in (duckdb_dbt, dbt_command(warehouse, arguments)):
            with _Processors() as processors:
                cost = measure(command, {**spark, "DBT_PROFILES_DIR": str(PROJECT)})
            peak = (cost.peak_bytes or 0) / 2**30
            row += [f"{cost.wall_seconds:.0f} s", f"{processors.seconds:.0f} s", f"{peak:.1f} GiB"]
    print("| lines | DuckDB | processor | memory | Spark | processor | memory |")
    print("|---|---|---|---|---|---|---|")
    print(f"| {' | '.join(row)} |")


class _Processors:
    """Seconds of processor that the processes below this one use; Java outlives who starts it."""

    def __init__(self) -> None:
        self._used: dict[int, float] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    @property
    def seconds(self) -> float:
        return sum(self._used.values())

    def __enter__(self) -> _Processors:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(0.1):
            parents, used = {}, {}
            for path in Path("/proc").glob("[0-9]*/stat"):
                try:
                    fields = path.read_text().rsplit(")", 1)[1].split()
                except OSError:  # it has ended
                    continue
                pid = int(path.parent.name)
                parents[pid] = int(fields[1])
                used[pid] = (int(fields[11]) + int(fields[12])) / TICKS
            for pid, seconds in used.items():
                above = parents.get(pid)
                while above and above != os.getpid():
                    above = parents.get(above)
                if above:
                    self._used[pid] = seconds


if __name__ == "__main__":
    run(main)
