"""Shapes that web shops, tills and price lists export, as small tables, and what becomes of them.

Where a table lacks what a sale needs, the refusal says what; where it is in doubt, it is asked.
"""

from __future__ import annotations

import json
from collections import Counter
from decimal import Decimal

import pytest
from test_ingest_containers import workbook
from test_ingest_helpers import Shop
from test_onboard_evidence import write
from test_onboard_rules import asked, mapped

from scripts.errors import UserError
from scripts.onboard.answering import answer
from scripts.onboard.proposal import propose
from scripts.onboard.writing import text_of

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


def only(tmp_path, header, rows, name="s.csv"):
    """The proposal for a folder of one file."""
    return propose(write(tmp_path / "s", name, header, rows))


def refusal(tmp_path, header, rows):
    """Why a folder of one file is refused."""
    with pytest.raises(UserError) as refused:
        only(tmp_path, header, rows)
    return str(refused.value)


def test_lines_of_debit_come_off(tmp_path):
    """An audit file has what was sold and what came back in two columns of amounts."""
    header = ("InvoiceDate", "InvoiceType", "ProductDescription", "Quantity", "UnitPrice")
    header += ("CreditAmount", "DebitAmount")
    rows = [
        (DAYS[n], "NC" if n % 4 == 3 else "FS", f"Vaso {n % 3}", n + 1, 5)
        + (("", 5 * n + 5) if n % 4 == 3 else (5 * n + 5, ""))
        for n in range(9)
    ]
    proposal = only(tmp_path, header, rows)
    sales, (question, *_) = proposal.sections[0], [q for q in proposal.questions if q.answers == []]
    assert mapped(sales)["status"] == "InvoiceType"
    assert not {"CreditAmount", "DebitAmount"} & set(mapped(sales).values())
    assert "`DebitAmount` has the amounts of NC: they come off" in question.evidence


@pytest.mark.parametrize(
    "cells", [(("Kind", "FS"), ("Quantity", 1)), (("InvoiceType", "FS"), ("Quantity", 3))]
)
def test_two_sides_that_nothing_tells_are_refused(tmp_path, cells):
    """No column says which lines come off, or the amounts are not quantity × price."""
    (kind, said), (quantity, units) = cells
    rows = [
        (DAYS[n], said if units == 1 or n % 3 else "NC", "Vaso", units, 5)
        + (("", 5) if n % 3 == 0 else (5, ""))
        for n in range(9)
    ]
    header = ("Date", kind, "Item", quantity, "Unit price", "Credit", "Debit")
    assert "what stands in the second comes off" in refusal(tmp_path, header, rows)


def test_amounts_by_card_are_no_sides_of_an_account(tmp_path):
    header = ("Date", "Item", "Quantity", "Amount", "Credit card", "Debit card")
    rows = [(DAYS[n], "Vase", 2, 5, *((5, "") if n % 2 else ("", 5))) for n in range(8)]
    assert mapped(only(tmp_path, header, rows).sections[0])["net_amount"] == "Amount"


def test_the_amount_of_a_line_is_no_number_of_it(tmp_path):
    header = ("InvoiceDate", "Description", "Quantity", "UnitAmount", "Discount", "LineAmount")
    rows = [(DAYS[n], "Vase", n + 1, 10, (n % 2) * 10, 10 * (n + 1)) for n in range(8)]
    rows = [(*r[:5], r[5] * (100 - r[4]) / 100) for r in rows]
    sales = only(tmp_path, header, rows).sections[0]
    assert mapped(sales)["net_amount"] == "LineAmount"
    assert "line_number" not in sales.columns
    assert mapped(sales)["discount_rate"] == "Discount"


def takings(labels):
    """Takings by department, each day with its total below: a label for each day."""
    rows = []
    for place, label in enumerate(labels):
        amounts = [7 + place, 20 + place, 3]
        rows += [(DAYS[place], name, amount) for name, amount in zip("ABC", amounts, strict=True)]
        rows.append((DAYS[place], label, sum(amounts)))
    return rows


def test_totals_among_the_departments_are_no_sales(tmp_path):
    header = ("Data", "Reparto", "Imponibile")
    sales = only(tmp_path, header, takings(["Totale giorno"] * 6)).sections[0]
    assert sales.options["not_goods"] == ["Totale giorno"]


