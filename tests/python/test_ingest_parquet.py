"""Landing files put together from columns that are there: the same rows, the same bytes."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_ingest_helpers import HEADER, INPUTS, Shop

from scripts.ingest import land, parallel, parquet, raw
from scripts.ingest.config import Input
from scripts.ingest.dialect import Dialect
from scripts.ingest.discover import ShopFile
from scripts.ingest.header import read_header
from scripts.ingest.parquet import Numbers, OtherRowGroupsError, Text, Written, put_together
from scripts.ingest.scan import scan
from scripts.storage import sha256_of

# DuckDB's rows in a group of a Parquet file.
GROUP_ROWS = 122_880


def write(path: Path, select: str) -> Path:
    with duckdb.connect() as connection:
        connection.execute(f"copy ({select}) to '{path}' (format parquet, compression zstd)")
    return path


def ask(question: str) -> list[tuple]:
    with duckdb.connect() as connection:
        return connection.execute(question).fetchall()


@pytest.mark.parametrize("count", [0, 1, 2, 128, 129, GROUP_ROWS, GROUP_ROWS + 1, 300_000])
def test_every_column_says_what_it_should_on_every_row(tmp_path, count):
    source = write(
        tmp_path / "source.parquet",
        "select 'k' || range as key, case when range % 3 = 0 then 's' || range % 7 end as often, "
        f"cast(null as varchar) as none from range({count})",
    )
    other = write(tmp_path / "other.parquet", f"select range * 2 as doubled from range({count})")
    target = tmp_path / "target.parquet"
    found = put_together(
        target,
        {
            "file": Text("é" * 40),
            "number": Numbers(5),
            "key": Written(source, "key"),
            "again": Written(source, "key"),
            "often": Written(source, "often"),
            "none": Written(source, "none"),
            "empty": Text(None),
            "doubled": Written(other, "doubled"),
        },
        source,
    )
    assert found == (count, sha256_of(target))
    columns = ask(f"describe from '{target}'")
    assert [column[:2] for column in columns] == [
        ("file", "VARCHAR"),
        ("number", "BIGINT"),
        *((name, "VARCHAR") for name in ("key", "again", "often", "none", "empty")),
        ("doubled", "BIGINT"),
    ]
    wrong = ask(
        f"""
        select count(*), count(*) filter (where
            file is distinct from repeat('é', 40) or number is distinct from file_row_number + 5
            or key is distinct from 'k' || file_row_number or again is distinct from key
            or often is distinct from
                case when file_row_number % 3 = 0 then 's' || file_row_number % 7 end
            or none is not null or empty is not null
            or doubled is distinct from file_row_number * 2
        )
        from read_parquet('{target}', file_row_number = true)
        """
    )
    assert wrong == [(count, 0)]


def test_the_statistics_and_bloom_filters_lead_to_the_rows(tmp_path):
    """What a reader leaves out by them, it leaves out rightly: they are those of the row group."""
    source = write(
        tmp_path / "source.parquet",
        "select 'p' || range // 122880 || '-' || range % 5 as product from range(400000)",
    )
    target = tmp_path / "target.parquet"
    columns = {"file": Text("f"), "number": Numbers(1), "product": Written(source, "product")}
    put_together(target, columns, source)
    assert ask(f"select count(*) from '{target}' where number between 122880 and 122882") == [(3,)]
    assert ask(f"select count(*) from '{target}' where number > 400000 or file <> 'f'") == [(0,)]
    for group in range(4):
        counts = ask(f"select count(*) from '{target}' where product = 'p{group}-2'")
        assert counts == ask(f"select count(*) from '{source}' where product = 'p{group}-2'")
        assert counts[0][0] > 6_000
        excluded = ask(
            "select row_group_id, bloom_filter_excludes "
            f"from parquet_bloom_probe('{target}', 'product', 'p{group}-2')"
        )
        assert excluded == [(place, place != group) for place in range(4)]
    numbers = ask(
        "select row_group_id, stats_min_value, stats_max_value, stats_null_count "
        f"from parquet_metadata('{target}') where path_in_schema = 'number' order by all"
    )
    assert numbers[1] == (1, "122881", "245760", 0)


def test_row_groups_stand_one_after_the_other_without_a_gap(tmp_path):
    """Readers that share out a file by its bytes find each row group in one share."""
    source = write(tmp_path / "source.parquet", "select range || 'x' as key from range(300000)")
    target = tmp_path / "target.parquet"
    put_together(
        target, {"file": Text("f"), "none": Text(None), "key": Written(source, "key")}, source
    )
    chunks = ask(
        "select coalesce(dictionary_page_offset, data_page_offset), total_compressed_size, "
        f"row_group_compressed_bytes, row_group_id from parquet_metadata('{target}') order by 1"
    )
    position = len(parquet.MAGIC)
    for start, size, _, _ in chunks:
        assert start == position
        position += size
    for group in range(3):
        sizes = {chunk[2] for chunk in chunks if chunk[3] == group}
        assert sizes == {sum(chunk[1] for chunk in chunks if chunk[3] == group)}


def test_files_with_other_row_groups_do_not_go_together(tmp_path):
    one = write(tmp_path / "one.parquet", "select 'a' as a from range(3)")
    other = write(tmp_path / "other.parquet", "select 'b' as b from range(4)")
    with pytest.raises(OtherRowGroupsError):
        put_together(tmp_path / "x", {"a": Written(one, "a"), "b": Written(other, "b")}, one)


def test_a_file_that_is_none_or_cut_is_not_taken(tmp_path):
    one = write(tmp_path / "one.parquet", "select 'a' as a from range(3)")
    cut = tmp_path / "cut.parquet"
    cut.write_bytes(one.read_bytes()[:-1])
    with pytest.raises(ValueError, match="no Parquet file"):
        put_together(tmp_path / "x", {"a": Written(cut, "a")}, cut)


texts = st.binary(max_size=20)
leaves = st.one_of(
    st.tuples(st.just(parquet.I64), st.integers(-(2**63), 2**63 - 1)),
    st.tuples(st.just(parquet.BINARY), texts),
    st.sampled_from([(parquet.TRUE, True), (parquet.FALSE, False)]),
    st.tuples(st.just(parquet.DOUBLE), st.binary(min_size=8, max_size=8)),
    st.lists(texts, max_size=20).map(lambda some: (parquet.LIST, (parquet.BINARY, some))),
)
structs = st.recursive(
    st.dictionaries(st.integers(1, 60), leaves, max_size=5),
    lambda inner: st.dictionaries(
        st.integers(1, 60),
        st.one_of(
            inner.map(lambda one: (parquet.STRUCT, one)),
            st.lists(inner, max_size=3).map(lambda some: (parquet.LIST, (parquet.STRUCT, some))),
        ),
        max_size=3,
    ),
    max_leaves=10,
)


@given(structs)
@settings(max_examples=300, deadline=None)
def test_a_footer_is_read_as_it_was_written(fields):
    assert parquet.read_struct(parquet.write_struct(fields)) == fields


# What must be the same: a clean file, one of which some columns are written anew, one with rows
# that are no records, and one that only the careful reader reads.
KINDS = {
    "clean": ("", HEADER, "2026-01-{day:02d},p{n}{x},{n},{n}.5\n", ""),
    "rewritten": (
        '  date: "%d/%m/%Y"\n  decimal: ","\n  delimiter: ";"\n',
        HEADER.replace(",", ";").replace("amount", "amount;more"),
        "{day:02d}/01/2026;p{n}{x}; {n};{n},5;m{n}\n",
        "",
    ),
    "ignored": ("", HEADER, "2026-01-{day:02d},p{n}{x},{n},{n}.5\n", "Total,,3,4\n"),
    "careful": ("", HEADER, "2026-01-{day:02d},p{n}{x},{n},{n}.5\n", "broken\n2026-01-01,z,1,2\n"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_bytes_do_not_depend_on_the_number_of_threads(tmp_path, monkeypatch, kind):
    options, header, line, end = KINDS[kind]
    # more than one row group, and more bytes than one thread takes at once
    count, padding = 130_000, "x" * 100
    lines = "".join(line.format(day=1 + n % 28, n=n, x=padding) for n in range(count))
    found = {}
    for processors, is_alone in ((1, False), (2, True), (8, True)):
        folder = tmp_path / f"{processors}{is_alone}"
        folder.mkdir()
        with monkeypatch.context() as patch:
            for module in (parallel, land):
                patch.setattr(module, "available_processors", lambda count=processors: count)
            patch.setattr(parallel, "BIG_BYTES", 0 if is_alone else 1 << 40)
            shop = Shop(folder, INPUTS + options)
            shop.write("sales.csv", header + lines + end)
            shop.ingest()
        entry = shop.entry()
        found[processors] = (shop.warehouse / entry["landing_file"]).read_bytes()
        assert entry["landing_sha256"] == sha256_of(shop.warehouse / entry["landing_file"])
        assert entry["landed_count"] == count + (kind == "careful")
        wrong = shop.query(
            f"select count(*) filter (product_id <> 'p' || (record_number - 1) || '{padding}' "
            "or quantity <> cast(record_number - 1 as varchar) "
            "or net_amount <> (record_number - 1) || '.5') from read_parquet(?) "
            f"where record_number <= {count}",
            entry["landing_file"],
        )
        assert wrong == [(0,)]
    assert len(set(found.values())) == 1


def test_row_groups_that_do_not_fit_are_written_anew(tmp_path, monkeypatch):
    """With other row groups every column is worked out, and lands the same."""
    rows = []
    for is_fitting in (True, False):
        folder = tmp_path / str(is_fitting)
        folder.mkdir()
        calls = []

        def fitting(target, columns, rows_of, calls=calls, is_fitting=is_fitting):
            calls.append(rows_of.name)
            if not is_fitting and len(calls) == 1:
                raise OtherRowGroupsError
            return put_together(target, columns, rows_of)

        monkeypatch.setattr(land, "put_together", fitting)
        monkeypatch.setattr(land, "FEWEST_JUDGED", 0)
        shop = Shop(folder, INPUTS)
        shop.write("sales.csv", HEADER + '2026-01-01, a,"1,0",2\n2026-01-02,b,2,3\n')
        shop.ingest()
        assert calls == ["raw.parquet", "worked_out.parquet"][: 1 + (not is_fitting)]
        rows.append(shop.rows("*"))
    assert rows[0] == rows[1]
    assert len(rows[0]) == 2


def test_a_reading_in_vain_is_given_up(tmp_path, monkeypatch):
    """DuckDB begins before the bytes are known; it stops when they are none that it can read."""
    path = tmp_path / "sales.csv"
    path.write_bytes(HEADER.encode() + b"2026-01-01,a\0,1,2\n")
    section = Input("sales", "sales", (path.name,), {}, Dialect(), ())
    file = ShopFile(path.name, path, section, 0, path.stat().st_size, "", 0)
    header = read_header(file)
    facts = scan(path, header.data_offset, header.encoding)
    assert not facts.is_plain

    def never_ends(connection, *_, **__):
        connection.execute("select count(*) from range(10000000000000) where range % 7 = 9")

    monkeypatch.setattr(raw, "_copy_csv", never_ends)
    scanning: Future = Future()
    timer = threading.Timer(0.3, lambda: scanning.set_result(facts))
    timer.start()
    began = time.monotonic()
    with land.connect(tmp_path) as connection:
        assert raw._read_fast(connection, file, header, scanning, tmp_path / "x") is False
        assert time.monotonic() - began < 60
        # and nothing that is asked later is interrupted
        assert connection.execute("select 1").fetchone() == (1,)


def test_what_cannot_be_scanned_is_said_and_ends_the_reading(tmp_path, monkeypatch):
    path = tmp_path / "sales.csv"
    path.write_text(HEADER)
    section = Input("sales", "sales", (path.name,), {}, Dialect(), ())
    file = ShopFile(path.name, path, section, 0, path.stat().st_size, "", 0)

    def never_ends(connection, *_, **__):
        connection.execute("select count(*) from range(10000000000000) where range % 7 = 9")

    monkeypatch.setattr(raw, "_copy_csv", never_ends)
    scanning: Future = Future()
    threading.Timer(0.3, lambda: scanning.set_exception(OSError("gone"))).start()
    with land.connect(tmp_path) as connection, pytest.raises(OSError, match="gone"):
        raw._read_fast(connection, file, read_header(file), scanning, tmp_path / "x")


def test_a_reading_that_ends_before_the_scan_is_dropped_when_the_bytes_are_not_plain(
    tmp_path, monkeypatch
):
    path = tmp_path / "sales.csv"
    path.write_text(HEADER + '2026-01-01,"a" "b",1,2\n')
    section = Input("sales", "sales", (path.name,), {}, Dialect(), ())
    file = ShopFile(path.name, path, section, 0, path.stat().st_size, "", 0)
    header = read_header(file)
    scanning: Future = Future()
    original, counts = raw._copy_csv, []

    def then_scanned(*arguments, **options):
        counts.append(original(*arguments, **options))
        facts = scan(path, header.data_offset, header.encoding)
        assert not facts.is_plain
        threading.Timer(0.3, lambda: scanning.set_result(facts)).start()
        return counts[-1]

    monkeypatch.setattr(raw, "_copy_csv", then_scanned)
    with land.connect(tmp_path) as connection:
        assert not raw._read_fast(connection, file, header, scanning, tmp_path / "x")
        assert connection.execute("select count(*) from reject_errors").fetchone() == (0,)
    assert counts == [1]  # DuckDB alone saw nothing wrong
