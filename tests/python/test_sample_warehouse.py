"""The sample shop in the warehouse: equal to an independent computation, defect by defect."""

from __future__ import annotations

import json
import re
from decimal import Decimal

import duckdb
import independent
import pytest
from conftest import PROJECT, SAMPLE, query

DEFECTS = json.loads(
    (PROJECT / "tests" / "fixtures" / "sample_defects.json").read_text(encoding="utf-8")
)


@pytest.fixture(scope="module")
def shop():
    return independent.read(SAMPLE)


def as_dict(rows):
    return {row[0] if len(row) == 2 else tuple(row[:-1]): row[-1] for row in rows}


def without_zeros(figures):
    return {key: amount for key, amount in figures.items() if amount != 0}


def test_the_headline_figures_agree(sample_warehouse, shop):
    expected = independent.measures(shop)
    expected.pop("return_line_count")
    rows = query(sample_warehouse, f"select {', '.join(expected)} from marts.shop_summary")
    assert dict(zip(expected, rows[0], strict=True)) == expected


@pytest.mark.parametrize(
    ("statement", "columns"),
    [
        (
            "select strftime(month_start_on, '%Y-%m'), revenue_amount from marts.revenue_by_month",
            ["month"],
        ),
        (
            "select strftime(sold_on, '%Y-%m-%d'), revenue_amount from marts.revenue_by_day",
            ["sold_on"],
        ),
        ("select product_id, revenue_amount from marts.revenue_by_product", ["product_id"]),
        ("select region, revenue_amount from marts.revenue_by_region", ["region"]),
        ("select store_id, revenue_amount from marts.revenue_by_store", ["store_id"]),
        (
            "select product_id, region, strftime(month_start_on, '%Y-%m'), revenue_amount"
            " from marts.revenue_by_product_region_month",
            ["product_id", "region", "month"],
        ),
        (
            "select product_id, store_id, revenue_amount from marts.product_sales_by_store",
            ["product_id", "store_id"],
        ),
        (
            "select product_id, strftime(month_start_on, '%Y-%m'), revenue_amount"
            " from marts.monthly_product_sales",
            ["product_id", "month"],
        ),
        (
            "select store_id, strftime(month_start_on, '%Y-%m'), revenue_amount"
            " from marts.employee_sales_ratio",
            ["store_id", "month"],
        ),
    ],
)
def test_each_mart_agrees_with_pandas(sample_warehouse, shop, statement, columns):
    figures = as_dict(query(sample_warehouse, statement))
    expected = {
        tuple(map(str, key)) if isinstance(key, tuple) else str(key): amount
        for key, amount in independent.revenue_by(shop, *columns).items()
    }
    assert without_zeros(figures) == without_zeros(expected)


@pytest.mark.parametrize(
    ("mart", "key"), [("revenue_by_product", "product_id"), ("revenue_by_store", "store_id")]
)
def test_units_agree_with_pandas(sample_warehouse, shop, mart, key):
    figures = as_dict(query(sample_warehouse, f"select {key}, quantity from marts.{mart}"))
    assert without_zeros(figures) == without_zeros(independent.units_by(shop, key))


def test_shares_add_up_to_one(sample_warehouse):
    for mart in ("region", "location", "product", "store"):
        ((total,),) = query(
            sample_warehouse, f"select sum(revenue_share) from marts.revenue_by_{mart}"
        )
        assert total == pytest.approx(1, abs=1e-12)


def test_employees_and_regression_agree(sample_warehouse, shop):
    points = independent.employees_and_revenue(shop)
    rows = query(
        sample_warehouse,
        "select store_id, employee_count, revenue_amount, revenue_per_employee"
        " from marts.employee_sales_by_store",
    )
    assert {row[0]: (row[1], row[2]) for row in rows} == points
    for store_id, _, _, ratio in rows:
        count, amount = points[store_id]
        assert ratio == pytest.approx(float(amount / count))
    line = independent.regression(points)
    assert query(
        sample_warehouse,
        "select store_count, slope_amount, intercept_amount, r_squared"
        " from marts.employee_sales_regression where period_type = 'window'",
    ) == [
        (
            line["n"],
            Decimal(str(round(line["slope"], 4))),
            Decimal(str(round(line["intercept"], 4))),
            round(line["r2"], 6),
        )
    ]


