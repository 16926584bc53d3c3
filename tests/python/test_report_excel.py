"""The report as a workbook, read back by openpyxl: sheets, types, formats, charts, and its sums."""

from __future__ import annotations

import io
import math
import re
import zipfile
from datetime import date, datetime
from decimal import Decimal

import duckdb
import openpyxl
import pytest
import xlsxwriter
import yaml
from babel import Locale
from fake_warehouse import FakeShop, create, empty_shop

from scripts.paths import PROJECT
from scripts.report import workbook
from scripts.report.build import context_of
from scripts.report.cells import Cells
from scripts.report.formats import Formats
from scripts.report.language import Words
from scripts.report.page import build_charts
from scripts.report.read import read
from scripts.report.subjects import FINE, by_subject
from scripts.report.tables import Field, read_tables
from scripts.report.tiles import headline_tiles

# each would be a formula, a link or a number to a spreadsheet that guesses
GUESSED = [
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    '=HYPERLINK("https://example.org","x")',
    "{=1}",
    "https://example.org/a",
    "mailto:a@example.org",
    "internal:Sheet1!A1",
    "007",
    "1e5",
    "TRUE",
    "\t=1",
    "=cmd|' /C calc'!A0",
    "مقعد خشبي",
    "Café ☕🚀",
]
HEADER = workbook.HEADER_ROW + 1  # openpyxl counts from 1


def guessed_shop():
    """A shop whose names try to be more than text."""
    return FakeShop(
        name="=1+1 & Sons [x]:*?/\\",
        locale="en",
        currency="USD",
        products=[(name, GUESSED[at - 1]) for at, name in enumerate(GUESSED)],
        stores=[(name, name, GUESSED[at - 2], 4 + at) for at, name in enumerate(GUESSED[:8])],
    )


SHOPS = {
    "english": FakeShop(locale="en", months=26, unfinished=True),
    "french": FakeShop(locale="fr"),
    "guessed": guessed_shop(),
    "bare": FakeShop(
        locale="en",
        has_stores=False,
        has_cost=False,
        has_orders=False,
        has_head_counts=False,
        places=None,
    ),
    "empty": empty_shop(),
}


class Book:
    """A shop's workbook beside the file it was made from."""

    def __init__(self, folder, shop=None, more="", most_rows=workbook.MOST_ROWS):
        self.file = create(folder / "sales.duckdb", shop or SHOPS["english"])
        if more:
            with duckdb.connect(str(self.file)) as connection:
                connection.execute(more)
        context = context_of(read(self.file))
        self.words = context.words
        self.tables = read_tables(self.file, most_rows, FINE)
        self.made_from = (context, build_charts(context), headline_tiles(context), self.tables)
        self.content = workbook.render(*self.made_from)
        self.book = openpyxl.load_workbook(io.BytesIO(self.content))

    def sheet(self, table):
        """The sheet of a published table."""
        label = self.words.find(f"tables.{table}") or table.replace("_", " ").capitalize()
        return self.book[label]

    def column(self, table, name):
        """The cells of a column, by its name in the warehouse."""
        published = next(one for one in self.tables if one.name == table)
        at = published.place(name) + 1
        sheet = self.sheet(table)
        return [sheet.cell(row, at) for row in range(HEADER + 1, HEADER + 1 + published.row_count)]

    def query(self, sql):
        with duckdb.connect(str(self.file), read_only=True) as connection:
            return connection.execute(sql).fetchall()


@pytest.fixture(scope="module")
def books(tmp_path_factory):
    made = {}

    def book(name):
        if name not in made:
            made[name] = Book(tmp_path_factory.mktemp("book"), SHOPS[name])
        return made[name]

    return book


@pytest.mark.parametrize("shop", SHOPS)
def test_every_cell_is_what_was_published(books, shop):
    """Row for row and type for type, in whatever order they stand."""
    book = books(shop)
    compared = 0
    for table in book.tables:
        if not table.rows:
            continue
        names = ", ".join(f'"{field.name}"' for field in table.fields)
        expected = book.query(f'select {names} from {table.schema}."{table.name}"')
        sheet = book.sheet(table.name)
        rows = list(sheet.iter_rows(min_row=HEADER + 1, max_col=len(table.fields),
                                    values_only=True))  # fmt: skip
        assert sorted(map(_comparable, rows)) == sorted(map(_comparable, expected)), table.name
        compared += 1
    assert compared >= (8 if shop != "empty" else 2)


