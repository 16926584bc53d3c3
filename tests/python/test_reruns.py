"""Running again: the warehouse follows from the current files and settings, not from the way there.

A copy of the sample shop goes through the life of a shop, step by step, in one warehouse. Each
step is kept whole (every cell of every public table), and the tests compare the steps.
"""

from __future__ import annotations

import csv
import json
import shutil
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from conftest import SAMPLE, build_shop, contents, query, run_module

pytestmark = pytest.mark.slow

HEADER = (SAMPLE / "ventes_2025-12.csv").read_text(encoding="utf-8-sig").splitlines()[0].split(";")
NEW_FILE = "ventes_2026-01.csv"
# sorts before the file it is a copy of
COPY = "ventes_2026-01 (copie).csv"
NEW_LINE_COUNT = 40
# Tables with a row per record or per file: what one file adds touches no other row of them.
ROWS_OF_FILES = (
    "core.fct_sales",
    "quality.file_ledger",
    "quality.balance",
    "quality.quarantine",
    "quality.rejects",
    "quality.replaced_records",
    "quality.findings",
)


@dataclass(frozen=True)
class Step:
    """The published warehouse after a run, and what the run said."""

    contents: dict[str, list[tuple]]
    manifest: dict
    published: bytes
    said: str
    printed: str


@dataclass(frozen=True)
class History:
    """The steps by name, and where the columns of each table are."""

    steps: dict[str, Step]
    columns: dict[str, list[str]]

    def rows(self, step, table, columns=None):
        """The rows of a table after a step, all of their columns or some, with their counts."""
        rows = self.steps[step].contents[table]
        if columns is None:
            return Counter(rows)
        places = [self.columns[table].index(column) for column in columns]
        return Counter(tuple(row[place] for place in places) for row in rows)

    def difference(self, before, after, table, columns=None):
        """(rows that came, rows that went) between two steps."""
        old, new = self.rows(before, table, columns), self.rows(after, table, columns)
        return new - old, old - new

    def one(self, step, table, column):
        """A value of the only row of a table."""
        (row,) = self.rows(step, table, [column])
        return row[0]


def new_lines():
    """The lines of one more month: {header: text} each, with a price on every line."""
    lines = []
    for number in range(1, NEW_LINE_COUNT + 1):
        day = f"{(number * 9) % 28 + 1:02d}/01/2026"
        line = dict.fromkeys(HEADER, "")
        line |= {
            "N° ticket": f"T26-{number // 2:05d}",
            "N° ligne": str(2_000_000 + number),
            "Magasin": f"M{number % 3 + 1:02d}",
            "Date": day,
            "Statut": "Payée",
            "Référence": ("LIN-01", "TAB-02", "CUI-05")[number % 3],
            "Quantité": str(number % 5 + 1) if number % 9 else "-1",
            "Prix unitaire": f"{number},50",
            "Remise": "20 %" if number % 4 == 0 else "",
            "Modifié le": f"{day} 10:00",
        }
        lines.append(line)
    return lines


def revised_lines():
    """The same month again: one quantity is another, and one line in the middle is gone."""
    lines = new_lines()
    lines[6] = {**lines[6], "Quantité": "11"}
    del lines[20]
    return lines


def write(path, lines):
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.DictWriter(stream, HEADER, delimiter=";")
        writer.writeheader()
        writer.writerows(lines)


def facts(lines):
    """What fct_sales must hold of lines: (sale_id, sold_on, product, store, quantity, net)."""
    expected = Counter()
    for line in lines:
        quantity = Decimal(line["Quantité"])
        price = Decimal(line["Prix unitaire"].replace(",", "."))
        kept = Decimal("0.8") if line["Remise"] else 1
        sold_on = datetime.strptime(line["Date"], "%d/%m/%Y").date()
        amounts = (quantity, quantity * price * kept)
        expected[(line["N° ligne"], sold_on, line["Référence"], line["Magasin"], *amounts)] += 1
    return expected


FACTS = ["sale_id", "sold_on", "product_id", "store_id", "quantity", "net_amount"]


