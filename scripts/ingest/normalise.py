"""Text as it was written → text as every shop's landing has it: a SQL select on a raw table.

Numbers become -1234.5 (`numbers`), dates 2026-11-21 and timestamps 2026-11-21 14:05:00
(`moments`), flags true or false; identifiers lose the `.0` of a spreadsheet. Only what the declared
format reads is rewritten; other text stays as it was for staging to judge.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from scripts.ingest import moments, numbers, registry, totals_lines
from scripts.ingest.config import PRODUCT_COLUMNS, Input, substitutes
from scripts.ingest.header import spread_name
from scripts.ingest.parquet import Column, Text
from scripts.ingest.raw import BLANK, FEWEST_COLUMNS, ONE_CELL, Raw
from scripts.ingest.records import BLANKS
from scripts.ingest.sql import literal, text_list

REPEATED_HEADER = "repeated header"
SUM_OF_ORDER = "sum of an order"
TRUE_WORDS = ("1", "true", "yes", "y", "oui", "o", "vrai")
# Of a column that says nothing.
NO_TEXT = "cast(null as varchar)"
FALSE_WORDS = ("0", "false", "no", "n", "non", "faux")


@dataclass(frozen=True)
class Source:
    """What a select needs to know of a file: its raw table, and where each column is.

    `places` maps our columns to the raw ones they are joined from, `others` the raw columns
    nobody mapped to the names they keep; `names` are all headers in order, `path_values` the
    columns that the file's path says.
    """

    raw: Raw
    file_id: str
    section: Input
    places: Mapping[str, list[int]]
    others: Mapping[int, str]
    names: list[str]
    path_values: Mapping[str, str]

    @property
    def is_trimmed(self) -> bool:
        """Whether no value has a blank at its edge, and an empty one is null."""
        return self.raw.facts is not None and self.raw.facts.is_trimmed

    @property
    def has_point_zero(self) -> bool:
        """Whether a value may end in `.0`."""
        return self.raw.facts is None or self.raw.facts.has_point_zero


class Rows(Enum):
    """Which rows of a raw table a select has."""

    ALL = "true"
    LANDED = "reason is null"
    IGNORED = "reason is not null"


class Select:
    """How the landing columns of a file come about from its raw table, as SQL."""

    def __init__(self, source: Source) -> None:
        self._source = source
        section = source.section
        self._columns = registry.inputs()[section.name]
        types = {column.name: column.value_type for column in self._columns}
        texts = {column: _text(source, column) for column in section.columns}
        if section.attribute is not None:
            texts["attribute"] = literal(section.attribute)
        for column in section.spread:
            texts[spread_name(column)] = _text(source, spread_name(column))
            types[spread_name(column)] = types[column]
        for column, origin in substitutes(section.columns, section.name).items():
            texts[column] = texts[origin]
        self._texts = texts
        self._values = {column: _value(source, column, types[column]) for column in texts}
        self._sure, self._reason = _ignored_reason(source)
        # an order's first row, or all of its rows, say something about the others
        self.is_row_by_row = not section.fill_down and not section.spread

    def columns(self) -> dict[str, str]:
        """The expression of each landing column, in their order; NO_TEXT for an empty one."""
        source = self._source
        own = {
            column.name: NO_TEXT if self._is_unsaid(column.name) else column.name
            for column in self._columns
        }
        originals = {
            f"{column.name}_as_written": _as_written(
                column.name,
                None if self._is_unsaid(column.name) else self._values[column.name],
            )
            for column in self._columns
            if column.value_type in registry.REWRITTEN_TYPES
        }
        return {
            "file_id": literal(source.file_id),
            "record_number": "record_number",
            "record_key": _record_key(source.section),
            **own,
            **originals,
            "extra": _extra(source),
        }

    def landing(self, columns: Iterable[str] | None = None, rows: Rows = Rows.LANDED) -> str:
        """The select of landing columns (None: all), in the order of the file.

        Ignored rows have `reason` after them.
        """
        expressions = self.columns()
        wanted = [
            name if expressions[name] == name else f"{expressions[name]} as {name}"
            for name in columns or expressions
        ]
        if rows is Rows.IGNORED:
            wanted.append("reason")
        comma = ",\n        "
        return f"""
{self._steps(rows)}
select
    {comma.join(wanted)}
