"""How a day or a moment is written → 2026-11-21, 2026-11-21 14:05:00, as SQL on a text.

Only what a declared format reads is rewritten; other text stays as it was for staging to judge,
with a `?` behind it where staging would take it for a day that the formats do not say.
"""

from __future__ import annotations

import re

from scripts.ingest.sql import literal

# The format of a spreadsheet's day number: days since the end of 1899.
EXCEL = "excel"
ISO_DATE = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
ISO_MOMENT = ISO_DATE + r"([ T][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?)?"
# Day numbers from 1954 to 2119: no other number is taken for one.
EXCEL_DAYS = (20_000, 80_000)
ZONE = r" ?(Z|[A-Z]{3,4}|[+-][0-9]{2}:?[0-9]{2})$"
# How months are written, without accents, beside what DuckDB reads.
MONTHS = {
    "Jan": "january januar januari janvier janv enero ene gennaio gen janeiro janner jaenner jan",
    "Feb": "february februar februari fevrier fevr fev febrero febbraio fevereiro feb",
    "Mar": "march maerz marz mars maart mrz mrt marzo marco mar",
    "Apr": "april avril avr abril abr aprile apr",
    "May": "may mai mei mayo maggio mag maio",
    "Jun": "june juni juin junio giugno giu junho jun",
    "Jul": "july juli juillet juil julio luglio lug julho jul",
    "Aug": "august augustus aout agosto ago aug",
    "Sep": "september septembre septiembre settembre setembro sept set sep",
    "Oct": "october oktober octobre octubre ottobre outubro okt ott out oct",
    "Nov": "november novembre noviembre novembro nov",
    "Dec": "december dezember decembre diciembre dicembre dezembro dez dic dec",
}
NAMES = re.compile("%[bB]")
# The first of a month, in French and Italian.
FIRST = re.compile("(?<![0-9])1(?:er|°|º)(?= )")
WEEKDAYS = re.compile("^%[aA][^%]*")


def date(text: str, formats: tuple[str, ...]) -> str:
    """A day, by the first of the formats that reads it."""
    return _moment(text, formats, "%Y-%m-%d", ISO_DATE)


def timestamp(text: str, formats: tuple[str, ...]) -> str:
    """A moment on the shop's clock, by the first of the formats that reads it."""
    return _moment(text, formats, "%Y-%m-%d %H:%M:%S", ISO_MOMENT)


def _moment(text: str, formats: tuple[str, ...], written_as: str, our_form: str) -> str:
    """`our_form` is the expression of what staging would take for one."""
    plain = [one for one in formats if one != EXCEL]
    cases = []
    if plain:
        read = f"try_strptime({_readable(text, plain)}, {_listed(plain)})"
        # a year of two figures that %Y reads as the year 24 is not read
        cases.append(
            f"when year({read}) between 1000 and 9999 then strftime({read}, '{written_as}')"
        )
    if EXCEL in formats:
        low, high = EXCEL_DAYS
        days = f"try_cast(replace({text}, ',', '.') as double)"
        moment = f"timestamp '1899-12-30' + to_seconds(cast(round({days} * 86400) as bigint))"
        cases.append(
            f"when regexp_full_match({text}, '[0-9]{{5}}([.,][0-9]+)?') "
            f"and {days} between {low} and {high} then strftime({moment}, '{written_as}')"
        )
    cases.append(
        f"when regexp_full_match({text}, '{our_form}') "
        f"and try_cast({text} as timestamp) is not null then {text} || '?'"
    )
    return f"case {' '.join(cases)} else {text} end"


def _readable(text: str, formats: list[str]) -> str:
    """The text with months, weekdays and zones as `_listed` reads them, where a format has any."""
    if any("%z" in one.lower() for one in formats):
        # dates are the shop's local ones: the clock counts, as it is written
        text = f"regexp_replace({text}, {literal(ZONE)}, '')"
    if any(NAMES.search(one) for one in formats):
        text = f"strip_accents(lower(regexp_replace({text}, '^1(er|°|º) ', '1 ')))"
        for month, words in MONTHS.items():
            ways = "|".join(sorted(words.split(), key=len, reverse=True))
            pattern = rf"\b({ways})\b\.?"
            text = f"regexp_replace({text}, {literal(pattern)}, {literal(month)})"
    if any(WEEKDAYS.search(one) for one in formats):
        text = f"regexp_replace({text}, '^[^0-9 ,.]+[ ,.]*', '')"
    return text


def without_zone(text_format: str) -> str:
    """A format without its time zone."""
    return re.sub(" ?%[zZ]", "", text_format)


def _listed(formats: list[str]) -> str:
    """The formats, as a list in SQL."""
    simple = [without_zone(WEEKDAYS.sub("", NAMES.sub("%b", one))) for one in formats]
    return f"[{', '.join(literal(one) for one in dict.fromkeys(simple))}]"
