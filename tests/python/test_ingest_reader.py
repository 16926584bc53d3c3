"""Bytes to records: both readers, what each defect becomes, and how records are numbered."""

from __future__ import annotations

import csv
import io
import sys
import tracemalloc
from concurrent.futures import Future
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_ingest_helpers import HEADER, INPUTS, Shop, assert_balanced

from scripts.errors import UserError
from scripts.ingest import land, parallel, raw, records
from scripts.ingest.config import Input
from scripts.ingest.dialect import Dialect
from scripts.ingest.discover import ShopFile
from scripts.ingest.header import read_header
from scripts.ingest.records import read_records
from scripts.ingest.scan import scan
from scripts.storage import sha256_of


def shop_file(path: Path, dialect: Dialect) -> ShopFile:
    section = Input("sales", "sales", (path.name,), {}, dialect, ())
    stat = path.stat()
    return ShopFile(path.name, path, section, 0, stat.st_size, sha256_of(path), stat.st_mtime_ns)


def done(result):
    """A future that is there already."""
    future = Future()
    future.set_result(result)
    return future


def read_both(folder: Path, content: bytes, dialect: Dialect | None = None):
    """(what the fast path reads or None, what the careful one reads), as {number: cells}."""
    path = folder / "file.csv"
    path.write_bytes(content)
    file = shop_file(path, dialect or Dialect())
    header = read_header(file)
    scanning = done(scan(path, header.data_offset, header.encoding))
    work = folder / "work"
    work.mkdir(exist_ok=True)
    with land.connect(work) as connection:
        fast = None
        table = work / "raw.parquet"
        if raw._read_fast(connection, file, header, scanning, table):
            cells = connection.execute(
                "select * exclude (file_row_number) from "
                f"read_parquet('{table}', file_row_number = true) order by file_row_number"
            ).fetchall()
            fast = dict(enumerate(cells, start=1))
    with path.open("rb") as stream:
        stream.seek(header.data_offset)
        careful = list(
            read_records(
                stream,
                file.section.dialect,
                header.encoding,
                header.line_count + 1,
                len(header.above) + 1,
            )
        )
    return fast, careful, header


def empty_as_null(cells):
    return tuple(cell or None for cell in cells)


text = st.text(
    st.one_of(
        st.sampled_from(list("ab1;,\"' \t\n\r\u00a0éø€\u2028\x0b\x1c")),
        st.characters(exclude_categories=["Cs"], exclude_characters="\0"),
    ),
    max_size=8,
)


@given(
    rows=st.integers(1, 4).flatmap(
        lambda width: st.lists(
            st.lists(text, min_size=width, max_size=width), min_size=1, max_size=8
        )
    ),
    how=st.fixed_dictionaries(
        {
            "delimiter": st.sampled_from([",", ";", "\t", "|"]),
            "lineterminator": st.sampled_from(["\n", "\r\n", "\r"]),
            "quoting": st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
        }
    ),
    final_line_end=st.booleans(),
    encoding=st.sampled_from(["utf-8", "utf-8-sig"]),
)
@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_both_readers_agree_with_pythons_csv(tmp_path, rows, how, final_line_end, encoding):
    names = [f"h{place}" for place in range(len(rows[0]))]
    out = io.StringIO()
    csv.writer(out, **how).writerows([names, *rows])
    written = out.getvalue()
    if not final_line_end:
        written = written.removesuffix(how["lineterminator"])
    expected = [
        row
        for row in csv.reader(io.StringIO(written, newline=""), delimiter=how["delimiter"])
        if row
    ][1:]
    fast, careful, header = read_both(
        tmp_path, written.encode(encoding), Dialect(delimiter=how["delimiter"])
    )
    assert header.names == names
    assert [record.fields for record in careful] == expected
    assert [record.number for record in careful] == list(range(1, len(expected) + 1))
    if fast is not None:
        assert list(fast.values()) == [empty_as_null(row) for row in expected]