def test_totals_of_many_names_are_refused(tmp_path):
    labels = [f"Totale {day}" for day in DAYS]
    said = refusal(tmp_path, ("Data", "Reparto", "Imponibile"), takings(labels))
    assert "Export it without subtotals" in said


def test_goods_called_total_are_goods(tmp_path):
    rows = [(DAYS[n], ("Total Clean", "Vase")[n % 2], 5 + n) for n in range(8)]
    sales = only(tmp_path, ("Date", "Product", "Amount"), rows).sections[0]
    assert "not_goods" not in sales.options


def test_a_row_that_only_counts_its_order_s_units_sums_it_up(tmp_path):
    """Its figure is the sum of what the lines cost, which no line says."""
    header = ("Order Number", "Item Title", "Quantity", "Sold For", "Total Price", "Sale Date")
    rows = []
    for n in range(6):
        rows.append((n, "", 3, 25, 29, DAYS[n]))
        rows += [(n, "Vase", 1, 5, "", DAYS[n]), (n, "Bowl", 2, 10, "", DAYS[n])]
    rows += [(10 + n, "Vase", n + 1, 5, 5 * n + 9, DAYS[n]) for n in range(3)]
    sales = only(tmp_path, header, rows).sections[0]
    assert sales.options["no_line_without"] == ["product_name"]
    assert "Total Price" not in mapped(sales).values()


def test_what_adds_up_as_it_goes_is_no_amount(tmp_path):
    amounts = [12, 7, 30, -5, 8, 16, 9, 21]
    header = ("Datum", "Warengruppe", "Umsatz netto", "Umsatz kumuliert")
    rows = [(DAYS[n], "Deko", a, sum(amounts[: n + 1])) for n, a in enumerate(amounts)]
    proposal = only(tmp_path, header, rows)
    assert mapped(proposal.sections[0])["net_amount"] == "Umsatz netto"
    assert asked(proposal) == {"currency"}


def test_cents_are_refused(tmp_path):
    rows = [(DAYS[n], "Vase", 1999 + n) for n in range(5)]
    assert "in cents (`amount_cents`)" in refusal(tmp_path, ("date", "item", "amount_cents"), rows)


def test_the_columns_of_lines_go_before_those_of_their_order(tmp_path):
    header = ("Order Reference", "Order Date", "Total", "Order Lines/Product")
    header += ("Order Lines/Quantity", "Order Lines/Unit Price", "Order Lines/Subtotal")
    rows = []
    for n in range(6):
        rows.append((f"S{n}", DAYS[n], 25, "Vase", 1, 5, 5))
        rows.append(("", "", "", "Bowl", 2, 10, 20))
    sales = only(tmp_path, header, rows).sections[0]
    assert mapped(sales)["net_amount"] == "Order Lines/Subtotal"
    assert mapped(sales)["order_id"] == "Order Reference"
    assert mapped(sales)["product_id"] == "Order Lines/Product"


def test_tax_in_a_column_for_each_rate_is_no_rate_and_not_the_tax(tmp_path):
    header = ("Date", "Produit", "Total TTC", "TVA 10%", "TVA 20%")
    rows = [(DAYS[n], "Thé", 22 + 2 * n, *((2, 0) if n % 2 else (0, 4))) for n in range(8)]
    proposal = only(tmp_path, header, rows)
    assert not {"tax_rate", "tax_amount"} & set(proposal.sections[0].columns)
    question = next(one for one in proposal.questions if one.place == "settings.tax_rate")
    assert "several columns (TVA 10%, TVA 20%)" in question.evidence[0]


def test_a_discount_with_tax_is_off_what_is_without(tmp_path):
    header = ("Date", "Produit", "Qté", "PU TTC", "Remise TTC", "Total TTC", "TVA", "Total HT")
    rows = [(DAYS[n], "Thé", n + 1, 12, 1, 12 * n + 11, 2, 12 * n + 9) for n in range(8)]
    proposal = only(tmp_path, header, rows)
    assert mapped(proposal.sections[0])["net_amount"] == "Total HT"
    assert "discount_amount" not in proposal.sections[0].columns
    assert asked(proposal) == {"currency"}


