"""The report on paper: the page's own charts, tables and sentences as a tagged PDF.

`report.typ` sets them; everything it shows travels as one JSON value, so that no text from the data
can become markup. The fonts are those of two packages, so that the PDF is the same on a machine
without any; only a text in a script that neither has asks the machine for its own.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import typst

from scripts.errors import UserError
from scripts.report.charts.base import WIDE, Chart, Context, Table
from scripts.report.page import definitions
from scripts.report.tiles import Headlines, Tile
from scripts.report.trust import Trust

TEMPLATE = Path(__file__).with_name("report.typ")
FONT = "Source Sans Pro"
FACES = ("Regular", "It", "Semibold", "Bold")
# sizes of a table's text, in points, and how many characters each has room for on a line; a wider
# table is set in several, each with the first column
SIZES = {8.8: 104, 7.8: 117, 7.0: 131, 6.4: 143}
# what the space beside a cell takes, in characters
BESIDE = 2
# Latin, Greek, Cyrillic, Armenian, Hebrew and Arabic; punctuation, signs, arrows and shapes
COVERED = re.compile("[\x00-\u06ff\u1e00-\u2bff\ufb00-\ufdff\ufe70-\ufeff\ufffd]*")


def render(
    context: Context,
    sections: dict[str, list[Chart]],
    pictures: dict[str, dict[str, str]],
    headlines: Headlines | None,
    found: Trust,
) -> bytes:
    """The PDF. The same figures give the same bytes: it is dated by the as-of day."""
    text = json.dumps(_document(context, sections, pictures, headlines, found), ensure_ascii=False)
    try:
        folder = tempfile.TemporaryDirectory()
    except OSError as error:
        raise _no_room(error) from error
    with folder as fonts:
        # the package has each face twice, and which one is found first depends on the machine
        try:
            for face in FACES:
                shutil.copy(_font_folder() / f"SourceSansPro-{face}.ttf", fonts)
        except OSError as error:
            raise _no_room(error) from error
        return _compiled(text, fonts)


def _compiled(text: str, fonts: str) -> bytes:
    """The PDF by the rules for accessible documents, unless a character has no font at all."""
    options = {
        "root": fonts,
        "font_paths": [fonts],
        "ignore_system_fonts": COVERED.fullmatch(text) is not None,
        "sys_inputs": {"report": text},
    }
    try:
        return typst.compile(TEMPLATE.read_bytes(), pdf_standards=["ua-1"], **options)
    except typst.TypstError:
        return typst.compile(TEMPLATE.read_bytes(), **options)


def _no_room(error: OSError) -> UserError:
    return UserError(
        f"The report's PDF needs room for its fonts in the folder for temporary files: "
        f"{error.strerror or error}. Free some there, or set TMPDIR to another folder; then run "
        "make report again."
    )


def _font_folder() -> Path:
    # the folder alone: the package's own code is of no use here
    (folder,) = find_spec("font_source_sans_pro").submodule_search_locations
    return Path(folder) / "files"


def _document(
    context: Context,
    sections: dict[str, list[Chart]],
    pictures: dict[str, dict[str, str]],
    headlines: Headlines | None,
    found: Trust,
) -> dict:
    words, formats, summary = context.words, context.formats, context.warehouse.summary
    day = summary.as_of_date
    period = words("page.no_sales")
    if summary.first_sold_on:
        period = " · ".join([
            words("page.period", first=formats.day(summary.first_sold_on),
                  last=formats.day(summary.last_sold_on)),
            words("page.as_of", day=formats.day(day)),
        ])  # fmt: skip
    if day:
        footer = words("page.footer", shop=summary.shop_name, day=formats.day(day),
                       currency=formats.currency, tax=words(
                           f"page.{'with' if summary.prices_include_tax else 'without'}_tax"
                       ))  # fmt: skip
    else:
        footer = words("page.footer_empty", shop=summary.shop_name, currency=formats.currency)
    return {
        "language": words.language,
        "title": words("page.title", shop=summary.shop_name),
        "shop": summary.shop_name,
        "date": [day.year, day.month, day.day] if day else None,
        "kicker": words("page.kicker"),
        "period": period,
        "filters": words("paper.no_filters"),
        # typst knows the numbers
        "words": {
            "page": words("paper.page", page="{page}", pages="{pages}"),
            "figures_at": words("paper.figures_at", page="{page}"),
        },
        "sections": [
            {
                "title": words(f"sections.{name}"),
                "headlines": _headlines(context, headlines) if name == "headlines" else None,
                "charts": [_chart(chart, pictures) for chart in charts],
            }
            for name, charts in sections.items()
        ],
        "trust": _trust(context, found),
        "appendix": {
            "title": words("paper.figures"),
            "entries": list(_appendix(sections, found, context)),
        },
        "definitions": {
            "title": words("page.definitions"),
            "note": words("page.definitions_note"),
            "entries": definitions(context),
        },
        "footer": footer,
    }


def _headlines(context: Context, headlines: Headlines | None) -> dict | None:
    if headlines is None:
        return None
    total = context.formats.money(context.warehouse.summary.revenue_amount, cents=True)
    return {
        "period": headlines.period,
        "against": headlines.against,
        "tiles": [_tile(context, tile) for tile in headlines.tiles],
        "total": context.words("page.total", amount=total),
    }


def _tile(context: Context, tile: Tile) -> dict:
    change, mood = "", "neither"
    if tile.direction in ("up", "down", "flat"):
        change = f"{ {'up': '▲', 'down': '▼', 'flat': '='}[tile.direction] } {tile.change}"
        mood = {True: "up", False: "down", None: "neither"}[tile.is_good]
    elif tile.value is not None:
        change = context.words("periods.no_base_short")
    return {
        "label": tile.label,
        "text": tile.text,
        "change": change,
        "mood": mood,
        "notes": [note for note in (tile.note, tile.last_month) if note],
    }


def _chart(chart: Chart, pictures: dict[str, dict[str, str]]) -> dict:
    """A chart with its picture; its table follows at once only where there is no picture."""
    picture = pictures[chart.chart_id][WIDE] if chart.chart_id in pictures else None
    return {
        "title": chart.title,
        "subtitle": chart.subtitle,
        "sentence": chart.sentence,
        "alt": f"{chart.title}. {chart.sentence}",
        "picture": picture and re.sub('font-family="[^"]*"', f'font-family="{FONT}"', picture),
        "key": [vars(entry) for entry in chart.key]
        if picture and not chart.is_key_for_narrow
        else [],
        "figures_at": _label(chart) if picture and chart.table else None,
        "tables": _tables(chart.table) if chart.table and not picture else [],
    }


def _label(chart: Chart) -> str:
    return f"figures-{chart.chart_id}"


def _tables(table: Table) -> list[dict]:
    """The table as typst takes it; more than one where it is too wide for a page."""
    widths = [_width(table, at) for at in range(len(table.columns))]
    most = max(SIZES.values())
    parts = [[0]]
    for at in range(1, len(widths)):
        if len(parts[-1]) > 1 and sum(widths[one] for one in [*parts[-1], at]) > most:
            parts.append([0])
        parts[-1].append(at)
    needed = max(sum(widths[at] for at in part) for part in parts)
    size = next((size for size, room in SIZES.items() if room >= needed), min(SIZES))
    return [
        {
            "size": size,
            "columns": [
                {
                    "label": table.columns[at].label,
                    "is_number": table.columns[at].is_number,
                    "width": widths[at] - BESIDE,
                }
                for at in part
            ],
            "rows": [[row[at] for at in part] for row in table.rows],
            "total": [table.total[at] for at in part] if table.total else None,
        }
        for part in parts
    ]


def _width(table: Table, at: int) -> int:
    """Characters that a column needs: its figures stand on one line, its words may be broken."""
    column = table.columns[at]
    rows = [*table.rows, table.total] if table.total else table.rows
    longest_word = max((len(word) for word in column.label.split()), default=0)
    longest = max((len(row[at]) for row in rows), default=0)
    if column.is_number:
        # a label is bolder than the figures
        return max(longest, min(longest_word + longest_word // 6, 18)) + BESIDE
    return min(max(longest, longest_word), 28 if at == 0 else 24) + BESIDE


def _appendix(sections: dict[str, list[Chart]], found: Trust, context: Context) -> Iterator[dict]:
    """The tables behind the pictures, then the books file by file."""
    words = context.words

    def entry(label: str, title: str, subtitle: str, table: Table) -> dict:
        return {"id": label, "title": title, "subtitle": subtitle, "tables": _tables(table)}

    for charts in sections.values():
        for chart in charts:
            if chart.spec and chart.table:
                yield entry(_label(chart), chart.title, chart.subtitle, chart.table)
    if found.by_file.rows:
        note = words("trust.balance_note")
        yield entry("figures-files", found.by_file_label, note, found.by_file)
    if found.controls:
        note = words("trust.controls_note")
        yield entry("figures-controls", words("trust.controls"), note, found.controls)


def _trust(context: Context, found: Trust) -> dict:
    words = context.words
    return {
        "title": words("sections.trust"),
        "is_balanced": found.is_balanced,
        "mark": "✓" if found.is_balanced else "✗",
        "verdict": found.verdict,
        "gaps_title": words("gaps.title"),
        "gaps_none": words("gaps.none"),
        "gaps": found.gaps,
        "balance_title": words("trust.balance"),
        "balance_note": words("trust.balance_note"),
        "by_input": _tables(found.by_input),
        "freshness_title": words("trust.freshness"),
        "freshness_note": words("trust.freshness_note"),
        "freshness": _tables(found.freshness) if found.freshness else [],
        "unusual_title": words("trust.unusual"),
        "unusual_note": words("trust.unusual_note"),
        "unusual": found.unusual,
        "unusual_days": _tables(found.unusual_days) if found.unusual_days else [],
        "set_aside_title": words("trust.set_aside"),
        "set_aside_none": words("trust.set_aside_none"),
        "kinds": [
            {
                **vars(kind),
                "groups": [
                    {
                        "count": group.count,
                        "reason": group.reason,
                        "example": vars(group.examples[0]) if group.examples else None,
                    }
                    for group in kind.groups
                ],
            }
            for kind in found.kinds
        ],
    }
