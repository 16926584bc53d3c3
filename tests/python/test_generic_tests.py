"""Each generic test passes on good rows and fails on bad ones: a test that cannot fail is none.

The SQL of each test is rendered as dbt renders it, with a query in the place of the model.
"""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import jinja2
import pytest
from conftest import PROJECT

GOOD = "(select * from (values (1, 'a', 10), (2, 'a', 20)) as rows (id, name, amount))"
EMPTY = f"(select * from {GOOD} where false)"
REPEATED = "(select * from (values (1, 'a', 10), (1, 'a', 20)) as rows (id, name, amount))"
NULL_KEY = "(select * from (values (1, 'a', 10), (null, 'a', 20)) as rows (id, name, amount))"


def failures(test, model, **arguments):
    text = (PROJECT / "tests" / "generic" / f"{test}.sql").read_text(encoding="utf-8")
    text = re.sub(r"{%\s*test ", "{% macro ", text).replace("endtest", "endmacro")
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined)
    environment.globals["none"] = None
    macro = getattr(environment.from_string(text).module, test)
    return len(duckdb.connect().execute(macro(model, **arguments)).fetchall())


@pytest.mark.parametrize(
    ("model", "columns", "expected"),
    [
        (GOOD, ["id"], 0),
        (GOOD, ["name"], 1),
        (REPEATED, ["id"], 1),
        (REPEATED, ["id", "amount"], 0),
        (NULL_KEY, ["id"], 1),
        (EMPTY, ["id"], 0),
    ],
)
def test_unique_key(model, columns, expected):
    assert failures("unique_key", model, columns=columns) == expected


@pytest.mark.parametrize(
    ("model", "other", "where", "expected"),
    [
        (GOOD, GOOD, None, 0),
        (GOOD, REPEATED, None, 0),
        (GOOD, EMPTY, None, 1),
        (EMPTY, EMPTY, None, 0),
        (EMPTY, GOOD, None, 1),
        (GOOD, GOOD, "id = 1", 1),
    ],
)
def test_reconciles_to(model, other, where, expected):
    found = failures(
        "reconciles_to", model, compare_to=other, expression="sum(amount)", compare_where=where
    )
    assert found == expected


def test_reconciles_to_sees_a_doubled_line():
    doubled = f"(select * from {GOOD} union all select * from {GOOD} where id = 1)"
    assert failures("reconciles_to", doubled, compare_to=GOOD, expression="sum(amount)") == 1


def test_reconciles_to_compares_two_expressions():
    arguments = {"compare_to": GOOD, "expression": "count(*)", "compare_expression": "max(id)"}
    assert failures("reconciles_to", GOOD, **arguments) == 0
    assert failures("reconciles_to", REPEATED + "", **{**arguments, "compare_to": REPEATED}) == 1


@pytest.mark.parametrize(("model", "expected"), [(GOOD, 0), (EMPTY, 1)])
def test_has_rows(model, expected):
    assert failures("has_rows", model) == expected


@pytest.mark.parametrize(
    ("model", "expression", "unless", "expected"),
    [
        (GOOD, "amount >= 10", None, 0),
        (GOOD, "amount > 10", None, 1),
        (GOOD, "amount > 10", "id = 1", 0),
        (NULL_KEY, "id > 0", None, 1),  # a null is not true
        (NULL_KEY, "id > 0", "id is null", 0),
    ],
)
def test_holds_for_each_row(model, expression, unless, expected):
    arguments = {"unless": unless} if unless else {}
    assert failures("holds_for_each_row", model, expression=expression, **arguments) == expected


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (GOOD, 0),
        (EMPTY, 0),
        ("(select * from (values (1, 'b', 10), (3, 'b', 10)) as rows (id, name, amount))", 2),
        # a null is no member that is missing: the contract forbids it
        (NULL_KEY, 0),
    ],
)
def test_members_exist(model, expected):
    members = {"id": [GOOD, "id"], "name": [GOOD.replace("(2, 'a', 20)", "(2, 'c', 20)"), "name"]}
    assert failures("members_exist", model, members=members) == expected


def test_every_generic_test_is_proved_here():
    here = Path(__file__).read_text(encoding="utf-8")
    for file in (PROJECT / "tests" / "generic").glob("*.sql"):
        assert f'failures("{file.stem}"' in here or f'"{file.stem}",' in here, file.stem
