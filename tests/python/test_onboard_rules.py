"""One small table for each rule of onboarding: what it concludes, and what it leaves to the owner.

Sales of a known amount are written with what real exports add to them: discounts of either sign,
units that came back, kinds of rows, taxes. Where the figures tell, nothing is asked.
"""

from __future__ import annotations

import random
from decimal import Decimal

import pytest
from test_ingest_containers import workbook
from test_ingest_helpers import Shop
from test_onboard_evidence import lines, write

from scripts.errors import UserError
from scripts.onboard.answering import answer
from scripts.onboard.proposal import propose
from scripts.onboard.words import is_rate, meanings, says_tax

CENT = Decimal("0.01")


def sold(count=90, returns=False):
    """(day, order, product, quantity, price, discount) with some discounts, and returns."""
    chance = random.Random(9)
    found = []
    for day, order, _, name, quantity, price, _ in lines(3, count):
        number = -quantity if returns and chance.random() < 0.15 else quantity
        off = (number * price / 10).quantize(CENT) if chance.random() < 0.4 else Decimal("0.00")
        found.append((day, order, name, number, price, off))
    return found


def section_of(folder, header, rows):
    return propose(write(folder, "sales.csv", header, rows)).sections[0]


def asked(proposal):
    return {question.place for question in proposal.questions}


def mapped(section):
    return {ours: names[0] for ours, names in section.columns.items()}


@pytest.mark.parametrize("sign", [1, -1])
def test_gross_less_a_discount_of_either_sign_is_net(tmp_path, sign):
    rows = [(d, o, p, q, q * u, sign * off, q * u - off) for d, o, p, q, u, off in sold()]
    header = ("Date", "Order", "Item", "Qty", "Gross Sales", "Discounts", "Net Sales")
    found = mapped(section_of(tmp_path / "shop", header, rows))
    assert (found["gross_amount"], found["net_amount"]) == ("Gross Sales", "Net Sales")
    assert found["discount_amount"] == "Discounts"


def test_a_price_that_has_its_discount_off_is_the_price(tmp_path):
    rows = [(d, o, p, q, u, u - off / q, off / q) for d, o, p, q, u, off in sold()]
    header = ("Date", "Order", "Item", "Qty", "List price", "Price", "Discount")
    section = section_of(tmp_path / "shop", header, rows)
    assert mapped(section)["unit_price"] == "Price"
    assert "net_amount" not in section.columns
    assert "discount_amount" not in section.columns


def test_what_is_never_more_than_the_price_times_the_quantity_is_net(tmp_path):
    chance = random.Random(2)
    rows = [
        (d, o, p, q, u, (q * u * chance.choice([Decimal(1)] * 4 + [Decimal("0.8")])).quantize(CENT))
        for d, o, p, q, u, _ in sold()
    ]
    header = ("Date", "Order", "Item", "Qty", "Unit price", "Net amount")
    proposal = propose(write(tmp_path / "shop", "sales.csv", header, rows))
    found = mapped(proposal.sections[0])
    assert (found["unit_price"], found["net_amount"]) == ("Unit price", "Net amount")
    assert "sales.columns.net_amount" not in asked(proposal)


def test_an_amount_is_the_product_of_columns_whatever_they_are_called(tmp_path):
    rows = [(d, p, 750, q * 12, u, q * 12 * u) for d, _, p, q, u, _ in sold()]
    header = ("Date", "Item", "Volume", "Bottles", "Shelf", "Amount")
    found = mapped(section_of(tmp_path / "shop", header, rows))
    assert (found["quantity"], found["unit_price"]) == ("Bottles", "Shelf")
    assert found["net_amount"] == "Amount"


