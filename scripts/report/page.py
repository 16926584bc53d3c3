"""All of the report as one HTML file that needs nothing else and may ask for nothing else."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import asdict
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from scripts.report.charts import SECTIONS
from scripts.report.charts.base import BLUE, NARROW, PALE, REST, SERIES, WIDE, Chart, Context
from scripts.report.periods import choose, month_end
from scripts.report.tiles import headline_tiles
from scripts.report.trust import trust

FOLDER = Path(__file__).parent
SCRIPTS = ("formats", "cube", "selection", "makers", "lists", "times", "team", "tables", "tiles",
           "draw", "bar", "start")  # fmt: skip
# texts that the page's script uses
WORDS = ("live", "columns", "levels", "tiles", "periods", "charts", "segments", "sentences", "gaps",
         "unknown", "and")  # fmt: skip
# figures whose definition the page prints, in this order
DEFINED = (
    "revenue_amount",
    "order_count",
    "quantity",
    "margin_amount",
    "returns_amount",
    "revenue_share",
    "revenue_per_employee",
    "employee_count",
)


def build_charts(context: Context) -> dict[str, list[Chart]]:
    """The charts of each section, in the order of the page."""
    return {
        section: [build(context) for build in builders] for section, builders in SECTIONS.items()
    }


def definitions(context: Context) -> list[tuple[str, str]]:
    """The figures that the report explains, each with the database's own words."""
    explained = context.warehouse.definition
    return [(column, text) for column in DEFINED if (text := explained(column))]


def as_json(value: object) -> str:
    """JSON that stays data inside a `<script>` element, whatever texts it holds."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return re.sub("[<>&\u2028\u2029]", lambda match: f"\\u{ord(match.group()):04x}", text)


def policy(scripts: list[str]) -> str:
    """The content security policy: exactly these scripts run, and no request is made.

    Styles may be inline: charts set them on their elements, and without a request they can tell
    nobody anything.
    """
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
        for script in scripts
    )
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def inline_script(text: str) -> str:
    """A script as it can stand in a page: no end tag or comment opens inside its strings."""
    return text.replace("</script", "<\\/script").replace("<!--", "<\\!--").strip()


def inline_picture(svg: str, chart_id: str, variant: str) -> Markup:
    """An SVG for the page, its internal ids made unique.

    The SVG is Vega's own output, where every text from the data is already escaped.
    """
    svg = re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>{chart_id}-{variant}-", svg)
    return Markup(svg)


def page_script() -> str:
    """What the page does, one script of the parts in script/, in this order."""
    parts = ((FOLDER / "script" / f"{name}.js").read_text("utf-8") for name in SCRIPTS)
    body = "\n".join(parts)
    return f'"use strict";\n(() => {{\n{body}\n}})();'


def _live(context: Context) -> dict:
    """What the page's script needs beside the charts: the cube's header, formats, words, periods.

    Without a cube the page has no filters and its charts show the whole shop.
    """
    words, formats, warehouse = context.words, context.formats, context.warehouse
    periods, cube = choose(warehouse), warehouse.cube
    common = {
        "cube": None,
        "formats": formats.pieces(context.units()),
        "currency": formats.currency,
        "words": words.branches(WORDS),
        "axes": [context.money_axis(largest) for largest in (0, 2e3, 2e6, 2e9)],
        "blue": BLUE, "pale": PALE, "rest": REST, "series": SERIES,
    }  # fmt: skip
    if cube is None or periods.main is None:
        return common
    complete, summary = warehouse.complete_months, warehouse.summary
    return {
        **common,
        "cube": cube.header(),
        # the last day of the last month that is over
        "complete": month_end(complete[-1].month_start_on).isoformat() if complete else None,
        # the days that the files speak of, and the day of the report
        "known": [
            day.isoformat()
            for day in (summary.first_sold_on, summary.last_sold_on, summary.as_of_date)
        ],
        "initial": {
            "from": periods.main.first_month.isoformat(),
            "to": month_end(periods.main.last_month).isoformat(),
            "grain": "month",
            "compare": "year" if periods.main.kind == "year" else
            "previous" if periods.before else "none",
        },
    }  # fmt: skip


def render(
    context: Context,
    sections: dict[str, list[Chart]],
    pictures: dict[str, dict[str, str]],
    library: str,
) -> str:
    """The page. `pictures` holds the SVGs by chart id and variant, `library` Vega's script."""
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    words, formats, warehouse = context.words, context.formats, context.warehouse
    figures = [
        chart for charts in sections.values() for chart in charts if chart.spec or chart.table
    ]
    charts = {
        chart.chart_id: {
            "name": chart.title,
            "subtitle": chart.subtitle,
            "rows": chart.rows,
            WIDE: chart.spec(WIDE) if chart.spec else None,
            NARROW: chart.spec(NARROW) if chart.spec else None,
            "live": asdict(chart.live) if chart.live else None,
        }
        for chart in figures
    }
    payload = {"charts": charts, **_live(context)}
    scripts = [inline_script(library), inline_script(page_script())]
    page = environment.get_template("report.html.j2").render(
        words=words,
        formats=formats,
        summary=warehouse.summary,
        policy=policy(scripts),
        style=Markup((FOLDER / "report.css").read_text("utf-8")),
        scripts=[Markup(script) for script in scripts],
        payload=Markup(as_json(payload)),
        cube=Markup(warehouse.cube.body()) if payload["cube"] else None,
        headlines=headline_tiles(context),
        sections=sections,
        pictures={
            chart_id: {
                variant: inline_picture(svg, chart_id, variant) for variant, svg in both.items()
            }
            for chart_id, both in pictures.items()
        },
        trust=trust(context),
        definitions=definitions(context),
    )
    return page.lstrip()