def _comparable(row):
    def one(value):
        if isinstance(value, datetime):
            return ("day", value.date().isoformat())
        if isinstance(value, date):
            # Excel knows no day before 1 March 1900 for certain: those are texts
            return ("day" if value >= date(1900, 3, 1) else "text", value.isoformat())
        if isinstance(value, bool):
            return ("flag", str(value))
        if isinstance(value, int | float | Decimal):
            # a ratio may end in half a unit of any decimal: compared are twelve digits
            return ("number", f"{float(value):.12g}")
        if value is None or value == "":
            return ("nothing", "")
        return ("text", re.sub("[\t\n\r]", " ", value))

    return tuple(one(value) for value in row)


@pytest.mark.parametrize("shop", ["english", "french", "guessed", "bare"])
def test_amounts_add_up_to_the_cent(books, shop):
    book = books(shop)
    sums = 0
    for table in book.tables:
        for field in table.fields:
            if not (table.rows and field.name.endswith("_amount")):
                continue
            cells = book.column(table.name, field.name)
            total = sum(Decimal(str(cell.value or 0)) for cell in cells)
            ((expected,),) = book.query(
                f"select coalesce(sum({field.name}), 0) from {table.schema}.{table.name}"
            )
            assert abs(total - Decimal(str(expected))) < Decimal("0.005"), (table.name, field.name)
            sums += 1
    assert sums > 20


@pytest.mark.parametrize("shop", SHOPS)
def test_no_cell_is_a_formula(books, shop):
    book = books(shop)
    for sheet in book.book:
        for row in sheet.iter_rows():
            assert all(cell.data_type != "f" for cell in row), sheet.title
    with zipfile.ZipFile(io.BytesIO(book.content)) as parts:
        for name in parts.namelist():
            assert b"<f>" not in parts.read(name) or "/charts/" in name, name
            assert "externalLink" not in name


def test_texts_stay_texts_whatever_they_begin_with(books):
    book = books("guessed")
    cells = book.column("revenue_by_product", "product_name")
    assert {cell.data_type for cell in cells} == {"s"}
    assert {cell.value for cell in cells} == {name.replace("\t", " ") for name in GUESSED}
    # and only our own links are links, all of them inside
    links = [cell.hyperlink for sheet in book.book for row in sheet.iter_rows() for cell in row
             if cell.hyperlink]  # fmt: skip
    assert links and all(link.location and not link.target for link in links)


def test_columns_have_the_types_and_formats_of_what_they_hold(books):
    book = books("english")
    month, *_, last = book.column("revenue_by_month", "month_start_on")
    assert month.value == datetime(2024, 1, 1) and month.number_format == "mmm yyyy"
    assert last.value == datetime(2026, 2, 1)
    day = book.column("revenue_by_product", "first_sold_on")[0]
    assert day.is_date and day.number_format == "mm-dd-yy"  # Excel's own short date
    amount = book.column("revenue_by_product", "revenue_amount")[0]
    assert (amount.data_type, amount.number_format) == ("n", '"€"#,##0.00')
    share = book.column("revenue_by_product", "revenue_share")[0]
    assert (share.data_type, share.number_format) == ("n", "0.0%") and 0 < share.value < 1
    count = book.column("revenue_by_month", "line_count")[0]
    assert (count.data_type, count.number_format) == ("n", "#,##0")
    flags = book.column("revenue_by_month", "is_complete")
    assert {cell.data_type for cell in flags} == {"b"} and flags[-1].value is False
    key = book.column("revenue_by_product", "product_id")[0]
    assert key.data_type == "s"


