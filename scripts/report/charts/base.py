"""What all charts share: their parts, the palette, and the Vega-Lite around their marks.

Names from the data are only ever values: of rows, and of a scale's domain. Field names, titles and
expressions are constants of this package, so nothing in a file can become code.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from scripts.report.formats import Formats, clean, rounded
from scripts.report.language import Words
from scripts.report.read import UNKNOWN, Warehouse

# Okabe and Ito's palette, which the colour-blind can tell apart, without its yellow (too pale on
# white) and with a deeper blue. The style sheet names a counterpart in the dark for each.
INK = "#1f2a37"
MUTED = "#55606e"
GRID = "#e3e7ec"
PAPER = "#ffffff"
BLUE = "#0b62a4"
REST = "#aab4c0"
PALE = "#d3dae2"
FALL = "#d55e00"
SERIES = ("#0b62a4", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00")
FONT = "-apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'Liberation Sans', sans-serif"

WIDE = "wide"
NARROW = "narrow"
EXPORT = "export"
WIDTHS = {WIDE: 820, NARROW: 340, EXPORT: 960}
MONTHS_SHOWN = 36


@dataclass
class Context:
    """What a chart is made from: the figures, the formats and the words of the shop."""

    warehouse: Warehouse
    formats: Formats
    words: Words

    def name(self, text: str | None) -> str:
        """A member's name as it is shown; the unknown member in the shop's language."""
        return self.words("unknown") if text in (None, UNKNOWN) else text

    def unique_names(
        self, members: list[tuple[str, str | None]], reserved: tuple[str, ...] = ()
    ) -> dict[str, str]:
        """Names to show by id, none twice and none of the `reserved`: the id tells them apart."""
        shown = [self.name(name) for _, name in members]
        unique: dict[str, str] = {}
        for (key, _), name in zip(members, shown, strict=True):
            is_shared = shown.count(name) > 1 or name in reserved
            told_apart = f"{name} ({clean(key)})" if is_shared else name
            while told_apart in unique.values() or told_apart in reserved:
                told_apart += "*"
            unique[key] = told_apart
        return unique

    def units(self) -> dict[str, str]:
        """Abbreviations of thousand, million and billion."""
        return self.words.tree("units")

    def money_axis(self, largest: float) -> str:
        """Label expression of an axis of amounts."""
        return self.formats.axis(largest, self.units())


@dataclass
class Column:
    """One column of a table; `definition` is the database's comment on its figure."""

    label: str
    is_number: bool = True
    definition: str = ""


@dataclass
class Table:
    """Figures as text. The first cell of each row names it; `total` is a row too, or None."""

    columns: list[Column]
    rows: list[list[str]]
    total: list[str] | None = None


@dataclass
class Key:
    """One entry of a chart's key: `mark` is square, unfinished, line or dash."""

    label: str
    colour: str
    mark: str = "square"


@dataclass
class Live:
    """How the page adds a chart up again for what a reader selects.

    `kind` is a maker of script/makers.js and the files it names, which gives rows with the fields
    of the chart's own; the spec is the chart's, fitted to them (script/draw.js). `options` is what
    the maker needs to know: `by` (a dimension of the cube), `columns` of the table, how many are
    shown. A chart that `needs_lines` stays as it is where the cube has only sums, one that
    `needs_days` where these are of months; `is_table` is one without a drawing.
    """

    kind: str
    options: dict = field(default_factory=dict)


@dataclass
class Chart:
    """One figure of the report.

    `spec` returns the Vega-Lite spec of a variant without its data, which is `rows`; None when
    there is nothing to draw, and the sentences then say why.
    """

    chart_id: str
    title: str
    subtitle: str
    sentences: list[str]
    rows: list[dict] = field(default_factory=list)
    spec: Callable[[str], dict] | None = None
    table: Table | None = None
    key: list[Key] = field(default_factory=list)
    definition: str = ""
    # the wide drawing names its lines itself
    is_key_for_narrow: bool = False
    # None: the page says that it shows the whole shop whatever is selected
    live: Live | None = None

    @property
    def sentence(self) -> str:
        """All sentences as one text."""
        return " ".join(self.sentences)


def number(value: Decimal | float | None) -> float | None:
    """A figure as a chart draws it: to four decimals, which is what an amount has."""
    return None if value is None else float(rounded(value, 4))


def colours(count: int) -> list[str]:
    """`count` colours of series, at most six."""
    return list(SERIES[:count])