from {"spread" if self._source.section.spread else "normalised"}
{"" if self.is_row_by_row else "order by record_number"}
"""

    def known_texts(self) -> dict[str, Column]:
        """The landing columns that say one thing on every row, or nothing."""
        empty = [name for name, expression in self.columns().items() if expression == NO_TEXT]
        return {"file_id": Text(self._source.file_id), **dict.fromkeys(empty, Text(None))}

    def raw_columns(self) -> dict[str, str]:
        """The landing columns that may be a column of the raw table as it is, and which."""
        if not self.is_row_by_row:
            return {}
        places = {}
        section = self._source.section
        copied = substitutes(section.columns, section.name)
        said = self._source.path_values | dict(section.values)
        for column in self._texts:
            origin = copied.get(column, column)
            found = self._source.places.get(origin, [])
            if len(found) == 1 and origin not in said:
                places[column] = f"c{found[0]}"
        return places

    def judging(self, raw_columns: Mapping[str, str]) -> str:
        """A select of one row: how many rows may be ignored, then the columns' differences.

        For each of the columns it is the number of rows on which it is not its raw column.
        """
        # the reason looks at all cells, and mostly a few say that there is none
        counts = [
            "count(reason)"
            if self._sure is None
            else f"count(*) filter (where ({self._sure}) is not true)"
        ]
        for column, raw in raw_columns.items():
            is_cell = self._texts[column] == raw.replace("c", "cell_")
            is_text = self._values[column] == f"text_{column}"
            if is_cell and is_text and self._source.is_trimmed:
                counts.append("0")
                continue
            # what was rewritten has its original beside it, too
            differs = f"{column} is distinct from {raw}"
            written = "" if is_text else f" or {column} <> text_{column}"
            counts.append(f"count(*) filter (where {differs}{written})")
        comma = ",\n    "
        return f"""
{self._steps(Rows.ALL)}
select
    {comma.join(counts)}
from normalised
"""

    def ignored_count(self) -> str:
        """A select of the number of rows that are ignored."""
        return f"{self._steps(Rows.IGNORED)} select count(*) from normalised"

    def _is_unsaid(self, column: str) -> bool:
        """Whether no row says anything in a column."""
        if column not in self._texts:
            return True
        return self.is_row_by_row and self._texts[column] == NO_TEXT

    def _steps(self, rows: Rows) -> str:
        """The steps from the raw table on; each is computed once and used by the next."""
        source, section = self._source, self._source.section
        places = range(len(source.names))
        cells = [f"c{place}" for place in places]
        cells += [f"{_cell(source, place)} as cell_{place}" for place in places]
        named = [f"{text} as text_{column}" for column, text in self._texts.items()]
        values = [f"{value} as {column}" for column, value in self._values.items()]
        comma = ",\n        "
        return f"""
