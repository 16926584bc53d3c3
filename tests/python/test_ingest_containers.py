"""The same sales in every kind of file that people have, and what is said of broken ones.

Workbooks are written by openpyxl and archives by the standard library, JSON and Parquet by what
usually writes them: nothing here is written by the code that reads it.
"""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from datetime import date, datetime
from decimal import Decimal

import duckdb
import openpyxl
import pytest
from test_ingest_helpers import Shop, assert_balanced

from scripts.errors import UserError

# day, product, quantity, amount, store
SALES = [
    (date(2026, 1, 2), "Crème brûlée", 3, Decimal("1234.50"), "007"),
    (date(2026, 3, 4), 'Tea "Lapsang", 100 g', -1, Decimal("-5.25"), "1"),
    (date(2026, 12, 31), "Œuf; dur", 10, Decimal("0.07"), "2"),
]
EXPECTED = [(d.isoformat(), p, str(q), a, s) for d, p, q, a, s in SALES]
NAMES = ("day", "product", "quantity", "amount", "store")
INPUTS = """\
shop: Test
currency: EUR
sales:
  files: "sales*"
  columns: {sold_on: day, product_id: product, quantity: quantity, net_amount: amount, \
store_id: store}
"""


def delimited(delimiter=",", decimal=".", day="%Y-%m-%d", rows=SALES, end="\n"):
    def quoted(text):
        return '"' + text.replace('"', '""') + '"'

    lines = [delimiter.join(NAMES)]
    for sold_on, product, quantity, amount, store in rows:
        cells = (sold_on.strftime(day), quoted(product), str(quantity))
        lines.append(delimiter.join((*cells, str(amount).replace(".", decimal), store)))
    return end.join([*lines, ""])


def records(rows=SALES):
    return [
        {"day": d.isoformat(), "product": p, "quantity": q, "amount": float(a), "store": s}
        for d, p, q, a, s in rows
    ]


def workbook(*sheets, typed=True):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets:
        sheet = book.create_sheet(name)
        for row in rows:
            cells = [float(c) if isinstance(c, Decimal) else c for c in row]
            sheet.append(cells if typed else [str(c) for c in cells])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def zipped(**members):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, data in members.items():
            archive.writestr(name.replace("__", "."), data)
    return stream.getvalue()


def parquet(folder):
    with duckdb.connect() as connection:
        connection.execute(
            "create table t (day date, product varchar, quantity integer, amount decimal(18, 2), "
            "store varchar)"
        )
        connection.executemany("insert into t values (?, ?, ?, ?, ?)", SALES)
        connection.execute(f"copy t to '{folder}/t.parquet' (format parquet)")
    return (folder / "t.parquet").read_bytes()


def as_orders():
    return {
        "orders": [
            {
                "store": s,
                "when": {"day": d.isoformat()},
                "lines": [{"product": p, "quantity": q, "amount": float(a)}],
            }
            for d, p, q, a, s in SALES
        ]
    }


EUROPEAN = "  delimiter: ';'\n  decimal: ','\n  date: '%d/%m/%Y'\n"
OF_PARENTS = INPUTS.replace("store_id: store", "store_id: parent.store").replace(
    "sold_on: day", "sold_on: parent.when.day"
)


