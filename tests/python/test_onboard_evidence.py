"""What onboarding concludes from small tables of which the answer is known, and what it asks."""

from __future__ import annotations

import random
import subprocess
import sys
from decimal import Decimal

import pytest
from conftest import PROJECT, run_module
from test_ingest_containers import workbook

from scripts.errors import UserError
from scripts.ingest.config import load
from scripts.onboard.answering import answer
from scripts.onboard.proposal import propose
from scripts.onboard.tables import tables_of
from scripts.onboard.words import meanings
from scripts.onboard.writing import text_of

MONTHS = ("Janvier", "Février", "Mars")
PRODUCTS = [(f"P-{n}", f"Article {n}", Decimal(f"{n * 3 + 4}.{n}5")) for n in range(1, 9)]


def lines(seed=1, count=80, orders=True):
    """Invented sales: day, order, product, name, quantity, price, amount."""
    chance = random.Random(seed)
    found = []
    for number in range(count):
        product, name, price = chance.choice(PRODUCTS)
        quantity = chance.choice([1, 1, 2, 3, 5])
        order = f"B{100 + number // 2}" if orders else f"B{number}"
        # out of order and up to the 28th, so that days can be told from months
        day = f"{1 + number * 7 % 28:02d}/{1 + number % 12:02d}/2026"
        found.append((day, order, product, name, quantity, price, quantity * price))
    return found


def write(folder, name, header, rows, sign=";"):
    text = "".join(sign.join(str(cell) for cell in row) + "\n" for row in [header, *rows])
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def sales_of(folder):
    return propose(folder).sections[0]


def places(folder):
    return [question.place for question in propose(folder).questions]


HEADER = ("Date", "Ticket", "Référence", "Désignation", "Quantité", "Prix", "Montant")


def test_a_plain_export(tmp_path):
    section = sales_of(write(tmp_path / "shop", "ventes.csv", HEADER, lines()))
    assert {ours: names[0] for ours, names in section.columns.items()} == {
        "sold_on": "Date",
        "order_id": "Ticket",
        "product_id": "Référence",
        "product_name": "Désignation",
        "quantity": "Quantité",
        "unit_price": "Prix",
        "net_amount": "Montant",
    }
    assert section.options == {"delimiter": ";", "date": "%d/%m/%Y"}
    assert "100%" in section.notes["net_amount"]


def test_an_amount_of_the_order_is_no_amount_of_a_line(tmp_path):
    rows = lines()
    totals = {}
    for _, order, *_, amount in rows:
        totals[order] = totals.get(order, 0) + amount
    shop = write(tmp_path / "shop", "v.csv", HEADER, [(*r[:6], totals[r[1]]) for r in rows])
    section = sales_of(shop)
    assert section.columns["unit_price"] == ["Prix"]
    assert "net_amount" not in section.columns
    assert "of the order" in section.left_out["Montant"]


WEB_HEADER = (
    "Name",
    "Created at",
    "Subtotal",
    "Shipping",
    "Taxes",
    "Total",
    "Discount Amount",
    "Lineitem quantity",
    "Lineitem name",
    "Lineitem price",
    "Lineitem discount",
)


def web_orders(folder, subtotal_less_discount=True, says_totals=True, tax_on_top=True):
    """Orders of a web shop: each says its discount and totals on its first row; and the net."""
    chance = random.Random(5)
    rows, net = [], Decimal(0)
    for number in range(60):
        found = [
            (chance.randint(1, 3), *chance.choice(PRODUCTS)[1:]) for _ in range(1 + number % 3)
        ]
        amount = sum(q * price for q, _, price in found)
        off = Decimal(chance.choice(["0", "0", "2.50", "4"]) if says_totals else 3 * (number % 2))
        shipping, tax = Decimal("4.90"), Decimal("0.70") * (number % 4)
        subtotal = amount - off if subtotal_less_discount else amount
        total = amount - off + shipping + (tax if tax_on_top else 0)
        net += amount - off
        totals = (subtotal, shipping, tax, total, off) if says_totals else ("", "", "", "", off)
        for place, (quantity, name, price) in enumerate(found):
            first = (f"2026-{1 + number // 28:02d}-{1 + number % 28:02d}", *totals)
            rows.append(
                (
                    f"#{1000 + number}",
                    *(first if place == 0 else [""] * 6),
                    quantity,
                    name,
                    price,
                    0,
                )
            )
    return write(folder, "orders_export.csv", WEB_HEADER, rows, sign=","), net