def test_two_amounts_that_nothing_connects_are_asked_with_both_sums(tmp_path):
    chance = random.Random(8)
    rows = [(d, p, q, q * u, q * u + chance.randint(-3, 3)) for d, _, p, q, u, _ in sold()]
    header = ("Date", "Item", "Qty", "Sales", "Revenue")
    proposal = propose(write(tmp_path / "shop", "sales.csv", header, rows))
    (question,) = [one for one in proposal.questions if one.place == "sales.columns.net_amount"]
    sums = [sum(row[place] for row in rows) for place in (3, 4)]
    assert [one.consequence for one in question.answers] == [f"the total is {s:,.2f}" for s in sums]
    answer(proposal, question, "Revenue")
    assert proposal.sections[0].columns["net_amount"] == ["Revenue"]


def test_a_price_beside_an_amount_is_not_asked(tmp_path):
    chance = random.Random(4)
    rows = [
        (d, p, q, u, (q * u * chance.choice([Decimal("0.92"), Decimal("0.8"), 1])).quantize(CENT))
        for d, _, p, q, u, _ in sold()
    ]
    header = ("Date", "Product", "Order_Quantity", "Unit_Price", "Revenue")
    proposal = propose(write(tmp_path / "shop", "sales.csv", header, rows))
    assert mapped(proposal.sections[0])["net_amount"] == "Revenue"
    assert "sales.columns.net_amount" not in asked(proposal)


def test_two_prices_are_asked_with_what_each_comes_to(tmp_path):
    rows = [(d, p, q, u, 2 * u) for d, _, p, q, u, _ in sold()]
    header = ("Date", "Item", "Qty", "Wholesale price", "Retail price")
    proposal = propose(write(tmp_path / "shop", "sales.csv", header, rows))
    (question,) = [one for one in proposal.questions if one.place == "sales.columns.net_amount"]
    assert {one.label for one in question.answers} == {"Wholesale price", "Retail price"}
    answer(proposal, question, "Wholesale price")
    assert proposal.sections[0].columns["unit_price"] == ["Wholesale price"]
    assert "net_amount" not in proposal.sections[0].columns


def test_what_is_paid_out_after_fees_is_no_revenue(tmp_path):
    rows = [(d, o, p, q * u, q, q * u - q) for d, o, p, q, u, _ in sold()]
    header = ("Date", "Order", "Item", "Sale amount", "Processing fee", "Net amount")
    section = section_of(tmp_path / "shop", header, rows)
    assert mapped(section)["net_amount"] == "Sale amount"
    assert section.left_out["Net amount"] == "what is paid out: `Sale amount` less a fee"


@pytest.mark.parametrize(
    ("text", "rate"), [("20", "0.2"), ("5,5 %", "0.055"), ("0.2", "0.2"), ("1 %", "0.01")]
)
def test_a_rate_is_understood_as_people_write_it(tmp_path, text, rate):
    rows = [(d, p, q * u) for d, _, p, q, u, _ in sold()]
    proposal = propose(write(tmp_path / "shop", "s.csv", ("Date", "Article", "Montant TTC"), rows))
    (question,) = [one for one in proposal.questions if one.place == "settings.tax_rate"]
    answer(proposal, question, text)
    assert proposal.settings["tax_rate"] == rate


def test_an_amount_that_no_header_says_is_asked_with_every_sum(tmp_path):
    rows = [(d, o, p, q * u, q * u + 7) for d, o, p, q, u, _ in sold()]
    header = ("Date", "Order", "Item", "Foo", "Bar")
    with pytest.raises(UserError, match="None of the tables looks like sales"):
        propose(write(tmp_path / "none", "sales.csv", header, rows))
    rows = [(d, o, p, q, f"{q * u} x", q * u) for d, o, p, q, u, _ in sold()]
    header = ("Date", "Order", "Item", "Qty", "Note", "Bar")
    proposal = propose(write(tmp_path / "shop", "sales.csv", header, rows))
    (question,) = [one for one in proposal.questions if one.place == "sales.columns.net_amount"]
    assert question.answers[0].consequence == f"the total is {sum(r[5] for r in rows):,.2f}"
    answer(proposal, question, "Bar")
    assert proposal.sections[0].columns["net_amount"] == ["Bar"]


