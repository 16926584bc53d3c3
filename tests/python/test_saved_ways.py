"""The same sales saved in ten ways give the same warehouse, and two ways of selling give one.

The first way is built and its revenue compared with a sum in Python; every other way is compared
with it, cell by cell.
"""

from __future__ import annotations

import gzip
import json
import random
from datetime import date, timedelta
from decimal import Decimal

import duckdb
import pytest
from conftest import build_shop, query
from test_ingest_containers import workbook

from scripts.benchmark.compare import compare

pytestmark = pytest.mark.slow

HEADER = ("receipt", "day", "article", "kind", "shop", "region", "client", "pieces", "amount")
FRENCH = ("ticket", "jour", "désignation", "rayon", "magasin", "région", "client", "qté", "montant")
OURS = (
    *("sale_id", "sold_on", "product_name", "category", "store_name", "region"),
    *("customer_id", "quantity", "net_amount"),
)
ARTICLES = (("Crème brûlée", "Desserts"), ('Tea "Lapsang"; 100 g', "Thé"), ("Œuf", "Frais"))
SHOPS = (("Lille", "Nord"), ("Brest", "Bretagne"))


def sales():
    """One row per line sold: 300 of them from January to March, some of them returns."""
    draw = random.Random(4)
    rows = []
    for number in range(300):
        article, kind = draw.choice(ARTICLES)
        shop, region = draw.choice(SHOPS)
        pieces = draw.choice((1, 1, 2, 3, 12, -1))
        rows.append(
            (
                f"{number:06d}",
                date(2026, 1, 1) + timedelta(number * 89 // 300),
                *(article, kind, shop, region),
                draw.choice(("007", "8", "C-12", "")),
                pieces,
                pieces * Decimal(draw.randrange(50, 250000)) / 100,
            )
        )
    return rows


ROWS = sales()


def inputs(header=HEADER, files="sales*", more=""):
    columns = ", ".join(
        f"{ours}: {theirs}" for ours, theirs in zip(OURS, header, strict=True) if theirs
    )
    return (
        f"shop: Test\ncurrency: EUR\nsales:\n  files: {files}\n  key: [sale_id]\n"
        f"  columns: {{{columns}}}\n{more}"
    )


def text(rows=ROWS, header=HEADER, *, delimiter=",", day="%Y-%m-%d", amount=str, end="\n"):
    def line(cells):
        return delimiter.join('"' + str(cell).replace('"', '""') + '"' for cell in cells)

    lines = [line(header)]
    lines += [line((row[0], row[1].strftime(day), *row[2:-1], amount(row[-1]))) for row in rows]
    return end.join([*lines, ""])


def french(amount):
    return f"{amount:,.2f} €".replace(",", "\u202f").replace(".", ",")


def records():
    return [
        dict(zip(HEADER, (*row[:1], row[1].isoformat(), *row[2:-1], float(row[-1])), strict=True))
        for row in ROWS
    ]


def by_shop():
    return {
        "shops": [
            {
                "name": {"shop": shop, "region": region},
                "lines": [
                    {key: value for key, value in one.items() if key not in ("shop", "region")}
                    for one in records()
                    if one["shop"] == shop
                ],
            }
            for shop, region in SHOPS
        ]
    }


def parquet(folder):
    with duckdb.connect() as connection:
        kinds = {"day": "date", "pieces": "integer", "amount": "decimal(12, 2)"}
        columns = ", ".join(f"{name} {kinds.get(name, 'varchar')}" for name in HEADER)
        connection.execute(f"create table t ({columns})")
        connection.executemany(f"insert into t values ({', '.join('?' * 9)})", ROWS)
        connection.execute(f"copy t to '{folder}/t.parquet' (format parquet)")
    return (folder / "t.parquet").read_bytes()


FRENCH_TEXT = "  delimiter: ';'\n  decimal: ','\n  date: '%d/%m/%y'\n"
WAYS = {
    "semicolons, decimal comma, cp1252": lambda folder: (
        {
            "sales.txt": text(
                delimiter=";",
                day="%d/%m/%y",
                amount=lambda a: f"{a:.2f}".replace(".", ","),
                end="\r\n",
            ).encode("cp1252")
        },
        inputs(more=FRENCH_TEXT + "  encoding: cp1252\n"),
    ),
    "French headers, thousands and euro signs, UTF-16": lambda folder: (
        {
            "sales.csv": text(header=FRENCH, delimiter=";", day="%d/%m/%y", amount=french).encode(
                "utf-16"
            )
        },
        inputs(FRENCH, more=FRENCH_TEXT),
    ),
    "tabs, months by name": lambda folder: (
        {"sales.tsv": text(delimiter="\t", day="%d %b %Y").encode("utf-8-sig")},
        inputs(more="  delimiter: tab\n  date: '%d %b %Y'\n"),
    ),
    "split into files, in another order": lambda folder: (
        {
            f"sales-{part}.csv": text([*reversed(ROWS[100 * part : 100 * part + 100])]).encode()
            for part in range(3)
        },
        inputs(files="sales-*.csv"),
    ),
    "a file for each shop, the shop in its name": lambda folder: (
        {
            f"{region}/sales_{shop}.csv.gz": gzip.compress(
                text([row for row in ROWS if row[4] == shop]).encode()
            )
            for shop, region in SHOPS
        },
        inputs(
            (*HEADER[:4], None, None, *HEADER[6:]), files='"{region}/sales_{store_name}.csv.gz"'
        ),
    ),
    "a title above, a total below, the header again": lambda folder: (
        {
            "sales.csv": "\n".join(
                [
                    *("Export of the till;;;;;;;;", ""),
                    *text(ROWS[:150], delimiter=";").splitlines(),
                    *text(ROWS[150:], delimiter=";").splitlines(),
                    f"Total;;;;;;;;{sum(row[-1] for row in ROWS)}",
                ]
            ).encode()
        },
        inputs(more="  delimiter: ';'\n  header_line: 3\n"),
    ),
    "workbook": lambda folder: (
        {"sales.xlsx": workbook(("Info", [["x"]]), ("Sales", [HEADER, *ROWS]))},
        inputs(more="  sheet: Sales\n"),
    ),
    "JSON": lambda folder: ({"sales.json": json.dumps(records()).encode()}, inputs()),
    "JSON, lines within shops": lambda folder: (
        {"sales.json": json.dumps(by_shop()).encode()},
        inputs(
            (*HEADER[:4], "parent.name.shop", "parent.name.region", *HEADER[6:]),
            more="  records: shops.lines\n",
        ),
    ),
    "Parquet": lambda folder: ({"sales.parquet": parquet(folder)}, inputs()),
}


def built(folder, files, inputs_yml):
    shop = folder / "shop"
    shop.mkdir()
    for path, data in files.items():
        (shop / path).parent.mkdir(exist_ok=True)
        (shop / path).write_bytes(data)
    (shop / "inputs.yml").write_text(inputs_yml, encoding="utf-8")
    build_shop(shop, folder / "warehouse")
    return folder / "warehouse"


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plain")
    warehouse = built(folder, {"sales.csv": text().encode()}, inputs())
    months = query(
        warehouse, "select month_start_on, revenue_amount from marts.revenue_by_month order by 1"
    )
    expected = {}
    for row in ROWS:
        month = row[1].replace(day=1)
        expected[month] = expected.get(month, 0) + row[-1]
    assert dict(months) == expected
    return warehouse


@pytest.mark.parametrize("way", WAYS)
def test_saved_in_another_way_the_marts_are_the_same(tmp_path, plain, way):
    warehouse = built(tmp_path, *WAYS[way](tmp_path))
    compared = compare(plain / "sales.duckdb", warehouse / "sales.duckdb", way)
    assert compared["core.fct_sales"] == len(ROWS)
    assert all(name.startswith(("marts.", "core.")) for name in compared)


# --- a till and a web shop ----------------------------------------------------------------------

TILL = """\
No;Date;Article;Qté;Total TTC;TVA %;Type
1;02/01/2026;Thé;2;12,00;20;Vente
2;02/01/2026;Pain;1;2,11;5,5;Vente
3;03/01/2026;Pain;1;2,11;5,5;Retour
4;03/01/2026;Thé;1;;;Annulé
"""
WEB = """\
id,created,item,quantity,price,fee
1,2026-01-05,Thé,3,5.00,0.10
2,2026-02-06,Pain,10,2.00,0.10
2,2026-02-06,Pain,10,2.00,0.10
"""
TILL_AND_WEB = """\
shop: Test
currency: EUR
settings: {maximum_quarantined_share: 0}
sales:
  till:
    files: caisse*.csv
    delimiter: ";"
    decimal: ","
    date: "%d/%m/%Y"
    percent: [tax_rate]
    key: [sale_id]
    status: {revenue: [Vente], returns: [Retour], not_revenue: [Annulé]}
    values: {prices_include_tax: true, store_name: Rue Haute}
    columns:
      sale_id: No
      sold_on: Date
      product_name: Article
      quantity: Qté
      net_amount: Total TTC
      tax_rate: TVA %
      status: Type
  web:
    files: web*.csv
    key: [sale_id]
    status: {revenue: [online]}
    values: {store_name: Web, status: online, tax_rate: 0.2}
    columns:
      sale_id: id
      sold_on: created
      product_name: item
      quantity: quantity
      unit_price: price
"""


def test_a_till_and_a_web_shop_are_one_shop(tmp_path):
    """Numbers of both begin at 1, one has tax in its prices; the returns have no minus."""
    files = {"caisse.csv": TILL.encode(), "web.csv": WEB.encode()}
    warehouse = built(tmp_path, files, TILL_AND_WEB)
    lines = query(
        warehouse,
        "select store_id, sale_id, quantity, net_amount, tax_amount, is_return "
        "from core.fct_sales order by all",
    )
    assert lines == [
        ("Rue Haute", "1", Decimal(2), Decimal(10), Decimal(2), False),
        ("Rue Haute", "2", Decimal(1), Decimal(2), Decimal("0.11"), False),
        ("Rue Haute", "3", Decimal(-1), Decimal(-2), Decimal("-0.11"), True),
        ("Web", "1", Decimal(3), Decimal(15), Decimal(3), False),
        ("Web", "2", Decimal(10), Decimal(20), Decimal(4), False),
    ]
    ledger = query(
        warehouse,
        "select path, records_in, loaded_count, quarantined_count, duplicate_count "
        "from quality.file_ledger order by path",
    )
    assert ledger == [("caisse.csv", 4, 3, 1, 0), ("web.csv", 3, 2, 0, 1)]
    reasons = query(warehouse, "select reason, record_number from quality.quarantine")
    assert reasons == [("no amount, not revenue", 4)]
    assert query(warehouse, "select revenue_amount from marts.shop_summary") == [(Decimal(45),)]