@pytest.fixture(scope="module")
def history(sample_warehouse, tmp_path_factory):
    """The life of a shop; the first step is the sample as it was built for all tests."""
    base = tmp_path_factory.mktemp("reruns")
    shop = shutil.copytree(SAMPLE, base / "shop")
    warehouse = shutil.copytree(sample_warehouse, base / "warehouse")
    owner = json.loads((warehouse / "shop.json").read_text(encoding="utf-8"))
    (warehouse / "shop.json").write_text(json.dumps({**owner, "folder": str(shop.resolve())}))
    steps = {}

    def keep(name, process=None, folder=warehouse):
        steps[name] = Step(
            contents(folder),
            json.loads((folder / "sales.json").read_text(encoding="utf-8")),
            (folder / "sales.duckdb").read_bytes(),
            process.stderr if process else "",
            process.stdout if process else "",
        )

    keep("first")
    keep("again", build_shop(shop, warehouse, report=True))
    write(shop / NEW_FILE, new_lines())
    keep("more", build_shop(shop, warehouse))
    write(shop / NEW_FILE, revised_lines())
    keep("revised", build_shop(shop, warehouse))
    shutil.copy(shop / NEW_FILE, shop / COPY)
    keep("copied", build_shop(shop, warehouse))
    run_module("scripts.withdraw", NEW_FILE, shop=shop, warehouse=warehouse)
    keep("withdrawn", build_shop(shop, warehouse))
    run_module("scripts.withdraw", "--restore", COPY, shop=shop, warehouse=warehouse)
    keep("restored", build_shop(shop, warehouse))
    change_settings(shop / "inputs.yml")
    keep("set", build_shop(shop, warehouse))
    scratch = base / "scratch"
    keep("from scratch", build_shop(shop, scratch), scratch)

    columns = {}
    for table, column in query(
        warehouse,
        "select schema_name || '.' || table_name, column_name from duckdb_columns()"
        " where not internal order by table_oid, column_index",
    ):
        columns.setdefault(table, []).append(column)
    return History(steps, columns)


def change_settings(inputs: Path):
    """Another as-of day, and cancelled orders count as revenue."""
    text = inputs.read_text(encoding="utf-8")
    for old, new in (
        ("  # as_of_date: 2025-12-31", "  as_of_date: 2026-01-31"),
        ("revenue: [Payée, Expédiée]", "revenue: [Payée, Expédiée, Annulée]"),
        ("not_revenue: [Annulée]", "not_revenue: []"),
    ):
        assert text.count(old) == 1
        text = text.replace(old, new)
    inputs.write_text(text, encoding="utf-8")


def differing_tables(one: Step, other: Step):
    assert one.contents.keys() == other.contents.keys()
    return [table for table in one.contents if one.contents[table] != other.contents[table]]


def test_a_second_run_changes_nothing_and_says_so(history):
    first, again = history.steps["first"], history.steps["again"]
    assert differing_tables(first, again) == []
    assert again.manifest == first.manifest
    assert again.published == first.published
    assert again.said.splitlines() == [
        "Nothing new: 29 files are already landed.",
        "Nothing to build: no file, setting or model has changed.",
        "The report is up to date.",
    ]
    assert "Revenue" in again.printed


def test_one_more_file_adds_exactly_its_rows(history):
    for table in ROWS_OF_FILES:
        _, gone = history.difference("again", "more", table)
        assert not gone, table
    came, _ = history.difference("again", "more", "core.fct_sales", FACTS)
    assert came == facts(new_lines())
    assert came.total() == NEW_LINE_COUNT
    for table in ("quality.file_ledger", "quality.balance"):
        came, _ = history.difference("again", "more", table, ["path"])
        assert set(came) == {(NEW_FILE,)}
    # every mart by day or month has what it had, and January beside it
    for table, column in (
        ("marts.revenue_by_day", "sold_on"),
        ("marts.revenue_by_month", "month_start_on"),
        ("marts.monthly_product_sales", "month_start_on"),
        ("marts.revenue_by_product_region_month", "month_start_on"),
        ("marts.employee_sales_ratio", "month_start_on"),
    ):
        came, gone = history.difference("again", "more", table)
        place = history.columns[table].index(column)
        assert not gone, table
        assert min(row[place] for row in came) == date(2026, 1, 1), table
    revenue = sum(net for *_, net in facts(new_lines()).elements())
    assert history.one("more", "marts.shop_summary", "revenue_amount") == (
        history.one("again", "marts.shop_summary", "revenue_amount") + revenue
    )
    assert history.steps["more"].manifest["generation"] == 2
    # only the new file was read
    assert f"{NEW_FILE}: {NEW_LINE_COUNT} records" in history.steps["more"].said
    assert "ventes_2025-12.csv" not in history.steps["more"].said