@pytest.mark.parametrize("less", [True, False])
def test_the_discount_of_an_order_is_shared_out_over_its_lines(tmp_path, less):
    shop, _ = web_orders(tmp_path / "shop", subtotal_less_discount=less)
    section = sales_of(shop)
    assert section.options["spread"] == {"discount_amount": "Discount Amount"}
    assert section.columns["unit_price"] == ["Lineitem price"]
    assert section.columns["discount_amount"] == ["Lineitem discount"]
    assert "sales.spread" not in places(shop)


@pytest.mark.parametrize("on_top", [True, False])
def test_the_totals_of_orders_say_whether_tax_is_in_the_lines(tmp_path, on_top):
    shop, _ = web_orders(tmp_path / "shop", tax_on_top=on_top)
    proposal = propose(shop)
    assert proposal.settings["prices_include_tax"] is not on_top
    asked = {question.place for question in proposal.questions}
    assert asked == ({"currency"} if on_top else {"currency", "settings.tax_rate"})


def test_the_discount_of_an_order_is_asked_when_no_total_tells(tmp_path):
    shop, net = web_orders(tmp_path / "shop", says_totals=False)
    proposal = propose(shop)
    (question,) = [one for one in proposal.questions if one.place == "sales.spread"]
    assert f"the total is {net:,.2f}" in question.answers[0].consequence
    answer(proposal, question, "yes")
    assert proposal.sections[0].options["spread"] == {"discount_amount": "Discount Amount"}
    proposal = propose(shop)
    answer(proposal, question, "no")
    assert "spread" not in proposal.sections[0].options


@pytest.mark.parametrize("sign", [",", "."])
def test_a_number_with_both_signs_says_which_is_which(tmp_path, sign):
    def written(amount):
        text = f"{amount * 100:,.2f}"
        return text if sign == "." else text.translate(str.maketrans(",.", ".,"))

    rows = [(*r[:5], written(r[5]), written(r[6])) for r in lines()]
    options = sales_of(write(tmp_path / "shop", "v.csv", HEADER, rows)).options
    assert options.get("decimal", ".") == sign
    assert options["thousands"] == {",": ".", ".": ","}[sign]


def test_thousands_or_decimals_are_asked(tmp_path):
    rows = [(*r[:4], f"{1 + n % 3},{n % 1000:03d}", int(r[5])) for n, r in enumerate(lines())]
    shop = write(tmp_path / "shop", "v.csv", HEADER[:6], rows)
    assert "sales.decimal" in places(shop)


def test_days_that_could_be_months_are_asked(tmp_path):
    rows = [
        (f"{1 + n * 5 % 12:02d}/{1 + n * 7 % 12:02d}/2026", *r[1:]) for n, r in enumerate(lines())
    ]
    shop = write(tmp_path / "shop", "v.csv", HEADER, rows)
    proposal = propose(shop)
    (question,) = [q for q in proposal.questions if q.place == "sales.date"]
    assert {one.label for one in question.answers} == {"%d/%m/%Y", "%m/%d/%Y"}
    answer(proposal, question, "%d/%m/%Y")
    assert proposal.sections[0].options["date"] == "%d/%m/%Y"


def test_rows_in_order_tell_days_from_months(tmp_path):
    days = [f"{day:02d}/{month:02d}/2026" for month in range(1, 7) for day in range(1, 13)]
    rows = [(day, *r[1:]) for day, r in zip(days, lines(count=72), strict=True)]
    assert sales_of(write(tmp_path / "shop", "v.csv", HEADER, rows)).options["date"] == "%d/%m/%Y"


