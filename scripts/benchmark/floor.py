"""Run the floor: `python -m scripts.benchmark.floor SHOP OUTPUT.duckdb [--script floor.sql]`.

One process, one connection, one script: nothing but the work and the engine.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import duckdb

SCRIPT = Path(__file__).with_name("floor.sql")


def main() -> None:
    """The command; OUTPUT must not exist."""
    parser = argparse.ArgumentParser(prog="python -m scripts.benchmark.floor", description=__doc__)
    parser.add_argument("shop", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--script", type=Path, default=SCRIPT)
    options = parser.parse_args()
    run_script(options.shop, options.output, options.script)


def run_script(shop: Path, output: Path, script: Path = SCRIPT) -> None:
    """Run the script on the shop's CSV files; its tables stand in `output`, a DuckDB file."""
    with duckdb.connect(str(output)) as connection:
        # a bracket in a folder's name is a bracket, not a pattern
        connection.execute("set variable shop = ?", [str(shop).replace("[", "[[]")])
        connection.execute(script.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