@pytest.mark.parametrize(
    ("locale", "currency", "pattern"),
    [
        ("en", "USD", '"$"#,##0.00'),
        ("fr", "EUR", '#,##0.00\u00a0"€"'),
        ("en", "JPY", '"¥"#,##0'),
        ("de_CH", "CHF", '"CHF"\u00a0#,##0.00'),
    ],
)
def test_amounts_are_in_the_shops_currency(locale, currency, pattern):
    parsed = Locale.parse(locale)
    cells = Cells(None, Formats(parsed, currency, "en"), Words(parsed))
    assert cells.pattern("amount") == pattern


@pytest.mark.parametrize("shop", ["english", "french", "bare"])
def test_each_table_has_filters_and_a_header_that_stays(books, shop):
    book = books(shop)
    for table in book.tables:
        if not table.rows:
            assert table.name not in {name for sheet in book.book for name in sheet.tables}
            continue
        sheet = book.sheet(table.name)
        (native,) = sheet.tables.values()
        letters = openpyxl.utils.get_column_letter(len(table.fields))
        assert native.ref == f"A{HEADER}:{letters}{HEADER + table.row_count}"
        assert native.autoFilter.ref == native.ref
        assert sheet.freeze_panes == f"B{HEADER + 1}"
        headers = [sheet.cell(HEADER, at + 1) for at in range(len(table.fields))]
        assert [cell.value for cell in headers] == [column.name for column in native.tableColumns]
        for cell, field in zip(headers, table.fields, strict=True):
            assert (cell.comment.text if cell.comment else "") == field.definition


def test_each_subject_has_its_sheet_with_sentences_charts_and_links(books):
    book = books("english")
    found = by_subject(book.tables)
    assert list(found) == [*book.made_from[1], "trust"]
    titles = book.book.sheetnames
    assert titles[0] == "Contents" and titles[-1] == "Definitions"
    places = [titles.index(book.words(f"subjects.{subject}")) for subject in found]
    assert places == sorted(places)
    for subject, charts in book.made_from[1].items():
        sheet = book.book[book.words(f"subjects.{subject}")]
        texts = {cell.value for row in sheet.iter_rows() for cell in row}
        assert {chart.sentence for chart in charts} <= texts
        targets = {
            cell.hyperlink.location.partition("!")[0].strip("'")
            for row in sheet.iter_rows()
            for cell in row
            if cell.hyperlink
        }
        assert targets == {book.sheet(one.name).title for one in found[subject] if one.rows}


def test_charts_are_native_and_draw_the_cells_of_their_table(books):
    book = books("english")
    counts = {sheet.title: len(sheet._charts) for sheet in book.book if sheet._charts}
    assert counts == {"Overview": 1, "Places": 2, "Products": 2, "Customers": 1, "Stores": 2,
                      "Team": 1, "Stock": 2}  # fmt: skip
    expected = {
        "By month": "select revenue_amount from marts.revenue_by_month order by month_start_on",
        "By product": "select revenue_amount from marts.revenue_by_product"
        " order by 1 desc limit 15",
        "Margin by category": "select revenue_amount from marts.margin_by_category order by 1 desc",
        "RFM segments": "select revenue_amount from marts.customer_rfm order by 1 desc limit 15",
        "By place": "select revenue_amount from marts.revenue_by_location order by 1 desc",
        "By region": "select revenue_amount from marts.revenue_by_region order by 1 desc",
        "By store": "select revenue_amount from marts.revenue_by_store order by 1 desc",
        "Incentives": "select incentive_amount from marts.incentives where month_start_on = (select"
        " max(month_start_on) from marts.incentives) order by employee_name",
        "Stock by category": "select cover_days from marts.stock_by_category order by category",
        "Stock by store": "select cover_days from marts.stock_by_store order by store_name",
        "Employees and sales": "select revenue_amount from marts.employee_sales_by_store"
        " order by 1 desc",
    }
    drawn = {}
    for sheet in book.book:
        for chart in sheet._charts:
            series = chart.series[0]
            values = series.val if series.val is not None else series.yVal
            name, _, cells = values.numRef.f.replace("$", "").replace("'", "").partition("!")
            drawn[name] = [cell.value for (cell,) in book.book[name][cells]]
    assert drawn.keys() == expected.keys()
    for name, sql in expected.items():
        assert drawn[name] == [pytest.approx(float(value)) for (value,) in book.query(sql)], name