with trimmed as (
    select
        cast({source.raw.numbering} as bigint) as record_number,
        {comma.join(cells)}
    from {source.raw.relation}
),
named as (
    select
        *,
        {comma.join(named)}
    from trimmed
),
judged as (
    select
        *,
        {self._reason} as reason
    from named
),
{_filled(section)}
normalised as (
    select
        *,
        {comma.join(values)}
    from {"filled" if section.fill_down else "judged"}
    where {rows.value}
)
{_spread(section)}"""


def _cell(source: Source, place: int) -> str:
    """A raw column without the blanks around it; null when nothing is left."""
    raw = f"c{place}"
    if source.is_trimmed:
        return raw
    # the first test spares most values the slower trim of many kinds of blanks
    return (
        f"case when {raw} = '' then null "
        f"when ascii({raw}) between 33 and 126 and ascii(right({raw}, 1)) between 33 and 126 "
        f"then {raw} else nullif(trim({raw}, {literal(BLANKS)}), '') end"
    )


def _text(source: Source, column: str) -> str:
    """One of our columns from its cells: null when empty or a declared null text."""
    said = source.path_values | dict(source.section.values)
    if column in said:
        return literal(said[column])
    nulls = [text for text in source.section.dialect.null_text if text]
    found = []
    for place in source.places.get(column, []):
        cell = f"cell_{place}"
        if nulls:
            cell = f"case when {cell} in {text_list(nulls)} then null else {cell} end"
        found.append(cell)
    if column == "is_goods" and source.section.not_goods:
        named = [f"text_{one}" for one in PRODUCT_COLUMNS if one in source.section.columns]
        listed = text_list([one.lower() for one in source.section.not_goods])
        is_one = " or ".join(f"lower({text}) in {listed}" for text in named)
        return f"case when {is_one} then 'false' end"
    if not found:
        return NO_TEXT
    if len(found) == 1:
        return found[0]
    return f"nullif(concat_ws(' ', {', '.join(found)}), '')"


def _as_written(column: str, value: str | None) -> str:
    """The original text of a column where its value is another, else null.

    `value` is the expression of the value, None for a column that is not mapped.
    """
    if value in (None, f"text_{column}"):
        return NO_TEXT
    return f"case when {column} <> text_{column} then text_{column} end"


def required_columns(section: Input) -> tuple[str, ...]:
    """The columns of which a real record has at least one, or (a key) each."""
    if section.name in ("sales", "orders"):
        # what the path says is on every row, a total's too
        inside = [column for column, headers in section.columns.items() if headers]
        dates = tuple(c for c in ("sold_on", "sold_at") if c in inside)
        return dates or tuple(c for c in ("order_id", "product_id") if c in inside)[:1]
    copied = substitutes(section.columns, section.name)
    return tuple(copied.get(c, c) for c in section.key if copied.get(c, c) in section.columns)


def _ignored_reason(source: Source) -> tuple[str | None, str]:
    """Why a row is no record (blank, repeated header, totals), null for the others.

    Before it, where there is one, a condition on few cells that says of a row that it is a record.
    """
    first = f"coalesce({', '.join(f'cell_{place}' for place in range(len(source.names)))})"
    cases = [f"when {first} is null then {literal(BLANK)}"]
    written = [place for place, name in enumerate(source.names) if name]
    is_record = []
    if written:
        is_record = [f"cell_{written[0]} <> {literal(source.names[written[0]])}"]
        # one cell decides for nearly every row, before the others are looked at
        decides = f"cell_{written[0]} = {literal(source.names[written[0]])}"
        same = " and ".join(
            f"coalesce(cell_{place}, '') = {literal(source.names[place])}" for place in written
        )
        cases.append(
            f"when case when {decides} then {same} else false end then {literal(REPEATED_HEADER)}"
        )
    section = source.section
    if section.no_line_without:
        lacks = " and ".join(f"text_{column} is null" for column in section.no_line_without)
        cases.append(f"when {lacks} then {literal(SUM_OF_ORDER)}")
    if section.name == "sales":
        cases += _without_record(source, first)
    pattern = totals_lines.expression(section.dialect.totals)
    required = [f"text_{column}" for column in required_columns(section)]
    if pattern is not None and required:
        is_dated = section.name in ("sales", "orders")
        if is_dated:
            required = [f"coalesce({', '.join(required)})"]
        lacks = " or ".join(f"{text} is null or {text} = {first}" for text in required)
        looks = f"regexp_matches({first}, {literal(pattern)})"
        if totals_lines.starts_with_letter(section.dialect.totals):
            # spares a file whose first column is the date one search for each row
            looks = f"case when ascii({first}) between 48 and 57 then false else {looks} end"
        if is_dated and totals_lines.starts_with_letter(section.dialect.totals):
            is_record.append(f"ascii({required[0]}) between 48 and 57")
        else:
            is_record = []
        cases.append(
            f"when case when {lacks} then {looks} else false end "
            f"then {literal(totals_lines.REASON)}"
        )
    if not is_record or section.no_line_without:
        return None, f"case {' '.join(cases)} end"
    # two cells decide for nearly every row: not the header, and a figure where the date is
    sure = " and ".join(is_record)
    return sure, f"case when {sure} then null {' '.join(cases)} end"


def _without_record(source: Source, first: str) -> list[str]:
    """Rows of sales that can be none: one cell alone, and figures with nothing that they are of."""
    if len(source.names) < FEWEST_COLUMNS:
        return []
    cells = [f"cell_{place}" for place in range(len(source.names))]
    filled = " + ".join(f"cast({cell} is not null as tinyint)" for cell in cells)
    types = {column.name: column.value_type for column in registry.inputs()["sales"]}
    inside = [column for column, headers in source.section.columns.items() if headers]
    figures = [c for c in inside if types[c] in registry.NUMBER_TYPES]
    others = [c for c in inside if c not in figures]
    cases = [f"when {filled} = 1 then {literal(ONE_CELL)}"]
    if figures and others:
        nothing = " and ".join(f"text_{column} is null" for column in others)
        unmapped = [f"cell_{place} is null" for place in source.others]
        # one cell of the others may say that these are totals, in words that nobody listed
        few = f"{filled} <= {len(figures) + 1}" if unmapped else "true"
        cases.append(f"when {nothing} and {few} then {literal(totals_lines.REASON)}")
    return cases


def _filled(section: Input) -> str:
    """The steps that give the rows of a group what only its first row says; none without them.

    A group begins where the first of the columns says something else than in the row above. What
    that row leaves empty stays empty in the others too, unless they say it themselves.
    """
    if not section.fill_down:
        return ""
    copied = substitutes(section.columns, section.name)
    copies = [column for column, origin in copied.items() if origin in section.fill_down]
    filled = ", ".join(
        f"coalesce(text_{column}, first_value(text_{column}) over of_group) as text_{column}"
        for column in (*section.fill_down, *copies)
    )
    first = f"text_{section.fill_down[0]}"
    return f"""compared as (
    select
        *,
        lag({first}) over (order by record_number) as {first}_above
    from judged
),
grouped as (
    select
        *,
        max(case when reason is null and {first} is not null
            and {first} is distinct from {first}_above then record_number end)
            over (order by record_number rows unbounded preceding) as group_starts_at
    from compared
),
filled as (
    select * replace ({filled})
    from grouped
    window of_group as (partition by group_starts_at order by reason is not null, record_number)
),"""


def _spread(section: Input) -> str:
    """The steps that share out what an order says once over its lines; none without them.

    A line's part is in proportion to its amount and comes on top of what it says itself. The parts
    are rounded to four decimals so that they add up: each is the difference of two running totals.
    What cannot be read stands on its line, for staging to judge.
    """
    if not section.spread:
        return ""
    factors = [["net_amount"], ["gross_amount"], ["quantity", "unit_price"]]
    weights = [
        " * ".join(f"abs(try_cast({column} as double))" for column in names)
        for names in factors
        if set(names) <= set(section.columns)
    ]
    figures, shares = [], []
    for column in section.spread:
        said, own = spread_name(column), f"try_cast({column} as decimal(18, 4))"
        amount = f"try_cast({said} as decimal(18, 4))"
        figures.append(f"max_by({amount}, abs({amount})) over of_order as whole_{column}")
        upto = [
            f"cast(round(cast(whole_{column} as double) * {part} / order_weight, 4) "
            "as decimal(18, 4))"
            for part in ("running_weight", "(running_weight - weight)")
        ]
        shares.append(
            f"case when {said} is not null and {amount} is null then {said} "
            # an order that says 0 has none of it, and its lines are not without an answer
            f"when whole_{column} = 0 and {column} is null then '0' "
            f"when coalesce(whole_{column}, 0) = 0 or ({column} is not null and {own} is null) "
            f"then {column} "
            f"when order_weight = 0 then cast(coalesce({own}, 0) "
            f"+ case when place_in_order = 1 then whole_{column} else 0 end as varchar) "
            f"else cast(coalesce({own}, 0) + {upto[0]} - {upto[1]} as varchar) end as {column}"
        )
    order = "coalesce(order_id, cast(record_number as varchar))"
    return f""",
