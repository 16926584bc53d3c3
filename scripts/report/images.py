"""Charts as pictures: SVG for the page, SVG and PNG for a folder and somebody's slides."""

from __future__ import annotations

import base64
import json
import re

import vl_convert

from scripts.report.background import Background
from scripts.report.charts.base import EXPORT, NARROW, WIDE, Chart, drawn

VEGA_LITE = "6.4"
PNG_SCALE = 2
# {chart: spec} on the input, {chart: [SVG, PNG in base64]} on the output
PROGRAM = f"""
import base64, json, sys, vl_convert
vl_convert.vegalite_to_svg({{"mark": "point"}}, vl_version="{VEGA_LITE}", allowed_base_urls=[])
given = sys.stdin.read()
made = {{}}
for chart, spec in json.loads(given or sys.exit()).items():
    svg = vl_convert.vegalite_to_svg(spec, vl_version="{VEGA_LITE}", allowed_base_urls=[])
    png = vl_convert.svg_to_png(svg, scale={PNG_SCALE})
    made[chart] = svg, base64.b64encode(png).decode()
json.dump(made, sys.stdout)
"""


def warm_up() -> None:
    """Load what draws, which takes seconds once in a process; for a thread beside other work."""
    vl_convert.vegalite_to_svg({"mark": "point"}, vl_version=VEGA_LITE, allowed_base_urls=[])


def picture(chart: Chart, variant: str) -> str:
    """The SVG of one variant of a chart. Deterministic; asks no network."""
    svg = vl_convert.vegalite_to_svg(
        json.dumps(drawn(chart, variant)), vl_version=VEGA_LITE, allowed_base_urls=[]
    )
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
    """Charts on their own, with their titles on white, drawn in another process."""

    def __init__(self) -> None:
        super().__init__(["-c", PROGRAM], "drawing the charts")

    def draw(self, charts: list[Chart]) -> None:
        """Begin with these charts."""
        specs = {chart.chart_id: json.dumps(drawn(chart, EXPORT)) for chart in charts}
        self.give(json.dumps(specs).encode())

    def files(self) -> dict[str, bytes]:
        """SVG and PNG (twice its size) of each chart, by file name."""
        files = {}
        for chart_id, (svg, png) in json.loads(self.content()).items():
            files[f"{chart_id}.svg"] = _numbered(svg).encode()
            files[f"{chart_id}.png"] = base64.b64decode(png)
        return files
