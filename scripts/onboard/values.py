"""What the values of a column say of it: can they be numbers, days, a key, and how written."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation

from scripts.ingest.moments import EXCEL, EXCEL_DAYS, FIRST, MONTHS
from scripts.ingest.numbers import MINUS_SIGNS, all_signs

# Text that stands for nothing, when a column has it among other values.
NULL_TEXTS = (
    "NULL",
    "null",
    "\\N",
    "N/A",
    "n/a",
    "#N/A",
    "NaN",
    "nan",
    "None",
    "none",
    "-",
    "--",
    "?",
)
# So much of a column must be readable as a type for it to be one.
TYPE_SHARE = 0.97
# Between two formats of one column.
FORMATS_APART = "\n"
# So many different values decide about the format of a day.
DATE_VALUES = 3_000

DAYS = (
    *("%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d"),
    *("%Y.%m.%d", "%Y%m%d", "%d/%m/%y", "%m/%d/%y", "%d.%m.%y", "%d-%m-%y", "%m-%d-%y"),
    *(
        "%b-%d-%y",
        "%b-%d-%Y",
        "%d %b %Y",
        "%d-%b-%Y",
        "%d-%b-%y",
        "%d %b %y",
        "%d. %b %Y",
        "%b %d, %Y",
        "%b %d %Y",
    ),
    *("%d de %b de %Y", "%d/%b/%Y", "%Y-%b-%d", "%a, %d %b %Y", "%a %d %b %Y"),
    *("%a, %b %d, %Y", "%a %b %d %Y"),
    *(f"%a{sign} {day}" for sign in ("", ",") for day in ("%d.%m.%Y", "%d.%m.%y", "%d/%m/%Y")),
)
TIMES = (
    *("", " %H:%M:%S", " %H:%M", "T%H:%M:%S", "T%H:%M", " %I:%M %p", " %I:%M:%S %p"),
    *(" %I:%M%p", ", %H:%M:%S", ", %H:%M", " %H:%M:%S.%f", "T%H:%M:%S.%f", " %H.%M"),
    *(" - %H:%M:%S", " - %H:%M"),
    *("T%H:%M:%S%z", "T%H:%M:%S.%f%z", " %H:%M:%S %z", " %H:%M:%S%z"),
)
_PARENTHESES = re.compile(r"\((.+)\)")
_SIGNED = re.compile(rf"^[+\-{MINUS_SIGNS}]\s*|\s*[\-{MINUS_SIGNS}]$")
_FIGURES = re.compile(r"(?:\d[\d.,'\u2019 \u00a0\u2007\u2009\u202f_]*\d|\d)|[.,]\d+")
_MONEY = sorted(all_signs(), key=len, reverse=True)
_BLANKS = " \u00a0\u2007\u2009\u202f"
_MONTH_WORDS = {word: english for english, words in MONTHS.items() for word in words.split()}
_ZONE_NAME = re.compile(r"(?<=[0-9M]) (?!AM$|PM$)[A-Z]{3,4}$")
_WORDS = re.compile(r"[^\W\d_]{3,}\.?")
_LIKE_A_DAY = re.compile(
    r"(?:[^\W\d_]{2,12}[., ]+)?(?:"
    r"\d{1,4}\.?[-/. ](?:de )?(?:\d{1,2}|[^\W\d_]{3,12}\.?)[-/., ](?:de )?\d{1,4}"
    r"|\d{8}|[^\W\d_]{3,12}\.?[-/ ]\d{1,2}(?:, ?|[-/ ])\d{2,4}"
    r")(?:[ T,].{0,30})?"
)


@dataclass(frozen=True)
class Facts:
    """What a sample of a column holds.

    `filled` is the share of cells that say something, `distinct` the number of different values;
    `nulls` are texts that stand for nothing; `styles` how often numbers are written with which
    (decimal, thousands), `None` for either that cannot be told; `is_number` whether nearly all
    are numbers; `dates` the formats that read nearly all; `examples` some values.
    """

    filled: float
    count: int
    distinct: int
    is_unique: bool
    is_number: bool
    has_percent: bool
    styles: Counter[str]
    dates: tuple[str, ...]
    nulls: tuple[str, ...]
    examples: tuple[str, ...]
    money: frozenset[str] = frozenset()
    values: Counter[str] = field(default_factory=Counter, repr=False)

    @property
    def is_date(self) -> bool:
        return bool(self.dates)


def facts_of(cells: list[str], *, is_typed: bool) -> Facts:
    """The facts of a column's cells; `is_typed` where the file's own types wrote them."""
    values = Counter(cell for cell in cells if cell)
    nulls = tuple(sorted(one for one in values if one in NULL_TEXTS and len(values) > 1))
    said = Counter({value: n for value, n in values.items() if value not in nulls})
    total = said.total()
    figures = {value: figure_of(value) for value in said}
    readable = sum(n for value, n in said.items() if figures[value] is not None)
    is_number = total > 0 and readable >= TYPE_SHARE * total
    styles: Counter[str] = Counter()
    money: set[str] = set()
    if is_number:
        for value, n in said.items():
            figure = figures[value]
            if figure is not None:
                styles[figure.style] += n
                money |= {figure.money} - {""}
    dates = _date_formats(said, is_typed)
    return Facts(
        filled=total / len(cells) if cells else 0.0,
        count=total,
        distinct=len(said),
        is_unique=total > 0 and len(said) == total,
        is_number=is_number,
        has_percent=is_number and any(value.endswith("%") for value in said),
        styles=styles,
        dates=dates,
        nulls=nulls,
        examples=tuple(value for value, _ in said.most_common(5)),
        money=frozenset(money),
        values=said,
    )


# --- numbers ----------------------------------------------------------------------------------

# What the signs of one number say of the way numbers are written: no sign at all; a point or a
# comma that must be decimal; one that must be for thousands; one that could be either.
PLAIN, POINT, COMMA = "plain", "point", "comma"
BOTH_POINT, BOTH_COMMA = "1,234.50", "1.234,50"
GROUPED_COMMA, GROUPED_POINT, EITHER_POINT, EITHER_COMMA = (
    *("grouped comma", "grouped point"),
    *("either point", "either comma"),
)


@dataclass(frozen=True)
class Figure:
    """A number as it is written: its figures and signs, what these say, its currency's sign."""

    text: str
    style: str
    is_negative: bool
    money: str

    def value(self, decimal: str) -> Decimal | None:
        """The number, when the decimal sign is this one."""
        other = "," if decimal == "." else "."
        bare = re.sub(rf"['\u2019_{_BLANKS}{other}]", "", self.text).replace(decimal, ".")
        try:
            return -Decimal(bare) if self.is_negative else Decimal(bare)
        except InvalidOperation:
            return None


