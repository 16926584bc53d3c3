"""Control totals: the sum of each mapped number, so that nothing can change on the way."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import duckdb

from scripts.ingest import registry
from scripts.ingest.ledger import Totals
from scripts.ingest.normalise import READABLE_NUMBER


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
    totals = []
    for column in registry.inputs()[input_name]:
        if column.value_type in registry.NUMBER_TYPES and column.name in mapped:
            places = registry.rounding_places(input_name, column.name)
            exact, rounded = _sums(connection, landed, column.name, places)
            if ignored is not None:
                exact_ignored, rounded_ignored = _sums(connection, ignored, column.name, places)
            else:
                exact_ignored = rounded_ignored = Decimal(0)
            totals.append(
                {
                    "column_name": column.name,
                    "as_written": _plain(exact + exact_ignored),
                    "rounded": _plain(rounded + rounded_ignored),
                    "ignored": _plain(rounded_ignored),
                }
            )
    return totals


def _sums(
    connection: duckdb.DuckDBPyConnection, relation: str, column: str, places: int
) -> tuple[Decimal, Decimal]:
    """The exact sum of the readable values, and the sum of the values rounded to `places`."""
    # by distinct value: few numbers differ, and a cast to a wide decimal is slow
    found = connection.execute(
        f"""
        select
            coalesce(sum(amount * cast(occurrences as decimal(10, 0))), 0),
            coalesce(sum(round(amount, {places}) * cast(occurrences as decimal(10, 0))), 0)
        from (
            select cast(value as decimal(28, 10)) as amount, occurrences
            from (
                select {column} as value, count(*) as occurrences
                from {relation}
                group by {column}
            ) as counted
            where regexp_full_match(value, '{READABLE_NUMBER}')
        ) as amounts
        """
    ).fetchone()
    assert found is not None
    return found[0], found[1]


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
    found = connection.execute(
        f"""
        select min(day), max(day)
        from (select distinct coalesce({", ".join(days)}) as day from {landed}) as days
        where regexp_full_match(day, '[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}')
            and cast(try_cast(day as date) as varchar) = day
        """
    ).fetchone()
    assert found is not None
    return found[0], found[1]
