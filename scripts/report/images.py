"""Charts as pictures: SVG for the page, SVG and PNG for a folder and somebody's slides.

As a program (`python -m scripts.report.images`) it draws the latter beside the page: specs by chart
id on its input, {file name: base64} on its output, both JSON.
"""

from __future__ import annotations

import base64
import json
import re
import sys

import vl_convert

from scripts.report.background import Background
from scripts.report.charts.base import EXPORT, NARROW, WIDE, Chart, drawn

VEGA_LITE = "6.4"
PNG_SCALE = 2


def warm_up() -> None:
    """Load what draws, which takes seconds once in a process; for a thread beside other work."""
    vl_convert.vegalite_to_svg({"mark": "point"}, vl_version=VEGA_LITE, allowed_base_urls=[])


def picture(chart: Chart, variant: str) -> str:
    """The SVG of one variant of a chart. Deterministic; asks no network."""
    return _drawn(drawn(chart, variant))


def _drawn(spec: dict) -> str:
    svg = vl_convert.vegalite_to_svg(json.dumps(spec), vl_version=VEGA_LITE, allowed_base_urls=[])
    return _numbered(svg)


def _numbered(svg: str) -> str:
    """The SVG with its ids numbered from 1: Vega goes on counting from drawing to drawing."""
    numbers: dict[str, int] = {}

    def number(match: re.Match) -> str:
        return f"{match[1]}{match[2]}{numbers.setdefault(match[3], len(numbers) + 1)}"

    return re.sub(r'(\bid="|url\(#|href="#)([a-z_]+?)(\d+)(?=["\)])', number, svg)


def page_pictures(chart: Chart) -> dict[str, str]:
    """The SVGs that stand in the page: wide and narrow."""
    return {variant: picture(chart, variant) for variant in (WIDE, NARROW)}


class ExportPictures(Background):
    """Charts on their own, with their titles on white, in the making in another process."""

    def __init__(self, charts: list[Chart]) -> None:
        specs = {chart.chart_id: drawn(chart, EXPORT) for chart in charts}
        program = ["-m", "scripts.report.images"]
        super().__init__(program, "drawing the charts", json.dumps(specs).encode())

    def files(self) -> dict[str, bytes]:
        """SVG and PNG (twice its size) of each chart, by file name."""
        made = json.loads(self.content())
        return {name: base64.b64decode(content) for name, content in made.items()}


def main() -> None:
    """Draw the specs on the input."""
    files = {}
    for chart_id, spec in json.load(sys.stdin).items():
        svg = _drawn(spec)
        files[f"{chart_id}.svg"] = svg.encode()
        files[f"{chart_id}.png"] = vl_convert.svg_to_png(svg, scale=PNG_SCALE)
    json.dump(
        {name: base64.b64encode(content).decode() for name, content in files.items()}, sys.stdout
    )


if __name__ == "__main__":
    main()
