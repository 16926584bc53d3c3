"""Asking the published warehouse from the terminal."""

from __future__ import annotations

import os
import subprocess
import sys

from conftest import PROJECT, run_module


def ask(warehouse, text):
    return subprocess.run(
        [sys.executable, "-m", "scripts.query"],
        cwd=PROJECT,
        env={**os.environ, "WAREHOUSE": str(warehouse)},
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )


def test_statements_are_answered_one_after_another(sample_warehouse):
    run = ask(sample_warehouse, "select 1 as one; select 2 as two, null as three;")
    assert run.stdout.split() == ["one", "---", "1", "two", "three", "---", "-----", "2"]
    assert run.returncode == 0


def test_a_mistake_is_a_sentence_and_nothing_can_be_written(sample_warehouse):
    before = (sample_warehouse / "sales.duckdb").read_bytes()
    for text in ("select nope from marts.revenue_by_month", "drop table marts.revenue_by_month"):
        run = ask(sample_warehouse, text)
        assert run.returncode == 1
        assert run.stderr.startswith("Error: ")
        assert "Traceback" not in run.stderr
    assert (sample_warehouse / "sales.duckdb").read_bytes() == before


def test_a_long_answer_is_cut_and_says_so(sample_warehouse):
    run = ask(sample_warehouse, "select sale_line_id from core.fct_sales")
    assert run.stdout.rstrip().endswith("... the first 200 rows")


def test_a_reader_who_stops_early_is_no_error(sample_warehouse):
    run = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m scripts.query < analyses/what_sells_best.sql | true"],
        cwd=PROJECT,
        env={**os.environ, "WAREHOUSE": str(sample_warehouse)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.stderr == ""


def test_nothing_published_is_a_sentence(tmp_path):
    run = run_module("scripts.query", warehouse=tmp_path, check=False, SQL="select 1")
    assert run.returncode == 1
    assert run.stderr == (
        f"Error: There is no published warehouse at {tmp_path / 'sales.duckdb'}: "
        "run `make report` first.\n"
    )