@given(
    lines=st.lists(
        st.lists(
            st.sampled_from(
                [
                    b"a",
                    b"b",
                    b'"',
                    b'""',
                    b",",
                    b" ",
                    b"\n",
                    b"\r",
                    b"\r\n",
                    b"\0",
                    b"\xe9",
                    b"\xc3",
                ]
            ),
            max_size=12,
        ).map(b"".join),
        max_size=6,
    )
)
@settings(
    max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_bytes_become_records_and_a_fast_reading_is_the_careful_one(tmp_path, lines):
    content = b"h1,h2\n" + b"\n".join(lines)
    fast, careful, _ = read_both(tmp_path, content)
    assert [record.number for record in careful] == list(range(1, len(careful) + 1))
    assert all((record.fields is None) == (record.reason is not None) for record in careful)
    # nothing is lost: the bytes of the records and the empty lines are the file
    kept = b"".join(record.raw for record in careful).replace(b"\r", b"").replace(b"\n", b"")
    assert kept == content[6:].replace(b"\r", b"").replace(b"\n", b"")
    lines_used = [record.line for record in careful]
    assert lines_used == sorted(set(lines_used))
    if fast is not None:
        assert all(record.reason is None for record in careful)
        assert [
            tuple((cell or "").strip(records.BLANKS) for cell in cells) for cells in fast.values()
        ] == [
            tuple(cell.strip(records.BLANKS) for cell in raw.fitted(record.fields, 2))
            for record in careful
        ]


@given(body=st.binary(max_size=200))
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_random_bytes_below_a_header_balance(tmp_path_factory, body):
    shop = Shop(tmp_path_factory.mktemp("random"))
    shop.write("sales.csv", HEADER.encode() + body)
    try:
        shop.ingest()
    except UserError as error:
        assert "is not UTF-8" in str(error)  # the only refusal that bytes can cause
        return
    entry = shop.entry()
    assert_balanced(entry)
    numbers = shop.values("record_number") + [row[0] for row in shop.rejects()]
    assert sorted(numbers) == list(range(1, entry["records_in"] + 1))


def split(content: bytes, **options):
    """What becomes of records: cells, or the reason."""
    found = read_records(io.BytesIO(content), Dialect(**options), "utf-8")
    return [record.fields or record.reason for record in found]


def test_line_ends_may_be_mixed_and_empty_lines_are_no_records():
    assert split(b"a,b\r\nc,d\n\n\ne,f\rg,h\r\n\r\ni,j") == [
        ["a", "b"],
        ["c", "d"],
        ["e", "f"],
        ["g", "h"],
        ["i", "j"],
    ]


def test_a_line_end_across_two_chunks_is_one(monkeypatch):
    for size in range(1, 12):
        monkeypatch.setattr(records, "CHUNK_BYTES", size)
        found = list(read_records(io.BytesIO(b'a,b\r\n"c\r\nc",d\r\n\r\ne,f'), Dialect(), "utf-8"))
        assert [record.fields for record in found] == [["a", "b"], ["c\r\nc", "d"], ["e", "f"]]
        assert [(record.line, record.line_count) for record in found] == [(1, 1), (2, 2), (5, 1)]


@pytest.mark.parametrize("size", range(1, 9))
def test_facts_do_not_depend_on_chunks(tmp_path, monkeypatch, size):
    monkeypatch.setattr(sys.modules[scan.__module__], "CHUNK_BYTES", size)
    path = tmp_path / "f"
    for content, lines in [
        (b"a\nb\n", 2),
        (b"a\n\n\nb", 2),
        (b"\n\na\n\n", 1),
        (b"\r\na\r\n\r\n\r\nb\r\n", 2),
        (b"\ra\r\r\rb", 2),
        (b"", 0),
    ]:
        path.write_bytes(content)
        facts = scan(path, 0, "utf-8")
        assert (facts.line_count, facts.is_plain) == (lines, True)
    path.write_bytes(b"a\r\nb\nc")
    assert not scan(path, 0, "utf-8").is_plain
    path.write_bytes("é€é".encode())
    assert scan(path, 0, "utf-8").is_plain
    path.write_bytes("é".encode()[:1])
    assert not scan(path, 0, "utf-8").is_plain


def test_quotes_as_rfc_4180_has_them():
    assert split(b'"a ""big"" one",b\n"x,y","z"\n"","",c') == [
        ['a "big" one', "b"],
        ["x,y", "z"],
        ["", "", "c"],
    ]


def test_a_quote_inside_an_unquoted_field_is_text():
    assert split(b'12" screen,b\na,b"\n x "y",z\n') == [
        ['12" screen', "b"],
        ["a", 'b"'],
        [' x "y"', "z"],
    ]


def test_blanks_around_a_quoted_field_do_not_matter():
    assert split(b'a, "b,c" ,d\n') == [["a", "b,c", "d"]]
    assert split(b'a, "b" c,d\ne, "f,g\n') == [["a", ' "b" c', "d"], ["e", ' "f', "g"]]


def test_two_quoted_texts_in_one_field_are_no_field(tmp_path):
    shop = Shop(tmp_path)
    shop.write("sales.csv", HEADER + '2026-01-01,"a" "b",1,2\n2026-01-01,"" "",1,2\n')
    shop.ingest()
    assert [row[3] for row in shop.rejects()] == [records.AFTER_QUOTE] * 2


def test_an_unclosed_quote_spoils_its_own_line_only():
    assert split(b'a,b\nc,"d\ne,f\ng,h\n') == [
        ["a", "b"],
        records.UNCLOSED,
        ["e", "f"],
        ["g", "h"],
    ]
    assert split(b'a,"b\nc,"d\ne,"f"\n') == [records.AFTER_QUOTE, records.AFTER_QUOTE, ["e", "f"]]


def test_an_unclosed_quote_after_a_field_of_two_lines_spoils_both():
    assert split(b'"a\nb","c\nd,e\n') == [records.UNCLOSED, ["d", "e"]]


def test_a_record_longer_than_the_limit_is_rejected_and_the_next_is_read(monkeypatch):
    monkeypatch.setattr(records, "MAXIMUM_RECORD_BYTES", 50)
    monkeypatch.setattr(records, "CHUNK_BYTES", 7)
    content = b"a,b\n" + b"x" * 500 + b'\nc,"' + b"d\n" * 60 + b"e,f\n"
    found = split(content)
    assert found[:3] == [["a", "b"], records.TOO_LONG, records.UNCLOSED]
    assert found[-1] == ["e", "f"]


def test_memory_stays_bounded_in_a_file_without_line_ends(monkeypatch):
    monkeypatch.setattr(records, "MAXIMUM_RECORD_BYTES", 1000)

    class Endless(io.RawIOBase):
        given = 0

        def read(self, size=-1):
            self.given += 1
            return b"x" * size if self.given < 50 else b""

    tracemalloc.start()
    lines = list(records.physical_lines(Endless()))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [len(content) for content, _ in lines] == [1001]
    assert peak < 10 * records.CHUNK_BYTES


def test_without_quotes_a_quote_is_any_sign():
    assert split(b'a,"b\nc,d"\n', quote="") == [["a", '"b'], ["c", 'd"']]


DEFECTS = (
    HEADER
    + "2026-01-01,a,1,10\n"  # 1
    + "\n"
    + "2026-01-02,b,2\n"  # 2 rejected
    + "2026-01-03,c,3,30,x,y,,z\n"  # 3 rejected
    + ",,,\n"  # 4 ignored
    + "   \n"  # 5 ignored
    + "day,product,quantity,amount\n"  # 6 ignored
    + '2026-01-04,"d,4,40\n'  # 7 rejected
    + "2026-01-05,e,5,50\n"  # 8
    + "Total,,15,120.50\n"  # 9 ignored
    + "TOTAL:\n"  # 10 ignored
    + "2026-01-06,Total care,1,7\n"  # 11
)


def test_each_defect_has_its_number_line_reason_and_text(tmp_path):
    shop = Shop(tmp_path)
    shop.write("sales.csv", DEFECTS)
    shop.ingest()
    assert shop.rejects() == [
        (2, 4, "rejected", "has 3 fields where the header has 4", "2026-01-02,b,2"),
        (3, 5, "rejected", "has 8 fields where the header has 4", "2026-01-03,c,3,30,x,y,,z"),
        (4, 6, "ignored", "blank line", ",,,"),
        (5, 7, "ignored", "blank line", "   "),
        (6, 8, "ignored", "repeated header", "day,product,quantity,amount"),
        (7, 9, "rejected", records.UNCLOSED, '2026-01-04,"d,4,40'),
        (9, 11, "ignored", "totals line", "Total,,15,120.50"),
        (10, 12, "ignored", "totals line", "TOTAL:"),
    ]
    assert shop.rows("record_number, product_id") == [(1, "a"), (8, "e"), (11, "Total care")]
    entry = shop.entry()
    assert_balanced(entry)
    # counted without our code: every line of this file is a record, but the empty one
    independent = sum(1 for line in DEFECTS.splitlines()[1:] if line)
    assert entry["records_in"] == independent == 11
    assert (entry["landed_count"], entry["rejected_count"], entry["ignored_count"]) == (3, 3, 5)
    assert entry["control_totals"] == [
        {"column_name": "quantity", "as_written": "22", "rounded": "22", "ignored": "15"},
        {
            "column_name": "net_amount",
            "as_written": "187.5",
            "rounded": "187.5",
            "ignored": "120.5",
        },
    ]


CLEAN_BUT_FOR_IGNORED = (
    HEADER
    + "2026-01-01,a,1,10\n\n,,,\n2026-01-02,b,2,20\nday,product,quantity,amount\nTotal,,3,30\n"
)


def ingest_in_a_way(folder, monkeypatch, way, content, inputs=INPUTS):
    """A shop with one file that was read in one of the three ways."""
    used = []
    with monkeypatch.context() as patch:
        patch.setattr(parallel, "available_processors", lambda: 2)
        for name in ("_read_fast", "_read_carefully"):
            original = getattr(raw, name)
            patch.setattr(
                raw, name, lambda *a, o=original, n=name, **k: used.append(n) or o(*a, **k)
            )
        if way != "side by side":
            patch.setattr(parallel, "BIG_BYTES", 0)  # one file is big: it has all threads
            patch.setattr(land, "FEWEST_JUDGED", 0)  # and columns that are right are copied
        if way == "careful":
            patch.setattr(raw, "_read_fast", lambda *a: False)
        (folder / way).mkdir()
        shop = Shop(folder / way, inputs)
        shop.write("sales.csv", content)
        shop.ingest()
    assert used == ["_read_carefully" if way == "careful" else "_read_fast"]
    return shop


WAYS = ("side by side", "alone", "careful")


def test_all_ways_number_and_ignore_alike(tmp_path, monkeypatch):
    found = []
    for way in WAYS:
        shop = ingest_in_a_way(tmp_path, monkeypatch, way, CLEAN_BUT_FOR_IGNORED)
        entry = {k: v for k, v in shop.entry().items() if k != "landing_sha256"}
        found.append((shop.rows("*"), shop.rejects(), entry))
    assert found[0] == found[1] == found[2]
    assert [row[0] for row in found[0][1]] == [2, 4, 5]
    assert [row[1] for row in found[0][1]] == [4, 6, 7]


EDGES = [
    HEADER + "2026-01-01,a,1,2\n2026-01-02,,3,4.00005\n",
    HEADER + "2026-01-01, a,1,2\n",
    HEADER + "2026-01-01,a b ,1,2\n",
    HEADER + "2026-01-01,a\t,1,2\n",
    HEADER + "2026-01-01,a,1,2 \n",
    HEADER + "2026-01-01,a,1,2\n2026-01-01,a,1,3 ",
    HEADER + ' 2026-01-01,a,1,2\n"2026-01-01"," a",1,2\n',
    HEADER + '2026-01-01,"",1,2\n"2026-01-01","a ""b""",1,2\n',
    HEADER + "2026-01-01,\u00a0é,1,2\n2026-01-01,\u202f7,1,2\n",
    HEADER + "2026-01-01,17.0,1,2\n2026-01-01,17.0x,1,2.0\n",
    HEADER + '2026-01-01,"17.0","1.0",2\n',
    HEADER + "2026-01-01,17.05,1,2\n2026-01-01,a,1,7.0",
    HEADER + "2026-01-01,a,+1,2\n2026-01-02,b,2,2\n",
    HEADER + "2026-01-01,a,1,2\n2026-1-2,b,(2),€ 1 000.50\n20260103,c,1e3,x\n",
    HEADER + "Total,,,9\n2026-01-01,a,1,2\n,b,1,2\n,,,\n",
    HEADER + "2026-01-01,a,1,2\n" + HEADER + "x,y,1,2\n",
    (HEADER + "2026-01-01,a,1,2\n2026-01-02,b,1,2 \n").replace("\n", "\r\n"),
]


@pytest.mark.parametrize("content", EDGES)
def test_a_file_read_in_any_way_lands_the_same(tmp_path, monkeypatch, content):
    """What a scan of the bytes spares changes no value."""
    found = []
    for way in WAYS:
        shop = ingest_in_a_way(tmp_path, monkeypatch, way, content)
        totals = shop.entry()["control_totals"]
        found.append((shop.rows("*"), shop.rejects(), totals))
    assert found[0] == found[1] == found[2]


edge_text = st.text(st.sampled_from(list('ab.07"; \t\u00a0\u2009\r\né')), max_size=4)


@given(
    rows=st.lists(st.lists(edge_text, min_size=2, max_size=2), min_size=1, max_size=4),
    how=st.fixed_dictionaries(
        {
            "delimiter": st.sampled_from([",", ";", "\t", " "]),
            "lineterminator": st.sampled_from(["\n", "\r\n", "\r"]),
            "quoting": st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
        }
    ),
    size=st.sampled_from([1, 2, 3, 5, 100]),
    is_finished=st.booleans(),
)
@settings(
    max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_what_a_scan_says_of_the_edges_is_true(tmp_path, rows, how, size, is_finished):
    """In no file that counts as trimmed has a value a blank at its edge, or an empty text."""
    delimiter = how["delimiter"]
    out = io.StringIO()
    csv.writer(out, **how).writerows(rows)
    path = tmp_path / "file.csv"
    written = out.getvalue() if is_finished else out.getvalue().removesuffix(how["lineterminator"])
    path.write_bytes(written.encode())
    with mock.patch.object(sys.modules[scan.__module__], "CHUNK_BYTES", size):
        facts = scan(path, 0, "utf-8", delimiter=delimiter)
    with path.open("rb") as stream:
        found = list(read_records(stream, Dialect(delimiter=delimiter), "utf-8"))
    if any(record.line_count > 1 for record in found):
        return  # a plain file has one record in each line
    cells = [cell for record in found for cell in record.fields or []]
    has_blanks = any(cell != cell.strip(records.BLANKS) for cell in cells)
    has_pairs = '""' in written
    if facts.is_trimmed:
        assert not has_blanks
        assert not has_pairs
        assert facts.has_point_zero or not any(cell.endswith(".0") for cell in cells)
    elif delimiter in ",;" and '"' not in written:
        assert has_blanks or "\u00a0" in written or "\u2009" in written


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("a,17.0\n", True),
        ("17.0,a\n", True),
        ("17.0", True),
        ('"17.0"', True),
        ("a,17.01\n1.0.1,b", False),
    ],
)
@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_a_value_that_ends_in_point_zero_is_found(tmp_path, content, found, size):
    path = tmp_path / "file.csv"
    path.write_text(content)
    with mock.patch.object(sys.modules[scan.__module__], "CHUNK_BYTES", size):
        assert scan(path, 0, "utf-8").has_point_zero is found


