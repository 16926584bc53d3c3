"""A crash at any instant loses nothing, doubles nothing, and the next run repairs it.

`CRASHES` says how often a real run is killed at random instants (5; 30 in CI), `CRASH_SEED` where
the instants begin. Each round draws the step first, waits until that step runs, and then kills the
whole process group at an instant drawn within it. Beside these, every instant between two changes
to the disk is taken in turn for the short commands: publish, rollback, and putting right.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass

import pytest
from conftest import PROJECT, REQUIRE_ALL, query, run_module
from small_shop import (
    build_template,
    change_shop,
    copy_warehouse,
    generation_file,
    is_whole,
    leftovers,
    manifest,
    publish_variation,
    run_script,
    state,
    vary,
)

from scripts import generations
from scripts.publish import publish

CRASHES = int(os.environ.get("CRASHES") or (10 if REQUIRE_ALL else 3))
SEED = int(os.environ.get("CRASH_SEED") or 1)

STEPS = ("ingest", "build", "publish", "report")
# what the pipeline has said when a step is over; the report ends with the process
ENDS = {
    "ingest": "unchanged",
    "build": "models and tests passed",
    "publish": "Published generation",
}
TRIES = 8


@pytest.fixture
def count(record_property):
    """Count a crash that was survived: shown by -rA, and a property of the test's report."""

    def counted(label):
        record_property("count", [label, 1])
        print(label)

    return counted


# --- random instants of a whole run -----------------------------------------------------------


@dataclass(frozen=True)
class Scene:
    """A shop that has changed since its warehouse was published, and how it ends undisturbed."""

    shop: object
    warehouse: object
    expected: tuple
    report: bytes
    seconds: dict


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    folder = tmp_path_factory.mktemp("crash")
    shop, warehouse = build_template(folder, report=True)
    change_shop(shop)
    undisturbed = copy_warehouse(warehouse, folder / "undisturbed")
    seconds = {}
    with Run(shop, undisturbed) as run:
        for step in STEPS:
            started = time.monotonic()
            run.wait_for_end_of(step)
            seconds[step] = time.monotonic() - started
        assert run.process.wait() == 0
    assert manifest(undisturbed)["generation"] == 2
    # a month more than before, so that the comparison means something
    assert len(query(undisturbed, "from marts.revenue_by_month")) == 4
    report = (undisturbed / "report" / "report.html").read_bytes()
    return Scene(shop, warehouse, state(undisturbed), report, seconds)


