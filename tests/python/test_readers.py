"""Readers are never locked out, never see a mix, and never disturb a publish.

`PUBLISHES` (20) publishes in a row, of which `BUILDS` (3; 20 in CI) are whole runs of the pipeline
and the others a varied candidate, while two readers in processes of their own ask all the time:
one opens the published file anew each time, the other keeps its first connection to the end.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

from conftest import PROJECT, REQUIRE_ALL, build_shop
from small_shop import build_template, is_whole, manifest, publish_variation, sales

PUBLISHES = int(os.environ.get("PUBLISHES") or 20)
BUILDS = min(int(os.environ.get("BUILDS") or (8 if REQUIRE_ALL else 3)), PUBLISHES)

# Asks several tables in several statements of one connection. Each answer is a line of JSON: a list
# with [line count, revenue] of each table asked; or an error.
READER = """
import json, sys, time
from pathlib import Path
import duckdb

file, keeps_open, stop = sys.argv[1], sys.argv[2] == "keeps", Path(sys.argv[3])
QUERIES = (
    "select line_count, cast(revenue_amount as varchar) from marts.shop_summary",
    "select count(*), cast(sum(net_amount) as varchar) from core.fct_sales",
    "select sum(line_count), cast(sum(revenue_amount) as varchar) from marts.revenue_by_month",
    "select sum(line_count), cast(sum(revenue_amount) as varchar) from marts.revenue_by_product",
)

def ask(connection):
    answers = []
    for query in QUERIES:
        answers.append([str(value) for value in connection.execute(query).fetchall()[0]])
        time.sleep(0.005)
    return answers

def say(content):
    print(json.dumps(content), flush=True)

connection = None
while True:
    try:
        connection = connection or duckdb.connect(file, read_only=True)
        say(ask(connection))
        if not keeps_open:
            connection.close()
            connection = None
    except Exception as error:
        say({"error": f"{type(error).__name__}: {error}"})
        connection = None
    if stop.exists():
        break
"""


def start_reader(file, kind, answers, stop):
    """A reader that writes its answers to a file until the file `stop` appears."""
    with answers.open("w", encoding="utf-8") as output:
        return subprocess.Popen(
            [sys.executable, "-c", READER, str(file), kind, str(stop)],
            cwd=PROJECT,
            stdout=output,
            stderr=subprocess.STDOUT,
        )


def answers_in(path):
    """The answers so far, each a list of [line count, revenue]; complete lines only."""
    text = path.read_text(encoding="utf-8")
    return [json.loads(line) for line in text[: text.rfind("\n") + 1].splitlines()]


def figures(said):
    """What every table must say of a generation."""
    return [str(said["line_count"]), said["revenue_amount"]]


def wait_for_one_more(answers, process):
    """Until a reader has asked once more, after what was just published."""
    before = len(answers_in(answers))
    for _ in range(600):
        if len(answers_in(answers)) >= before + 2:
            return
        assert process.poll() is None, answers.read_text(encoding="utf-8")[-500:]
        time.sleep(0.05)
    raise AssertionError("the reader does not come to an answer")


def test_readers_throughout_many_publishes(tmp_path, record_property):
    shop, warehouse = build_template(tmp_path)
    stop = tmp_path / "stop"
    files = {kind: tmp_path / f"{kind}.jsonl" for kind in ("reopens", "keeps")}
    published = {manifest(warehouse)["generation"]: figures(manifest(warehouse))}
    readers = {
        kind: start_reader(warehouse / "sales.duckdb", kind, path, stop)
        for kind, path in files.items()
    }
    built = 0
    try:
        for kind, path in files.items():
            wait_for_one_more(path, readers[kind])
        for number in range(PUBLISHES):
            # the whole runs stand between the others, evenly
            if (number + 1) * BUILDS // PUBLISHES > built:
                built += 1
                price = f"{3 + number / 100:.2f}"
                (shop / "sales-04.csv").write_text(sales(4, price=price), encoding="utf-8")
                build_shop(shop, warehouse)
            else:
                publish_variation(warehouse, f"variation {number}", f"state {number}")
            said = manifest(warehouse)
            assert said["generation"] == number + 2
            assert is_whole(warehouse)
            published[said["generation"]] = figures(said)
            wait_for_one_more(files["reopens"], readers["reopens"])
        stop.write_text("")
        for reader in readers.values():
            assert reader.wait(timeout=60) == 0
    finally:
        for reader in readers.values():
            reader.kill()
            reader.wait()

    answers = {kind: answers_in(path) for kind, path in files.items()}
    known = {tuple(pair): number for number, pair in published.items()}
    assert len(known) == PUBLISHES + 1  # no two generations say the same
    seen = []
    for kind, all_of_it in answers.items():
        for answer in all_of_it:
            assert isinstance(answer, list), (kind, answer)  # an error is no list
            # four questions in one connection, one generation
            pairs = {tuple(pair) for pair in answer}
            assert len(pairs) == 1, (kind, answer)
            assert pairs <= set(known), (kind, answer)
            seen.append((kind, known[pairs.pop()]))
    reopened = [number for kind, number in seen if kind == "reopens"]
    # who opens anew sees each generation, one after the other, and the last in the end
    assert reopened == sorted(reopened)
    assert sorted(set(reopened)) == sorted(published)
    # who keeps a connection keeps what it opened
    assert {number for kind, number in seen if kind == "keeps"} == {1}
    assert built == BUILDS
    for label, number in (
        ("publishes under two readers", PUBLISHES),
        ("of them whole builds", built),
        ("answers of a reader that reopens, each of one generation", len(answers["reopens"])),
        ("answers of a reader that does not", len(answers["keeps"])),
    ):
        record_property("count", [label, number])
        print(f"{label}: {number}")
