"""Shapes that web shops, tills and price lists export, as small tables, and what becomes of them.

Where a table lacks what a sale needs, the refusal says what; where it is in doubt, it is asked.
"""

from __future__ import annotations

from decimal import Decimal

import pytest
from test_ingest_helpers import Shop
from test_onboard_evidence import write
from test_onboard_rules import asked, mapped

from scripts.errors import UserError
from scripts.onboard.answering import answer
from scripts.onboard.proposal import propose

DAYS = [f"2024-03-{day:02d}" for day in range(1, 10)]
WEB_SHOP = ("Name", "Created at", "Subtotal", "Total", "Taxes", "Refunded Amount")
WEB_SHOP += ("Discount Amount", "Financial Status", "Lineitem quantity", "Lineitem name")
WEB_SHOP += ("Lineitem price", "Id")


def web_shop(orders):
    """Rows of a web shop: (number, tax, refunded, discount, state, [(units, item, price)])."""
    rows = []
    for place, (number, tax, refunded, off, state, lines) in enumerate(orders):
        subtotal = sum(units * price for units, _, price in lines) - off
        for line, (units, item, price) in enumerate(lines):
            said = (subtotal, subtotal, tax, refunded, off, state)
            cells = said if line == 0 else ("",) * len(said)
            key = 59353570 + place if line == 0 else ""
            rows.append((number, DAYS[place], *cells, units, item, price, key))
    return rows


# Only two of five orders have several lines: few tell what is the order's.
ORDERS = [
    ("#1", 2, 0, 6, "paid", [(2, "Vase", 10), (1, "Bol", 4), (1, "Lid", 3)]),
    ("#2", 0, 0, 0, "paid", [(3, "Vase", 10)]),
    ("#3", 3, 5, 2, "partially_refunded", [(1, "Bol", 4), (2, "Pot", 7)]),
    ("#4", 1, 0, 1, "paid", [(2, "Bol", 4)]),
    ("#5", 0, 9, 0, "refunded", [(1, "Pot", 7)]),
]


def test_an_order_s_amounts_are_no_line_s_where_few_orders_have_several_lines(tmp_path):
    sales = propose(write(tmp_path / "s", "s.csv", WEB_SHOP, web_shop(ORDERS))).sections[0]
    assert mapped(sales)["unit_price"] == "Lineitem price"
    assert "net_amount" not in sales.columns
    assert sales.left_out["Total"] == "an amount of the order: on an order's first line only"


@pytest.mark.parametrize("is_amount", [False, True])
def test_the_totals_of_orders_tell_a_price_from_an_amount(tmp_path, is_amount):
    """No product is sold twice, so that only the totals tell."""
    orders = [
        ("#1", 0, 0, 6, "paid", [(2, "Vase", 10), (1, "Bol", 4), (1, "Lid", 3)]),
        ("#2", 0, 0, 0, "paid", [(3, "Pot", 10)]),
        ("#3", 0, 0, 2, "void", [(1, "Cup", 4), (2, "Jug", 7)]),
        ("#4", 0, 0, 1, "paid", [(2, "Pan", 4)]),
    ]
    rows = [list(row) for row in web_shop(orders)]
    for row in rows:
        row[-2] *= row[-4] if is_amount else 1
    sales = propose(write(tmp_path / "s", "s.csv", WEB_SHOP, rows)).sections[0]
    ours = "gross_amount" if is_amount else "unit_price"
    assert mapped(sales)[ours] == "Lineitem price"
    assert not ({"net_amount", "gross_amount", "unit_price"} - {ours}) & set(sales.columns)


def test_the_tax_of_an_order_is_shared_out_and_no_rate_is_asked(tmp_path):
    folder = write(tmp_path / "s", "s.csv", WEB_SHOP, web_shop(ORDERS))
    proposal = propose(folder)
    sales = proposal.sections[0]
    assert sales.options["spread"] == {"discount_amount": "Discount Amount", "tax_amount": "Taxes"}
    assert proposal.settings == {"prices_include_tax": True}
    assert asked(proposal) == {"sales.status", "currency"}


