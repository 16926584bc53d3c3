"""Text as it was written → text of the landing: what is rewritten, and what stays."""

from __future__ import annotations

import pytest
from test_ingest_helpers import INPUTS, Shop

from scripts.ingest import registry


def landed(tmp_path, options, column, header, texts):
    """(value, as written) of each text, read in the column that `column` maps."""
    inputs = INPUTS.replace("net_amount: amount", f"net_amount: amount, {column}: {header}")
    shop = Shop(tmp_path, inputs + "  delimiter: '|'\n" + options)
    lines = "".join(f"2026-01-01|a|1|1|{text}\n" for text in texts)
    shop.write("sales.csv", f"day|product|quantity|amount|{header}\n{lines}")
    shop.ingest()
    return shop.rows(f"{column}, {column}_as_written")


NUMBERS = [
    # options, text, value (None: stays as it is)
    ("", "1234.5", "1234.5"),
    ("", "-1234.5", "-1234.5"),
    ("", "+12", "12"),
    ("", ".5", "0.5"),
    ("", "-.5", "-0.5"),
    ("", "1 234.50", "1234.50"),
    ("", "1\u00a0234\u00a0567.50", "1234567.50"),
    ("", "1\u202f234", "1234"),
    ("", "1'234.5", "1234.5"),
    ("", "1’234.5", "1234.5"),
    ("", "1,234.50", "1,234.50"),
    ("", "1,5", "1,5"),
    ("", "12O", "12O"),
    ("", "1e5", "100000"),
    ("", "1.5E-3", "0.0015"),
    ("", "-2e2", "-200"),
    ("", "1e99", "1e99"),
    ("", "(12.00)", "-12.00"),
    ("", "( 1 234.5 )", "-1234.5"),
    ("", "12-", "-12"),
    ("", "12.5 -", "-12.5"),
    ("", "\u221212", "-12"),
    ("", "- 12", "-12"),
    ("", "(12", "(12"),
    ("", "12)", "12)"),
    ("", "-12-", "-12-"),
    ("", "-(12)", "-(12)"),
    ("", "€12.50", "12.50"),
    ("", "12.50 €", "12.50"),
    ("", "12.50\u00a0€", "12.50"),
    ("", "EUR 12.50", "12.50"),
    ("", "12.50eur", "12.50"),
    ("", "-€12.50", "-12.50"),
    ("", "€-12.50", "-12.50"),
    ("", "€ (12.50)", "-12.50"),
    ("", "(€12.50)", "-12.50"),
    ("", "12.50- €", "-12.50"),
    # another currency's sign is no number of this shop
    ("", "£12.50", "£12.50"),
    ("", "$12.50", "$12.50"),
    ("", "12 kg", "12 kg"),
    ("  thousands: ','\n", "€2,310.40", "2310.40"),
    ("  decimal: ','\n  thousands: '.'\n", "1.234,50 €", "1234.50"),
    ("  decimal: ','\n", "12 500 EUR", "12500"),
    ("  decimal: ','\n", "1,5e3", "1500"),
    ("  decimal: ','\n", "(49.99)", "(49.99)"),
    ("", "1_000", "1_000"),
    ("", "12.", "12."),
    ("", "1 2 3", "1 2 3"),
    ("", "NaN", "NaN"),
    ("  thousands: ','\n", "1,234.50", "1234.50"),
    ("  thousands: ','\n", "12,34", "12,34"),
    ("  thousands: ','\n", "1,234,56", "1,234,56"),
    ("  decimal: ','\n", "1,234", "1.234"),
    ("  decimal: ','\n", "1 234,50", "1234.50"),
    ("  decimal: ','\n", "-1\u202f234,5", "-1234.5"),
    ("  decimal: ','\n", ",5", "0.5"),
    ("  decimal: ','\n", "12", "12"),
    ("  decimal: ','\n", "1,2,3", "1,2,3"),
    ("  decimal: ','\n", "49.99", "49.99"),
    ("  decimal: ','\n  thousands: '.'\n", "1.234,50", "1234.50"),
    ("  decimal: ','\n  thousands: '.'\n", "1.234", "1234"),
    ("  decimal: ','\n  thousands: '.'\n", "1.23,4", "1.23,4"),
    ("  decimal: ','\n  thousands: '.'\n", "-1.234.567,8", "-1234567.8"),
    ("  decimal: ','\n  thousands: ' '\n", "1 234,5", "1234.5"),
]


@pytest.mark.parametrize(("options", "text", "value"), NUMBERS)
def test_a_number_is_rewritten_when_the_declared_format_reads_it(tmp_path, options, text, value):
    assert landed(tmp_path, options, "gross_amount", "gross", [text]) == [
        (value, text if value != text else None)
    ]