def test_a_revised_file_replaces_exactly_its_rows(history):
    came, gone = history.difference("more", "revised", "core.fct_sales", FACTS)
    assert came == facts(revised_lines()) - facts(new_lines())
    assert gone == facts(new_lines()) - facts(revised_lines())
    assert (came.total(), gone.total()) == (1, 2)
    # all other files as they were, also in the columns that say where a row came from
    for step in ("more", "revised"):
        _, lost = history.difference("again", step, "core.fct_sales")
        assert not lost
    came, gone = history.difference("more", "revised", "quality.file_ledger", ["path"])
    assert not came and not gone
    for table in ROWS_OF_FILES[2:]:
        place = history.columns[table].index("path")
        for rows in history.difference("more", "revised", table):
            assert {row[place] for row in rows} <= {NEW_FILE}, table
    # the numbers of the records are those of the new version
    numbers = history.rows("revised", "core.fct_sales", ["sale_id", "record_number"])
    for number, line in enumerate(revised_lines(), start=1):
        assert numbers[(line["N° ligne"], number)] == 1


def test_a_copy_under_another_name_loads_nothing_twice(history):
    changed = differing_tables(history.steps["revised"], history.steps["copied"])
    assert set(changed) == {"quality.balance", "quality.file_ledger", "quality.freshness"}
    lines = len(revised_lines())
    columns = ["path", "copy_of", "records_in", "loaded_count", "duplicate_count", "is_balanced"]
    came, gone = history.difference("revised", "copied", "quality.file_ledger", columns)
    # of equal files the smallest path is the original
    assert came == {
        (COPY, None, lines, lines, 0, True): 1,
        (NEW_FILE, COPY, lines, 0, lines, True): 1,
    }
    assert gone == {(NEW_FILE, None, lines, lines, 0, True): 1}
    assert f"{COPY}: the same content as {NEW_FILE}, not loaded twice" in (
        history.steps["copied"].said
    )


def test_withdrawing_takes_out_exactly_its_rows(history):
    """With its copies: everything is as if the file had never been there."""
    assert differing_tables(history.steps["again"], history.steps["withdrawn"]) == []


def test_restoring_brings_exactly_its_rows_back(history):
    assert differing_tables(history.steps["copied"], history.steps["restored"]) == []


def test_a_changed_setting_rebuilds_by_itself(history):
    before, after = "restored", "set"
    assert "Building the warehouse" in history.steps[after].said
    # no file had to be read again
    assert "records" not in history.steps[after].said
    summary = "marts.shop_summary"
    assert history.one(before, summary, "as_of_date") == date(2026, 1, 28)
    assert history.one(after, summary, "as_of_date") == date(2026, 1, 31)
    assert history.one(before, summary, "last_complete_month_start_on") == date(2025, 12, 1)
    assert history.one(after, summary, "last_complete_month_start_on") == date(2026, 1, 1)
    cancelled = history.one(before, summary, "not_revenue_amount")
    assert cancelled > 0
    assert history.one(after, summary, "not_revenue_amount") == 0
    assert history.one(after, summary, "revenue_amount") == (
        history.one(before, summary, "revenue_amount") + cancelled
    )
    # the lines are the same; only what they count as is another
    same = [column for column in history.columns["core.fct_sales"] if column != "is_revenue"]
    assert history.difference(before, after, "core.fct_sales", same) == (Counter(), Counter())


def test_the_way_there_does_not_matter(history):
    """One run over the folder as it is in the end gives the same warehouse, cell for cell."""
    assert differing_tables(history.steps["set"], history.steps["from scratch"]) == []
    # and is known to be the same: it says that it was made from the same things
    generation = history.steps["set"].manifest["generation"]
    assert generation == 7
    # the same cells in other places of the file, published at another time
    own = {"generation", "published_at", "byte_count", "sha256", "manifest_sha256"}
    ours, fresh = (
        {key: value for key, value in history.steps[name].manifest.items() if key not in own}
        for name in ("set", "from scratch")
    )
    assert ours == fresh
    # the contents differ from the sample's, so that the comparison means something
    assert differing_tables(history.steps["first"], history.steps["set"]) != []
