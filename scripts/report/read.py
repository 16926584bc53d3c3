"""What the report reads: the published marts and quality tables, and nothing else."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace as Row

import duckdb

from scripts.errors import UserError
from scripts.report.cube import Cube, read_cube
from scripts.report.details import Details, read_details
from scripts.report.formats import clean
from scripts.report.people import People, read_people

UNKNOWN = "(unknown)"
PRODUCTS_SHOWN = 15
PRODUCTS_IN_LINES = 5
PRODUCTS_IN_STACKS = 6
STORES_SHOWN = 20
EXAMPLES_SHOWN = 3

# sums that are null over no rows; cost and margin stay null, because unknown is not zero
SUMS = {
    "gross_amount",
    "discount_amount",
    "revenue_amount",
    "revenue_with_cost_amount",
    "returns_amount",
}


@dataclass
class Problem:
    """One kind of trouble: how many records, what it is, and a few of them."""

    kind: str  # quarantined, rejected, ignored, duplicate, superseded or finding
    input_name: str
    code: str
    reason: str
    column_name: str  # of a finding, else empty
    count: int
    examples: list[Row] = field(default_factory=list)


@dataclass
class Warehouse:
    """The figures of one published file. Amounts are Decimal, in the shop's currency."""

    summary: Row
    months: list[Row]
    products: list[Row]
    product_counts: Row
    product_months: dict[str, dict[date, Decimal]]
    places: list[Row]
    place_level: str | None
    stores: list[Row]
    store_products: list[Row]
    team: list[Row]
    regression: Row | None
    people: People
    details: Details
    files: list[Row]
    balances: list[Row]
    problems: list[Problem]
    inputs: dict[str, set[str]]
    headers: dict[tuple[str, str], str]
    comments: dict[tuple[str, str], str]
    cube: Cube | None = None

    @property
    def complete_months(self) -> list[Row]:
        """The months that are over, in order."""
        return [month for month in self.months if month.is_complete]

    @property
    def unfinished_month(self) -> Row | None:
        """The month still running, if the data ends inside one."""
        return next((month for month in self.months if not month.is_complete), None)

    def definition(self, column: str, table: str | None = None) -> str:
        """The database's comment on a column of `table`, or of the first mart that has it."""
        if table is not None and (table, column) in self.comments:
            return self.comments[table, column]
        return next((text for (_, name), text in self.comments.items() if name == column), "")


def read(published: Path, with_lines: bool = True) -> Warehouse:
    """Read the published DuckDB file, with the sales lines for the page's filters or without.

    Raises UserError when the file is missing or not one of ours.
    """
    if not published.is_file():
        raise UserError(
            f"There is no published warehouse at {published}: run make report, which builds and "
            "publishes it first."
        )
    try:
        connection = duckdb.connect(str(published), read_only=True)
    except duckdb.Error as error:
        first = str(error).splitlines()[0]
        raise UserError(
            f"The published warehouse {published} cannot be opened: {first}. Run make report to "
            "publish it again, or close the program that has it open for writing."
        ) from error
    try:
        warehouse = _Reader(connection).warehouse()
        if with_lines:
            warehouse.cube = read_cube(connection, warehouse.place_level, clean)
        return warehouse
    except (duckdb.CatalogException, duckdb.BinderException) as error:
        first = str(error).splitlines()[0]
        raise UserError(
            f"The published warehouse {published} does not have the tables the report needs "
            f"({first}). It was published by another version: run make report again."
        ) from error
    finally:
        connection.close()