@pytest.mark.parametrize("way", ["side by side", "alone"])
def test_many_rows_keep_their_order_and_numbers(tmp_path, monkeypatch, way):
    count = 150_000
    lines = "".join(f"2026-01-{1 + n % 28:02d},p{n},1,{n}.5\n" for n in range(1, count + 1))
    shop = ingest_in_a_way(tmp_path, monkeypatch, way, HEADER + lines)
    wrong = shop.query(
        "select count(*), count(*) filter (product_id <> 'p' || record_number) from "
        "read_parquet(?)",
        shop.entry()["landing_file"],
    )
    assert wrong == [(count, 0)]


def test_what_stands_between_the_rows_is_ignored_with_its_reason(tmp_path):
    shop = Shop(tmp_path, INPUTS.replace("quantity: quantity", "store_name: store"))
    shop.write(
        "sales.csv",
        "day,product,store,amount,note\n2026-01-01,a,North,2,\n------\n,Rue Haute,,,\n"
        "2026-01-02,b,North,3,\n,,,5,\n,,,9,all\n,c,,4,\n",
    )
    shop.ingest()
    assert [row[0] for row in shop.rows("product_id")] == ["a", "b", "c"]
    rejects = shop.query(
        "select record_number, outcome, reason from read_parquet(?) order by 1",
        shop.entry()["rejects_file"],
    )
    assert rejects == [
        (2, "ignored", "ruled line"),
        (3, "ignored", "one cell alone"),
        (5, "ignored", "one cell alone"),
        (6, "ignored", "totals line"),
    ]
    assert_balanced(shop.entry())


