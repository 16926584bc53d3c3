"""From a published file to the files of the report."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

from scripts.report import pdf
from scripts.report.background import Background
from scripts.report.bundle import Bundle
from scripts.report.charts import CHART_IDS, Context
from scripts.report.files import remove, write
from scripts.report.formats import Formats, parse_locale
from scripts.report.images import ExportPictures, page_pictures, warm_up
from scripts.report.language import Words
from scripts.report.page import build_charts, render
from scripts.report.read import Warehouse, read
from scripts.report.tiles import headline_tiles
from scripts.report.trust import trust


def context_of(warehouse: Warehouse) -> Context:
    """The figures with the formats and words that the shop's settings ask for."""
    locale = parse_locale(warehouse.summary.locale)
    currency = (warehouse.summary.currency or "EUR").upper()
    words = Words(locale)
    return Context(warehouse, Formats(locale, currency, words.language), words)


class Programs:
    """What makes parts of one report beside this process, started ahead of the figures."""

    def __init__(self) -> None:
        self.bundle = Bundle()
        self.exports = ExportPictures()
        self.workbook = Background(["-m", "scripts.report.workbook"], "writing the workbook")
        # what draws the page in this process takes seconds to load as well
        threading.Thread(target=warm_up, daemon=True).start()

    def close(self) -> None:
        """End those that still run."""
        for program in (self.bundle, self.exports, self.workbook):
            program.close()


def write_report(published: Path, folder: Path, programs: Programs | None = None) -> Path:
    """Write the report of the published file into `folder`: page, PDF, workbook; return the page.

    The same database gives the same bytes. Each file is replaced as a whole. The page comes before
    the PDF and the workbook, which are not worth losing it for. `programs` may have been started
    ahead; they serve once.
    Raises UserError when the file is missing or cannot be read, or the folder not written.
    """
    context = context_of(read(published))
    with closing(programs or Programs()) as started, ThreadPoolExecutor(1) as beside:
        started.workbook.give(str(published.resolve()).encode())
        sections = build_charts(context)
        charts = [chart for charts in sections.values() for chart in charts if chart.spec]
        started.exports.draw(charts)
        pictures = {chart.chart_id: page_pictures(chart) for chart in charts}
        paper = beside.submit(
            pdf.render, context, sections, pictures, headline_tiles(context), trust(context)
        )
        page = render(context, sections, pictures, started.bundle.text())
        _write_charts(folder / "charts", started.exports.files())
        write(folder / "report.html", page.encode("utf-8"))
        _write_made(folder / "report.pdf", paper.result)
        _write_made(folder / "report.xlsx", started.workbook.content)
    return folder / "report.html"


def _write_charts(folder: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        write(folder / name, content)
    # a chart of an earlier run that has no data now would contradict the page
    for chart_id in CHART_IDS:
        for kind in ("svg", "png"):
            if f"{chart_id}.{kind}" not in files:
                remove(folder / f"{chart_id}.{kind}")


def _write_made(path: Path, make: Callable[[], bytes]) -> None:
    """Write what `make` gives; when it fails, an old file does not stay beside a newer page."""
    try:
        content = make()
    except Exception:
        remove(path)
        raise
    write(path, content)