def ways(folder):
    """(name of the file, bytes, inputs.yml) of each way."""
    header = [NAMES, *SALES]
    european = delimited(";", ",", "%d/%m/%Y")
    return {
        "comma": ("sales.csv", delimited().encode(), INPUTS),
        "tab": ("sales.tsv", delimited("\t").encode(), INPUTS + "  delimiter: tab\n"),
        "pipe, CRLF": (
            "sales.txt",
            delimited("|", end="\r\n").encode(),
            INPUTS + "  delimiter: '|'\n",
        ),
        "CR": ("sales.csv", delimited(end="\r").encode(), INPUTS),
        "European": ("sales.csv", european.encode("utf-8-sig"), INPUTS + EUROPEAN),
        "cp1252": (
            "sales.csv",
            european.encode("cp1252"),
            INPUTS + EUROPEAN + "  encoding: windows-1252\n",
        ),
        "UTF-16 with its mark": ("sales.csv", european.encode("utf-16"), INPUTS + EUROPEAN),
        "UTF-16 without": (
            "sales.csv",
            european.encode("utf-16-be"),
            INPUTS + EUROPEAN + "  encoding: utf-16-be\n",
        ),
        "Macintosh": (
            "sales.csv",
            european.encode("mac_roman"),
            INPUTS + EUROPEAN + "  encoding: macintosh\n",
        ),
        "gzip": ("sales.csv.gz", gzip.compress(european.encode()), INPUTS + EUROPEAN),
        "zip": ("sales.zip", zipped(export__csv=european, __MACOSX="x"), INPUTS + EUROPEAN),
        "one of a zip": (
            "sales.zip",
            zipped(a__csv="x\n", export__csv=european),
            INPUTS + EUROPEAN + "  inside: exp*.csv\n",
        ),
        "workbook": ("sales.xlsx", workbook(("Ventes", header)), INPUTS),
        "workbook, decimal comma declared": (
            "sales.xlsx",
            workbook(("Ventes", header)),
            INPUTS + "  decimal: ','\n  date: '%d/%m/%Y'\n",
        ),
        "workbook of texts": (
            "sales.xlsx",
            workbook(("Ventes", header), typed=False),
            INPUTS,
        ),
        "a sheet of several": (
            "sales.xlsx",
            workbook(("Notes", [["x"]]), ("Ventes", header)),
            INPUTS + "  sheet: Ventes\n",
        ),
        "a sheet for each month": (
            "sales.xlsx",
            workbook(("2026-01", header[:2]), ("2026-02", [NAMES, *SALES[1:]]), ("Info", [["x"]])),
            INPUTS + "  sheet: '2026-*'\n",
        ),
        "two sheets by their names": (
            "sales.xlsx",
            workbook(("Mai", header[:2]), ("Juin", [NAMES, *SALES[1:]]), ("Info", [["x"]])),
            INPUTS + "  sheet: [Mai, Juin]\n",
        ),
        "a range below a title": (
            "sales.xlsx",
            workbook(
                ("Ventes", [["Sales of 2026"], [], *([None, *row, "x"] for row in header), ["end"]])
            ),
            INPUTS + "  range: B3:F6\n",
        ),
        "workbook named csv": ("sales.csv", workbook(("Ventes", header)), INPUTS),
        "JSON": ("sales.json", json.dumps(records()).encode(), INPUTS),
        "JSON below a name": (
            "sales.json",
            json.dumps({"meta": {"n": 3}, "data": records()}).encode(),
            INPUTS,
        ),
        "one list of several in JSON": (
            "sales.json",
            json.dumps({"old": [{"a": 1}], "data": {"new": records()}}).encode(),
            INPUTS + "  records: data.new\n",
        ),
        "JSON, orders with lines": (
            "sales.json",
            json.dumps(as_orders()).encode(),
            OF_PARENTS + "  records: orders.lines\n",
        ),
        "JSON lines": (
            "sales.jsonl",
            "\n".join(json.dumps(one) for one in records()).encode(),
            INPUTS,
        ),
        "JSON lines, orders with lines": (
            "sales.ndjson",
            "\n".join(json.dumps(one) for one in as_orders()["orders"]).encode(),
            OF_PARENTS + "  records: lines\n",
        ),
        "Parquet": ("sales.parquet", parquet(folder), INPUTS),
        "Parquet, decimal comma declared": (
            "sales.parquet",
            parquet(folder),
            INPUTS + "  decimal: ','\n  date: '%d/%m/%Y'\n",
        ),
    }


@pytest.mark.parametrize(
    "way",
    [
        *("comma", "tab", "pipe, CRLF", "CR", "European", "cp1252", "UTF-16 with its mark"),
        *("UTF-16 without", "Macintosh", "gzip", "zip", "one of a zip", "workbook"),
        *("workbook, decimal comma declared", "workbook of texts", "a sheet of several"),
        *(
            "a sheet for each month",
            "two sheets by their names",
            "a range below a title",
            "workbook named csv",
            "JSON",
        ),
        *("JSON below a name", "one list of several in JSON", "JSON, orders with lines"),
        *("JSON lines", "JSON lines, orders with lines", "Parquet"),
        "Parquet, decimal comma declared",
    ],
)
def test_the_same_sales_saved_in_many_ways(tmp_path, way):
    name, data, inputs = ways(tmp_path)[way]
    shop = Shop(tmp_path, inputs)
    shop.write(name, data)
    shop.ingest()
    rows = shop.rows("sold_on, product_id, quantity, net_amount, store_id")
    assert [(*row[:3], Decimal(row[3]), row[4]) for row in rows] == EXPECTED
    entry = shop.entry(name)
    assert_balanced(entry)
    assert entry["rejected_count"] == 0