@pytest.mark.parametrize(("is_off", "ours"), [(True, "net_amount"), (False, "gross_amount")])
def test_whether_a_discount_is_in_the_amount(tmp_path, is_off, ours):
    rows = []
    for n, (day, order, product, name, quantity, _, amount) in enumerate(lines(count=160)):
        rate = Decimal(["0", "0.1", "0.25"][n % 3])
        rows.append(
            (
                day,
                order,
                product,
                name,
                quantity,
                rate,
                (amount * (1 - rate)).quantize(Decimal("0.01")) if is_off else amount,
            )
        )
    header = (*HEADER[:5], "Remise", "Montant")
    section = sales_of(write(tmp_path / "shop", "v.csv", header, rows))
    assert section.columns[ours] == ["Montant"]
    assert section.columns["discount_rate"] == ["Remise"]


def test_without_and_with_tax(tmp_path):
    rows = []
    for r in lines():
        tax = (r[6] * Decimal("0.2")).quantize(Decimal("0.01"))
        rows.append((*r[:5], r[6] + tax, tax, r[6]))
    header = (*HEADER[:5], "Total A", "TVA", "Total B")
    proposal = propose(write(tmp_path / "shop", "v.csv", header, rows))
    assert proposal.settings == {"prices_include_tax": False}
    assert proposal.sections[0].columns["net_amount"] == ["Total B"]
    assert proposal.sections[0].columns["tax_amount"] == ["TVA"]


def test_only_the_first_row_of_an_order_says_the_day(tmp_path):
    rows, last = [], None
    for day, order, *rest in lines():
        rows.append(("", order, *rest) if order == last else (day, order, *rest))
        last = order
    section = sales_of(write(tmp_path / "shop", "v.csv", HEADER, rows))
    assert section.options["fill_down"] == ["order_id", "sold_on"]


def test_files_that_differ_by_a_word_say_the_store(tmp_path):
    for place, town in enumerate(("lille", "lyon")):
        write(tmp_path / "shop", f"export_{town}.csv", HEADER, lines(seed=place))
    assert sales_of(tmp_path / "shop").files == ["export_{store_name}.csv"]


def test_months_in_names_are_no_stores(tmp_path):
    for place, month in enumerate(("janvier", "mars")):
        write(tmp_path / "shop", f"export_{month}.csv", HEADER, lines(seed=place))
    assert sales_of(tmp_path / "shop").files == ["export_*.csv"]


def test_refunds_without_a_minus_are_asked(tmp_path):
    rows = [(*r, "Refund" if n % 9 == 0 else "Sale") for n, r in enumerate(lines())]
    shop = write(tmp_path / "shop", "v.csv", (*HEADER, "Type"), rows)
    proposal = propose(shop)
    (question,) = [q for q in proposal.questions if q.place == "sales.status"]
    assert "with a minus before those of goods that came back" in question.free
    answer(proposal, question, "Sale, -Refund")
    assert proposal.sections[0].options["status"] == {
        "revenue": ["Sale"],
        "returns": ["Refund"],
        "not_revenue": [],
    }


def test_rows_of_another_section_are_sold_when_one_has_states(tmp_path):
    rows = [(*r, "Refund" if n % 9 == 0 else "Sale") for n, r in enumerate(lines())]
    shop = till_and_web(tmp_path / "shop", lines(2))
    write(shop, "till.csv", (*HEADER, "Type"), rows)
    till, web = propose(shop).sales
    assert "status" in till.columns
    assert web.values["status"] == "sold"
    assert web.options["status"] == {"revenue": ["sold"]}