def test_the_lines_of_an_order_without_tax_have_none(tmp_path):
    columns = "order_id: order, sold_on: day, product_name: item, net_amount: amount"
    section = f"files: s.csv, columns: {{{columns}}}, spread: {{tax_amount: tax}}"
    shop = Shop(tmp_path, f"shop: Test\ncurrency: EUR\nsales: {{{section}}}\n")
    shop.write("s.csv", "order,day,item,amount,tax\n1,2024-03-01,Vase,9,0\n1,2024-03-01,Bol,4,\n")
    shop.ingest()
    assert shop.values("tax_amount") == ["0", "0"]


def test_what_was_paid_back_of_single_orders_is_said_beside_the_states(tmp_path):
    proposal = propose(write(tmp_path / "s", "s.csv", WEB_SHOP, web_shop(ORDERS)))
    question = next(one for one in proposal.questions if one.place == "sales.status")
    assert any("`Refunded Amount` says that 14.00 was given back" in e for e in question.evidence)


def test_what_was_taken_off_is_never_the_amount(tmp_path):
    header = ("date", "item", "price_sold", "base_price", "total_discount_applied")
    rows = [(DAYS[n], "Shoe", 90 + n, 100 + n, 10) for n in range(8)]
    proposal = propose(write(tmp_path / "s", "s.csv", header, rows))
    question = next(one for one in proposal.questions if "what was sold for" in one.text)
    assert [one.label for one in question.answers] == ["price_sold", "base_price"]


def test_an_amount_without_tax_is_no_rate_of_it(tmp_path):
    header = ("Datum", "Artikel", "Aantal", "Totaal ex BTW", "Totaal")
    rows = [(DAYS[n], f"Vaas {n % 3}", n + 1, 10, "12.10") for n in range(6)]
    assert (
        "tax_rate" not in propose(write(tmp_path / "s", "s.csv", header, rows)).sections[0].columns
    )


def test_answers_and_sexes_are_no_names(tmp_path):
    header = ("date", "product_id", "genre", "is_best_seller", "price")
    rows = [(DAYS[n], f"P{n % 3}", "MF"[n % 2], n % 2 == 0, 10 + n) for n in range(8)]
    found = mapped(propose(write(tmp_path / "s", "s.csv", header, rows)).sections[0])
    assert not {"genre", "is_best_seller"} & set(found.values())


def test_days_with_a_time_of_midnight_among_others_are_days(tmp_path):
    days = ["2022-05-11 00:00:00", "13.05.2022", "2022-06-08 00:00:00", "23.06.2022"]
    rows = [(day, f"V{place}", 1, 10) for place, day in enumerate(days)]
    sales = propose(write(tmp_path / "s", "s.csv", ("Datum", "Artikel", "Menge", "Preis"), rows))
    section = sales.sections[0]
    assert mapped(section)["sold_on"] == "Datum"
    assert set(section.options["date"]) == {"%Y-%m-%d %H:%M:%S", "%d.%m.%Y"}


def test_other_columns_tell_a_comma_of_thousands(tmp_path):
    header = ("date", "product", "price", "latitude")
    rows = [(DAYS[n], "Vase", price, "51.5") for n, price in enumerate(["1200", '"13,000"', "900"])]
    proposal = propose(write(tmp_path / "s", "s.csv", header, rows))
    assert proposal.sections[0].options["thousands"] == ","
    assert "sales.decimal" not in asked(proposal)


def pizzeria(tmp_path, **changes):
    folder = write(
        tmp_path / "s",
        "lines.csv",
        ("line", "order_id", "pizza_id", "quantity"),
        [(1, 1, "margherita_m", 1), (2, 1, "diavola_l", 2), (3, 2, "diavola_l", 1)],
    )
    write(folder, "orders.csv", ("order_id", "date"), [(1, DAYS[0]), (2, DAYS[1])])
    header = changes.get("header", ("pizza_id", "size", "price (€)"))
    prices = [("margherita_m", "M", 8), ("diavola_l", "L", 12), ("funghi_s", "S", 7)]
    return write(folder, "pizzas.csv", header, prices)


def test_a_key_of_a_price_list_is_what_was_sold(tmp_path):
    proposal = propose(pizzeria(tmp_path))
    assert mapped(proposal.sections[0])["product_id"] == "pizza_id"
    products = next(one for one in proposal.sections if one.input_name == "products")
    assert mapped(products)["unit_price"] == "price (€)"
    # the price list says the currency too
    assert proposal.currency == "EUR"