class Run:
    """A real `python -m scripts.pipeline` in a process group of its own."""

    def __init__(self, shop, warehouse):
        self.said = []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "scripts.pipeline"],
            cwd=PROJECT,
            env={**os.environ, "SHOP": str(shop), "WAREHOUSE": str(warehouse)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()
        self.process.stderr.close()

    def wait_for_end_of(self, step):
        """Read what it says until the step is over."""
        for line in self.process.stderr:
            self.said.append(line)
            if step in ENDS and ENDS[step] in line:
                return

    def kill(self):
        """SIGKILL to the whole group; returns when none of it is left."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        for _ in range(3000):
            if not self.living():
                return
            time.sleep(0.01)
        raise AssertionError(f"processes of the group survived: {self.living()}")

    def living(self):
        """The processes of the group that are not yet dead."""
        listed = subprocess.run(
            ["ps", "-A", "-o", "pgid=,stat=,pid="], capture_output=True, text=True, check=True
        )
        rows = [line.split() for line in listed.stdout.splitlines()]
        group = str(self.process.pid)
        return [pid for pgid, state, pid in rows if pgid == group and not state.startswith("Z")]

    def step_it_was_in(self):
        """Where it was when it ended; None when it had come to its end."""
        self.said += self.process.stderr.readlines()
        if self.process.returncode == 0:
            return None
        assert self.process.returncode == -signal.SIGKILL, "".join(self.said)
        text = "".join(self.said)
        return next((step for step in STEPS[:3] if ENDS[step] not in text), "report")


def crash_in(step, scene, folder, draw):
    """Kill a run in a step, at an instant drawn within it; the warehouse as it was left.

    A run that was already beyond the step is let go, and another one killed a little earlier.
    """
    for number in range(TRIES):
        warehouse = copy_warehouse(scene.warehouse, folder / f"{step}-{number}")
        delay = draw * scene.seconds[step] * (1 - number / TRIES)
        with Run(scene.shop, warehouse) as run:
            for before in STEPS[: STEPS.index(step)]:
                run.wait_for_end_of(before)
            time.sleep(delay)
            run.kill()
            if run.step_it_was_in() == step:
                return warehouse
    raise AssertionError(f"the step {step} was never hit in {TRIES} runs")


@pytest.mark.parametrize("number", range(CRASHES))
def test_a_killed_run_is_repaired_by_the_next(scene, tmp_path, count, number):
    draws = random.Random(f"{SEED}/{number}")
    step = STEPS[number % len(STEPS)]
    draw = draws.random()
    where = f"round {number} of seed {SEED}: {step} at {draw:.3f} of its time"
    warehouse = crash_in(step, scene, tmp_path, draw)

    # readers have one of the generations that were ever published, whole
    digest = generations.digest_of(warehouse / "sales.duckdb")
    kept = {m["sha256"]: m for m in generations.kept(warehouse).values() if m}
    assert digest in kept, where
    line_count, revenue = query(
        warehouse, "select count(*), cast(sum(net_amount) as varchar) from core.fct_sales"
    )[0]
    assert (line_count, revenue) == (
        kept[digest]["line_count"],
        kept[digest]["revenue_amount"],
    ), where
    assert line_count in (300, 400), where
    assert run_module("scripts.status", shop=scene.shop, warehouse=warehouse, check=False).stdout

    # one plain run more, and it is as if nothing had happened
    rerun = run_module("scripts.pipeline", shop=scene.shop, warehouse=warehouse, check=False)
    assert rerun.returncode == 0, f"{where}\n{rerun.stderr}"
    assert state(warehouse) == scene.expected, where
    assert (warehouse / "report" / "report.html").read_bytes() == scene.report, where
    assert is_whole(warehouse), where
    assert leftovers(warehouse) == [], where
    assert run_module("scripts.status", shop=scene.shop, warehouse=warehouse).returncode == 0
    count(f"killed at random in {step}, repaired by one run")


# --- every instant of the short commands ------------------------------------------------------

# Kills itself before the n-th change to the disk, and ends with 0 when there are fewer.
WRAPPER = """
import os, signal, sys
from pathlib import Path

remaining = int(sys.argv[1])

def dying(original):
    def call(*arguments, **options):
        global remaining
        remaining -= 1
        if remaining < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return original(*arguments, **options)
    return call

from scripts import generations
from scripts.publish import publish
from scripts.rollback import rollback

for owner, names in (
    (Path, ("replace", "unlink", "chmod", "write_text", "mkdir")),
    (os, ("link", "fsync")),
):
    for name in names:
        setattr(owner, name, dying(getattr(owner, name)))

warehouse = Path(sys.argv[2])
"""
COMMANDS = {
    "publish": "publish(warehouse, 'the new state')",
    "rollback": "rollback(warehouse, '2')",
    "return": "rollback(warehouse, '4')",
    "settle": "generations.settle(warehouse)",
}


def die(command, warehouse, place):
    """Run a command that dies before its n-th change; whether it came to its end."""
    process = run_script(WRAPPER + COMMANDS[command], place, warehouse)
    assert process.returncode in (0, -signal.SIGKILL), process.stderr
    return process.returncode == 0


def each_place(command, prepared, folder):
    """(place, warehouse as the command left it) for every place where it can die."""
    for place in range(200):
        warehouse = copy_warehouse(prepared, folder / f"{command}-{place}")
        ended = die(command, warehouse, place)
        yield place, warehouse, ended
        if ended:
            return
    raise AssertionError("it never came to its end")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """A warehouse with the generations 2, 3 and 4 (301 to 303 lines), and a newer candidate."""
    folder = tmp_path_factory.mktemp("instants")
    _, warehouse = build_template(folder)
    for name in "abc":
        publish_variation(warehouse, name, f"state {name}")
    vary(warehouse, "d")
    return warehouse


def line_count(warehouse):
    return query(warehouse, "select line_count from marts.shop_summary")[0][0]


def shows_one_of(warehouse, known):
    """The published file is readable and is a generation that is known, byte for byte."""
    kept = [m for m in generations.kept(warehouse).values() if m]
    by_digest = {m["sha256"]: m for m in [*known, *kept]}
    shown = by_digest[generations.digest_of(warehouse / "sales.duckdb")]
    assert line_count(warehouse) == shown["line_count"]
    return shown["generation"]


def test_publish_dies_before_each_of_its_changes(prepared, tmp_path, count):
    known = list(generations.kept(prepared).values())
    seen = Counter()
    for place, warehouse, ended in each_place("publish", prepared, tmp_path):
        number = shows_one_of(warehouse, known)
        assert number in (4, 5), place
        settled = generations.settle(warehouse)
        assert settled["generation"] >= number, place
        assert is_whole(warehouse), place
        assert leftovers(warehouse) == [], place
        # what was left of it is finished, or gone, and the next number is free
        assert max(generations.kept(warehouse)) == settled["generation"], place
        if settled["generation"] == 4:
            assert publish(warehouse, "the new state")["generation"] == 5, place
        assert (line_count(warehouse), is_whole(warehouse)) == (304, True), place
        assert not ended or list(generations.kept(warehouse)) == [3, 4, 5]
        seen[settled["generation"]] += 1
        count("publish killed at one of its instants, settled")
    # some were lost and some were finished
    assert min(seen[4], seen[5]) >= 3


@pytest.mark.parametrize("command", ["rollback", "return"])
def test_rollback_dies_before_each_of_its_changes(prepared, tmp_path, count, command):
    start, target = (4, 2) if command == "rollback" else (3, 4)
    warehouse = copy_warehouse(prepared, tmp_path / "start")
    if command == "return":
        assert run_script(WRAPPER + "rollback(warehouse, '3')", 999, warehouse).returncode == 0
    known = list(generations.kept(warehouse).values())
    seen = Counter()
    for place, left, _ in each_place(command, warehouse, tmp_path):
        assert shows_one_of(left, known) in (start, target), place
        number = generations.settle(left)["generation"]
        assert number in (start, target), place
        assert is_whole(left), place
        assert leftovers(left) == [], place
        # what is not published because it was rolled back is held back, in every case
        held = [m["generation"] for m in generations.held_back(left, manifest(left))]
        assert held == [n for n in (3, 4) if n > number], place
        assert sorted(generations.kept(left)) == [2, 3, 4], place
        seen[number] += 1
        count("rollback killed at one of its instants, settled")
    assert seen[target] >= 2
    assert set(seen) == {start, target}


@pytest.mark.parametrize("damage", ["file", "manifest", "generation", "interrupted"])
def test_putting_right_dies_before_each_of_its_changes(prepared, tmp_path, count, damage):
    """A crash while a crash is repaired."""
    broken = copy_warehouse(prepared, tmp_path / "broken")
    if damage == "file":
        (broken / "sales.duckdb").unlink()
        (broken / "sales.duckdb").write_bytes(b"not a database")
    elif damage == "manifest":
        (broken / "sales.json").write_text("{", encoding="utf-8")
    elif damage == "generation":
        generation_file(broken, 4).unlink()
        generation_file(broken, 4, "json").unlink()
    else:
        # as it is between a generation's own rename and its showing
        last = manifest(broken)
        for name, number in (("sales.duckdb", 3), ("sales.json", 3)):
            (broken / name).unlink()
            ending = name.rpartition(".")[2]
            (broken / name).write_bytes(generation_file(broken, number, ending).read_bytes())
        assert last["generation"] == 4
    for place, warehouse, _ in each_settling(broken, tmp_path):
        assert generations.settle(warehouse)["generation"] == 4, place
        assert (line_count(warehouse), is_whole(warehouse)) == (303, True), place
        assert leftovers(warehouse) == [], place
        count("putting right killed at one of its instants, settled")


def each_settling(broken, folder):
    """The same for `settle`, on copies that keep the damage."""
    for place in range(100):
        warehouse = folder / f"settle-{place}"
        subprocess.run(["cp", "-a", str(broken), str(warehouse)], check=True)
        ended = die("settle", warehouse, place)
        yield place, warehouse, ended
        if ended:
            return
    raise AssertionError("it never came to its end")
