"""Files that are read side by side: the same landing, the first error, and memory for each."""

from __future__ import annotations

import threading
from pathlib import Path

import duckdb
import pytest
from test_ingest_helpers import HEADER, Shop

from scripts.errors import UserError
from scripts.ingest import parallel
from scripts.ingest.config import Input
from scripts.ingest.dialect import Dialect
from scripts.ingest.discover import ShopFile
from scripts.ingest.land import FEWEST_THREADS, MEMORY_BYTES, Share, StoppedError, connect

MEBIBYTE = 1 << 20


def file_of(name, size=1):
    section = Input("sales", "sales", (), {}, Dialect(), ())
    return ShopFile(name, Path(name), section, 0, size * MEBIBYTE, name, 0)


def names(files):
    return [file.path for file, _ in files]


@pytest.fixture(autouse=True)
def _two_processors(monkeypatch):
    monkeypatch.setattr(parallel, "available_processors", lambda: 2)


def land_all(files, land):
    """What `land_all` does with a stand-in for the reader: (what it returns, what it said)."""
    said = []
    landed = parallel.land_all(
        [(file, file.path) for file in files], Path("w"), Path("work"), land, said.append
    )
    return landed, said


@pytest.mark.parametrize(
    ("sizes", "workers", "alone"),
    [
        ([100], 2, [100]),  # nothing else to do meanwhile
        ([50], 2, []),  # too small for a second pass
        ([300, 300], 2, []),
        ([300] * 24, 4, []),
        ([500, 100, 100], 2, [500]),  # the others are done long before it
        ([500, 100, 100], 1, []),
    ],
)
def test_a_file_is_read_by_all_threads_when_the_others_would_wait_for_it(sizes, workers, alone):
    files = [(file_of(f"{number}", size), str(number)) for number, size in enumerate(sizes)]
    big, small = parallel.divided(files, workers)
    assert [file.byte_count // MEBIBYTE for file, _ in big] == alone
    assert sorted([*names(big), *names(small)]) == sorted(names(files))


def test_files_side_by_side_land_the_same_as_one_by_one(tmp_path, monkeypatch):
    found = []
    for workers in (1, 4):
        monkeypatch.setattr(parallel, "available_processors", lambda count=workers: count)
        (tmp_path / str(workers)).mkdir()
        shop = Shop(tmp_path / str(workers))
        for month in range(1, 9):
            rows = "".join(f"2026-0{month}-{1 + n % 28:02d},p{n},{n},{n}.5\n" for n in range(500))
            shop.write(f"sales_{month}.csv", HEADER + rows + "x\n")
        assert shop.ingest().read == 8
        files = shop.files()
        del files["shop.json"]
        found.append(files)
    assert found[0] == found[1]


def test_each_is_said_in_order_and_two_are_read_at_once():
    both = threading.Barrier(2, timeout=60)

    def land(file, file_id, warehouse, work, share):
        both.wait()  # nobody passes alone
        assert share.threads == FEWEST_THREADS
        assert share.memory_bytes == MEMORY_BYTES // 2
        return f"landed {file_id}"

    landed, said = land_all([file_of("a"), file_of("b")], land)
    assert landed == {"a": "landed a", "b": "landed b"}
    assert said == ["landed a", "landed b"]


def test_the_first_files_error_is_raised_and_the_others_give_up():
    second_failed, third_began = threading.Event(), threading.Event()

    def land(file, file_id, warehouse, work, share):
        if file_id == "b":
            second_failed.set()
            raise UserError("b")
        assert second_failed.wait(60)
        if file_id == "a":
            assert third_began.wait(60)
            raise UserError("a")
        third_began.set()
        while True:  # only the share ends it
            share.go_on()

    with pytest.raises(UserError, match=r"^a$"):
        land_all([file_of("a"), file_of("b"), file_of("c")], land)


def test_a_file_that_needs_more_memory_gets_all_of_it():
    tried = []

    def land(file, file_id, warehouse, work, share):
        tried.append((file_id, share.memory_bytes))
        if file_id == "a" and share.memory_bytes < MEMORY_BYTES:
            raise duckdb.OutOfMemoryException("no")
        return file_id

    assert land_all([file_of("a"), file_of("b")], land)[0] == {"a": "a", "b": "b"}
    assert ("a", MEMORY_BYTES) in tried
    assert len(tried) == 3


def test_a_stopped_share_interrupts_what_runs(tmp_path):
    share = Share(threads=1)
    with share.connection(tmp_path) as connection:
        timer = threading.Timer(0.2, share.stop)
        timer.start()
        with pytest.raises(duckdb.InterruptException):
            connection.execute("select count(*) from range(10000000000000) where range % 7 = 9")
    with pytest.raises(StoppedError), share.connection(tmp_path):
        pass


@pytest.mark.parametrize(("given", "threads"), [(1, FEWEST_THREADS), (3, 3)])
def test_a_connection_has_the_memory_and_threads_it_is_given(tmp_path, given, threads):
    with connect(tmp_path, threads=given, memory_bytes=256 * MEBIBYTE) as connection:
        found = connection.execute(
            "select current_setting('threads'), current_setting('memory_limit')"
        ).fetchone()
    assert found == (threads, "256.0 MiB")
