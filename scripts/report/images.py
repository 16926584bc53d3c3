"""Charts as pictures: SVG for the page, SVG and PNG for a folder and somebody's slides."""

from __future__ import annotations

import json
import re

import vl_convert

from scripts.report.charts.base import EXPORT, NARROW, WIDE, Chart, drawn

VEGA_LITE = "6.4"
PNG_SCALE = 2


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


def export_pictures(chart: Chart) -> dict[str, bytes]:
    """The chart on its own, with its title on white: `svg` and `png` (twice its size)."""
    svg = picture(chart, EXPORT)
    return {"svg": svg.encode(), "png": vl_convert.svg_to_png(svg, scale=PNG_SCALE)}
