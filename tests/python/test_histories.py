"""Incremental equals full refresh: whatever happens to the files, in any order and split into runs.

Drawn histories (see histories.py) are played run by run into one warehouse. Afterwards every cell
of every public table must be that of a second warehouse, built at once from the current files.

    HISTORIES=200 pytest tests/python/test_histories.py     how many (default 10, in CI 50)
    HISTORIES_SEED=7                                        other histories
    SHRINK=40                                               look for a smaller history that fails,
                                                            in so many attempts

A history that fails is kept in target/histories, and played again by
`python tests/python/histories.py target/histories/NUMBER.json`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import duckdb
import pytest
from conftest import PROJECT, REQUIRE_ALL
from histories import CHANGES, SHAPES, SIDE_COLUMNS, differences, draw_history, histories
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

HISTORIES = int(os.environ.get("HISTORIES") or (16 if REQUIRE_ALL else 5))
SEED = int(os.environ.get("HISTORIES_SEED") or 1)
SHRINK = int(os.environ.get("SHRINK") or 0)
FAILED = PROJECT / "target" / "histories"

DRAWING = settings(
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


class Players:
    """The process that plays histories, one after the other."""

    def __init__(self, folder: Path) -> None:
        self.log = folder / "histories.log"
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("histories.py")), "--serve"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log.open("w"),
            text=True,
            cwd=PROJECT,
        )

    def ask(self, **question):
        """What the process answers: a Result as a dict."""
        self.process.stdin.write(json.dumps(question) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        assert answer, f"the playing process died: {self.log.read_text()[-3000:]}"
        return json.loads(answer)

    def end(self):
        self.process.stdin.close()
        self.process.wait(timeout=60)
        self.process.stdout.close()


@pytest.fixture(scope="module")
def players(tmp_path_factory):
    found = Players(tmp_path_factory.mktemp("histories"))
    yield found
    found.end()


def drawn(count, seed_number=SEED):
    """The histories of a seed, one for each turn; they are always the same."""
    found = {}

    @seed(seed_number)
    @settings(DRAWING, max_examples=count)
    @given(st.data())
    def collect(data):
        history = data.draw(histories(turn=len(found)))
        found[history["turn"]] = history

    collect()
    return list(found.values())


def say(capfd, line):
    """Write a line where a person sees it, also when pytest runs in several processes."""
    with capfd.disabled():
        print(f"\n{line}", file=sys.stderr, flush=True)


def keep(history):
    """Write a history where it can be played again; the file, from the project."""
    FAILED.mkdir(parents=True, exist_ok=True)
    file = FAILED / f"{history['number']}-{history['turn']}.json"
    file.write_text(json.dumps(history, indent=1, ensure_ascii=False), encoding="utf-8")
    return file.relative_to(PROJECT)


def test_incremental_equals_full_refresh(players, capfd):
    failures, changes, seconds, steps, builds, kept = [], Counter(), [], 0, 0, 0
    for history in drawn(HISTORIES):
        result = players.ask(history=history, attempts=SHRINK)
        changes.update(change for step in history["steps"] for change in step["changes"])
        steps += len(history["steps"])
        builds += result["builds"]
        kept += result["kept"]
        seconds.append(result["cpu_seconds"])
        if result["differences"]:
            told = "; ".join(", ".join(step["changes"]) for step in history["steps"])
            found = "\n".join(result["differences"])
            failures.append(f"{keep(result['history'])} ({history['shape']}: {told})\n{found}")
    say(
        capfd,
        f"histories: {len(seconds)} played (seed {SEED}), {steps} steps, {builds} builds "
        f"({kept} went on from the last one), {sum(seconds) / len(seconds):.1f} s CPU each, "
        f"{len(failures)} failed; "
        + ", ".join(f"{name} {count}" for name, count in sorted(changes.items())),
    )
    assert not failures, f"{len(failures)} of {len(seconds)} histories:\n" + "\n\n".join(failures)
    assert len(seconds) == HISTORIES
    # a build that always begins anew would prove nothing
    assert kept >= HISTORIES / 2


def test_the_number_of_threads_changes_nothing(players):
    """The last state of a history with many files, built with one thread and with four."""
    richest = max(drawn(20), key=lambda history: len(history["current"]))
    result = players.ask(history=richest, threads=[1, 4])
    assert result["differences"] == []
    assert result["builds"] == 2


def test_every_kind_of_change_is_drawn():
    by_default, found, inputs, runs = Counter(), Counter(), set(), set()
    for seed_number in range(SEED, SEED + 4):
        for history in drawn(10, seed_number):
            assert 2 <= len(history["steps"]) <= 6
            assert history["steps"][-1]["run"] == "build"
            for step in history["steps"]:
                found.update(step["changes"])
                if seed_number == SEED:
                    by_default.update(step["changes"])
                runs.add(step["run"].split()[0])
                inputs.update(step["inputs"])
    assert set(found) == {*CHANGES, "first files"}
    # the ten of `make test` alone have nearly all of them
    assert len(by_default) >= 0.85 * len(CHANGES)
    assert runs == {"build", "ingest", "half"}
    assert inputs > set(SIDE_COLUMNS)


def test_a_number_and_a_turn_are_always_the_same_history():
    assert draw_history(5, turn=3) == draw_history(5, turn=3)
    assert draw_history(5, turn=3) != draw_history(6, turn=3)


def test_every_shape_has_its_turn():
    assert {draw_history(1, turn)["shape"] for turn in range(10)} == set(SHAPES)


# --- the comparison itself ------------------------------------------------------------------


def small_warehouse(folder, *statements):
    folder.mkdir()
    with duckdb.connect(str(folder / "candidate.duckdb")) as connection:
        connection.execute("create schema marts")
        connection.execute(
            "create table marts.sums (name varchar, amount decimal(18, 4), r double)"
        )
        connection.execute("insert into marts.sums values ('a', 1.5, 0.1), ('a', 1.5, 0.1)")
        for statement in statements:
            connection.execute(statement)
    return folder


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("select 1", ""),
        ("update marts.sums set r = 0.10000000000000002", ""),
        ("update marts.sums set r = 0.1000001", "r 0.1 (at once 0.1000001)"),
        ("update marts.sums set amount = 1.5001", "amount Decimal('1.5000') (at once"),
        ("update marts.sums set name = null", "name 'a' (at once None)"),
        ("insert into marts.sums values ('a', 1.5, 0.1)", "0 row(s) only step by step, 1 only at"),
        ("delete from marts.sums", "2 row(s) only step by step, 0 only at once"),
        ("alter table marts.sums alter amount type decimal(18, 3)", "the tables themselves differ"),
        ("create table marts.more as select 1 as one", "the tables themselves differ"),
    ],
)
def test_the_comparison_sees_each_cell(tmp_path, statement, found):
    one = small_warehouse(tmp_path / "one")
    other = small_warehouse(tmp_path / "other", statement)
    lines = differences(one, other)
    assert bool(lines) == bool(found)
    assert found in "".join(lines)


def test_a_missing_table_is_no_agreement(tmp_path):
    one = small_warehouse(tmp_path / "one", "drop table marts.sums")
    other = small_warehouse(tmp_path / "other", "drop table marts.sums")
    assert differences(one, other) == ["there is no table to compare"]