def test_the_ways_are_all_tested(tmp_path, request):
    tested = test_the_same_sales_saved_in_many_ways.pytestmark[0].args[1]
    assert sorted(tested) == sorted(ways(tmp_path))


def test_one_workbook_feeds_several_inputs(tmp_path):
    products = [["id", "name"], ["a", "Apple"], ["b", "Pear"]]
    sales = [["day", "product", "quantity", "amount"], [date(2026, 1, 2), "a", 1, 2.5]]
    inputs = """\
shop: Test
currency: EUR
sales:
  files: book.xlsx
  sheet: Sales
  columns: {sold_on: day, product_id: product, quantity: quantity, net_amount: amount}
"""
    shop = Shop(tmp_path, inputs)
    shop.write("book.xlsx", workbook(("Sales", sales), ("Products", products)))
    shop.ingest()
    assert set(shop.entries()) == {"book.xlsx"}
    # the sheet that stood for the file is one part of it now, and not loaded a second time
    shop.add_to_inputs(
        "products:\n  files: book.xlsx\n  sheet: Products\n"
        "  columns: {product_id: id, product_name: name}\n"
    )
    shop.ingest()
    assert set(shop.entries()) == {"book.xlsx#Sales", "book.xlsx#Products"}
    assert shop.rows("sold_on, net_amount") == [("2026-01-02", "2.5")]
    assert shop.rows("product_id, product_name", "products") == [("a", "Apple"), ("b", "Pear")]
    assert not shop.ingest().changed
    (shop.folder / "book.xlsx").unlink()
    assert shop.ingest().left == 2


def test_a_broken_line_of_json_is_rejected_and_the_others_land(tmp_path):
    shop = Shop(tmp_path, INPUTS)
    good = [json.dumps(one) for one in records()]
    shop.write("sales.jsonl", "\n".join([good[0], '{"day": "2026', "[1, 2]", "", *good[1:]]))
    shop.ingest()
    assert len(shop.rows("sold_on")) == 3
    rejected = [(outcome, text) for *_, outcome, _, text in shop.rejects("sales.jsonl")]
    assert [outcome for outcome, _ in rejected] == ["rejected", "rejected"]
    assert "2026" in rejected[0][1]
    assert_balanced(shop.entry("sales.jsonl"))


def test_an_order_without_lines_is_seen(tmp_path):
    orders = as_orders()
    orders["orders"][1]["lines"] = []
    shop = Shop(tmp_path, OF_PARENTS + "  records: orders.lines\n")
    shop.write("sales.json", json.dumps(orders))
    shop.ingest()
    assert shop.rows("sold_on, product_id") == [
        ("2026-01-02", "Crème brûlée"),
        ("2026-03-04", None),
        ("2026-12-31", "Œuf; dur"),
    ]


def test_typed_cells_of_a_workbook(tmp_path):
    rows = [
        ["day", "product", "quantity", "amount", "store"],
        [datetime(2026, 1, 2, 14, 5), "a", 0.1 + 0.2, 1e-5, 12.0],
        [datetime(2026, 1, 3), "03/04/2026", 1e15, 59.970000000000006, "0012"],
        ["2026-01-04", True, "1 234,5", "#N/A", None],
    ]
    shop = Shop(tmp_path, INPUTS + "  decimal: ','\n")
    shop.write("sales.xlsx", workbook(("S", rows)))
    shop.ingest()
    assert shop.rows("sold_on, product_id, quantity, net_amount, store_id") == [
        ("2026-01-02", "a", "0.3", "0.00001", "12"),
        ("2026-01-03", "03/04/2026", "1000000000000000", "59.97", "0012"),
        ("2026-01-04", "true", "1234.5", None, None),
    ]


def test_a_wrong_byte_spoils_its_record_and_not_the_file(tmp_path):
    text = delimited().encode("utf-16-le")
    spoiled = text.replace("Œuf".encode("utf-16-le"), b"\x00\xd8" + "uf".encode("utf-16-le"))
    assert spoiled != text
    shop = Shop(tmp_path, INPUTS)
    shop.write("sales.csv", b"\xff\xfe" + spoiled)
    shop.ingest()
    assert len(shop.rows("sold_on")) == 2
    assert [row[2] for row in shop.rejects("sales.csv")] == ["rejected"]


