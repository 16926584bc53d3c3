"""What the project promises to reach, each with the size it is promised for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

GIB = 1 << 30
TEN_MILLION = 10_000_000
HUNDRED_MILLION = 100_000_000

MET, MISSED = "met", "missed"
OTHER_SIZE = "other size"  # a figure, but the promise is about another number of lines
NOT_MEASURED = "not measured"

Results = dict[str, Any]


@dataclass(frozen=True)
class Target:
    """`figure` takes the results and gives what is compared with `limit`, None when unknown.

    `lines` is the size it holds for (None: any). At most `limit`, or at least where `is_floor`.
    """

    name: str
    lines: int | None
    limit: float
    unit: str
    figure: Callable[[Results], float | None]
    is_floor: bool = False


def _median(contender: str, step: str, field: str) -> Callable[[Results], float | None]:
    def figure(results: Results) -> float | None:
        return results["contenders"].get(contender, {}).get(step, {}).get(field)

    return figure


def _times(field: str, upper: str, lower: str) -> Callable[[Results], float | None]:
    """How many times the `upper` contender's full load is the `lower` one's."""

    def figure(results: Results) -> float | None:
        above = _median(upper, "full load", field)(results)
        below = _median(lower, "full load", field)(results)
        return above / below if above is not None and below else None

    return figure


def _speed_beside(step: str) -> Callable[[Results], float | None]:
    """The speed of ingest as a share of that of a statement of DuckDB."""

    def figure(results: Results) -> float | None:
        ours = _median("ingest", "one file", "wall_seconds")(results)
        bare = _median("ingest", step, "wall_seconds")(results)
        return bare / ours if ours and bare is not None else None

    return figure


def _peak(results: Results) -> float | None:
    """The greatest memory of any step of ours, in GiB."""
    peaks = [step["peak_bytes"] for step in results["contenders"].get("ours", {}).values()]
    return max(peaks) / GIB if peaks and None not in peaks else None


def _slowest(kind: str) -> Callable[[Results], float | None]:
    """The greatest p95 of any statement of a kind, in milliseconds."""

    def figure(results: Results) -> float | None:
        statements = results["queries"].get(kind, {})
        slowest = [taken[1] for name, taken in statements.items() if name != "(all)"]
        return max(slowest, default=None)

    return figure


def _overall(kind: str) -> Callable[[Results], float | None]:
    def figure(results: Results) -> float | None:
        return results["queries"].get(kind, {}).get("(all)", [None, None])[1]

    return figure


TARGETS = (
    Target(
        "ingest, beside one statement",
        TEN_MILLION,
        0.67,
        "× its speed",
        _speed_beside("one statement, its texts"),
        is_floor=True,
    ),
    Target(
        "ingest, beside one statement of all columns",
        TEN_MILLION,
        0.67,
        "× its speed",
        _speed_beside("one statement, all columns"),
        is_floor=True,
    ),
    Target(
        "full load, wall time", TEN_MILLION, 2.0, "× floor", _times("wall_seconds", "ours", "floor")
    ),
    Target(
        "full load, processor time",
        TEN_MILLION,
        2.0,
        "× floor",
        _times("cpu_seconds", "ours", "floor"),
    ),
    Target(
        "full load, faster than pandas",
        TEN_MILLION,
        4.0,
        "×",
        _times("wall_seconds", "pandas", "ours"),
        is_floor=True,
    ),
    Target("peak memory", TEN_MILLION, 2.0, "GiB", _peak),
    Target("peak memory", HUNDRED_MILLION, 6.0, "GiB", _peak),
    Target("one more day", TEN_MILLION, 15.0, "s", _median("ours", "one more day", "wall_seconds")),
    Target(
        "one more day", HUNDRED_MILLION, 30.0, "s", _median("ours", "one more day", "wall_seconds")
    ),
    Target(
        "the sample's make report",
        None,
        20.0,
        "s",
        _median("sample", "make report", "wall_seconds"),
    ),
    Target("dashboard queries, p95 of all", TEN_MILLION, 50.0, "ms", _overall("dashboard")),
    Target("dashboard queries, p95 of the slowest", TEN_MILLION, 50.0, "ms", _slowest("dashboard")),
    Target(
        "fact queries of one month, p95 of all",
        TEN_MILLION,
        50.0,
        "ms",
        _overall("fact_of_one_month"),
    ),
    Target(
        "fact queries of one month, p95 of the slowest",
        TEN_MILLION,
        50.0,
        "ms",
        _slowest("fact_of_one_month"),
    ),
)


def judge(results: Results) -> list[dict[str, Any]]:
    """Each target with its figure and whether it is met: name, lines, limit, unit, figure, status.

    A figure at another size than the promise's is shown and not judged.
    """
    judged = []
    for target in TARGETS:
        figure = target.figure(results)
        if figure is None:
            status = NOT_MEASURED
        elif target.lines not in (None, results["lines"]):
            status = OTHER_SIZE
        elif figure >= target.limit if target.is_floor else figure <= target.limit:
            status = MET
        else:
            status = MISSED
        judged.append(
            {
                "name": target.name,
                "lines": target.lines,
                "bound": "at least" if target.is_floor else "at most",
                "limit": target.limit,
                "unit": target.unit,
                "figure": figure,
                "status": status,
            }
        )
    return judged