def test_a_row_that_sums_up_its_order_is_no_line_where_inputs_says_so(tmp_path):
    inputs = INPUTS.replace("quantity: quantity", "order_id: o").replace(
        "product_id", "product_name"
    )
    shop = Shop(tmp_path, inputs + "  no_line_without: [product_name]\n")
    shop.write("sales.csv", "day,o,product,amount\n2026-01-01,1,,5\n2026-01-01,1,a,2\n")
    shop.ingest()
    assert shop.rows("product_name, net_amount") == [("a", "2")]
    assert shop.entry()["ignored_count"] == 1
    assert_balanced(shop.entry())


def test_products_that_are_no_goods_are_told_apart(tmp_path):
    shop = Shop(
        tmp_path, INPUTS.replace("product_id", "product_name") + "  not_goods: [Shipping]\n"
    )
    shop.write("sales.csv", HEADER + "2026-01-01,a,1,2\n2026-01-01, SHIPPING,1,5\n")
    shop.ingest()
    assert shop.rows("product_name, is_goods") == [("a", None), ("SHIPPING", "false")]


SPREAD = """\
shop: Test
currency: EUR
sales:
  files: sales.csv
  columns: {order_id: o, sold_on: d, product_id: p, quantity: q, unit_price: u, \
discount_amount: own}
  fill_down: [order_id, sold_on]
  spread: {discount_amount: Discount}
"""


