"""The sample shop is what it claims to be: same bytes each time, and the defects as listed."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path

import independent
import pytest

from scripts.sample import __main__ as sample
from scripts.sample.defects import DEFECTS, UNTOUCHED

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "data" / "sample"
FIXTURE = ROOT / "tests" / "fixtures" / "sample_defects.json"


@pytest.fixture(scope="module")
def shop() -> independent.Shop:
    return independent.read(FOLDER)


@pytest.fixture(scope="module")
def listed() -> dict[str, list[dict]]:
    return json.loads(FIXTURE.read_text(encoding="utf-8"))


def test_the_generator_writes_the_committed_bytes(tmp_path):
    # A process of its own, with another hash seed: the order of a set must not matter.
    for seed in ("1", "2"):
        folder = tmp_path / seed
        subprocess.run(
            [sys.executable, "-m", "scripts.sample", str(folder)],
            cwd=ROOT,
            env={"PYTHONHASHSEED": seed, "PATH": "", "PYTHONPATH": str(ROOT)},
            check=True,
            capture_output=True,
        )
        written = {path.name: path.read_bytes() for path in folder.iterdir()}
        assert sorted(written) == sorted(path.name for path in FOLDER.iterdir())
        for name, content in written.items():
            assert content == (FOLDER / name).read_bytes(), name
    assert sample.defects_text(sample.shop()) == FIXTURE.read_text(encoding="utf-8")


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(sample.UserError, match="cannot be written"):
        sample.main([str(tmp_path / "file")])


def test_each_kind_of_defect_is_there_as_often_as_listed(listed):
    counts = {kind: len(entries) for kind, entries in listed.items()}
    assert counts == {kind: count for kind, (count, _, _) in DEFECTS.items()}
    for kind, (_, outcome, finding) in DEFECTS.items():
        for entry in listed[kind]:
            assert (entry["expected_outcome"], entry["finding"]) == (outcome, finding), kind
    for outcome in independent.OUTCOMES:
        same = [count for count, becomes, _ in DEFECTS.values() if becomes == outcome]
        assert len(same) == len(set(same)), "numbers that differ show a mix-up"


def test_defects_are_spread_and_one_month_has_none(listed):
    paths = Counter(entry["path"] for entries in listed.values() for entry in entries)
    assert len([path for path in paths if path.startswith("ventes_")]) >= 20
    assert UNTOUCHED not in paths


def test_the_independent_reading_finds_exactly_the_listed_outcomes(shop, listed):
    expected = {
        (entry["path"], entry["record_number"]): entry["expected_outcome"]
        for entries in listed.values()
        for entry in entries
        if entry["expected_outcome"] != "loaded"
    }
    found = {
        (record.path, record.record_number): record.outcome
        for records in shop.records.values()
        for record in records
        if record.outcome != "loaded"
    }
    assert found == expected


def test_line_numbers_and_texts_point_at_the_defect(listed):
    physical = {
        path.name: path.read_bytes().decode(
            "cp1252" if path.name == "clients.csv" else "utf-8-sig", errors="replace"
        ).split("\r\n")
        for path in FOLDER.glob("*.csv")
    }  # fmt: skip
    moved = 0
    for kind, entries in listed.items():
        for entry in entries:
            line = physical[entry["path"]][entry["line_number"] - 1]
            assert (entry["text"] or "") in line, (kind, entry)
            moved += entry["line_number"] != entry["record_number"] + 1
    assert moved, "no defect stands below a note on two lines, so the two numbers could be mixed up"


def test_the_kept_version_of_a_key_is_loaded(shop, listed):
    at = {
        (record.path, record.record_number): record
        for records in shop.records.values()
        for record in records
    }
    kept = [
        (entry, at[entry["kept_path"], entry["kept_record_number"]])
        for entries in listed.values()
        for entry in entries
        if "kept_path" in entry
    ]
    assert len(kept) == 23
    for entry, winner in kept:
        loser = at[entry["path"], entry["record_number"]]
        assert winner.outcome == "loaded"
        same = loser.cells == winner.cells
        assert same == (entry["expected_outcome"] == "duplicate"), entry
        key = "N° client" if entry["input"] == "customers" else "N° ligne"
        assert loser.cells[key] == winner.cells[key]


def test_a_moving_correction_changes_month_and_store(shop, listed):
    at = {(record.path, record.record_number): record for record in shop.records["sales"]}
    for entry in listed["correction_that_moves"]:
        loser = at[entry["path"], entry["record_number"]]
        winner = at[entry["kept_path"], entry["kept_record_number"]]
        assert loser.path < winner.path
        assert loser.cells["Date"][3:] != winner.cells["Date"][3:]
        assert loser.cells["Magasin"] != winner.cells["Magasin"]


def test_an_unreadable_correction_leaves_the_first_version_in_place(shop, listed):
    (entry,) = listed["unreadable_correction"]
    bad = next(
        record
        for record in shop.records["sales"]
        if (record.path, record.record_number) == (entry["path"], entry["record_number"])
    )
    same_key = [
        record.outcome
        for record in shop.records["sales"]
        if record.cells and record.cells["N° ligne"] == bad.cells["N° ligne"]
    ]
    assert sorted(same_key) == ["loaded", "quarantined"]


def test_members_known_only_from_sales_are_the_listed_ones(shop, listed):
    def known(name: str, header: str) -> set[str]:
        return {r.cells[header] for r in shop.records[name] if r.outcome == "loaded"}

    for kind, column, members in (
        ("unknown_product", "product_id", known("products", "Référence")),
        ("unknown_customer", "customer_id", known("customers", "N° client") | {""}),
        (None, "store_id", known("stores", "Code")),
        (None, "employee_id", known("employees", "Matricule")),
    ):
        expected = sorted(entry["text"] for entry in listed.get(kind, []))
        assert sorted(set(shop.lines[column]) - members) == expected


def test_the_shop_has_the_promised_shape(shop):
    months = [path.name for path in sorted(FOLDER.glob("ventes_*.csv"))]
    assert months == [f"ventes_{y}-{m:02d}.csv" for y in (2024, 2025) for m in range(1, 13)]
    assert 20_000 <= len(shop.lines) <= 30_000
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 2_500_000
    assert len(shop.stores) == 10
    assert len({store["region"] for store in shop.stores.values()}) == 7
    closed = [store["closed_on"] for store in shop.stores.values() if store["closed_on"]]
    opened = [store["opened_on"] for store in shop.stores.values()]
    assert closed == ["28/06/2025"]
    assert [day for day in opened if day[6:] >= "2024"] == ["04/09/2024"]
    products = [record.cells for record in shop.records["products"]]
    assert len({row["Référence"] for row in products}) == 41
    assert len({row["Catégorie"] for row in products}) == 6
    assert any('"' in row["Désignation"] and ";" in row["Désignation"] for row in products)
    rows = Counter(row["Référence"] for row in products)
    assert sum(count > 1 for count in rows.values()) == 15
    later = {row["Valable à partir du"] for row in products} - {"01/09/2023", "02/04/2024"}
    assert later == {"02/09/2024", "01/03/2025"}
    segments = {record.cells["Segment"] for record in shop.records["customers"] if record.cells}
    assert segments == {"Particulier", "Fidélité Or", "Professionnel", "Association"}
    assert len(shop.records["employees"]) == 60
    notes = [r.cells["Observation"] for r in shop.records["sales"] if r.cells]
    assert sum("\n" in note for note in notes) == 2


def test_trade_follows_the_calendar(shop):
    days = set(shop.lines["sold_on"])
    assert (min(days), max(days)) == (date(2024, 1, 2), date(2025, 12, 31))
    assert all(day.weekday() != 6 or day.month == 12 for day in days)
    assert any(day.weekday() == 6 for day in days)
    assert not {(day.month, day.day) for day in days} & {(12, 25), (1, 1), (5, 1)}
    # Both days of a price change have sales, so that "valid from" is tried on the day itself.
    assert {date(2024, 9, 2), date(2025, 3, 1)} <= days
    by_month = independent.revenue_by_month(shop)
    for year in ("2024", "2025"):
        ranked = sorted((key for key in by_month if key.startswith(year)), key=by_month.get)
        assert (ranked[0], ranked[-1]) == (f"{year}-08", f"{year}-12")
    per_weekday = Counter(day.weekday() for day in shop.lines["sold_on"])
    assert per_weekday.most_common(1)[0][0] == 5


def test_business_is_believable(shop):
    total = independent.revenue(shop)
    assert Decimal(1_500_000) < total < Decimal(3_000_000)
    lines = shop.lines
    assert 0.3 < (lines["customer_id"] == "").mean() < 0.4
    assert 0.015 < (lines["quantity"] < 0).mean() < 0.025
    assert 0.01 < (~lines["is_revenue"]).mean() < 0.02
    given = sum(bool(r.cells["Prix unitaire"]) for r in shop.records["sales"] if r.cells)
    assert 0.03 < given / len(lines) < 0.10
    points = independent.employees_and_revenue(shop)
    assert all(4 <= count <= 20 for count, _ in points.values())
    assert 0.7 < independent.regression(points)["r2"] < 0.9
    full_year = [amount for store, (_, amount) in points.items() if store != "M02"]
    assert max(full_year) / min(full_year) > 3


def test_one_region_fell_and_one_category_explains_it(shop):
    def by_year(*columns: str) -> dict[tuple, dict[str, Decimal]]:
        result: dict[tuple, dict[str, Decimal]] = {}
        found = independent.revenue_by(shop, "month", "is_revenue", *columns)
        for (month, _, *key), amount in found.items():
            years = result.setdefault(tuple(key), {"2024": Decimal(0), "2025": Decimal(0)})
            years[month[:4]] += amount
        return result

    change = {key[0]: y["2025"] / y["2024"] - 1 for key, y in by_year("region").items()}
    assert [region for region, share in change.items() if share < 0] == ["Hauts-de-France"]
    assert change["Hauts-de-France"] < Decimal("-0.15")
    lost = {
        key[1]: y["2025"] - y["2024"]
        for key, y in by_year("region", "category").items()
        if key[0] == "Hauts-de-France"
    }
    assert min(lost, key=lost.get) == "Petit électroménager"
    assert lost["Petit électroménager"] < sum(lost.values()) * Decimal("0.6")
    years = by_year()[()]
    assert Decimal("1.05") < years["2025"] / years["2024"] < Decimal("1.13")


def test_a_swallowed_quote_would_be_noticed():
    # What the independent count guards against: csv over the whole file loses records.
    file = next(
        FOLDER / entry["path"]
        for entry in json.loads(FIXTURE.read_text(encoding="utf-8"))["unterminated_quote"]
    )
    with file.open(encoding="utf-8-sig", newline="", errors="replace") as text:
        naive = sum(1 for _ in csv.reader(text, delimiter=";")) - 1
    assert naive < len(independent.records_of(file, "utf-8-sig")[1])


def test_quarantine_stays_below_the_limit(shop):
    quarantined = sum(record.outcome == "quarantined" for record in shop.records["sales"])
    assert quarantined / len(shop.records["sales"]) < 0.01


def test_outcomes_add_up_and_control_totals_follow(shop):
    for path, counts in independent.outcomes(shop).items():
        assert counts["records_in"] == sum(counts[name] for name in independent.OUTCOMES), path
    for key, total in independent.control_totals(shop).items():
        parts = sum(total[o] for o in independent.OUTCOMES if o != "rejected")
        assert total["rounded"] == parts, key
