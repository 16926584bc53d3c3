"""Cells of the workbook: which number format a column has, and how its values are written."""

from __future__ import annotations

import math
import re
from datetime import date, datetime
from typing import Any

import xlsxwriter
from babel.numbers import get_currency_precision, get_currency_symbol
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from scripts.report.charts.base import INK
from scripts.report.formats import Formats
from scripts.report.language import Words
from scripts.report.tables import Field, Published

LONGEST_CELL = 32_767
# before March 1900 Excel's days are wrong
FIRST_DAY = date(1900, 3, 1)
WIDEST = 42
AMOUNTS = re.compile("_amount$|^unit_|_per_|_value$")
SHARES = re.compile("(_share|_growth|_change|(^|_)rate)$")
FINE_FIGURES = re.compile("_squared$|_index$")
NUMBERS = ("DECIMAL", "DOUBLE", "FLOAT", "HUGEINT", "BIGINT", "INTEGER", "SMALLINT", "TINYINT")


class Cells:
    """The formats of one workbook, in the shop's currency."""

    def __init__(self, book: xlsxwriter.Workbook, formats: Formats, words: Words) -> None:
        self.book, self.formats, self.words = book, formats, words
        self._styles: dict[tuple, Format] = {}

    def style(self, **properties: Any) -> Format:
        """A cell format; equal ones are one."""
        key = tuple(sorted(properties.items()))
        if key not in self._styles:
            self._styles[key] = self.book.add_format(
                {"font_color": INK, "valign": "top", **properties}
            )
        return self._styles[key]

    def number_style(self, kind: str) -> Format:
        """The cell format of a kind of number."""
        return self.style(num_format=self.pattern(kind))

    def pattern(self, kind: str) -> str | int:
        """Excel's number format of a kind of figure."""
        digits = get_currency_precision(self.formats.currency)
        return {
            "amount": self._money(digits),
            "whole_amount": self._money(0),
            "share": "0.0%",
            "growth": "+0.0%;-0.0%;0.0%",
            "count": "#,##0",
            "number": "#,##0.00",
            "fine": "0.0000",
            "year": "0",
            # the reader's own short date
            "day": 14,
            "month": "mmm yyyy",
            "instant": 22,
            "text": "@",
        }[kind]

    def _money(self, digits: int) -> str:
        """The locale's place for the currency's sign, in the notation that Excel has for all."""
        symbol = get_currency_symbol(self.formats.currency, locale=self.formats.locale)
        figure = "#,##0" + ("." + "0" * digits if digits else "")
        pattern = self.formats.locale.currency_formats["standard"].pattern.split(";")[0]
        before, _, after = re.sub(r"[#0,.]+", "\0", pattern, count=1).partition("\0")
        quoted = '"' + symbol.replace('"', "") + '"'
        return (before + figure + after).replace("¤", quoted)

    def kind(self, field: Field, values: list) -> str:
        """What a column holds, by its type and, as everywhere here, by the ending of its name."""
        name, data_type = field.name, field.data_type
        if data_type == "DATE":
            return "month" if "month_start" in name or name.startswith("cohort_month") else "day"
        if data_type.startswith("TIMESTAMP"):
            return "instant"
        if data_type == "BOOLEAN":
            return "flag"
        if not data_type.startswith(NUMBERS):
            return "text"
        if SHARES.search(name):
            return "share"
        if AMOUNTS.search(name):
            return "amount"
        if re.search("(^|_)year$", name):
            return "year"
        if all(value is None or value == int(value) for value in values if _is_finite(value)):
            return "count"
        return "fine" if FINE_FIGURES.search(name) else "number"

    def column(
        self, sheet: Worksheet, first_row: int, at: int, field: Field, values: list
    ) -> tuple[float, str]:
        """Write a column's values downwards; return the width that shows them, and their side."""
        kind = self.kind(field, values)
        if kind == "flag":
            style = self.style(align="center")
            for row, value in enumerate(values, first_row):
                if value is not None:
                    sheet.write_boolean(row, at, value, style)
            return 9, "center"
        if kind == "text":
            style = self.style()
            for row, value in enumerate(values, first_row):
                if value is not None:
                    self.text(sheet, row, at, str(value), style)
            longest = max((len(str(value)) for value in values if value is not None), default=0)
            return min(longest + 2, WIDEST), "left"
        if kind in ("day", "month", "instant"):
            style = self.style(num_format=self.pattern(kind), align="left")
            for row, value in enumerate(values, first_row):
                if value is not None:
                    self.moment(sheet, row, at, value, style)
            return 17 if kind == "instant" else 12, "left"
        style = self.number_style(kind)
        for row, value in enumerate(values, first_row):
            if _is_finite(value):
                sheet.write_number(row, at, float(value), style)
        largest = max((abs(value) for value in values if _is_finite(value)), default=0)
        width = len(f"{largest:,.0f}") + (6 if kind in ("amount", "number") else 3)
        return max(10, width), "right"

    def moment(
        self, sheet: Worksheet, row: int, at: int, value: date | datetime, style: Format
    ) -> None:
        """A day or an instant; as text where Excel has no such day."""
        day = value.date() if isinstance(value, datetime) else value
        if day < FIRST_DAY:
            self.text(sheet, row, at, value.isoformat(), self.style())
        elif isinstance(value, datetime):
            sheet.write_datetime(row, at, value.replace(tzinfo=None), style)
        else:
            sheet.write_datetime(row, at, value, style)

    def text(self, sheet: Worksheet, row: int, at: int, text: str, style: Format) -> None:
        """A text as a text, whatever it begins with."""
        if len(text) > LONGEST_CELL:
            text = text[: LONGEST_CELL - 1] + "…"
        if text:
            sheet.write_string(row, at, text, style)

    def labels(self, table: Published) -> list[str]:
        """The columns' headers, none twice: a table refuses that."""
        labels: list[str] = []
        for field in table.fields:
            label = self.words.find(f"fields.{field.name}") or field.name.replace("_", " ")
            label = label[:1].upper() + label[1:]
            if label.lower() in (other.lower() for other in labels):
                label = f"{label} ({field.name})"
            labels.append(label)
        return labels


def _is_finite(value: float | None) -> bool:
    return value is not None and math.isfinite(value)