weighed as (
    select
        *,
        coalesce({", ".join([*weights, "0"])}) as weight
    from normalised
),
summed as (
    select
        *,
        {", ".join(figures)},
        sum(weight) over of_order as order_weight,
        sum(weight) over (partition by {order} order by record_number
            rows unbounded preceding) as running_weight,
        row_number() over (partition by {order} order by record_number) as place_in_order
    from weighed
    window of_order as (partition by {order})
),
spread as (
    select * replace ({", ".join(shares)})
    from summed
)"""


def _record_key(section: Input) -> str:
    """The values of the key columns joined by chr(31); null when one of them is.

    Two sections of sales number their rows on their own, so their names are part of the key. A row
    without `valid_from` holds from the beginning: that part of a key may be empty.
    """
    parts = " || chr(31) || ".join(
        f"coalesce({column}, '')" if column == "valid_from" else column for column in section.key
    )
    if section.key and section.is_part and section.name == "sales":
        parts = f"{literal(section.section)} || chr(31) || {parts}"
    return parts or NO_TEXT


def _extra(source: Source) -> str:
    """A JSON object of the columns nobody mapped that are not empty; null without any."""
    if not source.others:
        return NO_TEXT
    pairs = [
        f"case when cell_{place} is not null "
        f"then to_json({literal(name)}) || ':' || to_json(cell_{place}) end"
        for place, name in source.others.items()
    ]
    none = " and ".join(f"cell_{place} is null" for place in source.others)
    return f"case when {none} then null else '{{' || concat_ws(',', {', '.join(pairs)}) || '}}' end"


def _value(source: Source, column: str, value_type: str) -> str:
    """The SQL of a column's normalised value from its trimmed text."""
    dialect = source.section.dialect
    text = f"text_{column}"
    if column in dict(source.section.values):
        return text
    if value_type == "id":
        if not source.has_point_zero:
            return text
        return (
            f"case when ends_with({text}, '.0') and regexp_full_match({text}, '-?[0-9]+\\.0') "
            f"then left({text}, length({text}) - 2) else {text} end"
        )
    if value_type == "date":
        return moments.date(text, dialect.date)
    if value_type == "timestamp":
        return moments.timestamp(text, dialect.datetime_formats())
    if value_type in registry.NUMBER_TYPES:
        style = numbers.Style(dialect.decimal, dialect.thousands, source.section.money_signs)
        if value_type == "number":
            return numbers.number(text, style)
        return numbers.rate(text, style, in_percent=column in dialect.percent)
    if value_type == "flag":
        return (
            f"case when lower({text}) in {text_list(TRUE_WORDS)} then 'true' "
            f"when lower({text}) in {text_list(FALSE_WORDS)} then 'false' else {text} end"
        )
    return text