def test_a_list_of_orders_that_came_back_is_never_left_out_in_silence(tmp_path):
    rows = [(d, o, p, q * u) for d, o, p, q, u, _ in sold()]
    back = [("Returned", "Order ID")] + [("Yes", order) for order in ("B101", "B105", "B109")]
    shop = tmp_path / "shop"
    shop.mkdir()
    sales = [("Date", "Order ID", "Item", "Amount"), *[(*r[:3], float(r[3])) for r in rows]]
    (shop / "book.xlsx").write_bytes(workbook(("Orders", sales), ("Returns", back)))
    assert "sales.not_used" in asked(propose(shop))


def test_a_person_beside_a_region_is_not_its_name(tmp_path):
    rows = [(d, p, q * u, "North" if q > 1 else "South") for d, _, p, q, u, _ in sold()]
    shop = write(tmp_path / "shop", "s.csv", ("Date", "Item", "Amount", "Region"), rows)
    write(shop, "people.csv", ("Person", "Region"), [("Ann", "North"), ("Bob", "South")])
    assert [section.place for section in propose(shop).sections] == ["sales"]


def test_rows_in_two_sheets_are_asked(tmp_path):
    header = ("Invoice", "Date", "Item", "Amount")
    rows = [(o, d, p, float(q * u)) for d, o, p, q, u, _ in sold()]
    sheets = (("2009", [header, *rows[:50]]), ("2010", [header, *rows[40:]]))
    shop = tmp_path / "shop"
    shop.mkdir()
    (shop / "book.xlsx").write_bytes(workbook(*sheets))
    proposal = propose(shop)
    (question,) = [one for one in proposal.questions if one.place == "sales.sheet"]
    assert question.text.startswith("10 rows of book.xlsx stand in two sheets")
    answer(proposal, question, "2010")
    assert proposal.sections[0].options["sheet"] == "2010"


def test_what_only_has_a_name_is_what_was_sold(tmp_path):
    rows = [(d, o, p, q, u) for d, o, p, q, u, _ in sold()]
    header = ("Date", "Order", "Name", "Quantity", "Price")
    assert mapped(section_of(tmp_path / "shop", header, rows))["product_name"] == "Name"


def test_units_that_came_back_come_off_the_quantity(tmp_path):
    back = [1 if number % 7 == 0 else 0 for number in range(90)]
    header = ("Datum", "Beleg", "Artikel", "Menge", "Menge retour", "Preis", "Umsatz")
    rows = [
        (d, o, p, q, b, u, (q - b) * u) for (d, o, p, q, u, _), b in zip(sold(), back, strict=True)
    ]
    found = mapped(section_of(tmp_path / "net", header, rows))
    assert found["returned_quantity"] == "Menge retour"
    assert found["net_amount"] == "Umsatz"
    # an amount of all that was sold is no revenue
    rows = [(d, o, p, q, b, u, q * u) for (d, o, p, q, u, _), b in zip(sold(), back, strict=True)]
    found = mapped(section_of(tmp_path / "gross", header, rows))
    assert found["returned_quantity"] == "Menge retour"
    assert "net_amount" not in found
    assert found["unit_price"] == "Preis"


