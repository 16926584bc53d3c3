"""The report: one HTML page, offline and self-contained, a PDF, a workbook, and charts as pictures.

    read.py       published marts and quality tables → `Warehouse`
    cube.py       the revenue lines as columns, for the page's filters
    formats.py    amounts, shares, dates in the shop's locale
    language/     every label and sentence, in English and French
    periods.py    which months are compared with which
    tiles.py      the headline figures, on the page and in the terminal
    charts/       one function per chart: rows, Vega-Lite specs, sentence, table
    gaps.py       what the files lack, as sentences
    trust.py      balance, control totals, what was set aside
    images.py     specs → SVG and PNG
    page.py       all of it → HTML
    script/       what the page does: filters, sums, charts, tables, downloads
    pdf.py        all of it → PDF, set by report.typ
    tables.py     the published tables as they are → `Published`
    subjects.py   which of them belongs to which subject of the workbook
    cells.py      number formats, and values → cells
    workbook.py   tables, sentences and native charts → Excel
    background.py programs beside this one
    files.py      atomic writing
    build.py      the order of these steps

Data flows one way; only `read`, `cube` and `tables` know SQL, only `page` and the template HTML.
"""

from __future__ import annotations

from pathlib import Path

from scripts.report import build
from scripts.report.build import Programs
from scripts.report.read import read
from scripts.report.tiles import terminal_lines


def write_report(warehouse: Path, programs: Programs | None = None) -> Path:
    """Write `report/report.html`, `.pdf`, `.xlsx` and `report/charts/` of a warehouse folder.

    Returns the page. With `programs` those that were started ahead are used.

    Raises UserError when nothing is published there or the folder cannot be written.
    """
    return build.write_report(warehouse / "sales.duckdb", warehouse / "report", programs)


def headlines(warehouse: Path) -> str:
    """Eight aligned lines: the three files, period, revenue to the cent, orders, margin, records.

    Raises UserError when nothing is published in the warehouse folder.
    """
    context = build.context_of(read(warehouse / "sales.duckdb", with_lines=False))
    return "\n".join(terminal_lines(context, warehouse / "report" / "report.html"))