def test_a_discount_of_an_order_is_shared_out_to_the_cent(tmp_path):
    shop = Shop(tmp_path, SPREAD)
    shop.write(
        "sales.csv",
        "o,d,p,q,u,own,Discount\n"
        "1,2026-01-01,a,1,10,,10\n,,b,2,10,1,\n,,c,3,0.01,,\n"  # 10 and 20 of 30.03
        "2,2026-01-01,a,1,10,,0\n,,b,2,10,1,0\n"  # none
        "3,2026-01-01,a,1,0,,5\n,,b,2,0,,\n"  # nothing to go by: the first line
        "4,2026-01-01,a,1,5,,x\n",  # unreadable: for staging to judge
    )
    shop.ingest()
    found = shop.rows("order_id, product_id, discount_amount, extra")
    assert [row[:3] for row in found] == [
        ("1", "a", "3.3300"),
        ("1", "b", "7.6600"),
        ("1", "c", "0.0100"),
        ("2", "a", "0"),  # the order says so
        ("2", "b", "1"),
        ("3", "a", "5.0000"),
        ("3", "b", "0.0000"),
        ("4", "a", "x"),
    ]
    assert found[0][3] == '{"Discount":"10"}'
    assert_balanced(shop.entry())


def test_a_title_above_the_header_is_named_with_the_line_to_set(tmp_path):
    shop = Shop(tmp_path)
    shop.write("sales.csv", "Till 4\n\n" + HEADER + "2026-01-01,a,1,2\n")
    with pytest.raises(UserError, match="line 3 has it"):
        shop.ingest()


