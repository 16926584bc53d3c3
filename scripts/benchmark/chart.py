"""The results as one picture: the full load beside the floor and pandas, then a day's work."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import vl_convert

from scripts.benchmark.rounds import DAY, FLOOR, FULL, LATE, OURS, PANDAS, REPORT, UNCHANGED
from scripts.report.charts.base import BLUE, FONT, INK, MUTED, PAPER, REST
from scripts.report.images import VEGA_LITE

CONTENDERS = {
    FLOOR: "bare DuckDB script",
    OURS: "ours, with all tests",
    PANDAS: "pandas and SQLite",
}
STEPS = {
    FULL: "full load",
    DAY: "one more day",
    LATE: "late correction",
    UNCHANGED: "nothing changed",
    REPORT: "report",
}
PANELS = {
    "wall_seconds": ("Wall time", 1, "s"),
    "cpu_seconds": ("Processor time", 1, "s"),
    "peak_bytes": ("Peak memory", 1 / (1 << 30), "GiB"),
}
PANEL_WIDTH = 190
STEP_HEIGHT = 26


def write_chart(results: dict[str, Any], folder: Path) -> Path | None:
    """Write `<size>.svg`; returns the file, or None when there is no full load to draw."""
    spec = chart(results)
    if spec is None:
        return None
    file = folder / f"{results['size']}.svg"
    svg = vl_convert.vegalite_to_svg(json.dumps(spec), vl_version=VEGA_LITE, allowed_base_urls=[])
    file.write_text(svg + "\n", encoding="utf-8")
    return file


def chart(results: dict[str, Any]) -> dict[str, Any] | None:
    """The Vega-Lite spec, with its data."""
    measured = results["contenders"]
    drawn = [name for name in CONTENDERS if FULL in measured.get(name, {})]
    if not drawn:
        return None
    rows = []
    for key, (title, factor, unit) in PANELS.items():
        bars = []
        for name in drawn:
            figures = measured[name][FULL]
            if figures[key] is None:
                continue
            value, ratio = figures[key] * factor, figures["ratios_to_floor"][key]
            text = f"{_short(value)} {unit}"
            if ratio is not None and name != FLOOR:
                text += f" · {ratio:.1f}×"
            bars.append({"name": CONTENDERS[name], "value": value, "text": text})
        if bars:
            rows.append(_panel(f"Full load: {title.lower()}", bars, CONTENDERS[OURS], bool(rows)))
    panels: list[dict[str, Any]] = [{"hconcat": rows, "spacing": 24}]
    steps = [
        {"name": label, "value": seconds, "text": f"{_short(seconds)} s"}
        for step, label in STEPS.items()
        if (seconds := measured.get(OURS, {}).get(step, {}).get("wall_seconds")) is not None
    ]
    if steps:
        panels.append(_panel("Ours, step by step: wall time", steps, None, False, 2 * PANEL_WIDTH))
    cores = results["machine"]["cores"]
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "background": PAPER,
        "padding": 16,
        "title": {
            "text": f"{results['lines']:,} sales lines on {cores} cores",
            "subtitle": f"median of {results['runs']} run(s); × is the ratio to the bare script",
            "anchor": "start",
            "offset": 14,
        },
        "vconcat": panels,
        "spacing": 26,
        "config": {
            "font": FONT,
            "view": {"stroke": None},
            "title": {
                "font": FONT,
                "color": INK,
                "fontSize": 15,
                "fontWeight": 600,
                "subtitleFont": FONT,
                "subtitleColor": MUTED,
                "subtitleFontSize": 12,
            },
        },
    }


def _panel(
    title: str,
    bars: list[dict[str, Any]],
    highlighted: str | None,
    is_continued: bool,
    width: int = PANEL_WIDTH,
) -> dict[str, Any]:
    """Horizontal bars that carry their figures; `is_continued`: the names stand further left."""
    labels = {"labelColor": INK, "labelFontSize": 12, "labelLimit": 200, "labelPadding": 6}
    axis = None if is_continued else {"title": None, "ticks": False, "domain": False, **labels}
    y = {"field": "name", "type": "nominal", "sort": None, "axis": axis}
    # room for the figure at the end of the longest bar
    largest = max(bar["value"] for bar in bars)
    x = {
        "field": "value",
        "type": "quantitative",
        "axis": None,
        "scale": {"domain": [0, largest * 1.75 if width == PANEL_WIDTH else largest * 1.25]},
    }
    colour: dict[str, Any] = {"value": BLUE}
    if highlighted is not None:
        colour = {
            "condition": {"test": {"field": "name", "equal": highlighted}, "value": BLUE},
            "value": REST,
        }
    return {
        "title": {"text": title, "anchor": "start", "fontSize": 12, "color": MUTED},
        "width": width,
        "height": {"step": STEP_HEIGHT},
        "data": {"values": bars},
        "encoding": {"y": y, "x": x},
        "layer": [
            {
                "mark": {"type": "bar", "height": 15, "cornerRadiusEnd": 2},
                "encoding": {"color": colour},
            },
            {
                "mark": {"type": "text", "align": "left", "dx": 5, "color": INK, "fontSize": 12},
                "encoding": {"text": {"field": "text"}},
            },
        ],
    }


def _short(value: float) -> str:
    """A figure with as many digits as say something."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 1 else f"{value:.2f}"