def test_tables_that_hold_no_sales_are_refused_with_what_was_seen(tmp_path):
    months = ("Product", "Jan 2026", "Feb 2026", "Mar 2026")
    shop = write(tmp_path / "wide", "wide.csv", months, [("a", 1, 2, 3), ("b", 4, 5, 6)])
    with pytest.raises(UserError, match=r"a column for each month.*unpivot"):
        propose(shop)
    shop = write(tmp_path / "none", "v.csv", ("1", "2", "3"), [("4", "5", "6")])
    with pytest.raises(UserError, match="has no header"):
        propose(shop)
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match="no data file"):
        propose(tmp_path / "empty")


def till_and_web(folder, other):
    write(folder, "till.csv", HEADER, lines())
    header = ("Jour", "Commande", "Article", "Nombre", "Taxe %", "Total")
    return write(folder, "web.csv", header, [(r[0], r[1], r[3], r[4], 20, r[6]) for r in other])


def test_a_second_export_of_another_shape_is_asked(tmp_path):
    shop = till_and_web(tmp_path / "shop", lines(2))
    proposal = propose(shop)
    (asked,) = [question for question in proposal.questions if question.place.endswith(".files")]
    assert "Do they come on top of those?" in asked.text
    assert "of its days and amounts stand in the other table" in asked.evidence[0]


def test_both_count_when_the_owner_says_so(tmp_path):
    shop = till_and_web(tmp_path / "shop", lines(2))
    proposal = propose(shop)
    for question in list(proposal.questions):
        replies = {"currency": "EUR", question.place: "yes"}
        if question.place == "settings.prices_include_tax":
            replies[question.place] = "yes, 0.1"
        answer(proposal, question, replies[question.place])
    (shop / "inputs.yml").write_text(text_of(proposal), encoding="utf-8")
    sections = {one.section: one for one in load(shop).named("sales")}
    assert set(sections) == {"sales.till", "sales.web"}
    assert sections["sales.web"].columns["tax_rate"] == ("Taxe %",)
    assert sections["sales.web"].dialect.percent == ("tax_rate",)
    assert [list(one.files) for one in sections.values()] == [["till.csv"], ["web.csv"]]


def test_only_one_counts_when_the_owner_says_so(tmp_path):
    shop = till_and_web(tmp_path / "shop", lines(2))
    proposal = propose(shop)
    (asked,) = [question for question in proposal.questions if question.place.endswith(".files")]
    answer(proposal, asked, "no")
    assert [section.place for section in proposal.sections] == ["sales"]
    left = {question.place for question in proposal.questions}
    assert left == {"currency", "settings.prices_include_tax"}
    assert len(proposal.ignored) == 1


def test_the_same_sales_in_another_shape_are_not_read(tmp_path):
    proposal = propose(till_and_web(tmp_path / "shop", lines()[:60]))
    assert [section.table.path for section in proposal.sales] == ["till.csv"]
    assert "100% of its days and amounts stand there" in proposal.ignored["web.csv"]
    assert not [question for question in proposal.questions if question.place.endswith(".files")]


def test_totals_of_days_are_no_sales_of_their_own(tmp_path):
    totals = {}
    for day, *_, amount in lines():
        totals[day] = totals.get(day, 0) + amount
    write(tmp_path / "shop", "till.csv", HEADER, lines())
    rows = [(day, "all", 1, total) for day, total in totals.items()]
    shop = write(tmp_path / "shop", "days.csv", ("Date", "Article", "Quantité", "Montant"), rows)
    assert "100% of its days" in propose(shop).ignored["days.csv"]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252", "cp850", "mac_roman"]
)
def test_the_encoding_is_found_by_the_letters(tmp_path, encoding):
    text = "Date;Désignation;Quantité;Prix\n" + "".join(
        f"0{n % 9 + 1}/13/2026;Crème brûlée à l’été;{n};3,5{n % 10}\n".replace("’", "'")
        for n in range(30)
    )
    (tmp_path / "v.csv").write_bytes(text.encode(encoding))
    (table,) = tables_of("v.csv", tmp_path / "v.csv")
    assert table.names == ["Date", "Désignation", "Quantité", "Prix"]
    assert table.rows[0][1] == "Crème brûlée à l'été"