def test_lines_above_the_header_are_ignored_records(tmp_path):
    shop = Shop(tmp_path, INPUTS + "  header_line: 4\n")
    shop.write(
        "sales.csv", "My till\n\nExported, today\n" + HEADER + "2026-01-01,a,1,2\nTotal,,1,2\n"
    )
    shop.ingest()
    assert shop.rejects() == [
        (1, 1, "ignored", "above the header", "My till"),
        (2, 3, "ignored", "above the header", "Exported, today"),
        (4, 6, "ignored", "totals line", "Total,,1,2"),
    ]
    assert shop.values("record_number") == [3]
    assert shop.entry()["records_in"] == 4


def test_the_totals_words_can_be_changed(tmp_path):
    shop = Shop(tmp_path, INPUTS + "  totals: [Somme de contrôle, 9]\n")
    shop.write("sales.csv", HEADER + "Total,a,1,2\nSOMME de  contrôle : ,,1,2\n9,,1,2\n")
    shop.ingest()
    assert [row[0] for row in shop.rejects()] == [2, 3]


@pytest.mark.parametrize(
    "first",
    ["Totaux", "Sous-total", "Grand Total", "SUMME", "totale:", "Suma 12", "Total\u00a02024"],
)
def test_totals_in_other_languages(tmp_path, first):
    shop = Shop(tmp_path)
    shop.write("sales.csv", HEADER + f"2026-01-01,a,1,2\n,{first},1,2\n")
    shop.ingest()
    assert [row[3] for row in shop.rejects()] == ["totals line"]


@pytest.mark.parametrize(
    "line", ["2026-01-01,Total,1,2", ",Totally,1,2", ",Summer dress,1,2", "?,Total,1,2"]
)
def test_a_product_that_begins_like_a_total_is_a_record(tmp_path, line):
    shop = Shop(tmp_path)
    shop.write("sales.csv", HEADER + line + "\n")
    shop.ingest()
    assert shop.entry()["landed_count"] == 1


def test_a_totals_line_of_an_input_with_a_key(tmp_path):
    text = INPUTS + "products:\n  files: p.csv\n  columns: {product_id: id, unit_price: price}\n"
    shop = Shop(tmp_path, text)
    shop.write("sales.csv", HEADER)
    shop.write("p.csv", "name,id,price\nTotal,a,1\nTotal,,1\n")
    shop.ingest()
    assert shop.values("product_id", "products") == ["a"]
    assert [row[0] for row in shop.rejects("p.csv")] == [2]


