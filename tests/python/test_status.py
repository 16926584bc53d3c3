"""`make status`: one screen that says what is so, waits for nothing, and writes nothing."""

from __future__ import annotations

import re

import pytest
from conftest import run_module
from small_shop import build_template, copy_warehouse, publish_variation, read_json, sales
from test_generations import flip, holder  # noqa: F401, the fixture

from scripts import runs
from scripts.rollback import rollback


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    return build_template(tmp_path_factory.mktemp("status"))


@pytest.fixture
def shop(template):
    return template[0]


@pytest.fixture
def warehouse(template, tmp_path):
    return copy_warehouse(template[1], tmp_path / "warehouse")


def files_of(folder):
    """Every file with its bytes and its time of writing."""
    return {
        str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file()
    }


def shown(shop, warehouse, code=0):
    """The screen as {label: text}; nothing may have been written, and the exit status is this."""
    before = files_of(warehouse) if warehouse.exists() else None
    process = run_module("scripts.status", shop=shop, warehouse=warehouse, check=False)
    assert process.returncode == code, process.stdout + process.stderr
    assert process.stderr == ""
    assert (files_of(warehouse) if warehouse.exists() else None) == before
    lines = process.stdout.splitlines()
    assert max(map(len, lines)) <= 100 or any(len(word) > 60 for word in process.stdout.split())
    screen, label = {}, None
    for line in lines:
        label = line[:15].strip() or label
        screen[label] = (screen.get(label, "") + "\n" + line[15:]).strip()
    return screen


def run_pipeline(shop, warehouse, code=0, **environment):
    process = run_module(
        "scripts.pipeline",
        "--without-report",
        shop=shop,
        warehouse=warehouse,
        check=False,
        **environment,
    )
    assert process.returncode == code, process.stderr
    assert "Traceback" not in process.stderr
    return process.stderr.partition("Error: ")[2].strip()


def test_all_is_well(shop, warehouse):
    screen = shown(shop, warehouse)
    assert re.fullmatch(
        r"generation 1, whole, published 20\d\d-\d\d-\d\d \d\d:\d\d UTC \(.*ago\)",
        screen["Published"],
    )
    assert re.fullmatch(r"2025-03-28 \(\d+ days ago\)", screen["As of"])
    assert re.fullmatch(r"2025-03-28 \(\d+ days ago\)", screen["Last sale"])
    assert (screen["Revenue"], screen["Sales lines"], screen["Files"]) == ("2,250.00", "300", "4")
    assert re.fullmatch(r"[\d.]+ MB", screen["Size"])
    assert re.fullmatch(
        r"1  as of 2025-03-28  revenue 2,250.00  [\d.]+ MB  published", screen["Kept"]
    )
    assert screen["Last run"].startswith("succeeded 20")
    assert screen["Last refused"] == "nothing"
    assert screen["Not yet built"].startswith("nothing")
    assert screen["Not yet read"].startswith("nothing")
    assert screen["In use"] == "by nobody"


def test_nothing_is_published(shop, tmp_path):
    screen = shown(shop, tmp_path / "none", code=1)
    assert screen["Published"] == "nothing yet. Run make report."
    assert screen["Last run"] == "not known"
    assert screen["Not yet built"] == "nothing has landed yet"
    assert "sales-01.csv (new)" in screen["Not yet read"]
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("is_gone", [False, True])
def test_the_published_file_is_damaged(shop, warehouse, is_gone):
    if is_gone:
        (warehouse / "sales.duckdb").unlink()
    else:
        flip(warehouse / "sales.duckdb")
    screen = shown(shop, warehouse, code=1)
    is_what = "is missing" if is_gone else "is damaged"
    assert screen["Published"] == f"sales.duckdb {is_what}. Run make report to put it right."
    if not is_gone:
        assert screen["Kept"].startswith("1  damaged: its file is not what was published.")


def test_a_manifest_that_does_not_fit(shop, warehouse):
    flip(warehouse / "sales.json")
    screen = shown(shop, warehouse, code=1)
    assert screen["Published"].startswith("generation 1, whole")
    assert screen["Published"].endswith("sales.json does not fit it; make report puts it right.")


def test_a_kept_generation_is_damaged(shop, warehouse):
    publish_variation(warehouse, "a")
    flip(warehouse / "generations" / "000001.duckdb")
    screen = shown(shop, warehouse, code=1)
    assert screen["Published"].startswith("generation 2, whole")
    first, second = screen["Kept"].split("\n", 1)
    assert first.startswith("1  damaged: its file is not what was published. Nothing uses it")
    assert "2  as of" in second
    # what it says to do puts it right
    for ending in ("duckdb", "json"):
        (warehouse / "generations" / f"000001.{ending}").unlink()
    assert shown(shop, warehouse)["Kept"].startswith("2  as of")