@pytest.mark.parametrize(
    ("name", "data", "options", "parts"),
    [
        ("sales.xlsx", workbook(("A", [["x"]]), ("B", [["y"]])), "", ["2 sheets", "`sheet: A`"]),
        ("sales.xlsx", workbook(("A", [["x"]])), "  sheet: Z\n", ["'Z'", "It has: `A`"]),
        ("sales.xlsx", workbook(("A", [])), "", ["is empty"]),
        ("sales.xlsx", b"PK\x03\x04", "", ["cannot be read as a workbook"]),
        ("sales.xls", b"\xd0\xcf\x11\xe0 and more", "", ["cannot be read as a workbook"]),
        ("sales.csv", b"PK\x03\x04...", "", ["is damaged or incomplete"]),
        ("sales.zip", zipped(a__csv="x", b__csv="y"), "", ["2 files", "`inside: a.csv`"]),
        ("sales.zip", zipped(), "", ["is empty: it has no files"]),
        # the same bytes at any time: two processes must collect the same test
        (
            "sales.csv.gz",
            gzip.compress(b"day" * 999, mtime=0)[:20],
            "",
            ["is damaged or incomplete"],
        ),
        ("sales.json", b'{"a": [{"b": 1}', "", ["is not JSON throughout"]),
        ("sales.json", b'{"a": [{"b": 1}], "c": [{"b": 1}]}', "", ["`a`, `c`", "`records: a`"]),
        ("sales.json", b'{"a": [{"b": 1}]}', "  records: z\n", ["'z'", "It has: `a`"]),
        ("sales.json", b'{"a": 1}', "", ["has no lists of records"]),
        ("sales.jsonl", b"\n\n", "", ["has no records"]),
        ("sales.parquet", b"PAR1 and more", "", ["is a damaged Parquet file"]),
        ("sales.csv", b"%PDF-1.4", "", ["is a PDF document"]),
        (
            "sales.xlsx",
            workbook(("A", [["x", "y"], [1, 2]]), ("B", [["y", "x"], [1, 2]])),
            "  sheet: '*'\n",
            ["`A` and `B` have different columns"],
        ),
        (
            "sales.xlsx",
            workbook(("A", [["x"]])),
            "  range: F1:G9\n",
            ["the `range` of `sales` is empty"],
        ),
    ],
)
def test_what_cannot_be_read_is_one_sentence(tmp_path, name, data, options, parts):
    shop = Shop(tmp_path, INPUTS + options)
    shop.write(name, data)
    with pytest.raises(UserError) as caught:
        shop.ingest()
    assert name in str(caught.value)
    for part in parts:
        assert part in str(caught.value)


def test_the_path_says_a_column(tmp_path):
    inputs = (
        INPUTS.replace('"sales*"', '"{store_id}/sales_{sold_on}.csv"')
        .replace(", store_id: store", "")
        .replace("sold_on: day, ", "")
    )
    shop = Shop(tmp_path, inputs + "  date: '%Y%m%d'\n")
    header = "product,quantity,amount\n"
    shop.write("lille/sales_20260102.csv", header + "a,1,2\nTotal,1,2\n")
    shop.write("lyon/sales_20260102.csv", header + "a,1,2\nTotal,1,2\n")
    shop.write("lyon/sales_20260103.csv", header + "b,1,3\n")
    assert shop.ingest().copies == 0
    assert shop.rows("sold_on, store_id, product_id, net_amount") == [
        ("2026-01-02", "lille", "a", "2"),
        ("2026-01-02", "lyon", "a", "2"),
        ("2026-01-03", "lyon", "b", "3"),
    ]
    entry = shop.entry("lyon/sales_20260102.csv")
    assert (entry["first_sold_on"], entry["ignored_count"]) == ("2026-01-02", 1)