class _Reader:
    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection

    def rows(self, query: str, *values: object) -> list[Row]:
        cursor = self.connection.execute(query, list(values))
        names = [column[0] for column in cursor.description]
        return [_row(names, record) for record in cursor.fetchall()]

    def warehouse(self) -> Warehouse:
        summary = self.rows("select * from marts.shop_summary")
        if not summary:
            raise UserError(
                "The published warehouse has no row in marts.shop_summary, so it does not say "
                "which shop it is. Run make report again."
            )
        products = self.rows(
            "select * from marts.revenue_by_product"
            " order by revenue_amount desc nulls last, product_name, product_id"
            f" limit {PRODUCTS_SHOWN}"
        )
        known = [product for product in products if product.product_id != UNKNOWN]
        level, places = self.places()
        regression = self.rows(
            "select * from marts.employee_sales_regression where period_type = 'window'"
        )
        columns = self.rows("select * from quality.input_columns where is_mapped")
        inputs: dict[str, set[str]] = defaultdict(set)
        for column in columns:
            inputs[column.input_name].add(column.column_name)
        return Warehouse(
            summary=summary[0],
            months=self.rows("select * from marts.revenue_by_month order by month_start_on"),
            products=products,
            product_counts=self.product_counts(),
            product_months=self.product_months(known[:PRODUCTS_IN_LINES]),
            places=places,
            place_level=level,
            stores=self.rows(
                "select * from marts.revenue_by_store"
                " order by revenue_amount desc nulls last, store_name, store_id"
            ),
            store_products=self.store_products(known[:PRODUCTS_IN_STACKS]),
            team=self.rows(
                "select * from marts.employee_sales_by_store"
                " order by revenue_amount desc nulls last, store_name, store_id"
            ),
            regression=regression[0] if regression else None,
            people=read_people(self.rows),
            details=read_details(self.rows),
            files=self.rows("select * from quality.file_ledger order by input_name, path, file_id"),
            balances=self.rows(
                "select * from quality.balance order by input_name, measure, path, file_id"
            ),
            problems=self.problems(),
            inputs=dict(inputs),
            headers={
                (column.input_name, column.column_name): column.header
                for column in columns
                if column.header is not None
            },
            comments=self.comments(),
        )

    def product_counts(self) -> Row:
        """How many products there are, make half of the revenue, and have less than none."""
        return self.rows("""
            with ranked as (
                select
                    revenue_amount,
                    sum(revenue_amount) over () as total_amount,
                    coalesce(sum(revenue_amount) over (
                        order by revenue_amount desc nulls last, product_id
                        rows between unbounded preceding and 1 preceding
                    ), 0) as amount_before
                from marts.revenue_by_product
            )
            select
                count(*) as all_count,
                count(*) filter (where amount_before < total_amount / 2) as half_count,
                count(*) filter (where revenue_amount < 0) as negative_count
            from ranked""")[0]

    def product_months(self, products: list[Row]) -> dict[str, dict[date, Decimal]]:
        found: dict[str, dict[date, Decimal]] = {product.product_id: {} for product in products}
        if found:
            for row in self.rows(
                "select product_id, month_start_on, sum(revenue_amount) as revenue_amount"
                " from marts.monthly_product_sales"
                f" where product_id in ({', '.join('?' * len(found))})"
                " group by product_id, month_start_on",
                *found,
            ):
                found[row.product_id][row.month_start_on] = row.revenue_amount
        return found

    def places(self) -> tuple[str | None, list[Row]]:
        """Revenue by the most useful level the files know, and that level's name.

        Region; where no region is known, state, then city, then country; None when no place is.
        """
        for level, parents, table in (
            ("region", ["country"], "revenue_by_region"),
            ("state", ["country"], "revenue_by_location"),
            ("city", ["country", "state"], "revenue_by_location"),
            ("country", [], "revenue_by_location"),
        ):
            columns = ", ".join([level, *parents])
            places = self.rows(
                f"select {columns}, sum(line_count)::bigint as line_count,"
                " sum(quantity) as quantity, sum(revenue_amount) as revenue_amount,"
                " sum(margin_amount) as margin_amount"
                f" from marts.{table} group by {columns}"
                f" order by revenue_amount desc nulls last, {columns}"
            )
            known = [place for place in places if getattr(place, level) not in (None, UNKNOWN)]
            if not known:
                continue
            names = [getattr(place, level) for place in known]
            for place in places:
                name = getattr(place, level) or UNKNOWN
                above = [getattr(place, parent) for parent in parents]
                above = [text for text in above if text and text != UNKNOWN]
                if names.count(name) > 1 and above:
                    name = f"{name} ({', '.join(above)})"
                place.name = name
                place.is_known = getattr(place, level) not in (None, UNKNOWN)
            return level, places
        return None, []

    def store_products(self, products: list[Row]) -> list[Row]:
        """Revenue per store and top product; product_id null holds all the others."""
        ids = [product.product_id for product in products]
        marks = f"product_id in ({', '.join('?' * len(ids))})" if ids else "false"
        return self.rows(
            f"select store_id, case when {marks} then product_id end as shown_id,"
            " sum(revenue_amount) as revenue_amount from marts.product_sales_by_store"
            " group by store_id, shown_id order by store_id, shown_id nulls last",
            *ids,
        )

    def problems(self) -> list[Problem]:
        query = """
            with troubles as (
                select 'quarantined' as kind, input_name, reason as code, reason, path,
                    record_number, null as line_number, '' as column_name, null as kept_path,
                    null as kept_record_number, original_text
                from quality.quarantine
                union all
                select outcome, input_name, reason, reason, path, record_number, line_number, '',
                    null, null, original_text
                from quality.rejects
                union all
                select outcome, input_name, outcome, outcome, path, record_number, null, '',
                    kept_path, kept_record_number, original_text
                from quality.replaced_records
                union all
                select 'finding', input_name, finding, reason, path, record_number, null,
                    column_name, null, null, original_text
                from quality.findings
            ),
            numbered as (
                select *,
                    count(*) over (partition by kind, input_name, code, column_name) as total,
                    row_number() over (
                        partition by kind, input_name, code, column_name
                        order by path, record_number, original_text
                    ) as place
                from troubles
            )
            select * from numbered where place <= ?
            order by kind, total desc, input_name, code, column_name, place"""
        problems: dict[tuple, Problem] = {}
        for row in self.rows(query, EXAMPLES_SHOWN):
            key = (row.kind, row.input_name, row.code, row.column_name)
            if key not in problems:
                problems[key] = Problem(
                    row.kind,
                    row.input_name,
                    row.code or "",
                    row.reason or "",
                    row.column_name or "",
                    row.total,
                )
            problems[key].examples.append(row)
        return list(problems.values())

    def comments(self) -> dict[tuple[str, str], str]:
        return {
            (row.table_name, row.column_name): " ".join(row.comment.split())
            for row in self.rows(
                "select table_name, column_name, comment from duckdb_columns()"
                " where schema_name in ('marts', 'quality') and comment is not null"
                " order by schema_name, table_name, column_name"
            )
        }


def _row(names: list[str], record: tuple) -> Row:
    return Row(**{name: _value(name, value) for name, value in zip(names, record, strict=True)})


def _value(name: str, value: object) -> object:
    if isinstance(value, float) and name.endswith("_amount"):
        return Decimal(str(value))
    if isinstance(value, str) and not name.endswith("_id"):
        # identifiers stay as they are, because queries compare with them; names are shown
        return clean(value)
    if value is None and name in SUMS:
        return Decimal(0)
    return value