def test_every_file_balances_as_counted_by_csv(sample_warehouse, shop):
    columns = ["records_in", *(f"{outcome}_count" for outcome in independent.OUTCOMES)]
    rows = query(sample_warehouse, f"select path, {', '.join(columns)} from quality.file_ledger")
    names = ["records_in", *independent.OUTCOMES]
    assert {row[0]: dict(zip(names, row[1:], strict=True)) for row in rows} == (
        independent.outcomes(shop)
    )


def test_control_totals_agree_with_decimal(sample_warehouse, shop):
    names = ["as_written", "loaded", "quarantined", "ignored", "duplicate", "superseded"]
    rows = query(
        sample_warehouse,
        "select path, measure, total_in, loaded, quarantined, ignored, duplicate, superseded,"
        " total_in - rounding, difference from quality.balance where measure <> 'records'",
    )
    expected = independent.control_totals(shop)
    assert {row[:2] for row in rows} == set(expected)
    for path, measure, *figures, rounded, difference in rows:
        total = expected[path, measure]
        assert dict(zip(names, figures, strict=True)) == {name: total[name] for name in names}
        assert rounded == total["rounded"]
        assert difference == 0


def defects():
    return [
        pytest.param(defect, id=f"{kind}-{number}")
        for kind, found in DEFECTS.items()
        for number, defect in enumerate(found, 1)
    ]


@pytest.mark.parametrize("defect", defects())
def test_each_defect_is_where_it_belongs(sample_warehouse, defect):
    table = {
        "rejected": "rejects",
        "ignored": "rejects",
        "quarantined": "quarantine",
        "duplicate": "replaced_records",
        "superseded": "replaced_records",
        "loaded": "findings",
    }[defect["expected_outcome"]]
    condition, parameters = "", [defect["path"], defect["record_number"]]
    if table in ("rejects", "replaced_records"):
        condition = "and outcome = ?"
        parameters.append(defect["expected_outcome"])
    if table == "findings":
        condition = "and finding = ? and column_name = ?"
        parameters += [defect["finding"], defect["column"]]
    rows = query(
        sample_warehouse,
        f"select * from quality.{table} where path = ? and record_number = ? {condition}",
        parameters,
    )
    assert len(rows) == 1
    if table == "replaced_records":
        assert query(
            sample_warehouse,
            "select kept_path, kept_record_number from quality.replaced_records"
            " where path = ? and record_number = ?",
            parameters[:2],
        ) == [(defect["kept_path"], defect["kept_record_number"])]
    if table == "rejects":
        ((line_number, reason),) = query(
            sample_warehouse,
            "select line_number, reason from quality.rejects where path = ? and record_number = ?",
            parameters[:2],
        )
        assert line_number == defect["line_number"]
        assert reason


def test_nothing_else_is_set_aside(sample_warehouse):
    """Exactly the injected defects, in number."""
    expected = {}
    for found in DEFECTS.values():
        for defect in found:
            outcome = defect["expected_outcome"]
            expected[outcome] = expected.get(outcome, 0) + 1
    # a customer who stands twice in one file, with other content, says that the key may be wrong
    contradicting = DEFECTS["contradicting_customer"]
    assert [
        (path, number)
        for path, number, finding in query(
            sample_warehouse, "select path, record_number, finding from quality.findings"
        )
        if finding == "doubtful_key"
    ] == [(defect["kept_path"], defect["kept_record_number"]) for defect in contradicting]
    expected["findings"] = expected.pop("loaded") + len(contradicting)
    counted = dict(
        query(
            sample_warehouse,
            """
            select outcome, count(*) from quality.rejects group by outcome
            union all select outcome, count(*) from quality.replaced_records group by outcome
            union all select 'quarantined', count(*) from quality.quarantine
            union all select 'findings', count(*) from quality.findings
            """,
        )
    )
    assert counted == expected


