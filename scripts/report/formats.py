"""Amounts, counts, shares and dates, written as the shop's locale writes them.

Figures are rounded here, once, half away from zero, after all summing is done.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import (
    format_currency,
    format_decimal,
    format_percent,
    get_currency_precision,
    get_currency_symbol,
    get_decimal_symbol,
    get_group_symbol,
)

NARROW_SPACE = "\u202f"
MINUS = "\u2212"
LONGEST_NAME = 60


def parse_locale(name: str | None) -> Locale:
    """The Babel locale called `name` (`fr`, `fr_CH`, `en-GB`); English when there is none such."""
    try:
        return Locale.parse((name or "en").replace("-", "_"))
    except (UnknownLocaleError, ValueError, TypeError):
        return Locale.parse("en")


def rounded(value: Decimal | float | int, digits: int) -> Decimal:
    """`value` with `digits` decimals, half away from zero (Babel alone would round to even)."""
    number = value if isinstance(value, Decimal) else Decimal(str(value))
    result = number.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)
    return result if result else abs(result)  # no "-0"


def clean(text: object) -> str:
    """A name from the data as plain text, without control characters, which no page can show."""
    if isinstance(text, str) and text.isprintable():
        return text
    return "".join(
        " " if character in "\t\n\r" else "\ufffd"
        if unicodedata.category(character) in ("Cc", "Cs")
        else character
        for character in str(text)
    )  # fmt: skip


def in_sentence(text: str) -> str:
    """A name as it stands inside a sentence: shortened, and kept from turning its direction."""
    short = text if len(text) <= LONGEST_NAME else text[: LONGEST_NAME - 1].rstrip() + "…"
    if any(unicodedata.bidirectional(character) in ("R", "AL", "AN") for character in short):
        return f"\u2068{short}\u2069"
    return short


class Formats:
    """Formats of one shop: `locale` is a Babel locale, `currency` an ISO 4217 code.

    `language` is that of the sentences the figures stand in: months are words, so they are its.
    """

    def __init__(self, locale: Locale, currency: str, language: str) -> None:
        self.locale = locale
        self.dates = locale if locale.language == language else Locale.parse(language)
        self.currency = currency
        self.french = language == "fr"

    def _finish(self, text: str) -> str:
        if self.french:
            text = text.replace("\u00a0", NARROW_SPACE)
        return text.replace("-", MINUS)

    @cached_property
    def _money_pattern(self) -> str:
        # the locale's own order of sign, symbol and amount; the decimals are put in by `money`
        pattern = self.locale.currency_formats["standard"].pattern
        return re.sub(r"0\.0+", "0{decimals}", pattern)

    def money(self, amount: Decimal | float | None, cents: bool | None = None) -> str:
        """`214 300 €`; with cents when asked, or when the amount is under a hundred."""
        if amount is None:
            return "–"
        digits = get_currency_precision(self.currency)
        if cents is None:
            cents = abs(amount) < 100
        digits = digits if cents else 0
        pattern = self._money_pattern.replace("{decimals}", "." + "0" * digits if digits else "")
        return self._finish(
            format_currency(
                rounded(amount, digits),
                self.currency,
                format=pattern,
                locale=self.locale,
                currency_digits=False,
            )
        )

    def number(self, value: Decimal | float | int | None, digits: int | None = None) -> str:
        """`1 234,5`: up to two decimals, or exactly `digits`."""
        if value is None:
            return "–"
        places = 2 if digits is None else digits
        pattern = "#,##0." + ("#" if digits is None else "0") * places if places else "#,##0"
        return self._finish(format_decimal(rounded(value, places), pattern, locale=self.locale))

    def exact(self, value: Decimal | None) -> str:
        """All decimals that a control total has, up to ten, without trailing zeros."""
        if value is None:
            return "–"
        return self._finish(format_decimal(value, "#,##0.##########", locale=self.locale))

    def share(self, value: Decimal | float | None, digits: int = 1) -> str:
        """`34,2 %` for 0.342."""
        if value is None:
            return "–"
        pattern = self.locale.percent_formats[None].pattern
        pattern = re.sub(r"#,##0(\.0+)?", "#,##0" + ("." + "0" * digits if digits else ""), pattern)
        return self._finish(format_percent(rounded(value, digits + 2), pattern, locale=self.locale))

    def signed_share(self, value: Decimal) -> str:
        """`+9,1 %` or `−9,1 %`; a change too small to show has no sign."""
        return ("+" if rounded(value, 3) > 0 else "") + self.share(value)

    def month(self, month: date) -> str:
        """`décembre 2025`."""
        return format_date(month, "MMMM y", locale=self.dates)

    def short_month(self, month: date) -> str:
        """`déc. 2025`, one ordinary space between month and year."""
        name = format_date(month, "LLL", locale=self.dates).replace(" ", "\u00a0")
        return f"{name} {month.year}"

    def day(self, day: date | None) -> str:
        """`31 décembre 2025`."""
        if day is None:
            return "–"
        text = format_date(day, "long", locale=self.dates)
        return re.sub(r"^1 ", "1er ", text) if self.french else text

    def together(self, names: list[str], conjunction: str) -> str:
        """`A, B and C`."""
        if len(names) < 2:
            return "".join(names)
        return f"{', '.join(names[:-1])} {conjunction} {names[-1]}"

    def axis(self, largest: float, units: dict[str, str], money: bool = True) -> str:
        """A Vega label expression for an axis whose largest value is `largest`: `250 k€`.

        Only our own constants and the currency's symbol enter the expression, never data.
        """
        symbol = get_currency_symbol(self.currency, locale=self.locale) if money else ""
        size, unit = 1, ""
        for name, step in (("billion", 10**9), ("million", 10**6), ("thousand", 10**3)):
            if largest >= 2 * step:
                size, unit = step, units[name]
                break
        before = money and "¤" in self._money_pattern.split("#")[0]
        space = "" if before or not (unit or symbol) else self._finish("\u00a0")
        # "€214K" in the locales that write the symbol first, "214 k€" in the others
        head = symbol if before else ""
        tail = unit if before else f"{space}{unit}{symbol}"
        value = f"format(abs(datum.value) / {size}, ',.3~f')"
        sign = f"(datum.value < 0 ? '{MINUS}' : '')"
        return f"datum.value === 0 ? '0' : {sign} + {_quoted(head)} + {value} + {_quoted(tail)}"

    def pieces(self, units: dict[str, str]) -> dict:
        """What the page needs to write figures as this class does (script/formats.js)."""

        def affixes(show: Callable[[Decimal], str]) -> list[list[str]]:
            return [re.split("[01]", show(Decimal(sign)), maxsplit=1) for sign in (1, -1)]

        grouping = self.locale.decimal_formats[None].grouping
        names = self.dates.months["format"]["wide"]
        shorts = [self.short_month(date(2000, month, 1))[:-5] for month in range(1, 13)]
        return {
            "decimal": get_decimal_symbol(self.locale),
            "group": self._finish(get_group_symbol(self.locale)),
            "grouping": [min(size, 99) for size in grouping],
            "cents": get_currency_precision(self.currency),
            "symbol": get_currency_symbol(self.currency, locale=self.locale),
            "money_affixes": affixes(lambda value: self.money(value, cents=False)),
            "number_affixes": affixes(lambda value: self.number(value, 0)),
            "share_affixes": affixes(lambda value: self.share(value / 100, 0)),
            "months": [names[month] for month in range(1, 13)],
            "short_months": shorts,
            "weekdays": [self.dates.days["stand-alone"]["wide"][day] for day in range(7)],
            "day_pattern": self.dates.date_formats["long"].pattern,
        }

    def number_locale(self) -> dict:
        """The d3 number locale, so that axes write numbers as the page does."""
        return {
            "decimal": get_decimal_symbol(self.locale),
            "thousands": self._finish(get_group_symbol(self.locale)),
            "grouping": [3],
            "currency": ["", ""],
            "minus": MINUS,
        }


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
