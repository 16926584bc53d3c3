"""MetricFlow: every metric is known, and says what the marts say."""

from __future__ import annotations

import csv
import json
import math
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from conftest import PROJECT, REQUIRE_ALL, query, run_module

MF = Path(sys.executable).parent / "mf"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not MF.exists() and not REQUIRE_ALL,
        reason="MetricFlow is not installed: pip install -r requirements-metrics.txt",
    ),
]

SUMS = ("revenue", "gross_sales", "discounts", "units", "margin", "revenue_with_cost")
OF_MARTS = """
    cast(sum(revenue_amount) as double), cast(sum(gross_amount) as double),
    cast(sum(discount_amount) as double), cast(sum(quantity) as double),
    cast(sum(margin_amount) as double), cast(sum(revenue_with_cost_amount) as double)"""


@pytest.fixture(scope="module")
def asked(sample_warehouse):
    """Once through our own command, which brings the list of metrics up to date."""
    return run_module("scripts.metrics", warehouse=sample_warehouse, ASK="list metrics").stdout


@pytest.fixture
def ask(asked, sample_warehouse, tmp_path):
    """`ask(metrics, group by)`: {group: figures} of one query."""

    def run(metrics, group_by):
        answer = tmp_path / "answer.csv"
        command = [MF, "query", "--quiet", "--metrics", ",".join(metrics), "--csv", answer]
        subprocess.run(
            [*command, "--group-by", group_by],
            cwd=PROJECT,
            env={
                **os.environ,
                "PUBLISHED": str(sample_warehouse / "sales.duckdb"),
                "DBT_PROFILES_DIR": str(PROJECT / "deploy" / "metricflow"),
            },
            check=True,
            capture_output=True,
        )
        with answer.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        return {
            row[group_by].removesuffix(" 00:00:00"): [row[name] for name in metrics] for row in rows
        }

    return run


def agree(answer, expected):
    """The same groups, and the same figures to a billionth."""
    assert expected
    expected = {str(group): figures for group, *figures in expected}
    assert answer.keys() == expected.keys()
    for group, figures in expected.items():
        for said, figure in zip(answer[group], figures, strict=True):
            if figure is None:
                assert said == "", (group, said)
            else:
                assert said and math.isclose(float(said), figure, rel_tol=1e-9), (
                    group,
                    said,
                    figure,
                )


def test_dbt_knows_every_metric_that_is_written(asked):
    """A form that dbt does not know is ignored without a word."""
    folder = PROJECT / "models" / "metrics"
    written = yaml.safe_load((folder / "_metrics.yml").read_text("utf-8"))["metrics"]
    known = json.loads((PROJECT / "target" / "semantic_manifest.json").read_text("utf-8"))
    assert len(written) >= 10
    assert {metric["name"] for metric in known["metrics"]} == {one["name"] for one in written}
    assert len(known["semantic_models"]) == 7
    assert f"found {len(written)} metrics" in asked


def test_months_agree_with_the_marts(ask, sample_warehouse):
    metrics = (*SUMS, "orders", "customers", "average_order_value", "margin_share", "returned")
    expected = query(
        sample_warehouse,
        f"""select month_start_on, {OF_MARTS}, sum(order_count), sum(customer_count),
            cast(sum(revenue_amount) as double) / sum(order_count),
            cast(sum(margin_amount) as double) / cast(sum(revenue_with_cost_amount) as double),
            -cast(sum(returns_amount) as double)
        from marts.revenue_by_month group by 1""",
    )
    assert len(expected) == 24
    agree(ask(metrics, "metric_time__month"), expected)


@pytest.mark.parametrize(
    ("group_by", "column", "mart"),
    [
        ("location__region", "region", "revenue_by_region"),
        ("store__store_name", "store_name", "revenue_by_store"),
        ("product__category", "category", "revenue_by_product"),
    ],
)
def test_groups_agree_with_the_marts(ask, sample_warehouse, group_by, column, mart):
    expected = query(
        sample_warehouse, f"select coalesce({column}, ''), {OF_MARTS} from marts.{mart} group by 1"
    )
    agree(ask(SUMS, group_by), expected)


def test_segments_agree_with_the_fact(ask, sample_warehouse):
    expected = query(
        sample_warehouse,
        """select coalesce(segment, ''), cast(sum(net_amount) as double),
            count(distinct order_id),
            nullif(count(distinct case when not is_anonymous then fct_sales.customer_id end), 0),
            cast(-sum(case when is_return then net_amount end) as double)
                / cast(sum(case when not is_return then net_amount end) as double)
        from core.fct_sales
        inner join core.dim_customers on fct_sales.customer_id = dim_customers.customer_id
        where is_revenue group by 1""",
    )
    answer = ask(("revenue", "orders", "customers", "returns_rate"), "customer__segment")
    for figures in answer.values():
        figures[2] = "" if figures[2] == "0" else figures[2]
    agree(answer, expected)


def test_revenue_per_employee_agrees_with_the_mart(ask, sample_warehouse):
    expected = query(
        sample_warehouse,
        """select month_start_on,
            cast(sum(case when employee_count is not null then revenue_amount end) as double)
                / cast(sum(employee_count) as double),
            cast(sum(employee_count) as double)
        from marts.employee_sales_ratio group by 1""",
    )
    agree(ask(("revenue_per_employee", "employees"), "metric_time__month"), expected)


@pytest.mark.parametrize(
    ("group_by", "by"), [("metric_time__year", "year_start_on"), ("store", "store_id")]
)
def test_a_longer_period_has_the_people_of_each_stores_last_month(
    ask, sample_warehouse, group_by, by
):
    """Also of a store that was closed before the period ended."""
    expected = query(
        sample_warehouse,
        f"""with staffed as (
            select *, cast(date_trunc('year', month_start_on) as date) as year_start_on
            from marts.employee_sales_ratio where employee_count is not null
        ),
        people as (
            select {by}, store_id, sum(revenue_amount) as revenue,
                arg_max(employee_count, month_start_on) as employees
            from staffed group by all
        )
        select {by}, cast(sum(revenue) as double) / cast(sum(employees) as double),
            cast(sum(employees) as double)
        from people group by 1""",
    )
    assert len(expected) > 1
    agree(ask(("revenue_per_employee", "employees"), group_by), expected)


def test_a_question_that_cannot_be_read_is_a_sentence(sample_warehouse):
    run = run_module("scripts.metrics", warehouse=sample_warehouse, ASK="query 'x", check=False)
    assert run.returncode == 1
    assert run.stderr == (
        "Error: ASK cannot be read (No closing quotation). Close every quotation mark.\n"
    )


def test_nothing_published_is_a_sentence(tmp_path):
    run = run_module("scripts.metrics", warehouse=tmp_path, check=False)
    assert run.returncode == 1
    assert run.stderr == (
        f"Error: There is no published warehouse at {tmp_path / 'sales.duckdb'}: "
        "run `make report` first.\n"
    )