@pytest.mark.parametrize(
    ("header", "cells", "states"),
    [
        ("Void?", ("false", "true"), {"false", "true"}),
        ("Storniert", ("", "x"), {"", "x"}),
        ("Line Type", ("Sale", "Gift Card"), {"Sale", "Gift Card"}),
        ("Type de document", ("Facture", "Avoir"), {"Facture", "Avoir"}),
        ("Tipo documento", ("Fattura", "Nota di credito"), {"Fattura", "Nota di credito"}),
    ],
)
def test_kinds_of_rows_are_asked(tmp_path, header, cells, states):
    rows = [(*row[:3], row[3], row[4], cells[n % 9 == 0]) for n, row in enumerate(sold())]
    shop = write(
        tmp_path / "shop", "s.csv", ("Date", "Order", "Item", "Qty", "Price", header), rows
    )
    proposal = propose(shop)
    (question,) = [one for one in proposal.questions if one.place == "sales.status"]
    assert {line.partition(":")[0].replace("(empty)", "") for line in question.evidence} == states
    answer(proposal, question, cells[0] or "(empty)")
    assert proposal.sections[0].options["status"] == {
        "revenue": [cells[0]],
        "not_revenue": [cells[1]],
    }


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        ("Payment method", ("Card", "Gift card")),
        ("Status", ("Closed", "Closed")),
        ("Event", ("Payment", "Payment")),
        ("Discount name", ("", "Gift voucher")),
    ],
)
def test_what_is_no_kind_of_row_is_not_asked(tmp_path, header, cells):
    rows = [(*row[:3], row[3], row[4], cells[n % 9 == 0]) for n, row in enumerate(sold())]
    shop = write(
        tmp_path / "shop", "s.csv", ("Date", "Order", "Item", "Qty", "Price", header), rows
    )
    assert "sales.status" not in asked(propose(shop))


def test_the_state_that_an_order_says_once_is_that_of_all_its_lines(tmp_path):
    rows = []
    for n, (_, _, p, q, u, _) in enumerate(sold(60)):
        first = n % 3 == 0
        state = "cancelled" if n % 9 == 0 else "paid"
        rows.append(
            (
                f"#{n // 3}",
                f"2026-05-{1 + n // 3:02d}" if first else "",
                p,
                q,
                u,
                state if first else "",
            )
        )
    header = ("Name", "Created at", "Item", "Qty", "Price", "Financial Status")
    proposal = propose(write(tmp_path / "shop", "s.csv", header, rows))
    (question,) = [one for one in proposal.questions if one.place == "sales.status"]
    assert [line.partition(",")[0] for line in question.evidence] == [
        "paid: 39 rows",
        "cancelled: 21 rows",
    ]
    assert "status" in proposal.sections[0].options["fill_down"]


def test_refunds_with_a_minus_are_not_asked(tmp_path):
    rows = [
        (d, o, p, q, u, q * u, "Refund" if q < 0 else "Payment")
        for d, o, p, q, u, _ in sold(returns=True)
    ]
    header = ("Date", "Order", "Item", "Qty", "Price", "Amount", "Event Type")
    assert "sales.status" not in asked(propose(write(tmp_path / "shop", "s.csv", header, rows)))


def test_two_taxes_together_make_the_total(tmp_path):
    rows = []
    for d, o, p, q, u, _ in sold():
        one, other = (q * u * Decimal(rate) for rate in ("0.05", "0.09975"))
        one, other = one.quantize(CENT), other.quantize(CENT)
        rows.append((d, o, p, q, q * u, one, other, q * u + one + other))
    header = ("Date", "Facture", "Produit", "Quantité", "Montant", "TPS", "TVQ", "Total")
    proposal = propose(write(tmp_path / "shop", "s.csv", header, rows))
    assert proposal.settings["prices_include_tax"] is False
    assert mapped(proposal.sections[0])["net_amount"] == "Montant"


def test_a_row_that_sums_up_its_order_is_no_line(tmp_path):
    rows, place = [], 0
    for number in range(30):
        found = sold()[place : place + 1 + number % 3]
        place += len(found)
        day = f"2026-02-{1 + number % 28:02d}"
        if len(found) > 1:
            rows.append((day, f"O{number}", "", 9, sum(q * u for *_, q, u, _ in found)))
        rows += [(day, f"O{number}", p, q, u) for _, _, p, q, u, _ in found]
    header = ("Sale date", "Order number", "Item title", "Quantity", "Sold for")
    section = section_of(tmp_path / "shop", header, rows)
    assert section.options["no_line_without"] == ["product_name"]