def test_a_nul_byte_and_wrong_bytes_spoil_their_record_only(tmp_path):
    shop = Shop(tmp_path)
    lines = ["2026-01-01,é,1,2".encode()] * 3
    lines += [b"2026-01-01,a\0b,1,2", b"2026-01-01,caf\xe9,1,2", b"2026-01-01,ok,1,2"]
    shop.write("sales.csv", HEADER.encode() + b"\n".join(lines))
    shop.ingest()
    assert shop.values("product_id") == ["é", "é", "é", "ok"]
    assert shop.rejects() == [
        (4, 5, "rejected", "has a NUL byte", "2026-01-01,a␀b,1,2"),
        (5, 6, "rejected", records.WRONG_BYTES["utf-8"], "2026-01-01,caf�,1,2"),
    ]


def test_a_nul_byte_alone_is_found(tmp_path):
    shop = Shop(tmp_path)
    shop.write("sales.csv", HEADER.encode() + b"2026-01-01,a\0,1,2\n2026-01-01,b,1,2\n")
    shop.ingest()
    assert shop.values("product_id") == ["b"]


def test_a_count_that_differs_from_the_lines_sends_the_file_to_the_careful_reader(
    tmp_path, monkeypatch
):
    counts = []
    original = raw._copy_csv

    def first_is_short(*arguments, **options):
        counts.append(original(*arguments, **options))
        return counts[-1] - (len(counts) == 1)

    monkeypatch.setattr(raw, "_copy_csv", first_is_short)
    shop = Shop(tmp_path)
    shop.write("sales.csv", HEADER + "2026-01-01,a,1,2\n" * 3)
    shop.ingest()
    assert counts == [3, 3]  # DuckDB's reader, then our own
    assert shop.entry()["landed_count"] == 3


def test_a_file_that_is_mostly_not_utf8_is_refused_with_the_advice(tmp_path):
    shop = Shop(tmp_path)
    shop.write("sales.csv", HEADER.encode() + b"2026-01-01,caf\xe9,1,2\n2026-01-01,a,1,2\n")
    with pytest.raises(UserError, match=r"1 of its 1 records.*encoding: cp1252"):
        shop.ingest()
    shop.write("inputs.yml", INPUTS + "  encoding: cp1252\n")
    shop.ingest()
    assert shop.values("product_id") == ["café", "a"]
    assert shop.entry()["encoding"] == "cp1252"


def test_a_byte_that_cp1252_does_not_know_spoils_its_record(tmp_path):
    shop = Shop(tmp_path, INPUTS + "  encoding: windows-1252\n")
    shop.write("sales.csv", HEADER.encode() + b"2026-01-01,\x80\xe9,1,2\n2026-01-01,\x81,1,2\n")
    shop.ingest()
    assert shop.values("product_id") == ["€é"]
    assert [row[3] for row in shop.rejects()] == [records.WRONG_BYTES["cp1252"]]


def test_a_large_cp1252_file_is_read_fast(tmp_path):
    shop = Shop(tmp_path, INPUTS + "  encoding: cp1252\n")
    body = "".join(f"2026-01-01,café {n} €,1,2\r\n" for n in range(120_000))
    shop.write("sales.csv", (HEADER.replace("\n", "\r\n") + body).encode("cp1252"))
    shop.ingest()
    assert shop.values("product_id") == [f"café {n} €" for n in range(120_000)]