def test_lines_that_nothing_prices_are_refused(tmp_path):
    header = ("data", "piatto", "quantità")
    rows = [(DAYS[n], f"Tartare {n % 2}", n + 1) for n in range(5)]
    with pytest.raises(UserError, match=r"no column, and no other file, says what it was sold for"):
        propose(write(tmp_path / "s", "s.csv", header, rows))


def test_states_are_summed_by_the_prices_of_the_list(tmp_path):
    header = ("Verkauf", "ProduktID", "Datum", "Menge", "Retoure")
    rows = [(f"V{n}", f"P{n % 2}", DAYS[n], 2, "Ja" if n == 3 else "Nein") for n in range(6)]
    folder = write(tmp_path / "s", "verkauf.csv", header, rows)
    write(
        folder,
        "produkte.csv",
        ("ProduktID", "Produktname", "Preis"),
        [("P0", "A", 5), ("P1", "B", 7)],
    )
    question = next(one for one in propose(folder).questions if one.place == "sales.status")
    assert question.evidence == ["Nein: 5 rows, 58.00", "Ja: 1 rows, 14.00"]


def test_what_was_sold_is_asked_where_only_that_is_not_said(tmp_path):
    header = ("fecha", "pastel", "pago", "cantidad", "total", "tienda_abierta")
    rows = [
        (DAYS[n], ("Fresa", "Nuez")[n % 2], ("efectivo", "pix")[n % 2], n + 1, 10 * (n + 1), "si")
        for n in range(6)
    ]
    proposal = propose(write(tmp_path / "s", "s.csv", header, rows))
    place = "sales.columns.product_name"
    question = next(one for one in proposal.questions if one.place == place)
    assert question.text == "In s.csv, which column says what was sold?"
    assert [one.label for one in question.answers] == ["pastel"]
    answer(proposal, question, "pastel")
    assert mapped(proposal.sections[0])["product_name"] == "pastel"


@pytest.mark.parametrize(
    ("header", "row", "says"),
    [
        (("Day", "Item", "Total Cost"), ("Tue", "Vase", 4), "`Day` (Tue) does not say which day"),
        (("Année", "Produit", "Montant"), (2004, "Vase", 4), "`Année` (2004) does not say which"),
        (
            ("produkt", "cena"),
            ("Vase", 4),
            "comes nearest, but no column has days that can be read.",
        ),
        (
            ("Bestelnummer", "Datum", "Totaal"),
            ("{n}", DAYS[0], 4),
            "no column says what was sold (it has a row for each order, not for each thing sold)",
        ),
        (
            ("Comprador", "Ventas", "Fecha"),
            ("Ana", 4, DAYS[0]),
            "but no column says what was sold.",
        ),
    ],
)
def test_a_refusal_says_what_the_nearest_table_lacks(tmp_path, header, row, says):
    rows = [[str(cell).replace("{n}", str(n)) for cell in row] for n in range(5)]
    with pytest.raises(UserError) as refused:
        propose(write(tmp_path / "s", "s.csv", header, rows))
    assert says in str(refused.value)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('"2024-03-02,Bol,""4"",8"', "A program has put whole lines into quotes"),
        ("2024-03-02,1155,Bol,4,8", "Some of its columns have no name in the header"),
    ],
)
def test_lines_that_do_not_fit_their_header_are_refused_with_the_first(tmp_path, line, says):
    folder = tmp_path / "s"
    folder.mkdir()
    text = "date,item,units,total\n2024-03-01,Bol,1,2\n" + f"{line}\n" * 4
    (folder / "s.csv").write_text(text)
    with pytest.raises(UserError) as refused:
        propose(folder)
    assert "4 of 5 lines do not have the 4 columns of its header, the first in line 3: " in str(
        refused.value
    )
    assert says in str(refused.value)


def test_a_price_per_litre_is_that_of_one(tmp_path):
    header = ("Fecha", "Producto", "Cantidad Vendida", "Precio por Litro")
    rows = [(DAYS[n], "Magna", 250, Decimal("23.99")) for n in range(4)]
    sales = propose(write(tmp_path / "s", "s.csv", header, rows)).sections[0]
    assert mapped(sales)["unit_price"] == "Precio por Litro"