def is_figure(text: str) -> bool:
    """Whether a cell is a number or a day, as no name of a column is."""
    return figure_of(text) is not None or any(True for _ in _formats_reading(_english(text)))


def figure_of(text: str) -> Figure | None:
    """A number with whatever people write beside it; None for other text."""
    bare = text.strip().removesuffix("%").rstrip(_BLANKS)
    inside = _PARENTHESES.fullmatch(bare)
    bare = inside[1].strip() if inside else bare
    before = _SIGNED.match(bare)
    if before is not None and before.end() < len(bare):
        bare = bare[before.end() :].strip(_BLANKS)
    money = ""
    for sign in _MONEY:
        folded = bare.casefold()
        if folded.startswith(sign.casefold()) and len(bare) > len(sign):
            money, bare = sign, bare[len(sign) :].strip(_BLANKS)
            break
        if folded.endswith(sign.casefold()) and len(bare) > len(sign):
            money, bare = sign, bare[: -len(sign)].strip(_BLANKS)
            break
    unsigned = _SIGNED.sub("", bare, count=1).strip(_BLANKS)
    negative = bool(inside) or (unsigned != bare and not bare.startswith("+"))
    negative |= before is not None and "+" not in before[0] and before.start() == 0
    if not _FIGURES.fullmatch(unsigned):
        return None
    style = _style_of(unsigned)
    return None if style is None else Figure(unsigned, style, negative, money)


def _style_of(figures: str) -> str | None:
    """What the signs between figures say; None when they cannot be a number's."""
    figures = re.sub(rf"(?<=\d)['\u2019_{_BLANKS}](?=\d{{3}}(?!\d))", "", figures)
    if not re.fullmatch(r"[\d.,]+", figures):
        return None
    points, commas = figures.count("."), figures.count(",")
    if not points and not commas:
        return PLAIN
    if points and commas:
        last, first = (".", ",") if figures.rfind(".") > figures.rfind(",") else (",", ".")
        grouped = rf"\d{{1,3}}(?:{re.escape(first)}\d{{3}})+{re.escape(last)}\d+"
        if not re.fullmatch(grouped, figures):
            return None
        return BOTH_POINT if last == "." else BOTH_COMMA
    sign = "." if points else ","
    if points + commas > 1:
        grouped = rf"\d{{1,3}}(?:{re.escape(sign)}\d{{3}})+"
        if not re.fullmatch(grouped, figures):
            return None
        return GROUPED_POINT if sign == "." else GROUPED_COMMA
    if re.fullmatch(rf"[1-9]\d{{0,2}}{re.escape(sign)}\d{{3}}", figures):
        return EITHER_POINT if sign == "." else EITHER_COMMA
    return POINT if sign == "." else COMMA