@pytest.mark.parametrize(
    ("header", "ours"),
    [
        ("Rechnungsnr.", "order_id"),
        ("Bestelldatum", "sold_on"),
        ("Q.tà", "quantity"),
        ("Preço unitário", "unit_price"),
        ("Código del producto", "product_id"),
        ("Aantal", "quantity"),
        ("MwSt", "tax_amount"),
        ("Montant HT (€)", "net_amount"),
        ("customerName", "customer_name"),
        ("N° ticket", "order_id"),
    ],
)
def test_headers_in_seven_languages(header, ours):
    assert meanings(header).get(ours, 0) >= 0.9


def test_the_file_is_commented_asks_and_is_never_written_over(tmp_path):
    shop = write(tmp_path / "shop", "ventes.csv", HEADER, lines())
    said = run_module("scripts.onboard", shop=shop).stdout
    assert "2 questions" in said
    text = (shop / "inputs.yml").read_text(encoding="utf-8")
    assert "# QUESTION: In which currency" in text
    with pytest.raises(UserError, match=r"`currency`, `settings\.prices_include_tax`"):
        load(shop)
    again = run_module("scripts.onboard", shop=shop, check=False)
    assert again.returncode == 1
    assert "is not written over" in again.stderr
    assert (shop / "inputs.yml").read_text(encoding="utf-8") == text


def test_answers_make_a_file_that_ingest_takes(tmp_path):
    shop = write(tmp_path / "shop", "ventes.csv", HEADER, lines())
    proposal = propose(shop)
    for place, text in (("currency", "chf"), ("settings.prices_include_tax", "yes, 0.081")):
        answer(proposal, next(q for q in proposal.questions if q.place == place), text)
    assert proposal.questions == []
    (shop / "inputs.yml").write_text(text_of(proposal), encoding="utf-8")
    config = load(shop)
    assert config.currency == "CHF"
    assert dict(config.settings) == {"prices_include_tax": "true", "tax_rate": "0.081"}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("currency=francs", "is no currency"),
        ("settings.prices_include_tax=perhaps", "Possible are: no, yes"),
        ("settings.prices_include_tax=yes", "needs more"),
        ("sales.colour=red", "There is no question"),
    ],
)
def test_an_answer_that_is_none_is_a_sentence(tmp_path, given, said):
    shop = write(tmp_path / "shop", "ventes.csv", HEADER, lines())
    done = run_module("scripts.onboard", "--answer", given, shop=shop, check=False)
    assert done.returncode == 1
    assert said in done.stderr
    assert not (shop / "inputs.yml").exists()


def test_a_terminal_is_asked(tmp_path):
    shop = write(tmp_path / "shop", "ventes.csv", HEADER, lines())
    script = (
        "import sys\n"
        "sys.stdin.isatty = lambda: True\n"
        "from scripts.onboard.__main__ import main\n"
        "sys.argv = ['onboard']\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=PROJECT,
        env={"SHOP": str(shop), "PATH": "/usr/bin:/bin"},
        input="maybe\n1\nnothing\nEUR\n",
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert load(shop).currency == "EUR"


def test_sheets_for_the_months_are_one_table(tmp_path):
    rows = [(r[0], r[3], r[4], float(r[6])) for r in lines()]
    header = ("Date", "Article", "Qté", "Montant")
    months = [(name, [header, *rows[n * 20 : n * 20 + 20]]) for n, name in enumerate(MONTHS)]
    shop = tmp_path / "shop"
    shop.mkdir()
    (shop / "ventes.xlsx").write_bytes(workbook(*months, ("Notes", [["x"], ["y"]])))
    proposal = propose(shop)
    assert [section.place for section in proposal.sections] == ["sales"]
    assert proposal.sections[0].options["sheet"] == list(MONTHS)
