"""The tables beside inputs.yml that replace shipped ones: what is read, and what is refused."""

from __future__ import annotations

import json

import pytest
from conftest import PROJECT
from test_ingest_helpers import Shop

from scripts.errors import UserError
from scripts.ingest.config import load

INPUTS = """\
shop: Test
currency: EUR
sales:
  files: sales.csv
  columns: {sold_on: day, product_id: product, net_amount: amount}
"""
FIRST = "rule_name,valid_from,valid_to,earner,eligible,base,tier_from_amount,rate,comment\n"
LINE = "best,,,best_seller,all,revenue,0,0.01,\n"
SEGMENTS = (PROJECT / "seeds" / "rfm_segments.csv").read_text(encoding="utf-8")


@pytest.fixture
def shop(tmp_path):
    (tmp_path / "inputs.yml").write_text(INPUTS, encoding="utf-8")
    (tmp_path / "sales.csv").write_text("day,product,amount\n2025-01-01,A,1\n", encoding="utf-8")
    return tmp_path


def test_the_shipped_tables_are_what_a_shop_may_copy(shop):
    """A copy of a shipped table beside inputs.yml is right, and says the same."""
    (shop / "rfm_segments.csv").write_text(SEGMENTS, encoding="utf-8")
    rules = (PROJECT / "seeds" / "incentive_rules.csv").read_text(encoding="utf-8")
    (shop / "incentives.csv").write_text(rules, encoding="utf-8")
    tables = load(shop).tables
    assert len(tables["rfm_segments.csv"]) == 125
    (rule,) = tables["incentives.csv"]
    assert (rule["earner"], rule["rate"], rule["valid_from"]) == ("best_seller", "0.01", None)


def test_a_spreadsheets_way_of_writing_is_read(shop):
    """Semicolons, decimal commas, a byte order mark, months, columns in another order."""
    (shop / "incentives.csv").write_text(
        "rate;rule_name;earner;eligible;base;tier_from_amount;valid_from\n"
        "0,015;été;Everyone;not_managers;margin;1500,50;2025-06\n",
        encoding="utf-8-sig",
    )
    (rule,) = load(shop).tables["incentives.csv"]
    assert rule == {
        "rule_name": "été",
        "valid_from": "2025-06-01",
        "valid_to": None,
        "earner": "everyone",
        "eligible": "not_managers",
        "base": "margin",
        "tier_from_amount": "1500.50",
        "rate": "0.015",
        "comment": None,
    }


def test_they_land_with_the_settings_and_a_change_is_a_change(tmp_path):
    shop = Shop(tmp_path, INPUTS)
    shop.write("sales.csv", "day,product,amount\n2025-01-01,A,1\n")
    shop.ingest()
    assert shop.settings()["incentive_rules"] is None
    shop.write("incentives.csv", FIRST + LINE)
    assert shop.ingest().changed
    assert [rule["rate"] for rule in shop.settings()["incentive_rules"]] == ["0.01"]
    assert not shop.ingest().changed
    shop.write("incentives.csv", FIRST + LINE.replace("0.01", "0.02"))
    assert shop.ingest().changed
    assert "0.02" in json.dumps(shop.settings())


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("incentives.csv", FIRST.replace("rate", "rates") + LINE, ["`rates`", "Did you mean"]),
        ("incentives.csv", "rule_name,rate\nbest,0.1\n", ["no column `earner`", "first line must"]),
        (
            "incentives.csv",
            FIRST + LINE.replace("0.01", "1 %"),
            ["line 2", "'1 %'", "0.01 for 1 %"],
        ),
        ("incentives.csv", FIRST + LINE.replace("0.01", "1.5"), ["line 2", "from 0 to 1"]),
        ("incentives.csv", FIRST + LINE.replace(",0,", ",-5,"), ["tier_from_amount", "0 or more"]),
        ("incentives.csv", FIRST + LINE.replace("all", "bosses"), ["eligible", "not_managers"]),
        ("incentives.csv", FIRST + LINE.replace("best,,", "best,06/2025,"), ["2026-11"]),
        ("incentives.csv", FIRST + LINE.replace("best,", ",", 1), ["`rule_name` is empty"]),
        ("incentives.csv", FIRST + "best,,\n", ["line 2", "number of cells"]),
        ("incentives.csv", FIRST, ["no line below its header"]),
        (
            "incentives.csv",
            FIRST + LINE.replace("best,,,", "best,2025-05,2025-04,"),
            ["`valid_to` is before `valid_from`"],
        ),
        (
            "incentives.csv",
            FIRST + LINE + LINE.replace("best,,,", "best,2025-05,,"),
            ["line 3", "holds in some of these months by line 2"],
        ),
        ("incentives.csv", FIRST + LINE + LINE, ["line 3", "stands on line 2 already"]),
        (
            "incentives.csv",
            FIRST + LINE + LINE.replace("revenue,0", "margin,50"),
            ["line 3", "`base` differs from line 2"],
        ),
        ("rfm_segments.csv", SEGMENTS.replace("1,1,1,", "1,1,6,", 1), ["line 2", "from 1 to 5"]),
        (
            "rfm_segments.csv",
            "".join(SEGMENTS.splitlines(keepends=True)[:-2]),
            ["no line for the scores 5-5-4, 5-5-5"],
        ),
        (
            "rfm_segments.csv",
            SEGMENTS + SEGMENTS.splitlines()[1] + "\n",
            ["line 127", "1-1-1 stand on line 2 already"],
        ),
        (
            "rfm_segments.csv",
            SEGMENTS.replace(",false,", ",no,", 1),
            ["is_to_call", "true or false"],
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_line(shop, name, text, expected):
    (shop / name).write_text(text, encoding="utf-8")
    with pytest.raises(UserError) as raised:
        load(shop)
    assert all(part in str(raised.value) for part in [name, *expected]), str(raised.value)


def test_another_encoding_is_refused_in_words(shop):
    (shop / "incentives.csv").write_bytes((FIRST + LINE.replace("best", "été")).encode("cp1252"))
    with pytest.raises(UserError, match="not written in UTF-8"):
        load(shop)
