"""Control totals: the sum of each mapped number, so that nothing can change on the way."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import duckdb

from scripts.ingest import registry
from scripts.ingest.ledger import Totals
from scripts.ingest.numbers import READABLE_NUMBER


def control_totals(
    connection: duckdb.DuckDBPyConnection,
    input_name: str,
    mapped: Mapping[str, object],
    landed: str,
    ignored: str | None,
) -> Totals:
    """One total for each mapped number or rate, in the registry's order.

    `landed` and `ignored` (None when there is nothing) are relations with the landing columns.
    Values that are not readable count nothing.
    """
    columns = [
        column.name
        for column in registry.inputs()[input_name]
        if column.value_type in registry.NUMBER_TYPES and column.name in mapped
    ]
    if not columns:
        return []
    exact, rounded = _sums(connection, landed, columns, input_name)
    exact_ignored = rounded_ignored = dict.fromkeys(columns, Decimal(0))
    if ignored is not None:
        exact_ignored, rounded_ignored = _sums(connection, ignored, columns, input_name)
    return [
        {
            "column_name": column,
            "as_written": _plain(exact[column] + exact_ignored[column]),
            "rounded": _plain(rounded[column] + rounded_ignored[column]),
            "ignored": _plain(rounded_ignored[column]),
        }
        for column in columns
    ]


def _sums(
    connection: duckdb.DuckDBPyConnection, relation: str, columns: list[str], input_name: str
) -> tuple[dict[str, Decimal], dict[str, Decimal]]:
    """The exact sum of each column's readable values, and that of the values as rounded."""
    # by distinct value, and those first: few numbers differ, and to read one is slow
    counted = " union all ".join(
        f"select '{column}' as name, {column} as value, count(*) as occurrences "
        f"from {relation} group by {column}"
        for column in columns
    )
    found = connection.execute(
        f"""
        with counted as materialized ({counted}),
        readable as (
            select
                name,
                cast(value as decimal(28, 10)) as amount,
                case when strpos(value, '.') = 0 then 0 else length(value) - strpos(value, '.') end
                    as places,
                cast(occurrences as decimal(10, 0)) as occurrences
            from counted
            where regexp_full_match(value, '{READABLE_NUMBER}')
        )
        select
            name,
            sum(amount * occurrences),
            sum(case when places > 4 then round(amount, 4) else amount end * occurrences),
            sum(case when places > 8 then round(amount, 8) else amount end * occurrences)
        from readable
        group by name
        """
    ).fetchall()
    exact, rounded = dict.fromkeys(columns, Decimal(0)), dict.fromkeys(columns, Decimal(0))
    for name, as_written, to_4, to_8 in found:
        exact[name] = as_written
        rounded[name] = {4: to_4, 8: to_8}[registry.rounding_places(input_name, name)]
    return exact, rounded


def _plain(amount: Decimal) -> str:
    """A decimal without exponent and without zeros at its end."""
    text = format(amount, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("", "-0") else text


def sold_between(
    connection: duckdb.DuckDBPyConnection, mapped: Mapping[str, object], landed: str
) -> tuple[str | None, str | None]:
    """The first and the last readable day of sale as ISO text; None where there is none."""
    days = [
        f"left({column}, 10)" if column == "sold_at" else column
        for column in ("sold_on", "sold_at")
        if column in mapped
    ]
    if not days:
        return None, None
    is_day = (
        "regexp_full_match(day, '[0-9]{4}-[0-9]{2}-[0-9]{2}') "
        "and cast(try_cast(day as date) as varchar) = day"
    )
    found = connection.execute(
        f"""
        with days as materialized (
            select distinct coalesce({", ".join(days)}) as day from {landed}
        )
        -- a condition behind `where` would be tested on each row, before there are few days
        select min(day) filter (where {is_day}), max(day) filter (where {is_day})
        from days
        """
    ).fetchone()
    assert found is not None
    return found[0], found[1]