def test_a_number_that_could_mean_two_things_is_not_read(tmp_path):
    found = landed(tmp_path, "  decimal: ','\n", "gross_amount", "gross", ["1.234", "-12.500"])
    assert found == [("1.234?", "1.234"), ("-12.500?", "-12.500")]


RATES = [
    ("", "0.2", "0.2"),
    ("", "20 %", "0.2"),
    ("", "20%", "0.2"),
    ("", "7.5\u00a0%", "0.075"),
    ("", "100%", "1"),
    ("", "0 %", "0"),
    ("", "abc%", "abc%"),
    ("  decimal: ','\n", "12,5 %", "0.125"),
    ("  percent: [discount_rate]\n", "20", "0.2"),
    ("  percent: [discount_rate]\n", "20 %", "0.2"),
    ("  percent: [discount_rate]\n", "abc", "abc"),
    ("  percent: [discount_rate]\n", "", None),
]


@pytest.mark.parametrize(("options", "text", "value"), RATES)
def test_a_rate_is_a_share(tmp_path, options, text, value):
    found = landed(tmp_path, options, "discount_rate", "rate", [text])
    assert found == [(value, text if text not in ("", value) else None)]


DATES = [
    ("", "2026-11-21", "2026-11-21"),
    ("", "2026-2-3", "2026-02-03"),
    ("", "2026-02-30", "2026-02-30"),
    ("", "21/11/2026", "21/11/2026"),
    ("", "2026-11-21 10:00:00", "2026-11-21 10:00:00"),
    ("  date: '%d/%m/%Y'\n", "21/11/2026", "2026-11-21"),
    ("  date: '%d/%m/%Y'\n", "1/2/2026", "2026-02-01"),
    ("  date: '%d/%m/%Y'\n", "31/02/2026", "31/02/2026"),
    ("  date: '%d/%m/%Y'\n", "11/21/2026", "11/21/2026"),
    ("  date: '%d/%m/%Y'\n", "21/11/26", "21/11/26"),
    ("  date: '%d/%m/%Y'\n", "2026-11-21", "2026-11-21?"),
    ("  date: '%d/%m/%Y'\n", "2026-02-30", "2026-02-30"),
    ("  date: '%d/%m/%y'\n", "21/11/26", "2026-11-21"),
    ("  date: ['%d/%m/%Y', '%Y%m%d']\n", "20261121", "2026-11-21"),
    ("  date: '%d/%m/%Y %H:%M'\n", "21/11/2026 14:05", "2026-11-21"),
    ("  date: '%d.%m.%Y'\n", "?", "?"),
    ("  date: '%d %B %Y'\n", "3 février 2026", "2026-02-03"),
    ("  date: '%d %b %Y'\n", "3 févr. 2026", "2026-02-03"),
    ("  date: '%d. %B %Y'\n", "3. März 2026", "2026-03-03"),
    ("  date: '%d de %B de %Y'\n", "3 de Diciembre de 2026", "2026-12-03"),
    ("  date: '%d-%b-%y'\n", "03-SET-26", "2026-09-03"),
    ("  date: '%d %B %Y'\n", "3 maart 2026", "2026-03-03"),
    ("  date: '%d %B %Y'\n", "3 outubro 2026", "2026-10-03"),
    ("  date: '%d %B %Y'\n", "3 brumaire 2026", "3 brumaire 2026"),
    ("  date: '%b %d, %Y'\n", "May 4, 2026", "2026-05-04"),
    ("  date: '%A, %B %d, %Y'\n", "Monday, May 4, 2026", "2026-05-04"),
    ("  date: '%a %d %b %Y'\n", "lun. 4 mai 2026", "2026-05-04"),
    ("  date: excel\n", "46147", "2026-05-05"),
    ("  date: [excel, '%d/%m/%Y']\n", "04/05/2026", "2026-05-04"),
    ("  date: excel\n", "46147.75", "2026-05-05"),
    ("  date: excel\n", "2026", "2026"),
    ("  date: excel\n", "99999", "99999"),
    ("  date: '%Y-%m-%dT%H:%M:%S%z'\n", "2026-05-04T23:30:00+02:00", "2026-05-04"),
    ("  date: '%Y-%m-%dT%H:%M:%S%z'\n", "2026-05-04T23:30:00Z", "2026-05-04"),
    ("  date: '%Y-%m-%d %H:%M:%S %z'\n", "2026-05-04 23:30:00 -0500", "2026-05-04"),
]