@pytest.mark.parametrize("reply", ["no", "yes"])
def test_shipping_and_gift_cards_are_asked(tmp_path, reply):
    rows = [(d, o, p, q, u, q * u) for d, o, p, q, u, _ in sold()]
    extra = [
        ("03/02/2026", "B1", name, 1, 5, 5) for name in ("Versandkosten", "Gift Card 5", "Tip")
    ]
    header = ("Date", "Order", "Item", "Qty", "Price", "Amount")
    shop = write(tmp_path / "shop", "s.csv", header, [*rows, *extra, extra[0]])
    proposal = propose(shop)
    (question,) = [one for one in proposal.questions if one.place == "sales.not_goods"]
    assert question.evidence[0] == "Versandkosten: 2 rows, 10.00"
    assert "-20.00" in question.answers[0].consequence
    answer(proposal, question, reply)
    wanted = {"no": ["Versandkosten", "Gift Card 5", "Tip"], "yes": None}[reply]
    assert proposal.sections[0].options.get("not_goods") == wanted


def test_goods_that_only_sound_so_are_not_asked(tmp_path):
    rows = [(d, o, p, q, u, q * u) for d, o, p, q, u, _ in sold()]
    rows += [("03/02/2026", "B1", name, 1, 5, 5) for name in ("Gift Box", "Tip Jar", "Portofino")]
    header = ("Date", "Order", "Item", "Qty", "Price", "Amount")
    assert "sales.not_goods" not in asked(propose(write(tmp_path / "shop", "s.csv", header, rows)))


def test_a_cost_that_does_not_grow_is_that_of_one(tmp_path):
    rows = [(d, o, p, q, u, q * u, u / 2) for d, o, p, q, u, _ in sold()]
    header = ("Date", "Order", "Item", "Qty", "Price", "Amount", "Cost")
    assert mapped(section_of(tmp_path / "shop", header, rows))["unit_cost"] == "Cost"


def test_a_day_that_only_its_first_sale_says(tmp_path):
    rows = [
        (f"2026-03-{1 + n // 4:02d}" if n % 4 == 0 else "", p, q, u)
        for n, (_, _, p, q, u, _) in enumerate(sold())
    ]
    section = section_of(tmp_path / "shop", ("Datum", "Artikel", "Anzahl", "Preis"), rows)
    assert section.options["fill_down"] == ["sold_on"]


def test_days_in_two_ways_that_cannot_be_mixed_up(tmp_path):
    rows = [
        (f"2026-03-{1 + n % 28:02d}" if n % 5 else f"{1 + n % 28:02d}.03.2026", p, q, u)
        for n, (_, _, p, q, u, _) in enumerate(sold())
    ]
    section = section_of(tmp_path / "shop", ("Datum", "Artikel", "Anzahl", "Preis"), rows)
    assert set(section.options["date"]) == {"%Y-%m-%d", "%d.%m.%Y"}


def test_numbers_written_in_both_ways_make_a_file_that_can_be_read(tmp_path):
    amounts = ["1,234.50", "1.234,50", "12.5", "7,5"] * 10
    rows = [(d, p, amount) for (d, _, p, *_), amount in zip(sold(40), amounts, strict=True)]
    options = section_of(tmp_path / "shop", ("Datum", "Artikel", "Betrag"), rows).options
    assert options.get("thousands", "") != options.get("decimal", ".")


def test_a_second_table_below_is_refused_with_its_columns(tmp_path):
    rows = [(d, o, p, q, u, q * u) for d, o, p, q, u, _ in sold()]
    rows += [("",) * 6, ("By day", *[""] * 5), ("Date", "Method", "Count", "Amount", "", "")]
    rows += [("01/03/2026", "Card", 3, 12, "", "")]
    header = ("Date", "Order", "Item", "Qty", "Price", "Amount")
    shop = write(tmp_path / "shop", "s.csv", header, rows)
    with pytest.raises(UserError, match="second table below the first") as caught:
        propose(shop)
    assert "`Date`, `Method`, `Count`, `Amount`" in str(caught.value)