def test_a_price_before_the_discount_is_no_discount(tmp_path):
    header = ("Datum", "Artikel", "Rabatt", "Preis vor Rabatt", "Umsatz")
    rows = [(DAYS[n], f"Vase {n % 3}", n % 2, 20 + n, 20 + n - n % 2) for n in range(8)]
    columns = only(tmp_path, header, rows).sections[0].columns
    assert ["Preis vor Rabatt"] not in (
        columns.get("discount_rate"),
        columns.get("discount_amount"),
    )


def test_letters_for_the_rates_of_tax_are_pointed_out(tmp_path):
    rows = [(DAYS[n], "Thee", 5 + n, "HL"[n % 2]) for n in range(8)]
    proposal = only(tmp_path, ("Datum", "Artikel", "Totaal", "BTW"), rows)
    question = next(q for q in proposal.questions if q.place.endswith("include_tax"))
    assert "`BTW` says which rate by letters (H, L)" in question.evidence[1]


def test_amounts_in_one_currency_go_before_those_in_the_row_s(tmp_path):
    header = ("date", "product", "currency", "amount", "amount_eur")
    rows = [(DAYS[n], "Vase", ("EUR", "CHF")[n % 2], 10 + n, 9 + n) for n in range(8)]
    proposal = only(tmp_path, header, rows)
    assert mapped(proposal.sections[0])["net_amount"] == "amount_eur"
    assert "currency" not in proposal.sections[0].columns
    assert proposal.currency == "EUR"


def test_who_writes_a_decimal_comma_writes_the_day_first(tmp_path):
    rows = [(f"{n:02d}/03/2024", "Vase", f"{n},50") for n in (5, 2, 9, 4, 1)]
    proposal = only(tmp_path, ("Data", "Prodotto", "Importo"), rows)
    assert proposal.sections[0].options["date"] == "%d/%m/%Y"


def test_a_state_that_another_tells_is_not_asked_again(tmp_path):
    header = ("date", "item", "amount", "order-status", "item-status")
    states = ["Shipped", "Shipped", "Cancelled"]
    rows = [(DAYS[n], "Vase", 5, states[n % 3], states[n % 3]) for n in range(9)]
    assert only(tmp_path, header, rows).sections[0].columns["status"] == ["order-status"]


@pytest.mark.parametrize("time", ["13:{:02d} hs.", "13h{:02d}", "13:{:02d} uur", "1:{:02d} PM"])
def test_times_as_people_write_them(tmp_path, time):
    columns = "sold_at: [Fecha, Hora], product_name: Item, net_amount: Total"
    rows = [(DAYS[n], time.format(n), "Vase", 5) for n in range(6)]
    sales = only(tmp_path, ("Fecha", "Hora", "Item", "Total"), rows).sections[0]
    section = f"files: s.csv, delimiter: ;, datetime: '{sales.options['datetime']}'"
    shop = Shop(tmp_path, f"shop: T\ncurrency: EUR\nsales: {{{section}, columns: {{{columns}}}}}\n")
    shop.write("s.csv", (tmp_path / "s" / "s.csv").read_text())
    shop.ingest()
    assert shop.values("sold_at")[1] == "2024-03-02 13:01:00"


def test_a_number_s_sign_is_no_letter_of_another_encoding(tmp_path):
    shop = tmp_path / "s"
    shop.mkdir()
    text = "Fecha;Nº Ticket;Artículo;Importe\n" + "2024-03-01;7;Café;5\n" * 5
    (shop / "s.csv").write_bytes(text.encode("cp1252"))
    assert propose(shop).sections[0].options["encoding"] == "cp1252"


def test_an_order_s_reference_is_not_the_product_s(tmp_path):
    header = ("reference", "date_add", "product_reference", "product_quantity", "unit_price")
    rows = [(f"XK{n}", DAYS[n], f"P{n % 2}", 1 + n % 2, 5) for n in range(8)]
    assert mapped(only(tmp_path, header, rows).sections[0])["product_id"] == "product_reference"


@pytest.mark.parametrize(
    ("header", "row", "says"),
    [
        (("Woche", "Artikel", "Umsatz"), ("2024-W0{n}", "Vase", 4), "`Woche` (2024-W00, 2024-W01)"),
        (
            ("Année", "Mois", "Produit", "CA"),
            (2024, "mars", "Vase", 4),
            "`Année` (2024) and `Mois`",
        ),
        (("Artikel", "Jan 24", "Feb 24", "Mrz 24"), ("Vase", 1, 2, 3), "has a column for each"),
        (("created", "item", "amount"), ("170928720{n}", "Vase", 4), "it counts seconds"),
        (("Famille", "Montant TTC"), ("CB", "Montant"), "texts among its figures, such as Montant"),
    ],
)
def test_a_refusal_names_the_column_that_is_no_day_or_no_amount(tmp_path, header, row, says):
    rows = [[str(cell).replace("{n}", str(n)) for cell in row] for n in range(6)]
    assert says in refusal(tmp_path, header, rows)


