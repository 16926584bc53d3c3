"""The results as a table to read and as JSON to keep."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from scripts.benchmark import machine
from scripts.benchmark.rounds import FLOOR, INGEST, OURS, PANDAS, SAMPLE, Measured, summarise
from scripts.benchmark.targets import judge

NAMES = {
    FLOOR: "the floor",
    OURS: "ours",
    PANDAS: "pandas",
    SAMPLE: "sample",
    INGEST: "ingest",
}
KINDS = {"dashboard": "dashboard queries", "fact_of_one_month": "fact queries of one month"}
NONE = "–"
MIB = 1 << 20


def results_of(measured: Measured, size: str, runs: int) -> dict[str, Any]:
    """All that is known, ready for JSON: no path and no host name is in it."""
    made = measured.shop
    results = {
        "size": size,
        "date": datetime.now(timezone.utc).date().isoformat(),
        "machine": machine.describe(),
        "runs": runs,
        "lines": made.lines,
        "records": made.records,
        "csv_bytes": made.byte_count,
        "corrected_lines": made.corrected,
        "repeated_lines": made.repeated,
        "unreadable_lines": made.unreadable,
        "day_lines": measured.day_lines,
        "late_lines": measured.late_lines,
        **summarise(measured),
        "compared_rows": measured.compared,
    }
    return results | {"targets": judge(results)}


def write_results(results: dict[str, Any], folder: Path) -> Path:
    """Write the results as `<size>.json`; returns the file."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{results['size']}.json"
    file.write_text(json.dumps(results, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return file


def table(results: dict[str, Any]) -> str:
    """The results as lines of text: costs, queries, targets, and what was compared."""
    described = results["machine"]
    memory = described["memory_bytes"]
    lines = [
        f"{results['records']:,} records ({results['csv_bytes'] / 1e6:,.0f} MB of CSV), "
        f"medians of {results['runs']} run(s), on {described['cores']} cores"
        + (f", {memory / (1 << 30):.0f} GiB" if memory else "")
        + (f", {described['processor']}" if described["processor"] else ""),
        "",
        f"{'':42}{'wall':>16}{'processor':>17}{'peak memory':>19}{'written':>19}{'records/s':>13}",
    ]
    for name, steps in results["contenders"].items():
        for step, figures in steps.items():
            lines.append(
                f"{f'{NAMES[name]}: {step}':42}"
                + _cell(figures, "wall_seconds", 16, _seconds)
                + _cell(figures, "cpu_seconds", 17, _seconds)
                + _cell(figures, "peak_bytes", 19, _mebibytes)
                + _cell(figures, "written_bytes", 19, _mebibytes)
                + f"{_count(figures['records_per_second']):>13}"
            )
    lines += ["", "(×) is the ratio to the floor's full load.", *_query_lines(results)]
    lines += ["", *_target_lines(results), "", *_compared_lines(results)]
    return "\n".join(lines)


def _cell(figures: dict[str, Any], key: str, width: int, shown: Any) -> str:
    ratio = figures["ratios_to_floor"][key]
    text = shown(figures[key]) if figures[key] is not None else NONE
    return f"{text + (f' ({ratio:.2f}×)' if ratio is not None else ''):>{width}}"


def _seconds(value: float) -> str:
    return f"{value:.1f} s"


def _mebibytes(value: float) -> str:
    return f"{value / MIB:,.0f} MiB"


def _count(value: float | None) -> str:
    return NONE if value is None else f"{value:,.0f}"


def _query_lines(results: dict[str, Any]) -> list[str]:
    lines = []
    for kind, statements in results["queries"].items():
        lines += ["", f"{KINDS[kind]:42}{'p50':>12}{'p95':>12}"]
        lines += [
            f"{name:42}{p50:>9.1f} ms{p95:>9.1f} ms" for name, (p50, p95) in statements.items()
        ]
    return lines


def _target_lines(results: dict[str, Any]) -> list[str]:
    lines = []
    for target in results["targets"]:
        size = f" at {target['lines'] // 1_000_000} M" if target["lines"] else ""
        figure = NONE if target["figure"] is None else f"{target['figure']:.2f} {target['unit']}"
        limit = f"{target['bound']} {target['limit']:g} {target['unit']}"
        lines.append(f"{target['status']:13} {target['name'] + size:54}{figure:>16}   ({limit})")
    return lines


def _compared_lines(results: dict[str, Any]) -> list[str]:
    if not results["compared_rows"]:
        return ["Outputs were not compared: that needs ours and at least one other."]
    return [
        f"Outputs of {NAMES.get(name, name)}: {len(tables)} tables with {sum(tables.values()):,} "
        "rows are the same as ours."
        for name, tables in results["compared_rows"].items()
    ]
