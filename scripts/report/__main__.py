"""Write the report of a published warehouse: `python -m scripts.report`.

Reads `WAREHOUSE`'s sales.duckdb, writes `report/report.html`, `report.pdf`, `report.xlsx` and
`report/charts/` beside it, and prints where they are with the headline figures.
"""

from __future__ import annotations

import sys

from scripts.errors import run
from scripts.paths import warehouse_folder
from scripts.report import headlines, write_report


def main() -> None:
    """The command."""
    warehouse = warehouse_folder()
    write_report(warehouse)
    # a terminal that cannot show a currency's symbol gets a question mark, not a traceback
    sys.stdout.reconfigure(errors="replace")
    print(headlines(warehouse))


if __name__ == "__main__":
    run(main)