def test_what_was_refused_and_whether_it_holds(shop, warehouse):
    stray = shop / "clients.csv"
    stray.write_text("a;b\n", encoding="utf-8")
    try:
        message = run_pipeline(shop, warehouse, code=1)
        screen = shown(shop, warehouse)
        assert screen["Last run"].split("\n")[0].endswith("was refused")
        assert "the last that succeeded: 20" in screen["Last run"]
        first, _, rest = screen["Last refused"].partition("\n")
        assert first.endswith("at step ingest, and still holds:")
        assert " ".join(rest.split()) == " ".join(message.split())
        assert screen["Not yet read"].startswith("not known: clients.csv belongs to no input")
        # building what has landed says nothing of the file
        process = run_module(
            "scripts.pipeline",
            "--without-ingest",
            "--without-report",
            shop=shop,
            warehouse=warehouse,
        )
        assert "Nothing to build" in process.stderr
        assert shown(shop, warehouse)["Last refused"].startswith(first[:16])
        assert "and still holds:" in shown(shop, warehouse)["Last refused"]
    finally:
        stray.unlink()
    run_pipeline(shop, warehouse)
    screen = shown(shop, warehouse)
    assert "at step ingest, settled since:" in screen["Last refused"]
    assert screen["Last run"].startswith("succeeded")


def test_a_run_that_was_killed(shop, warehouse):
    note = read_json(warehouse / "last_run.json")
    runs.Record(warehouse)  # and then nothing more
    screen = shown(shop, warehouse)
    assert screen["Last run"].split("\n")[0].endswith("did not come to its end")
    assert read_json(warehouse / "last_run.json")["succeeded_at"] == note["succeeded_at"]


def test_notes_that_cannot_be_read_or_written_are_no_error(shop, warehouse):
    (warehouse / "last_run.json").write_bytes(b"\xff{")
    (warehouse / "refused.json").mkdir()
    assert shown(shop, warehouse)["Last run"] == "not known"
    stray = shop / "clients.csv"
    stray.write_text("a;b\n", encoding="utf-8")
    try:
        # the refusal itself is said, not what kept it from being noted
        assert run_pipeline(shop, warehouse, code=1).startswith("clients.csv belongs to no input")
    finally:
        stray.unlink()
    run_pipeline(shop, warehouse)
    assert shown(shop, warehouse)["Last run"].startswith("succeeded")


def test_files_that_are_not_read_and_states_that_are_not_built(shop, warehouse):
    march = (shop / "sales-03.csv").read_bytes()
    try:
        (shop / "sales-03.csv").write_text(sales(3, price="2.60"), encoding="utf-8")
        (shop / "sales-06.csv").write_text(sales(6, count=5), encoding="utf-8")
        screen = shown(shop, warehouse)
        assert screen["Not yet read"] == "sales-03.csv (changed), sales-06.csv (new)"
        assert screen["Not yet built"].startswith("nothing")
        run_module("scripts.ingest", shop=shop, warehouse=warehouse)
        screen = shown(shop, warehouse)
        assert screen["Not yet read"].startswith("nothing")
        assert screen["Not yet built"] == (
            "files, settings or models have changed since. Run make report."
        )
    finally:
        (shop / "sales-03.csv").write_bytes(march)
        (shop / "sales-06.csv").unlink()


def test_after_a_rollback(shop, warehouse):
    publish_variation(warehouse, "a", "an earlier state")
    publish_variation(warehouse, "b")
    rollback(warehouse)
    screen = shown(shop, warehouse)
    assert screen["Published"].startswith("generation 2, whole")
    assert screen["Rolled back"] == "generation 3; make rollback GENERATION=3 returns to it."
    assert screen["Not yet built"] == "nothing: what has landed is generation 3, rolled back"
    assert [line[:1] for line in screen["Kept"].split("\n")] == ["1", "2", "3"]


def test_who_holds_the_lock(shop, warehouse, holder):  # noqa: F811
    """It is told at once, without waiting, though the lock stays held."""
    screen = shown(shop, warehouse)
    assert screen["In use"].startswith(f"by process {holder.pid} (")
    assert holder.poll() is None


def test_another_shop(shop, warehouse, tmp_path):
    owner = read_json(warehouse / "shop.json")["folder"]
    assert owner == str(shop)
    screen = shown(tmp_path, warehouse)
    assert screen["Not yet read"].startswith("not compared: the warehouse belongs to")