def test_discounts_in_the_file_of_the_orders_are_never_left_out_in_silence(tmp_path):
    found = sold(60)
    orders = list(dict.fromkeys(order for _, order, *_ in found))
    header = ("Order", "Item", "Qty", "Price")
    shop = write(tmp_path / "shop", "lines.csv", header, [r[1:5] for r in found])
    write(
        shop,
        "orders.csv",
        ("Order", "Date", "Discount"),
        [(order, f"2026-04-{1 + n % 28:02d}", 3 * (n % 2)) for n, order in enumerate(orders)],
    )
    proposal = propose(shop)
    (question,) = [one for one in proposal.questions if one.place == "orders.not_used"]
    assert f"{3 * (len(orders) // 2):,.2f}" in question.evidence[0]
    answer(proposal, question, "yes")
    orders_section = next(one for one in proposal.sections if one.input_name == "orders")
    assert orders_section.options["not_used"] == ["Discount"]


def test_a_file_of_returns_is_taken_off(tmp_path):
    header = ("Date", "Item", "Qty", "Amount")
    rows = [(d, p, q, q * u) for d, _, p, q, u, _ in sold()]
    shop = write(tmp_path / "shop", "ventes_2026.csv", header, rows)
    write(shop, "retours_2026.csv", header, [(d, p, 1, a / q) for d, p, q, a in rows[:12]])
    proposal = propose(shop)
    (question,) = [one for one in proposal.questions if one.place.endswith(".files")]
    answer(proposal, question, "returns")
    first, second = proposal.sales
    assert first.options["status"] == {"revenue": ["sold"]}
    assert second.options["status"] == {"returns": ["returned"]}
    assert (first.values["status"], second.values["status"]) == ("sold", "returned")


def test_dates_of_two_sheets_in_one_workbook_do_not_matter(tmp_path):
    header = ("Datum", "Artikel", "Menge", "Betrag")
    sheets = [
        (name, [header, *[(d, p, q, float(q * u)) for d, _, p, q, u, _ in sold()[at : at + 30]]])
        for name, at in (("Lyon", 0), ("Paris", 30))
    ]
    shop = tmp_path / "shop"
    shop.mkdir()
    (shop / "book.xlsx").write_bytes(workbook(*sheets))
    assert propose(shop).sections[0].options["sheet"] == ["Lyon", "Paris"]


@pytest.mark.parametrize(
    ("header", "meaning"),
    [
        ("Summa inkl. moms", "net_amount"),
        ("Totaal excl. btw", "net_amount"),
        ("Beløb (DKK)", "net_amount"),
        ("Umsatz", "net_amount"),
        ("Positionssumme", "net_amount"),
        ("TVQ", "tax_amount"),
    ],
)
def test_headers_that_speak_of_tax_or_have_other_letters(header, meaning):
    found = meanings(header)
    assert max(found, key=found.get) == meaning
    assert not is_rate(header)


def test_a_header_says_whether_tax_is_in():
    assert says_tax("Preis inkl. MwSt") is True
    assert says_tax("Price inc VAT") is True
    assert says_tax("Totaal excl. btw") is False
    assert says_tax("Amount") is None


def test_exports_that_overlap_by_whole_orders_are_refused(tmp_path):
    inputs = """\
shop: Test
currency: EUR
sales:
  files: sales*.csv
  columns: {order_id: o, sold_on: day, product_id: p, net_amount: a}
"""
    shop = Shop(tmp_path, inputs)
    rows = [f"{n},2026-01-{1 + n % 28:02d},p{n},{n}\n" for n in range(60)]
    shop.write("sales-1.csv", "o,day,p,a\n" + "".join(rows[:40]))
    shop.write("sales-2.csv", "o,day,p,a\n" + "".join(rows[30:]))
    with pytest.raises(UserError, match=r"10 of the 30 records of sales-2\.csv"):
        shop.ingest()
