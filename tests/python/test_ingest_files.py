"""Files that come, change, are copied, leave, are withdrawn: what the ledger says of each."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path

import pytest
from test_ingest_helpers import HEADER, INPUTS, Shop, assert_balanced

from scripts.errors import UserError
from scripts.ingest import ledger
from scripts.ingest import run as run_module
from scripts.ingest.discover import pattern_matches
from scripts.paths import PROJECT
from scripts.withdraw import withdraw

KEYED = INPUTS.replace("sold_on: day", "sale_id: id, sold_on: day") + "  key: [sale_id]\n"


def lines(first: int, last: int, month: str = "01") -> str:
    return HEADER + "".join(
        f"2026-{month}-{1 + n % 28:02d},p{n},{n},{n}.5\n" for n in range(first, last + 1)
    )


@pytest.fixture
def shop(tmp_path):
    return Shop(tmp_path)


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


# --- which file is what ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("sales*.csv", "sales_1.csv", True),
        ("sales*.csv", "2026/sales_1.csv", False),
        ("**/sales*.csv", "sales_1.csv", True),
        ("**/sales*.csv", "a/b/sales_1.csv", True),
        ("2026/**", "2026/a/b.csv", True),
        ("a?.csv", "ab.csv", True),
        ("a?.csv", "a/.csv", False),
        ("[ab].csv", "b.csv", True),
        ("[!ab].csv", "b.csv", False),
        ("a+(1).csv", "a+(1).csv", True),
        ("fe\u0301v.csv", "f\u00e9v.csv", True),
    ],
)
def test_patterns(pattern, path, matches):
    assert pattern_matches(pattern, path) is matches


def test_a_data_file_that_no_input_matches_stops_the_run(shop):
    shop.write("sales.csv", lines(1, 2))
    shop.write("sub/stok.CSV", "a\n")
    with pytest.raises(UserError, match=r"sub/stok\.CSV belongs to no input.*`ignore:`"):
        shop.ingest()
    assert not (shop.warehouse / "landing").exists()
    shop.add_to_inputs("ignore: [sub/]\n")
    assert shop.ingest().read == 1


@pytest.mark.parametrize("pattern", ["old.xlsx", "'*.xlsx'", "archive/old.xlsx", "archive", "'**'"])
def test_ignore_lists_a_path_a_name_or_a_folder(shop, pattern):
    shop.write("sales.csv", lines(1, 2))
    shop.write("archive/old.xlsx", "x")
    shop.add_to_inputs(f"ignore: [{pattern}]\n")
    if pattern == "'**'":
        with pytest.raises(UserError, match="No file"):
            shop.ingest()
    else:
        assert shop.ingest().read == 1


def test_a_file_that_two_inputs_match_stops_the_run(shop):
    shop.write("sales.csv", lines(1, 2))
    shop.add_to_inputs("stores: {files: '*.csv', columns: {store_id: id}}\n")
    with pytest.raises(UserError, match=r"sales\.csv matches `sales\.files` and `stores\.files`"):
        shop.ingest()


def test_a_pattern_without_a_file_names_what_is_there(shop):
    shop.write("sale.csv", lines(1, 2))
    shop.add_to_inputs("ignore: []\n")
    with pytest.raises(UserError) as caught:
        shop.ingest()
    assert "matches `sales*.csv` of `sales.files`" in str(caught.value)
    assert "sale.csv" in str(caught.value)


def test_what_is_no_data_is_left_alone(shop):
    shop.write("sales.csv", lines(1, 2))
    for name in ["README.md", "logo.png", ".hidden.csv"]:
        shop.write(name, "x")
    # these are settings
    for seed, name in (("rfm_segments", "rfm_segments.csv"), ("incentive_rules", "incentives.csv")):
        shop.write(name, (PROJECT / "seeds" / f"{seed}.csv").read_text(encoding="utf-8"))
    shop.write(".git/x.csv", "x")
    shop.write("~$sales.xlsx", "x")
    assert shop.ingest().read == 1


def test_a_warehouse_inside_the_shop_folder_is_not_read_as_data(shop):
    shop.write("sales.csv", lines(1, 2))
    shop.warehouse = shop.folder / "out/warehouse"
    assert shop.ingest().read == 1
    assert not shop.ingest().changed


def test_patterns_have_their_place_within_the_input(shop):
    shop.write("inputs.yml", INPUTS.replace("sales*.csv", "[b*.csv, '*.csv']"))
    shop.write("b.csv", lines(1, 2))
    shop.write("a.csv", lines(3, 4))
    shop.ingest()
    assert {p: e["pattern_position"] for p, e in shop.entries().items()} == {"a.csv": 1, "b.csv": 0}
    (shop.folder / "b.csv").unlink()
    shop.write("inputs.yml", INPUTS.replace("sales*.csv", "['a*.csv', 'b*.csv']"))
    assert shop.ingest().changed
    assert {p: e["pattern_position"] for p, e in shop.entries().items()} == {"a.csv": 0, "b.csv": 1}


def test_names_with_signs_of_a_pattern_or_of_sql(tmp_path):
    folder = tmp_path / "it's [1]*"
    folder.mkdir()
    shop = Shop(folder, INPUTS.replace("sales*.csv", "'*.csv'"))
    shop.write("it's [2] 100%.csv", lines(1, 5))
    shop.write("it's 2 100%.csv", lines(6, 9, "02"))
    shop.ingest()
    assert {path: entry["landed_count"] for path, entry in shop.entries().items()} == {
        "it's [2] 100%.csv": 5,
        "it's 2 100%.csv": 4,
    }


# --- the ledger -----------------------------------------------------------------------------


def test_an_entry_says_everything_of_its_file(shop):
    location = shop.write("sales.csv", lines(1, 2) + "x\n")
    shop.ingest()
    entry = shop.entry()
    landing = shop.warehouse / entry["landing_file"]
    assert list(entry) == [
        "file_id", "input_name", "path", "pattern_position", "state", "copy_of", "landing_file",
        "rejects_file", "byte_count", "content_sha256", "landing_sha256", "encoding", "delimiter",
        "header", "records_in", "landed_count", "rejected_count", "ignored_count",
        "duplicate_count", "first_sold_on", "last_sold_on", "control_totals", "previous_file_ids",
        "rejects_sha256",
    ]  # fmt: skip
    assert entry["byte_count"] == location.stat().st_size
    assert entry["content_sha256"] == digest(location)
    assert entry["landing_sha256"] == digest(landing)
    assert entry["rejects_sha256"] == digest(shop.warehouse / entry["rejects_file"])
    assert entry["landing_file"] == f"landing/sales/{entry['file_id']}.parquet"
    assert entry["rejects_file"] == f"landing/rejects/{entry['file_id']}.parquet"
    assert (entry["encoding"], entry["delimiter"]) == ("utf-8", ",")
    assert (entry["first_sold_on"], entry["last_sold_on"]) == ("2026-01-02", "2026-01-03")
    assert set(shop.values("file_id")) == {entry["file_id"]}
    assert_balanced(entry)
    assert json.loads((shop.warehouse / "shop.json").read_text()) == {
        "shop": "Test",
        "folder": str(shop.folder.resolve()),
    }


def test_a_replay_changes_nothing(shop):
    shop.write("sales.csv", lines(1, 5))
    summary = shop.ingest()
    assert (summary.read, summary.changed, str(summary)) == (1, True, "1 file read, 0 unchanged")
    before = shop.files()
    os.utime(shop.folder / "sales.csv", (1, 1))
    summary = shop.ingest()
    assert (summary.read, summary.unchanged, summary.changed) == (0, 1, False)
    assert str(summary) == "Nothing new: 1 file is already landed."
    assert shop.files() == before


def test_one_more_file_is_the_only_one_read(shop, monkeypatch):
    shop.write("sales_01.csv", lines(1, 5))
    shop.ingest()
    before = shop.entries()
    shop.write("sales_02.csv", lines(6, 9, "02"))
    read = []
    original = run_module.land
    monkeypatch.setattr(run_module, "land", lambda f, *a: read.append(f.path) or original(f, *a))
    assert str(shop.ingest()) == "1 file read, 1 unchanged"
    assert read == ["sales_02.csv"]
    assert shop.entry("sales_01.csv") == before["sales_01.csv"]
    assert len(shop.rows("1")) == 9


def test_the_ledger_does_not_depend_on_the_order_of_arrival(tmp_path):
    found = []
    for order in (["sales_a.csv", "sales_b.csv"], ["sales_b.csv", "sales_a.csv"]):
        folder = tmp_path / order[0]
        folder.mkdir()
        shop = Shop(folder)
        shop.add_to_inputs("ignore: [none]\n")
        for name in order:
            shop.write("inputs.yml", INPUTS)
            shop.write(name, lines(1, 5))
            shop.ingest()
        found.append(shop.entries())
    assert found[0] == found[1]
    assert found[0]["sales_b.csv"]["copy_of"] == "sales_a.csv"


def test_a_changed_mapping_reads_again_and_another_setting_does_not(shop):
    shop.write("sales.csv", lines(1, 5))
    shop.ingest()
    first = shop.entry()
    shop.write("inputs.yml", INPUTS + "settings: {day_cutoff_hour: 3}\n")
    assert shop.ingest().read == 0
    shop.write("inputs.yml", INPUTS.replace("quantity: quantity", "gross_amount: quantity"))
    assert shop.ingest().read == 1
    second = shop.entry()
    assert second["file_id"] != first["file_id"]
    assert second["content_sha256"] == first["content_sha256"]
    assert second["previous_file_ids"] == [first["file_id"]]
    assert not (shop.warehouse / first["landing_file"]).exists()
    shop.write("inputs.yml", INPUTS)
    shop.ingest()
    assert shop.entry()["previous_file_ids"] == [second["file_id"]]


def test_a_landing_file_that_is_gone_is_written_again(shop):
    shop.write("sales.csv", lines(1, 5))
    shop.ingest()
    before = shop.entry()
    (shop.warehouse / before["landing_file"]).unlink()
    assert shop.ingest().read == 1
    assert len(shop.rows("1")) == 5
    (shop.warehouse / before["landing_file"]).unlink()
    (shop.folder / "sales.csv").unlink()
    with pytest.raises(UserError, match=r"landing file of sales\.csv .* is gone"):
        shop.ingest()


# --- revisions ------------------------------------------------------------------------------


def test_a_revised_file_replaces_its_rows(shop):
    shop.write("sales.csv", lines(1, 20))
    shop.ingest()
    first = shop.entry()
    shop.write("sales.csv", lines(1, 18) + "2026-01-05,new,1,1\n")
    shop.ingest()
    entry = shop.entry()
    assert entry["landed_count"] == 19
    assert entry["previous_file_ids"] == [first["file_id"]]
    assert "new" in shop.values("product_id")
    assert not (shop.warehouse / first["landing_file"]).exists()
    assert len(list((shop.warehouse / "landing/ledger").iterdir())) == 1


@pytest.mark.parametrize(("kept", "stops"), [(18, False), (17, True)])
def test_a_revision_that_loses_more_than_a_tenth_stops(shop, kept, stops):
    shop.write("sales.csv", lines(1, 20))
    shop.ingest()
    before = shop.files()
    location = shop.write("sales.csv", lines(1, kept))
    if not stops:
        assert shop.ingest().read == 1
        return
    with pytest.raises(UserError) as caught:
        shop.ingest()
    accept = f"- sales.csv@{digest(location)[:8]}"
    assert "17 records" in str(caught.value)
    assert "20 (15% fewer)" in str(caught.value)
    assert accept in str(caught.value)
    assert shop.files() == before
    shop.add_to_inputs(f"accept:\n  {accept}\n")
    shop.ingest()
    assert shop.entry()["landed_count"] == kept


def test_a_revision_whose_dates_do_not_meet_the_old_ones_stops(shop):
    shop.write("sales.csv", lines(1, 20, "01"))
    shop.ingest()
    shop.write("sales.csv", lines(21, 50, "02"))
    with pytest.raises(UserError) as caught:
        shop.ingest()
    assert "2026-02-01 to 2026-02-28" in str(caught.value)
    assert "2026-01-02 to 2026-01-21" in str(caught.value)
    assert "- sales.csv@" in str(caught.value)


def test_a_revision_without_any_readable_date_stops(shop):
    shop.write("sales.csv", lines(1, 20))
    shop.ingest()
    shop.write("sales.csv", lines(1, 20).replace("2026-", "26/"))
    with pytest.raises(UserError, match="no readable date"):
        shop.ingest()


def test_files_that_append_keep_every_content(tmp_path):
    shop = Shop(tmp_path, KEYED + "  update: append\n")
    header = "id," + HEADER
    shop.write("sales.csv", header + "1,2026-01-01,a,1,1\n")
    shop.ingest()
    shop.write("sales.csv", header + "2,2026-05-01,b,1,1\n")
    assert shop.ingest().read == 1
    entries = [json.loads(p.read_text()) for p in (shop.warehouse / "landing/ledger").iterdir()]
    assert sorted(entry["landed_count"] for entry in entries) == [1, 1]
    assert {entry["path"] for entry in entries} == {"sales.csv"}
    assert all((shop.warehouse / entry["landing_file"]).exists() for entry in entries)
    assert not shop.ingest().changed
    # back to replacing: only what is in the folder counts
    shop.write("inputs.yml", KEYED)
    shop.ingest()
    assert len(list((shop.warehouse / "landing/ledger").iterdir())) == 1
    assert shop.values("sale_id") == ["2"]


def test_a_file_that_left_stays_loaded(shop):
    shop.write("sales_01.csv", lines(1, 5))
    shop.write("sales_02.csv", lines(6, 9, "02"))
    shop.ingest()
    (shop.folder / "sales_01.csv").unlink()
    summary = shop.ingest()
    assert (summary.changed, summary.left, summary.landed) == (False, 1, 2)
    assert len(shop.rows("1")) == 9
    (shop.folder / "sales_02.csv").unlink()
    assert shop.ingest().left == 2


def test_a_file_that_left_and_is_read_otherwise_now_is_said(shop, caplog):
    shop.write("sales_01.csv", lines(1, 5))
    shop.write("sales_02.csv", lines(6, 9, "02"))
    shop.ingest()
    (shop.folder / "sales_01.csv").unlink()
    shop.write("inputs.yml", INPUTS.replace("quantity: quantity", "gross_amount: quantity"))
    shop.ingest()
    assert "sales_01.csv left the folder and stays loaded as it was read then" in caplog.text


def test_a_file_that_is_ignored_now_is_said_to_be_loaded(shop, caplog):
    shop.write("sales_01.csv", lines(1, 5))
    shop.write("sales_02.csv", lines(6, 9, "02"))
    shop.ingest()
    shop.add_to_inputs("ignore: [sales_01.csv]\n")
    shop.ingest()
    assert "make withdraw FILE=sales_01.csv" in caplog.text
    assert len(shop.rows("1")) == 9


def test_an_empty_export_may_be_filled_later(shop):
    shop.write("sales.csv", HEADER)
    shop.ingest()
    shop.write("sales.csv", lines(1, 5))
    shop.ingest()
    assert shop.entry()["landed_count"] == 5


# --- copies ---------------------------------------------------------------------------------


def test_a_copy_under_another_name_is_all_duplicates(shop):
    shop.write("sales_b.csv", lines(1, 5) + "x\nTotal,,1,2\n")
    shop.ingest()
    original = shop.entry("sales_b.csv")
    shop.write("sales_c.csv", lines(1, 5) + "x\nTotal,,1,2\n")
    summary = shop.ingest()
    assert (summary.read, summary.copies) == (0, 1)
    copy = shop.entry("sales_c.csv")
    assert shop.entry("sales_b.csv") == original
    assert (copy["copy_of"], copy["landing_file"], copy["rejects_file"]) == (
        "sales_b.csv",
        None,
        None,
    )
    assert (copy["records_in"], copy["duplicate_count"], copy["landed_count"]) == (7, 7, 0)
    assert_balanced(copy)
    assert [total["ignored"] for total in copy["control_totals"]] == ["0", "0"]
    assert [total["rounded"] for total in copy["control_totals"]] == ["16", "19.5"]
    assert len(shop.rows("1")) == 5
    assert not shop.ingest().changed


def test_the_smallest_path_is_the_original(shop):
    shop.write("sales_b.csv", lines(1, 5))
    shop.ingest()
    before = shop.entry("sales_b.csv")
    shop.write("sales_a.csv", lines(1, 5))
    shop.ingest()
    assert shop.entry("sales_b.csv")["copy_of"] == "sales_a.csv"
    assert shop.entry("sales_a.csv") == {**before, "path": "sales_a.csv"}


def test_a_copy_outlives_its_original(shop):
    shop.write("sales_a.csv", lines(1, 20))
    shop.write("sales_b.csv", lines(1, 20))
    shop.ingest()
    shop.write("sales_a.csv", lines(1, 9) + lines(101, 120).replace(HEADER, ""))
    shop.add_to_inputs(f"accept: [sales_a.csv@{digest(shop.folder / 'sales_a.csv')[:8]}]\n")
    shop.ingest()
    copy = shop.entry("sales_b.csv")
    assert (copy["copy_of"], copy["landed_count"]) == (None, 20)
    assert len(shop.rows("1")) == 49
    assert not shop.ingest().changed


# --- withdrawals ----------------------------------------------------------------------------


def test_a_withdrawn_file_is_not_landed_again_and_can_be_restored(shop):
    shop.write("sales_01.csv", lines(1, 5))
    shop.write("sales_02.csv", lines(6, 9, "02"))
    shop.ingest()
    before = shop.entries()
    assert withdraw(shop.folder, shop.warehouse, "sales_01.csv") == ["sales_01.csv"]
    assert shop.entry("sales_01.csv") == {**before["sales_01.csv"], "state": "withdrawn"}
    summary = shop.ingest()
    assert (summary.changed, summary.withdrawn, summary.unchanged) == (False, 1, 1)
    assert len(shop.rows("1")) == 4
    # nor with another mapping, nor under another name
    shop.write("inputs.yml", INPUTS.replace("quantity: quantity", "gross_amount: quantity"))
    shop.write("sales_03.csv", lines(1, 5))
    shop.ingest()
    assert {p: e["state"] for p, e in shop.entries().items()} == {
        "sales_01.csv": "withdrawn",
        "sales_02.csv": "landed",
        "sales_03.csv": "withdrawn",
    }
    shop.write("inputs.yml", INPUTS)
    (shop.folder / "sales_03.csv").unlink()
    shop.ingest()
    restored = withdraw(shop.folder, shop.warehouse, "sales_01.csv", restore=True)
    assert restored == ["sales_01.csv", "sales_03.csv"]
    shop.ingest()
    assert len(shop.rows("1")) == 9
    assert shop.entry("sales_03.csv")["copy_of"] == "sales_01.csv"


def test_withdrawing_takes_the_copies_too(shop):
    shop.write("sales_a.csv", lines(1, 5))
    shop.write("sales_b.csv", lines(1, 5))
    shop.ingest()
    location = str(shop.folder / "sales_b.csv")
    assert withdraw(shop.folder, shop.warehouse, location) == ["sales_a.csv", "sales_b.csv"]
    shop.ingest()
    assert shop.rows("1") == []


def test_new_bytes_under_a_withdrawn_name_are_landed(shop):
    shop.write("sales.csv", lines(1, 5))
    shop.ingest()
    withdraw(shop.folder, shop.warehouse, "sales.csv")
    shop.write("sales.csv", lines(1, 2))
    shop.ingest()
    assert shop.entry()["state"] == "landed"
    assert len(shop.rows("1")) == 2


def test_withdrawing_what_is_not_there_names_the_nearest(shop):
    with pytest.raises(UserError, match="Nothing has been landed"):
        withdraw(shop.folder, shop.warehouse, "sales.csv")
    shop.write("sales.csv", lines(1, 5))
    shop.ingest()
    with pytest.raises(UserError, match=r"Did you mean `sales\.csv`"):
        withdraw(shop.folder, shop.warehouse, "sale.csv")
    with pytest.raises(UserError, match="not withdrawn"):
        withdraw(shop.folder, shop.warehouse, "sales.csv", restore=True)
    withdraw(shop.folder, shop.warehouse, "sales.csv")
    with pytest.raises(UserError, match="already withdrawn"):
        withdraw(shop.folder, shop.warehouse, "sales.csv")


# --- files that repeat each other -----------------------------------------------------------


def test_two_keyless_files_of_which_half_the_rows_coincide_stop(shop):
    shop.write("sales_1.csv", lines(1, 10))
    shop.ingest()
    before = shop.files()
    location = shop.write("sales_2.csv", lines(6, 100))
    with pytest.raises(UserError) as caught:
        shop.ingest()
    message = str(caught.value)
    accept = f"- sales_2.csv@{digest(location)[:8]}"
    assert "5 of the 10 records of sales_1.csv" in message
    assert "`key: [sale_id]`" in message
    assert accept in message
    assert shop.files() == before
    shop.add_to_inputs(f"accept:\n  {accept}\n")
    shop.ingest()
    assert len(shop.rows("1")) == 105


def test_fewer_than_half_or_other_days_or_a_key_do_not_stop(tmp_path):
    shop = Shop(tmp_path)
    shop.write("sales_1.csv", lines(1, 10))
    shop.write("sales_2.csv", lines(7, 100))
    assert shop.ingest().read == 2
    shop.write("sales_3.csv", lines(1, 10, "02"))
    assert shop.ingest().read == 1

    (tmp_path / "keyed").mkdir()
    keyed = Shop(tmp_path / "keyed", INPUTS + "  key: [product_id]\n")
    keyed.write("sales_1.csv", lines(1, 10))
    keyed.write("sales_2.csv", lines(1, 12))
    assert keyed.ingest().read == 2


def test_equal_rows_count_as_often_as_they_are_in_both(shop):
    row = "2026-01-02,a,1,1\n"
    shop.write("sales_1.csv", HEADER + row * 4 + "2026-01-02,b,1,1\n" * 6)
    shop.write("sales_2.csv", HEADER + row * 100 + "2026-01-02,c,1,1\n")
    assert shop.ingest().read == 2


def test_a_running_number_that_nobody_mapped_does_not_make_other_sales(shop):
    header, *rows = lines(1, 10).splitlines()
    for name, first in (("sales_1.csv", 1), ("sales_2.csv", 500)):
        numbered = [f"{row},{number}" for number, row in enumerate(rows, first)]
        shop.write(name, "\n".join([f"{header},exported as", *numbered]) + "\n")
    with pytest.raises(UserError, match="would count twice"):
        shop.ingest()


def test_what_was_accepted_says_nothing_about_a_later_file(shop):
    shop.write("sales_1.csv", lines(1, 10))
    shop.ingest()
    location = shop.write("sales_2.csv", lines(1, 28))
    shop.add_to_inputs(f"accept:\n  - sales_2.csv@{digest(location)[:8]}\n")
    assert shop.ingest().read == 1
    # it repeats only what was accepted
    shop.write("sales_3.csv", lines(15, 28))
    with pytest.raises(UserError, match=r"sales_3\.csv"):
        shop.ingest()


def test_new_files_that_repeat_each_other_stop_and_all_faults_are_listed(shop):
    shop.write("sales_1.csv", lines(1, 10))
    shop.write("sales_2.csv", lines(1, 11))
    shop.write("sales_3.csv", lines(1, 12))
    with pytest.raises(UserError) as caught:
        shop.ingest()
    assert str(caught.value).count("would count twice") == 3
    assert shop.entries() == {}


# --- all or nothing -------------------------------------------------------------------------


def test_a_run_that_stops_leaves_everything_as_it_was(shop):
    shop.write("sales_1.csv", lines(1, 10))
    shop.ingest()
    before = shop.files()
    shop.write("sales_2.csv", lines(1, 10, "02"))
    shop.write("sales_3.csv", "wrong,header\n")
    with pytest.raises(UserError, match=r"sales_3\.csv"):
        shop.ingest()
    assert shop.files() == before


def test_a_crash_before_the_ledger_leaves_nothing_that_counts(shop, monkeypatch):
    shop.write("sales_1.csv", lines(1, 10))
    shop.ingest()
    before = shop.entries()
    shop.write("sales_2.csv", lines(1, 10, "02"))

    def crash(*arguments, **options):
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(ledger, "save", crash)
        with pytest.raises(MemoryError):
            shop.ingest()
    assert shop.entries() == before
    assert shop.ingest().read == 1
    landed = {path.name for path in (shop.warehouse / "landing/sales").iterdir()}
    named = {Path(entry["landing_file"]).name for entry in shop.entries().values()}
    assert landed == named | {"empty.parquet"}


def test_what_a_killed_run_left_is_removed(shop):
    shop.write("sales_1.csv", lines(1, 10))
    shop.ingest()
    before = shop.files()
    (shop.warehouse / "landing/sales/abc.parquet").write_bytes(b"x")
    (shop.warehouse / "landing/sales/def.parquet.partial").write_bytes(b"x")
    (shop.warehouse / ".work").mkdir()
    (shop.warehouse / ".work/raw.parquet").write_bytes(b"x")
    for name in ["shop.json", "landing/settings.json", "landing/ledger/0.json"]:
        (shop.warehouse / f"{name}.partial").write_bytes(b"x")
    shop.ingest()
    assert shop.files() == before


def test_a_file_that_is_still_being_written_is_refused(shop, monkeypatch):
    location = shop.write("sales.csv", lines(1, 10))
    original = run_module.land

    def touched(file, *arguments):
        os.utime(location, (1, 1))
        return original(file, *arguments)

    monkeypatch.setattr(run_module, "land", touched)
    with pytest.raises(UserError, match="changed while it was read"):
        shop.ingest()


# --- the warehouse --------------------------------------------------------------------------


def test_another_shops_warehouse_is_refused(tmp_path):
    shop = Shop(tmp_path)
    shop.write("sales.csv", lines(1, 5))
    shop.ingest()
    before = shop.files()
    (tmp_path / "other").mkdir()
    other = Shop(tmp_path / "other", INPUTS.replace("Test", "Other"))
    other.write("sales.csv", lines(1, 5))
    other.warehouse = shop.warehouse
    with pytest.raises(UserError) as caught:
        other.ingest()
    for part in [str(shop.folder.resolve()), str(other.folder.resolve()), "WAREHOUSE="]:
        assert part in str(caught.value)
    assert shop.files() == before


def test_a_shop_that_moved_or_was_renamed_keeps_its_warehouse(tmp_path):
    shop = Shop(tmp_path)
    shop.write("sales.csv", lines(1, 5))
    shop.ingest()
    shop.write("inputs.yml", INPUTS.replace("Test", "New name"))
    assert shop.ingest().unchanged == 1
    moved = tmp_path / "moved"
    shutil.move(shop.folder, moved)
    shop.folder = moved
    assert not shop.ingest().changed
    assert json.loads((shop.warehouse / "shop.json").read_text())["folder"] == str(moved)


def test_a_warehouse_that_cannot_be_written_is_one_sentence(shop):
    shop.write("sales.csv", lines(1, 5))
    shop.warehouse.write_text("a file where the folder should be")
    with pytest.raises(UserError, match=r"warehouse.* cannot be written.*WAREHOUSE=") as caught:
        shop.ingest()
    assert "\n" not in str(caught.value)


def test_a_full_disk_is_one_sentence_and_changes_nothing(shop, monkeypatch):
    shop.write("sales.csv", lines(1, 5))
    shop.ingest()
    before = shop.files()
    shop.write("sales_2.csv", lines(1, 5, "02"))

    def full(*arguments):
        raise OSError(28, "No space left on device", "x.parquet")

    monkeypatch.setattr(run_module, "land", full)
    with pytest.raises(UserError, match="No space left on device"):
        shop.ingest()
    assert shop.files() == before


def test_a_status_that_no_rule_lists_is_said(tmp_path, caplog):
    text = INPUTS.replace("sold_on: day", "sold_on: day, status: state")
    shop = Shop(tmp_path, text + "  status: {revenue: [1], not_revenue: [2]}\n")
    shop.write("sales.csv", "day,product,quantity,amount,state\n" + "2026-01-01,a,1,1,3\n" * 2)
    shop.ingest()
    assert "the status '3' (2 times) is not listed in `sales.status`" in caplog.text