def config(context: Context) -> dict:
    """The look of every chart."""
    return {
        "aria": False,
        "background": None,
        "font": FONT,
        "locale": {"number": context.formats.number_locale()},
        "view": {"stroke": None},
        "axis": {
            "labelColor": MUTED,
            "titleColor": MUTED,
            "titleFontWeight": "normal",
            "titleFontSize": 13,
            "labelFontSize": 13,
            "gridColor": GRID,
            "domain": False,
            "ticks": False,
            "labelPadding": 8,
        },
        "legend": {"labelColor": INK, "labelFontSize": 13, "labelLimit": 220, "symbolSize": 130},
        "title": {
            "color": INK,
            "fontSize": 18,
            "fontWeight": 600,
            "subtitleColor": MUTED,
            "subtitleFontSize": 13,
            "subtitlePadding": 6,
            "anchor": "start",
            "frame": "bounds",
            "offset": 18,
        },
    }


def around(context: Context, variant: str, body: dict, title: str, subtitle: str) -> dict:
    """A whole spec: `body` (marks, height, padding) in the common look.

    The page's variants take the width of their box; the exported one carries its own title, a
    white ground and a margin, since it will stand in somebody's slides.
    """
    spec = {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "width": "container",
        "autosize": {"type": "fit-x", "contains": "padding"},
        "padding": {"left": 2, "right": 4, "top": 6, "bottom": 4},
        "data": {"name": "rows"},
        **copy.deepcopy(body),
        "config": config(context),
    }
    if variant == NARROW:
        spec["config"]["axis"].update(labelFontSize=12, titleFontSize=12, labelPadding=5)
    if variant == EXPORT:
        spec["title"] = {"text": title, "subtitle": subtitle}
        spec["background"] = PAPER
        padding = spec["padding"]
        spec["padding"] = {side: size + 24 for side, size in padding.items()}
    return spec


def drawn(chart: Chart, variant: str) -> dict:
    """The spec of a variant as a picture: with its data, at the variant's width."""
    spec = chart.spec(variant)
    spec["width"] = WIDTHS[variant]
    spec["datasets"] = {"rows": chart.rows}
    return pruned(spec, chart.rows)


def pruned(spec: dict, rows: list[dict]) -> dict:
    """`spec` without the layers that `where` gave and no row is in.

    A layer without rows has no extent, of which Vega complains on the console. page/draw.js does
    the same with the rows of a selection.
    """
    if "layer" in spec:
        spec["layer"] = [layer for layer in spec["layer"] if _has_rows(layer, rows)]
    return spec


def _has_rows(layer: dict, rows: list[dict]) -> bool:
    condition = next(iter(layer.get("transform", [])), {}).get("filter")
    if not isinstance(condition, dict):
        return True
    return any(row.get(condition["field"]) == condition["equal"] for row in rows)


def only(rows: list[dict], name: str, value: bool | str, layer: dict) -> list[dict]:
    """`layer` over the rows whose field `name` is `value`; no layer when there are none."""
    return [where(name, value, layer)] if any(row.get(name) == value for row in rows) else []


def where(name: str, value: bool | str, layer: dict) -> dict:
    """`only` for live charts, which may come to have such rows: `pruned` drops it without them."""
    return {"transform": [{"filter": {"field": name, "equal": value}}], **layer}


def tooltip(*fields: tuple[str, str]) -> list[dict]:
    """A tooltip of (field, label); its values are the formatted texts in the rows."""
    return [{"field": name, "title": label, "type": "nominal"} for name, label in fields]


def value_axis(context: Context, largest: float, variant: str, **more: object) -> dict:
    """An axis of amounts: few lines, no title (the subtitle names the currency)."""
    return {
        "title": None,
        "labelExpr": context.money_axis(largest),
        "tickCount": 4 if variant == NARROW else 5,
        **more,
    }


def month_axis(labels: list[str], starts: list[int], variant: str) -> dict:
    """An axis of months, labelled on two lines; `starts` has the month numbers.

    As many labels as fit: every month, else the quarters, half-years or years.
    """
    most = 5 if variant == NARROW else 14
    for step in (1, 3, 6, 12):
        shown = [
            label
            for label, month in zip(labels, starts, strict=True)
            if step == 1 or (month - 1) % step == 0
        ]  # fmt: skip
        if len(shown) <= most:
            break
    return {
        "title": None,
        "values": shown or labels[:1],
        "labelExpr": "split(datum.label, ' ')",
        "labelAngle": 0,
        "labelLineHeight": 15,
        "labelOverlap": False,
        "domain": True,
        "domainColor": REST,
        "ticks": True,
        "tickColor": REST,
        "tickSize": 4,
        "labelPadding": 4,
    }