def test_the_first_sheet_has_the_headlines_as_numbers(books):
    book = books("english")
    sheet = book.book.worksheets[0]
    rows = {row[0].value: row for row in sheet.iter_rows(min_row=HEADER)}
    for tile in book.made_from[2].tiles:
        _, value, change, note = rows[tile.label][:4]
        assert value.data_type == "n" and value.value == pytest.approx(float(tile.value))
        assert change.value == pytest.approx(float(tile.growth))
        assert change.number_format.startswith("+0.0%")
        assert tile.last_month in note.value
    assert "€" in rows["Revenue"][1].number_format and "€" not in rows["Orders"][1].number_format
    assert any("Filters in force: none" in str(row[0].value) for row in sheet.iter_rows())


def test_the_definitions_are_the_databases_own(books):
    book = books("english")
    rows = list(book.book["Definitions"].iter_rows(min_row=HEADER + 1, values_only=True))
    ((comment,),) = book.query(
        "select comment from duckdb_columns()"
        " where table_name = 'revenue_by_month' and column_name = 'revenue_amount'"
    )
    assert ("By month", "Revenue", "revenue_amount", comment) in {row[:4] for row in rows}


def test_the_french_workbook_speaks_french(books):
    book = books("french")
    assert book.book.sheetnames[:3] == ["Sommaire", "Vue d’ensemble", "Par mois"]
    headers = [cell.value for cell in book.sheet("revenue_by_month")[HEADER]]
    assert headers[0] == "Mois" and "Chiffre d’affaires" in headers


def test_a_new_mart_joins_without_being_told_of(tmp_path):
    """By the folder of its model, else under `more`; with our words for the columns we know."""
    book = Book(
        tmp_path,
        more="create table marts.favourites as select 'A' as product_name, 2.5 as revenue_amount,"
        " 0.5::double as repeat_share union all select 'B', 1, 0.25",
    )
    sheet = book.book["Favourites"]
    assert [cell.value for cell in sheet[HEADER]] == ["Product", "Revenue", "Repeat share"]
    assert sheet.cell(HEADER + 1, 3).number_format == "0.0%"
    assert len(book.book["More"]._charts) == 1


def test_what_a_subject_has_drawn_is_not_drawn_again(books):
    """Revenue by product is in the classes too, and in the best sellers."""
    book = books("english")
    assert {"ABC classes", "Best sellers"} <= set(book.book.sheetnames)
    drawn = [chart.series[0].val.numRef.f for chart in book.book["Products"]._charts]
    assert [re.split("[!']+", name.lstrip("'"))[0] for name in drawn] == [
        "By product", "Margin by category",
    ]  # fmt: skip


def test_a_table_that_is_too_long_is_left_out_and_says_where_it_is(tmp_path):
    book = Book(tmp_path, most_rows=20)
    assert "By month" not in book.book.sheetnames
    texts = [str(cell.value) for row in book.book["Overview"].iter_rows() for cell in row]
    assert any(
        text.startswith("26 rows, too many to look at here and left out:"
                        " query marts.revenue_by_month.") for text in texts
    )  # fmt: skip


def test_a_table_too_fine_to_read_is_named_and_left_out(books):
    book = books("english")
    assert "Lines of the incentives" not in book.book.sheetnames
    ((count,),) = book.query("select count(*) from marts.incentive_lines")
    assert count > 0
    texts = [str(cell.value) for row in book.book["Team"].iter_rows() for cell in row]
    assert any(text.startswith(f"{count:,} rows") and "query marts.incentive_lines." in text
               for text in texts)  # fmt: skip


def test_every_published_column_and_table_has_its_words():
    """In English here; that French has the same keys is tested with the languages."""
    words = Words(Locale.parse("en"))
    files = [*PROJECT.glob("models/marts/*/_*.yml"), PROJECT / "models/quality/_quality.yml"]
    models = [
        model
        for file in files
        for model in yaml.safe_load(file.read_text(encoding="utf-8")).get("models", [])
    ]
    assert len(models) > 30
    for model in models:
        assert words.find(f"tables.{model['name']}"), model["name"]
        for column in model["columns"]:
            assert words.find(f"fields.{column['name']}"), (model["name"], column["name"])