# --- days -------------------------------------------------------------------------------------


def _date_formats(values: Counter[str], is_typed: bool) -> tuple[str, ...]:
    """The formats that read nearly all values; a day number counts only where nothing else does."""
    if not values:
        return ()
    sample = [value for value, _ in values.most_common(DATE_VALUES)]
    if not any(char.isdigit() for char in sample[0]):
        return ()
    english = [_english(value) for value in sample]
    needed = len(sample) - int((1 - TYPE_SHARE) * len(sample))
    found = []
    # a format that reads all reads one of the first few
    for text_format in dict.fromkeys(
        one for value in english[:5] for one in _formats_reading(value)
    ):
        missed = 0
        for value in english:
            if _read(value, text_format) is None:
                missed += 1
                if missed > len(sample) - needed:
                    break
        else:
            found.append(text_format)
    found = found or _two_formats(english)
    if found:
        return tuple(found)
    low, high = EXCEL_DAYS
    numbers = [figure_of(value) for value in sample]
    if not is_typed and all(
        number is not None
        and number.style in (PLAIN, POINT, COMMA)
        and low <= (number.value("." if number.style != COMMA else ",") or 0) <= high
        for number in numbers
    ):
        return (EXCEL,)
    return ()


def _two_formats(values: list[str]) -> list[str]:
    """Two formats that read all values between them and none of them differently; [] without."""
    seen = dict.fromkeys(one for value in values[:5] for one in _formats_reading(value))
    for first in sorted(seen, key=lambda one: sum(_read(v, one) is None for v in values)):
        rest = [value for value in values if _read(value, first) is None]
        for second in _formats_reading(rest[0]) if rest else []:
            both = [(_read(value, first), _read(value, second)) for value in values]
            is_read = all(one or other for one, other in both)
            if is_read and all(one == other for one, other in both if one and other):
                return [f"{first}{FORMATS_APART}{second}"]
    return []


def _english(value: str) -> str:
    """A text with its months as English abbreviates them, and the first as 1."""
    value = FIRST.sub("1", value)
    return _WORDS.sub(lambda m: _MONTH_WORDS.get(unaccented(m[0]).lower().rstrip("."), m[0]), value)


def unaccented(text: str) -> str:
    """A text without the accents of its letters."""
    parts = unicodedata.normalize("NFKD", text)
    return "".join(char for char in parts if not unicodedata.combining(char))


def _formats_reading(value: str) -> list[str]:
    """The formats that read a text, as _english gives it.

    A name of a zone behind the time is read over: the clock counts.
    """
    zone = _ZONE_NAME.search(value)
    if zone is not None:
        return [f"{one} %Z" for one in _formats_reading(value[: zone.start()]) if ":%M" in one]
    if not _LIKE_A_DAY.fullmatch(value):
        return []
    return [day + time for day in DAYS for time in TIMES if _read(value, day + time) is not None]


def _read(value: str, text_format: str) -> datetime | None:
    """What a format makes of a text; of years only those a shop may have."""
    if text_format.startswith("%a"):
        value = re.sub(r"^[^\d ,.]+[ ,.]*", "", value)
        text_format = re.sub(r"^%a[^%]*", "", text_format)
    if text_format.endswith(" %Z"):
        value, text_format = _ZONE_NAME.sub("", value), text_format.removesuffix(" %Z")
    try:
        moment = datetime.strptime(value, text_format)
    except ValueError:
        return None
    return moment if 1950 <= moment.year <= 2100 else None


_TIME_OF_DAY = re.compile(
    r"(?i)[0-2]?\d(?P<sign>[:.h])[0-5]\d(?P<seconds>[:.][0-5]\d)?"
    r"(?P<after> ?(?:[ap]m|hs?\.?|uur|uhr))?"
)


def time_format(values: Counter[str]) -> str | None:
    """How the times of a column are written, when all are in one way; None for other texts."""
    found = set()
    for value in values:
        time = _TIME_OF_DAY.fullmatch(value)
        if time is None:
            return None
        after = time["after"] or ""
        is_half_day = after.strip().lower() in ("am", "pm")
        seconds = f"{time['seconds'][0]}%S" if time["seconds"] else ""
        hour, after = ("%I", after.replace(after.strip(), "%p")) if is_half_day else ("%H", after)
        found.add(f"{hour}{time['sign']}%M{seconds}{after}")
    return found.pop() if len(found) == 1 else None


def read_day(value: str, text_format: str) -> datetime | None:
    """The moment that a text means by a format; None when it does not."""
    if text_format == EXCEL:
        return None
    if FORMATS_APART in text_format:
        found = (read_day(value, one) for one in text_format.split(FORMATS_APART))
        return next((day for day in found if day is not None), None)
    return _read(_english(value), text_format)
