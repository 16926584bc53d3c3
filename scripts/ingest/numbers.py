"""How a number is written → -1234.5, as SQL on a text.

Only what the declared signs read is rewritten; other text stays as it was for staging to judge,
with one exception: text that looks like a number in our form but would mean another thing there
(1.234 where the decimal sign is a comma) gets a `?` behind it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from scripts.ingest.records import BLANKS
from scripts.ingest.sql import literal

SPACES = r" \x{a0}\x{2007}\x{2009}\x{202f}"
APOSTROPHES = "'\u2019"
READABLE_NUMBER = r"-?[0-9]{1,14}(\.[0-9]+)?"
# The minus sign of typesetters, and the dash that takes its place.
MINUS_SIGNS = "\u2212\u2013"
# What stands for a currency beside an amount, other than its code.
MONEY_SIGNS = {
    "EUR": ("€", "euro", "euros"),
    "USD": ("$", "US$"),
    "GBP": ("£",),
    "JPY": ("¥", "円"),
    "CNY": ("¥", "元"),
    "CHF": ("Fr.", "Fr", "SFr.", "SFr"),
    "CAD": ("$", "CA$", "C$"),
    "AUD": ("$", "A$", "AU$"),
    "NZD": ("$", "NZ$"),
    "MXN": ("$", "MX$"),
    "BRL": ("R$",),
    "SEK": ("kr", "kr."),
    "NOK": ("kr", "kr."),
    "DKK": ("kr", "kr."),
    "ISK": ("kr", "kr."),
    "PLN": ("zł", "zl"),
    "CZK": ("Kč",),
    "HUF": ("Ft",),
    "RON": ("lei",),
    "INR": ("₹", "Rs", "Rs."),
    "TRY": ("₺", "TL"),
    "ILS": ("₪",),
    "KRW": ("₩",),
    "UAH": ("₴",),
    "ZAR": ("R",),
    "MAD": ("DH", "Dhs"),
    "XOF": ("FCFA", "F CFA"),
    "XAF": ("FCFA", "F CFA"),
}


@dataclass(frozen=True)
class Style:
    """The signs of a column's numbers: decimal, thousands ('' for none), and those of money."""

    decimal: str
    thousands: str
    money: tuple[str, ...] = ()


def signs_of(currency: str) -> tuple[str, ...]:
    """What may stand beside an amount in this currency."""
    return (currency, *MONEY_SIGNS.get(currency, ()))


def all_signs() -> tuple[str, ...]:
    """What may stand beside an amount where the file says its currency."""
    every = [sign for code in MONEY_SIGNS for sign in signs_of(code)]
    return tuple(dict.fromkeys(every))


def number(text: str, style: Style) -> str:
    """A number without signs for thousands and with a point; other text as it is."""
    point = r"\." if style.decimal == "." else ","
    groups = [f"(?:[{SPACES}][0-9]{{3}})+", f"(?:[{APOSTROPHES}][0-9]{{3}})+"]
    sign = style.thousands if style.thousands in (".", ",", "_") else ""
    if sign:
        groups.append(f"(?:[{sign}][0-9]{{3}})+")
    plain = f"(?:[0-9]+(?:{point}[0-9]+)?|{point}[0-9]+)"
    grouped = f"[0-9]{{1,3}}(?:{'|'.join(groups)})(?:{point}[0-9]+)?"
    canonical = r"-?[0-9]+(\.[0-9]+)?" if style.decimal == "." else "-?[0-9]+"
    cases = [
        f"when regexp_full_match({text}, '{canonical}') then {text}",
        f"when regexp_full_match({text}, {literal(f'[+-]?(?:{plain}|{grouped})')}) "
        f"then {_bare(text, style.decimal, sign)}",
    ]
    if style.decimal == ",":
        # 1.234 may be a thousand and more, or a little more than one: nobody can know
        cases.append(
            f"when regexp_full_match({text}, '-?[0-9]{{1,3}}\\.[0-9]{{3}}') then {text} || '?'"
        )
    cases += _as_people_write(text, style, sign, f"{grouped}|{plain}")
    return f"case {' '.join(cases)} else {text} end"


def _bare(text: str, decimal: str, sign: str) -> str:
    """A number's text without what groups its figures, with a point and a figure before it."""
    bare = f"regexp_replace({text}, {literal(f'[{SPACES}{APOSTROPHES}{sign}+]')}, '', 'g')"
    if decimal == ",":
        bare = f"replace({bare}, ',', '.')"
    return f"regexp_replace({bare}, '^(-?)\\.', '\\10.')"


def _as_people_write(text: str, style: Style, sign: str, figures: str) -> list[str]:
    """Cases for money signs, minus in brackets or behind, and powers of ten: £ 2,310.40  (12) 1e3.

    The text is looked at only when it is no plain number, so that these cost nothing elsewhere.
    """
    blanks = f"[{SPACES}]*"
    money = "|".join(re.escape(one) for one in sorted(style.money, key=len, reverse=True))
    beside = f"(?:(?:(?i){money}){blanks})?" if money else ""
    after = f"(?:{blanks}(?:(?i){money}))?" if money else ""
    minus = f"[-{MINUS_SIGNS}]"
    amount = f"{beside}(?:{figures}){after}"
    positive = f"[+]?{blanks}{amount}"
    negative = [
        f"{minus}{blanks}{amount}",
        f"{beside}{minus}{blanks}(?:{figures}){after}",
        f"[(]{blanks}{amount}{blanks}[)]",
        f"{beside}[(]{blanks}(?:{figures}){blanks}[)]{after}",
        f"{amount}{blanks}{minus}",
        f"(?:{figures}){minus}{after}",
    ]
    only = f"regexp_extract({text}, {literal(f'(?:{figures})')})"
    magnitude = _bare(only, style.decimal, sign)
    mantissa = f"(?:[+]|{minus})?[0-9]+(?:{re.escape(style.decimal)}[0-9]+)?"
    power = f"{mantissa}[eE][+-]?[0-9]{{1,2}}"
    exact = f"try_cast(replace({text}, {literal(style.decimal)}, '.') as decimal(38, 10))"
    return [
        f"when regexp_full_match({text}, {literal(positive)}) then {magnitude}",
        f"when regexp_full_match({text}, {literal('|'.join(negative))}) then '-' || {magnitude}",
        f"when regexp_full_match({text}, {literal(power)}) "
        f"then coalesce({_without_zeros(exact)}, {text})",
    ]


def _without_zeros(value: str) -> str:
    """A decimal's text without zeros behind its last figure."""
    return f"rtrim(rtrim(cast({value} as varchar), '0'), '.')"


def rate(text: str, style: Style, *, in_percent: bool) -> str:
    """A share: `20 %`, and any number when the file writes percents, divided by 100."""
    bare = f"rtrim(left({text}, length({text}) - 1), {literal(BLANKS)})"
    hundredth = _hundredth(number(bare, style))
    cases = [f"when ends_with({text}, '%') then coalesce({hundredth}, {text})"]
    if in_percent:
        cases.append(f"when true then coalesce({_hundredth(number(text, style))}, {text})")
    return f"case {' '.join(cases)} else {number(text, style)} end"


def _hundredth(value: str) -> str:
    """A number's text divided by 100 without rounding; null when it is no number."""
    moved = f"try_cast({value} as decimal(30, 12)) * cast('0.01' as decimal(2, 2))"
    is_number = f"regexp_full_match({value}, '{READABLE_NUMBER}')"
    return f"case when {is_number} then {_without_zeros(moved)} end"