def test_a_line_of_descriptions_is_refused_with_its_number(tmp_path):
    header = ("sale_date", "item_name", "qty", "price")
    rows = [("Date of sale", "Item", "pieces", "EUR without tax")]
    rows += [(DAYS[n], "Vase", 1, 5) for n in range(6)]
    assert "Delete line 2." in refusal(tmp_path, header, rows)


def test_json_of_columns_and_data(tmp_path):
    shop = tmp_path / "s"
    shop.mkdir()
    rows = ", ".join(f'["{day}", "Vase", 1, 5.5]' for day in DAYS)
    (shop / "s.json").write_text(
        f'{{"columns": ["date", "item", "qty", "unit_price"], "data": [{rows}]}}'
    )
    assert mapped(propose(shop).sections[0])["unit_price"] == "unit_price"


def test_orders_with_their_lines_inside_are_asked_once(tmp_path):
    shop = tmp_path / "s"
    shop.mkdir()
    orders = [
        {
            "order_number": n,
            "created_at": day,
            "financial_status": "voided" if n == 3 else "paid",
            "line_items": [{"title": "Vase", "quantity": 1, "price": "5.00"}] * 2,
        }
        for n, day in enumerate(DAYS)
    ]
    (shop / "s.json").write_text(json.dumps({"orders": orders}))
    proposal = propose(shop)
    assert [section.input_name for section in proposal.sections] == ["sales"]
    assert "sales.status" in asked(proposal)


def test_sheets_that_are_called_by_words_say_the_store(tmp_path):
    shop = tmp_path / "s"
    shop.mkdir()
    rows = [["Date", "Article", "Total HT"], *([day, "Vase", 5] for day in DAYS)]
    (shop / "ventes.xlsx").write_bytes(workbook(("Paris", rows), ("Lyon", rows[:5])))
    proposal = propose(shop)
    sales = proposal.sections[0]
    assert mapped(sales)["store_name"] == "(sheet)"
    answer(proposal, next(q for q in proposal.questions if q.place == "currency"), "EUR")
    proposal.questions.clear()
    read = Shop(tmp_path, text_of(proposal))
    read.write("ventes.xlsx", (shop / "ventes.xlsx").read_bytes())
    read.ingest()
    assert Counter(read.values("store_name")) == {"Paris": 9, "Lyon": 4}


def test_a_remark_below_the_lines_is_no_broken_line(tmp_path):
    columns = "sold_on: Date, product_name: Item, net_amount: Total"
    shop = Shop(
        tmp_path,
        f"shop: T\ncurrency: EUR\nsales: {{files: s.csv, columns: {{{columns}}}}}\n",
    )
    shop.write("s.csv", "Date,No,Item,Total\n2024-03-01,1,Vase,5\nAccrual Basis Monday\nVa\n")
    shop.ingest()
    assert [(reason, text) for *_, reason, text in shop.rejects("s.csv")] == [
        ("one cell alone", "Accrual Basis Monday"),
        ("has 1 field where the header has 4", "Va"),
    ]


def carried(dated):
    """Lines with the sum so far after each third, as a printed list carries it forward."""
    rows, total = [], 0
    for n, day in enumerate(DAYS):
        rows.append((day, f"Vase {n % 2}", n + 1, 5, 5 * (n + 1)))
        total += 5 * (n + 1)
        if n % 3 == 2:
            rows.append((day if dated else "", "Übertrag", "", "", total))
    return rows