@pytest.mark.parametrize(("options", "text", "value"), DATES)
def test_a_date_is_read_by_the_declared_formats_only(tmp_path, options, text, value):
    inputs = INPUTS + "  delimiter: '|'\n" + options
    shop = Shop(tmp_path, inputs)
    shop.write("sales.csv", f"day|product|quantity|amount\n{text}|a|1|1\n")
    shop.ingest()
    assert shop.rows("sold_on, sold_on_as_written") == [(value, text if value != text else None)]


TIMESTAMPS = [
    ("", "2026-11-21 14:05:09", "2026-11-21 14:05:09"),
    ("", "2026-11-21T14:05:09", "2026-11-21 14:05:09"),
    ("", "2026-11-21 14:05", "2026-11-21 14:05:00"),
    ("", "2026-11-21", "2026-11-21 00:00:00"),
    ("", "2026-11-21 14:05:09.5", "2026-11-21 14:05:09"),
    ("", "2026-11-21 25:05", "2026-11-21 25:05"),
    ("  datetime: '%d/%m/%Y'\n", "2026-11-21 14:05", "2026-11-21 14:05?"),
    ("", "soon", "soon"),
    ("  date: '%d/%m/%Y'\n", "21/11/2026 14:05", "2026-11-21 14:05:00"),
    ("  datetime: '%d/%m/%Y'\n", "21/11/2026", "2026-11-21 00:00:00"),
    ("  datetime: excel\n", "46147.75", "2026-05-05 18:00:00"),
    ("  datetime: '%Y-%m-%dT%H:%M:%S%z'\n", "2026-05-04T23:30:00+02:00", "2026-05-04 23:30:00"),
    ("  datetime: '%d %b %Y'\n", "1er juin 2026", "2026-06-01 00:00:00"),
    ("  datetime: '%d-%b-%Y %I:%M %p %Z'\n", "04-May-2026 11:30 PM EDT", "2026-05-04 23:30:00"),
    ("  datetime: '%m/%d/%Y %I:%M %p'\n", "11/21/2026 02:05 PM", "2026-11-21 14:05:00"),
]


@pytest.mark.parametrize(("options", "text", "value"), TIMESTAMPS)
def test_a_timestamp_is_read_with_or_without_a_time(tmp_path, options, text, value):
    found = landed(tmp_path, options, "updated_at", "changed", [text])
    assert found == [(value, text if value != text else None)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("42.0", "42"),
        ("-7.0", "-7"),
        ("42.00", "42.00"),
        ("007", "007"),
        ("v1.0", "v1.0"),
        ("1.5", "1.5"),
    ],
)
def test_an_identifier_loses_the_point_of_a_spreadsheet(tmp_path, text, value):
    found = landed(tmp_path, "", "customer_id", "who", [text])
    assert found == [(value, text if value != text else None)]


def test_flags(tmp_path):
    text = INPUTS + "employees:\n  files: e.csv\n  columns: {employee_id: id, is_active: active}\n"
    shop = Shop(tmp_path, text)
    shop.write("sales.csv", "day,product,quantity,amount\n")
    words = [
        "1",
        "TRUE",
        "yes",
        "Oui",
        "vrai",
        "Y",
        "O",
        "0",
        "false",
        "No",
        "NON",
        "faux",
        "n",
        "?",
    ]
    shop.write("e.csv", "id,active\n" + "".join(f"{n},{w}\n" for n, w in enumerate(words)))
    shop.ingest()
    assert shop.values("is_active", "employees") == ["true"] * 7 + ["false"] * 6 + ["?"]


def test_values_are_trimmed_and_null_texts_are_null(tmp_path):
    shop = Shop(tmp_path, INPUTS + "  null_text: [NULL, n/a]\n")
    shop.write(
        "sales.csv",
        "day,product,quantity,amount\n"
        '2026-01-01,"\u00a0a b\u202f\t",NULL, n/a \n'
        '2026-01-02, null ,"  ",\n',
    )
    shop.ingest()
    assert shop.rows("product_id, quantity, net_amount, product_id_as_written") == [
        ("a b", None, None, None),
        ("null", None, None, None),
    ]


def test_landing_columns_are_those_of_the_registry_in_order(tmp_path):
    shop = Shop(tmp_path)
    shop.write("sales.csv", "day,product,quantity,amount\n2026-01-01,a,1,2\n")
    shop.ingest()
    for name in registry.inputs():
        expected = [
            (column, "BIGINT" if column == "record_number" else "VARCHAR")
            for column in registry.landing_columns(name)
        ]
        described = "select column_name, column_type from (describe select * from read_parquet(?))"
        files = [f"landing/{name}/empty.parquet"]
        if name == "sales":
            files.append(shop.entry()["landing_file"])
        for file in files:
            assert shop.query(described, file) == expected
    sales = registry.landing_columns("sales")
    assert sales[:4] == ["file_id", "record_number", "record_key", "sale_id"]
    assert sales[-1] == "extra"
    assert "quantity_as_written" in sales
    assert "status_as_written" not in sales