def test_the_workbook_of_the_sample_has_all_its_marts(sample_warehouse):
    """The file that `make report` wrote, whatever marts there are by now."""
    book = openpyxl.load_workbook(sample_warehouse / "report" / "report.xlsx")
    tables = {name: sheet for sheet in book for name in sheet.tables if name != "definitions"}
    with duckdb.connect(str(sample_warehouse / "sales.duckdb"), read_only=True) as connection:
        published = dict(connection.execute(
            "select table_name, schema_name from duckdb_tables()"
            " where schema_name in ('marts', 'quality')"
        ).fetchall())  # fmt: skip
        assert tables.keys() <= published.keys()
        contents = {cell.value for row in book.worksheets[0].iter_rows() for cell in row}
        for name, schema in published.items():
            (count,) = connection.execute(f"select count(*) from {schema}.{name}").fetchone()
            if name in tables:
                sheet = tables[name]
                assert sheet.max_row == HEADER + count, name
            else:
                assert count == 0 or count > workbook.MOST_ROWS or name in FINE, name
        assert Words(Locale.parse("fr"))("subjects.customers") in contents
        ((total,),) = connection.execute("select revenue_amount from marts.shop_summary").fetchall()
    sheet = tables["revenue_by_month"]
    at = [cell.value for cell in sheet[HEADER]].index("Chiffre d’affaires") + 1
    cells = [sheet.cell(row, at).value for row in range(HEADER + 1, sheet.max_row + 1)]
    assert round(sum(cells), 2) == float(round(total, 2)) == 1_536_657.35


def test_what_excel_cannot_hold_is_text_or_empty(tmp_path):
    book = Book(
        tmp_path,
        more="create table marts.odd as select date '1850-01-02' as opened_on, 'x' as store_name,"
        " 'nan'::double as fit, repeat('é', 40000) as story, timestamp '2025-03-04 05:06:07' as at",
    )
    assert book.column("odd", "opened_on")[0].value == "1850-01-02"
    assert book.column("odd", "fit")[0].value is None
    assert len(book.column("odd", "story")[0].value) == 32_767
    assert book.column("odd", "at")[0].value == datetime(2025, 3, 4, 5, 6, 7)


def test_a_sheet_name_is_one_that_excel_takes(books):
    context = books("english").made_from[0]
    writer = workbook._Writer(context, xlsxwriter.Workbook(io.BytesIO()))
    long = "Region / city: [all]? of *each* \\ store in one place"
    names = [writer.sheet(name, "#000000").name for name in (long, long, long.upper(), "'", "")]
    assert names[0] == "Region city all of each store i"
    assert len({name.lower() for name in names}) == len(names)
    assert all(0 < len(name) <= 31 and not re.search(r"[\[\]:*?/\\]", name) for name in names)


def test_the_same_figures_give_the_same_bytes(books):
    book = books("guessed")
    assert workbook.render(*book.made_from) == book.content
    assert book.book.properties.created == datetime(2025, 12, 31)
    assert book.book.properties.creator == guessed_shop().name


def test_kinds_go_by_the_ending_of_the_name():
    parsed = Locale.parse("en")
    cells = Cells(None, Formats(parsed, "EUR", "en"), Words(parsed))

    def kind(name, data_type, *values):
        return cells.kind(Field(name, data_type, ""), list(values))

    assert kind("spend_amount", "DECIMAL(18,4)", 1.0) == "amount"
    assert kind("unit_price", "DECIMAL(18,4)", 1.0) == "amount"
    assert kind("margin_share", "DOUBLE", 0.5) == "share"
    assert kind("quantity", "DECIMAL(18,4)", 1.0, None) == "count"
    assert kind("quantity", "DECIMAL(18,4)", 1.5) == "number"
    assert kind("cover_days", "DOUBLE", 35.25) == "number"
    assert kind("r_squared", "DOUBLE", 0.5, math.nan) == "fine"
    assert kind("sale_year", "INTEGER", 2025) == "year"
    assert kind("month_start_on", "DATE", date(2025, 1, 1)) == "month"
    assert kind("note", "VARCHAR", "1") == "text"
