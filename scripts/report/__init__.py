"""The report: one HTML page, offline and self-contained, and its charts as SVG and PNG.

    read.py       published marts and quality tables → `Warehouse`
    formats.py    amounts, shares, dates in the shop's locale
    language/     every label and sentence, in English and French
    periods.py    which months are compared with which
    tiles.py      the headline figures, on the page and in the terminal
    charts/       one function per chart: rows, Vega-Lite specs, sentence, table
    gaps.py       what the files lack, as sentences
    trust.py      balance, control totals, what was set aside
    images.py     specs → SVG and PNG
    page.py       all of it → HTML
    files.py      atomic writing
    build.py      the order of these steps

Data flows one way; only `read` knows SQL, only `page` and the template know HTML.
"""

from __future__ import annotations

from pathlib import Path

from scripts.report import build
from scripts.report.read import read
from scripts.report.tiles import terminal_lines


def write_report(warehouse: Path) -> Path:
    """Write `report/report.html` and `report/charts/` of a warehouse folder; return the page.

    Raises UserError when nothing is published there or the folder cannot be written.
    """
    return build.write_report(warehouse / "sales.duckdb", warehouse / "report")


def headlines(warehouse: Path) -> str:
    """Six aligned lines: the page, period, revenue to the cent, orders, margin, quarantined.

    Raises UserError when nothing is published in the warehouse folder.
    """
    context = build.context_of(read(warehouse / "sales.duckdb"))
    return "\n".join(terminal_lines(context, warehouse / "report" / "report.html"))