def test_what_is_carried_forward_is_no_sale(tmp_path):
    header = ("Datum", "Artikel", "Menge", "Preis", "Betrag")
    dated = only(tmp_path, header, carried(True), "a.csv").sections[0]
    assert dated.options["not_goods"] == ["Übertrag"]
    (tmp_path / "s" / "a.csv").unlink()
    others = only(tmp_path, header, carried(False), "b.csv").sections[0]
    # ingest leaves out rows without a day that begin so
    assert not {"fill_down", "not_goods"} & set(others.options)
    columns = "sold_on: Datum, product_name: Artikel, net_amount: Betrag"
    section = f"files: b.csv, delimiter: ;, columns: {{{columns}}}"
    shop = Shop(tmp_path, f"shop: T\ncurrency: EUR\nsales: {{{section}}}\n")
    shop.write("b.csv", (tmp_path / "s" / "b.csv").read_text())
    shop.ingest()
    assert len(shop.values("sold_on")) == len(DAYS)


def test_a_pivot_s_totals_are_refused(tmp_path):
    rows = []
    for name in ("Vase", "Bowl", "Cup"):
        rows += [(name, day, 1, 5) for day in DAYS[:4]]
        rows.append((f"{name} Ergebnis", "", 4, 20))
    said = refusal(tmp_path, ("Artikel", "Datum", "Menge", "Umsatz"), rows)
    assert "`Vase Ergebnis` and `Bowl Ergebnis`" in said


@pytest.mark.parametrize("name", ["CA HT (k€)", "Umsatz TEUR", "Revenue (in thousands)"])
def test_thousands_of_a_currency_are_refused(tmp_path, name):
    rows = [(DAYS[n], "Vase", "0.35") for n in range(5)]
    assert f"in thousands (`{name}`)" in refusal(tmp_path, ("Date", "Article", name), rows)


def test_a_total_with_tax_and_tip_is_no_price_of_one(tmp_path):
    header = ("Date", "Item", "Qty", "Net Sales", "Tax", "Tip", "Total")
    rows = [(DAYS[n], "Vase", n % 2 + 1, 7 + n, 1, 1, 9 + n) for n in range(8)]
    question = next(q for q in only(tmp_path, header, rows).questions if "sold for" in q.text)
    assert [one.label for one in question.answers] == ["Net Sales", "Total"]


def test_a_discount_of_each_piece_is_no_rate(tmp_path):
    header = ("Date", "Item", "Qty", "Price", "Discount", "Subtotal")
    rows = [(DAYS[n], "Vase", n + 2, 5, n % 2, (n + 2) * (5 - n % 2)) for n in range(8)]
    columns = only(tmp_path, header, rows).sections[0].columns
    assert columns["net_amount"] == ["Subtotal"]
    assert not {"discount_rate", "discount_amount"} & set(columns)


def test_how_many_are_in_a_box_is_no_quantity(tmp_path):
    header = ("Datum", "Artikel", "Stück je Karton", "Betrag")
    rows = [(DAYS[n], "Vase", 6, 30 + n) for n in range(6)]
    assert "quantity" not in only(tmp_path, header, rows).sections[0].columns


def test_polish_letters(tmp_path):
    shop = tmp_path / "s"
    shop.mkdir()
    text = "Data sprzedaży;Nazwa towaru;Ilość;Wartość netto\n" + "2024-03-01;Vase;1;5,50\n" * 5
    (shop / "s.csv").write_bytes(text.encode("cp1250"))
    assert mapped(propose(shop).sections[0])["quantity"] == "Ilość"


@pytest.mark.parametrize("minus", ["", "-"])
def test_kinds_of_documents_are_asked_in_whatever_words(tmp_path, minus):
    """Unless what is not sold has a minus already."""
    header = ("Datum", "Belegart", "Artikel", "Betrag")
    rows = [
        (DAYS[n], "XB" if n == 4 else "XA", "Vase", f"{minus if n == 4 else ''}5") for n in range(8)
    ]
    proposal = only(tmp_path, header, rows)
    assert ("sales.status" in asked(proposal)) is (minus == "")


def test_files_of_two_years_come_on_top_of_one_another(tmp_path):
    folder = write(
        tmp_path / "s",
        "ventes_2024.csv",
        ("Date", "Produit", "Total HT"),
        [(day, f"Vase {n % 3}", 5 + n) for n, day in enumerate(DAYS)],
    )
    rows = [(day.replace("2024", "2023"), f"Vase {n % 3}", 7 + n) for n, day in enumerate(DAYS)]
    write(folder, "ventes_2023.csv", ("Date de vente", "Article", "Montant HT"), rows)
    proposal = propose(folder)
    assert asked(proposal) == {"currency"}
    assert len(proposal.sales) == 2