def test_only_the_first_row_of_an_order_says_all(tmp_path):
    inputs = INPUTS.replace("{sold_on", "{order_id: order, customer_id: client, sold_on")
    shop = Shop(tmp_path, inputs + "  fill_down: [order_id, sold_on, customer_id, store_id]\n")
    shop.write(
        "sales.csv",
        "order,day,client,product,quantity,amount,store\n"
        "1,2026-01-02,c1,a,1,2,s\n"
        ",,,b,1,3,\n"
        "Total,,,,2,5,\n"
        "2,2026-01-03,,a,1,2,s\n"
        ",,,b,1,3,t\n"
        ",,,c,1,4,\n",
    )
    shop.ingest()
    assert shop.rows("order_id, sold_on, customer_id, product_id, store_id") == [
        ("1", "2026-01-02", "c1", "a", "s"),
        ("1", "2026-01-02", "c1", "b", "s"),
        ("2", "2026-01-03", None, "a", "s"),
        ("2", "2026-01-03", None, "b", "t"),
        ("2", "2026-01-03", None, "c", "s"),
    ]


def test_an_order_whose_number_stands_on_each_row(tmp_path):
    inputs = INPUTS.replace("{sold_on", "{order_id: order, customer_id: client, sold_on")
    shop = Shop(tmp_path, inputs + "  fill_down: [order_id, sold_on, customer_id, store_id]\n")
    shop.write(
        "sales.csv",
        "order,day,client,product,quantity,amount,store\n"
        "1,2026-01-02,c1,a,1,2,s\n"
        "1,,,b,1,3,\n"
        "2,2026-01-03,,a,1,2,\n"
        "2,,,b,1,3,\n",
    )
    shop.ingest()
    assert shop.rows("order_id, sold_on, customer_id, store_id") == [
        ("1", "2026-01-02", "c1", "s"),
        ("1", "2026-01-02", "c1", "s"),
        ("2", "2026-01-03", None, None),
        ("2", "2026-01-03", None, None),
    ]


def test_a_header_that_is_split_over_two_lines(tmp_path):
    inputs = INPUTS.replace("net_amount: amount", "net_amount: Net amount").replace(
        "store_id: store", "store_id: column 1"
    )
    shop = Shop(tmp_path, inputs + "  header_rows: 2\n")
    shop.write("sales.csv", ",day,product,,Net\n,,,quantity,amount\ns,2026-01-02,a,1,2\n")
    shop.ingest()
    assert shop.rows("store_id, sold_on, quantity, net_amount") == [("s", "2026-01-02", "1", "2")]
    assert shop.entry()["header"] == ["", "day", "product", "quantity", "Net amount"]


def test_a_name_that_several_columns_have_can_be_numbered(tmp_path):
    shop = Shop(tmp_path, INPUTS.replace("net_amount: amount", "net_amount: amount (2)"))
    shop.write("sales.csv", "day,product,quantity,amount,store,amount\n2026-01-02,a,1,2,s,3\n")
    shop.ingest()
    assert shop.rows("net_amount, extra") == [("3", '{"amount":"2"}')]


def test_months_as_columns_become_rows(tmp_path):
    inputs = """\
shop: Test
currency: EUR
sales:
  files: sales.csv
  date: "%b %Y"
  unpivot: {header: sold_on, values: net_amount}
  columns: {product_id: product, store_id: store}
"""
    shop = Shop(tmp_path, inputs)
    shop.write(
        "sales.csv",
        "Sales by month\nproduct,store,Jan 2026,févr. 2026,Total\n"
        "a,s,1,2,3\nb,t,,4.5,4.5\nc,u,7\nTotal,,1,6.5,7.5\n",
    )
    shop.add_to_inputs("  header_line: 2\n")
    shop.ingest()
    assert shop.rows("sold_on, product_id, store_id, net_amount") == [
        ("2026-01-01", "a", "s", "1"),
        ("2026-02-01", "a", "s", "2"),
        ("2026-02-01", "b", "t", "4.5"),
    ]
    assert [(row[2], row[4]) for row in shop.rejects()] == [
        ("rejected", '"c,u,7"'),
        ("ignored", "Total"),
    ]


def test_a_table_that_lies_on_its_side(tmp_path):
    shop = Shop(tmp_path, INPUTS + "  transpose: true\n")
    shop.write(
        "sales.csv", "day,2026-01-02,2026-01-03\nproduct,a,b\nquantity,1,2\namount,3,4\nstore,s,t\n"
    )
    shop.ingest()
    assert shop.rows("sold_on, product_id, quantity, net_amount, store_id") == [
        ("2026-01-02", "a", "1", "3", "s"),
        ("2026-01-03", "b", "2", "4", "t"),
    ]