def test_a_record_key_joins_the_normalised_key_and_is_null_when_a_part_is(tmp_path):
    inputs = INPUTS.replace("sold_on: day", "sold_on: day, order_id: order, line_number: line")
    shop = Shop(tmp_path, inputs + "  key: [order_id, line_number]\n")
    shop.write(
        "sales.csv",
        "day,order,line,product,quantity,amount\n2026-01-01,A1.0,2.0,a,1,2\n2026-01-01,A1,,a,1,2\n",
    )
    shop.ingest()
    assert shop.values("record_key") == ["A1.0\x1f2", None]


def test_a_name_stands_in_for_an_identifier_that_is_not_mapped(tmp_path):
    inputs = INPUTS.replace(
        "product_id: product", "product_name: product, category: kind, store_name: store"
    )
    shop = Shop(tmp_path, inputs)
    shop.write(
        "sales.csv", "day,product,kind,store,quantity,amount\n2026-01-01,Tea,Drinks,Lyon,1,2\n"
    )
    shop.ingest()
    assert shop.rows("product_id, product_name, store_id, store_name, customer_id") == [
        ("Tea", "Tea", "Lyon", "Lyon", None)
    ]
    shop.write("inputs.yml", INPUTS.replace("product_id: product", "category: kind"))
    shop.ingest()
    assert shop.rows("product_id, category") == [("Drinks", "Drinks")]


def test_several_columns_are_joined_with_a_space(tmp_path):
    text = INPUTS + (
        "customers:\n  files: c.csv\n  columns: {customer_id: id, customer_name: [first, last]}\n"
    )
    shop = Shop(tmp_path, text)
    shop.write("sales.csv", "day,product,quantity,amount\n")
    shop.write("c.csv", "id,last,first\n1,Roe,Ann\n2,Roe,\n3,,\n")
    shop.ingest()
    assert shop.values("customer_name", "customers") == ["Ann Roe", "Roe", None]


def test_lookups_land_with_their_attribute(tmp_path):
    text = INPUTS + (
        "lookups:\n  category: {files: c.csv, columns: {code: id, name: label}}\n"
        "  brand: {files: b.csv, columns: {code: id, name: label}}\n"
    )
    shop = Shop(tmp_path, text)
    shop.write("sales.csv", "day,product,quantity,amount\n")
    shop.write("c.csv", "id,label\n1.0,Tea\n")
    shop.write("b.csv", "id,label\n1.0,Acme\n")
    shop.ingest()
    assert shop.rows("attribute, code, name, record_key", "lookups") == [
        ("brand", "1", "Acme", "brand\x1f1"),
        ("category", "1", "Tea", "category\x1f1"),
    ]
    assert shop.entry("c.csv")["pattern_position"] == 0
    assert shop.entry("b.csv")["pattern_position"] == 1


def test_control_totals_are_exact_and_rounded_half_away_from_zero(tmp_path):
    inputs = INPUTS.replace("net_amount: amount", "net_amount: amount, discount_rate: rate")
    shop = Shop(tmp_path, inputs)
    shop.write(
        "sales.csv",
        "day,product,quantity,amount,rate\n"
        "2026-01-01,a,1,0.00005,0.000000005\n"
        "2026-01-01,a,2,-0.00005,10 %\n"
        "2026-01-01,a,x,0.1,\n"
        "2026-01-01,a,3,0.2,\n"
        "2026-01-01,a,123456789012345,12345678901234.1234567891,\n",
    )
    shop.ingest()
    assert shop.entry()["control_totals"] == [
        {"column_name": "quantity", "as_written": "6", "rounded": "6", "ignored": "0"},
        {
            "column_name": "discount_rate",
            "as_written": "0.100000005",
            "rounded": "0.10000001",
            "ignored": "0",
        },
        {
            "column_name": "net_amount",
            "as_written": "12345678901234.4234567891",
            "rounded": "12345678901234.4235",
            "ignored": "0",
        },
    ]


def test_first_and_last_day_come_from_the_readable_dates(tmp_path):
    shop = Shop(tmp_path)
    lines = "".join(
        f"{day},a,1,2\n"
        for day in ["2026-03-01", "2026-02-30", "x", "2026-01-05", "", "0000-00-00"]
    )
    shop.write("sales.csv", "day,product,quantity,amount\n" + lines)
    shop.ingest()
    entry = shop.entry()
    assert (entry["first_sold_on"], entry["last_sold_on"]) == ("2026-01-05", "2026-03-01")