def test_titles_between_the_lines_are_no_state(tmp_path):
    """A report by product has a title and a total for each; its credit notes have a minus."""
    header = ("", "Date", "Transaction type", "Description", "Amount", "Balance")
    rows = []
    for name in ("Vase", "Bowl", "Cup"):
        rows.append((name, "", "", "", "", ""))
        amounts = [5, 7, -3]
        for place, amount in enumerate(amounts):
            kind = "Credit Memo" if amount < 0 else "Invoice"
            rows.append(("", DAYS[place], kind, name, amount, sum(amounts[: place + 1])))
        rows.append((f"Total for {name}", "", "", "", sum(amounts), ""))
    proposal = only(tmp_path, header, rows)
    assert "sales.status" not in asked(proposal)
    assert "order_id" not in proposal.sections[0].columns


def test_a_payout_s_total_is_no_amount_of_a_line(tmp_path):
    header = ("total-amount", "order-id", "amount-description", "amount", "posted-date", "sku")
    rows = [("90", "", "", "", "", "")]
    for n in range(12):
        for kind, amount in (("Principal", 9), ("Commission", -2)):
            rows.append(("", f"O{n}", kind, amount, DAYS[n % 9], "VAS"))
    proposal = only(tmp_path, header, rows)
    question = next(one for one in proposal.questions if one.place == "sales.status")
    assert "Principal: 12 rows, 108.00" in question.evidence


def test_a_price_whose_quantity_cannot_be_read_is_refused(tmp_path):
    rows = [(DAYS[n], "Vase", f"{n + 1} Stk", 5 + n) for n in range(6)]
    said = refusal(tmp_path, ("Datum", "Artikel", "Menge", "Preis"), rows)
    assert "more than a figure in it (1 Stk)" in said
    # an amount of the line is enough without it
    (tmp_path / "s" / "s.csv").unlink()
    assert "net_amount" in mapped(
        only(tmp_path, ("Datum", "Artikel", "Menge", "Betrag"), rows).sections[0]
    )


def test_how_many_were_sold_at_a_price_is_asked(tmp_path):
    header = ("Date", "Product", "Bottles", "Rating", "Price per bottle")
    rows = [(DAYS[n], "Wine", n + 1, n % 3 + 1, 5) for n in range(6)]
    proposal = only(tmp_path, header, rows)
    question = next(one for one in proposal.questions if "how many were sold" in one.text)
    assert [(one.label, one.consequence) for one in question.answers] == [
        ("Bottles", "the total is 105.00"),
        ("none", "the total is 30.00"),
    ]
    answer(proposal, question, "Bottles")
    found = mapped(proposal.sections[0])
    assert (found["quantity"], found["unit_price"]) == ("Bottles", "Price per bottle")


def test_a_sheet_of_the_year_beside_its_months_is_asked(tmp_path):
    header = ["Date", "Article", "Total HT"]
    months = [[[day, "Vase", 5 + n * place] for n, day in enumerate(DAYS)] for place in (1, 2)]
    sheets = [("Janvier", months[0]), ("Mars", months[1]), ("Année", months[0] + months[1])]
    shop = tmp_path / "s"
    shop.mkdir()
    (shop / "v.xlsx").write_bytes(workbook(*((name, [header, *rows]) for name, rows in sheets)))
    proposal = propose(shop)
    question = next(one for one in proposal.questions if one.place == "sales.sheet")
    answer(proposal, question, "not Année")
    assert proposal.sections[0].options["sheet"] == ["Janvier", "Mars"]


def test_what_was_paid_back_is_asked_where_no_state_says_it(tmp_path):
    rows = [(DAYS[n], "Vase", 5, 5 if n == 2 else 0) for n in range(6)]
    proposal = only(tmp_path, ("Date", "Item", "Amount", "Refunded Amount"), rows)
    question = next(one for one in proposal.questions if one.place == "sales.not_used")
    assert "5.00 was given back" in question.evidence[0]


def test_a_quantity_that_counts_the_stock_is_none_of_the_sale(tmp_path):
    rows = [(DAYS[n], "Sale", "Vase", -n - 1, 5 * n + 5) for n in range(6)]
    header = ("Posting Date", "Entry Type", "Description", "Quantity", "Sales Amount")
    sales = only(tmp_path, header, rows).sections[0]
    assert mapped(sales)["net_amount"] == "Sales Amount"
    assert "quantity" not in sales.columns