def test_a_byte_order_mark_is_no_part_of_the_header(tmp_path):
    shop = Shop(tmp_path)
    shop.write("sales.csv", b"\xef\xbb\xbf" + (HEADER + "2026-01-01,é,1,2\n").encode())
    shop.ingest()
    assert shop.entry()["header"] == ["day", "product", "quantity", "amount"]
    assert shop.values("product_id") == ["é"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"\n\n\n", "has no header"),
        (b"day,produit\xe9,quantity,amount\n", "is not valid UTF-8"),
        (b'day,"product,quantity,amount\n', "quote"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_a_sentence(tmp_path, content, message):
    shop = Shop(tmp_path)
    shop.write("sales.csv", content)
    with pytest.raises(UserError, match=message) as caught:
        shop.ingest()
    assert "sales.csv" in str(caught.value)


def test_a_file_with_only_a_header_lands_without_records(tmp_path):
    shop = Shop(tmp_path)
    shop.write("sales.csv", HEADER.strip())
    shop.ingest()
    entry = shop.entry()
    assert entry["records_in"] == 0
    assert shop.rows("*") == []


@pytest.mark.parametrize(
    ("header", "written"),
    [("day;product;quantity;amount", '";"'), ("day\tproduct\tquantity\tamount", "tab")],
)
def test_another_delimiter_is_named(tmp_path, header, written):
    shop = Shop(tmp_path)
    shop.write("sales.csv", header + "\n")
    with pytest.raises(UserError) as caught:
        shop.ingest()
    assert f"delimiter: {written}" in str(caught.value)


def test_a_missing_header_shows_the_real_ones_and_the_nearest(tmp_path):
    shop = Shop(tmp_path)
    shop.write("sales.csv", "day,prodct,quantity,amount\n")
    with pytest.raises(UserError) as caught:
        shop.ingest()
    message = str(caught.value)
    assert "no column `product`" in message
    assert "`sales.columns.product_id`" in message
    assert "day, prodct, quantity, amount" in message
    assert "Did you mean `prodct`?" in message


def test_an_optional_column_may_be_missing(tmp_path):
    shop = Shop(tmp_path, INPUTS + "  optional: [quantity]\n")
    shop.write("sales.csv", "day,product,amount\n2026-01-01,a,2\n")
    shop.ingest()
    assert shop.rows("quantity, net_amount") == [(None, "2")]


def test_headers_are_found_whatever_their_order_case_and_spaces(tmp_path):
    shop = Shop(tmp_path, INPUTS.replace("product_id: product", "product_id: Référence  produit"))
    # the accents as two signs, the way a Mac writes them
    shop.write(
        "sales.csv", "AMOUNT, re\u0301fe\u0301rence PRODUIT ,Quantity,day\n5,a,1,2026-01-01\n"
    )
    shop.ingest()
    assert shop.rows("sold_on, product_id, net_amount") == [("2026-01-01", "a", "5")]


def test_an_exact_header_wins_over_one_in_another_case(tmp_path):
    shop = Shop(tmp_path)
    shop.write("sales.csv", "Day,day,product,quantity,amount\nx,2026-01-01,a,1,2\n")
    shop.ingest()
    assert shop.rows("sold_on, extra") == [("2026-01-01", '{"Day":"x"}')]


def test_a_mapped_header_that_is_there_twice_is_refused(tmp_path):
    shop = Shop(tmp_path)
    shop.write("sales.csv", "day,product,product,quantity,amount\n")
    with pytest.raises(UserError, match="2 columns named `product`"):
        shop.ingest()


def test_a_header_of_two_lines(tmp_path):
    shop = Shop(tmp_path, INPUTS.replace("amount}", '"amount (net)"}'))
    shop.write(
        "sales.csv", 'day,product,quantity,"amount\n(net)"\n2026-01-01,a,1,2\n2026-01-01,b\n'
    )
    shop.ingest()
    assert shop.values("net_amount") == ["2"]
    assert [row[:2] for row in shop.rejects()] == [(2, 4)]


def test_columns_nobody_mapped_are_kept(tmp_path):
    shop = Shop(tmp_path)
    shop.write(
        "sales.csv",
        'day,product,quantity,amount,Note "x",note,note,\n'
        '2026-01-01,a,1,2,"say ""hi"", é",1,2,\n'
        "2026-01-01,b,1,2,,,,\n"
        "2026-01-01,c,1,2,,,,here\n",
    )
    shop.ingest()
    assert shop.values("extra") == [
        '{"Note \\"x\\"":"say \\"hi\\", é","note":"1","note (2)":"2"}',
        None,
        '{"column 8":"here"}',
    ]


def test_a_delimiter_at_the_end_of_each_line_is_no_column(tmp_path):
    shop = Shop(tmp_path)
    shop.write("sales.csv", "day,product,quantity,amount,\n2026-01-01,a,1,2,\n")
    shop.ingest()
    assert shop.rows("net_amount, extra") == [("2", None)]
    assert shop.rejects() == []


def test_delimiters_at_the_end_of_data_lines_are_dropped_by_both_readers(tmp_path):
    for name, more in (("fast", ""), ("careful", "2026-01-01,b\n")):
        (tmp_path / name).mkdir()
        shop = Shop(tmp_path / name)
        shop.write("sales.csv", HEADER + "2026-01-01,a,1,2,\n2026-01-01,a,1,2,,\n" + more)
        shop.ingest()
        assert shop.rows("net_amount, extra") == [("2", None)] * 2