def test_the_quarantine_says_why_in_words(sample_warehouse):
    reasons = {
        "unreadable_date": "unreadable date",
        "impossible_date": "unreadable date",
        "missing_date": "missing date",
        "unreadable_quantity": "unreadable amount",
        "missing_amount": "missing amount",
        "undeclared_status": "undeclared status",
        "missing_key": "missing key",
        "unreadable_correction": "unreadable date",
    }
    quarantined = {
        kind for kind, found in DEFECTS.items() if found[0]["expected_outcome"] == "quarantined"
    }
    assert quarantined == set(reasons)
    said = as_dict(
        query(sample_warehouse, "select path, record_number, reason from quality.quarantine")
    )
    for kind in quarantined:
        for defect in DEFECTS[kind]:
            assert said[defect["path"], defect["record_number"]] == reasons[kind]


def test_a_figure_walks_back_to_a_record_of_a_file(sample_warehouse, shop):
    """fct_sales names the file and record that the line stands in, for every line."""
    rows = query(
        sample_warehouse,
        "select path, record_number, sale_id from core.fct_sales join quality.file_ledger"
        " using (file_id)",
    )
    written = {
        (record.path, record.record_number): record.cells["N° ligne"]
        for record in shop.records["sales"]
        if record.cells is not None
    }
    assert len(rows) > 20_000
    assert all(written[path, number] == sale_id for path, number, sale_id in rows)


def test_dates_agree_with_pythons_calendar(sample_warehouse):
    rows = query(
        sample_warehouse,
        "select date_day, iso_year, iso_week, iso_weekday, calendar_quarter, fiscal_year,"
        " month_start_on, month_end_on from core.dim_dates",
    )
    assert len(rows) == 366 + 365
    for day, year, week, weekday, quarter, fiscal_year, month_start, month_end in rows:
        assert (year, week, weekday) == tuple(day.isocalendar())
        assert quarter == (day.month + 2) // 3
        assert fiscal_year == day.year
        assert month_start.day == 1 and month_start <= day <= month_end
        assert (month_end.month, month_end.year) == (day.month, day.year)


def test_the_published_file_reads_like_a_catalogue(sample_warehouse):
    """Exactly three schemas; every table and column is typed and commented."""
    tables = query(
        sample_warehouse,
        "select schema_name, table_name, comment from duckdb_tables() where not internal",
    )
    assert {schema for schema, _, _ in tables} == {"core", "marts", "quality"}
    assert all(comment and "One row" in comment for _, _, comment in tables)
    columns = query(
        sample_warehouse,
        "select table_name, column_name, comment from duckdb_columns() where not internal",
    )
    assert len(columns) > 250
    assert [row for row in columns if not row[2]] == []
    assert query(sample_warehouse, "select * from duckdb_views() where not internal") == []


def test_every_analysis_runs_on_the_published_file(sample_warehouse):
    files = sorted((PROJECT / "analyses").glob("*.sql"))
    assert len(files) >= 8
    for file in files:
        assert query(sample_warehouse, file.read_text(encoding="utf-8")), file.name


def test_the_readme_names_the_sample_s_revenue(shop):
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    total = independent.revenue(shop).quantize(Decimal("0.01"))
    assert f"{total:,} EUR" in readme


def test_an_unbalanced_book_fails_the_build(sample_warehouse, tmp_path):
    """The rule `the_books_balance` sees one cent, and one record."""
    rule = (PROJECT / "tests" / "the_books_balance.sql").read_text(encoding="utf-8")
    rule = re.sub(r"{{ ref\('balance'\) }}", "balance", rule)
    connection = duckdb.connect()
    connection.execute(f"attach '{sample_warehouse / 'sales.duckdb'}' as sales (read_only)")
    connection.execute("create table balance as from sales.quality.balance")
    assert connection.execute(rule).fetchall() == []
    connection.execute(
        "update balance set loaded = loaded + 0.01, difference = difference - 0.01"
        " where measure = 'quantity' and path = 'ventes_2024-01.csv'"
    )
    assert len(connection.execute(rule).fetchall()) == 1
