"""The page's filters: every figure, under drawn selections, is what the published file says."""

from __future__ import annotations

import csv
import random
import re
import time
from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path
from xml.etree import ElementTree

import axe_core_python
import duckdb
import pytest
from babel import Locale
from browser import browser, open_dialog, require_browser
from fake_warehouse import HOSTILE, FakeShop, create, hostile_shop
from selections import PLACES, UNKNOWN, Oracle, Selected, compared, month_end
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from scripts.report import write_report
from scripts.report.cube import read_cube
from scripts.report.formats import Formats, clean

SEED = 20261125
DRAWS = 32
LIVE = {
    "revenue_by_month", "revenue_by_place", "change_by_place", "change_by_category",
    "top_products_by_month", "revenue_by_product", "product_sales_by_store",
    "revenue_growth", "seasonality", "discounts_by_month", "discounted_products", "pareto_curve",
    "best_sellers", "margin_by_category", "top_customers", "employees_and_sales",
}  # fmt: skip
# those whose bars lead somewhere
DRILLED = {"revenue_by_month", "revenue_by_place", "change_by_place", "change_by_category",
           "product_sales_by_store", "discounts_by_month", "margin_by_category"}  # fmt: skip
FRENCH = Formats(Locale.parse("fr"), "EUR", "fr")

READ = """
const cells = row => Array.from(row.cells, cell =>
    cell.dataset.value === undefined ? cell.textContent : [cell.dataset.value, cell.textContent]);
const found = {tiles: {}, tables: {}};
for (const tile of document.querySelectorAll('.tile')) {
    const change = tile.querySelector('.change');
    found.tiles[tile.id.slice(5)] = [tile.querySelector('data').value,
        tile.querySelector('data').textContent, change ? change.textContent : ''];
}
for (const chart of document.querySelectorAll('.chart')) {
    const table = chart.querySelector('table');
    if (!table || chart.querySelector('.badge')) continue;
    found.tables[chart.id] = {
        head: Array.from(table.tHead.rows[0].cells, cell => cell.textContent),
        rows: Array.from(table.tBodies[0].rows, cells),
        foot: table.tFoot ? cells(table.tFoot.rows[0]) : null,
        key: Array.from(chart.querySelectorAll('.key:not([hidden]) li'), one => one.textContent),
        said: chart.querySelector('figcaption, .caption').textContent,
        shown: Array.from(chart.querySelectorAll('[data-chart] .live svg')).filter(
            one => one.getClientRects().length).length === 1,
    };
}
return found;
"""
SET = """
const [name, text] = arguments;
const field = document.getElementById('filter-' + name);
if (field.tagName === 'INPUT') field.value = text;
else {
    const option = Array.from(field.options).find(one => one.textContent.trim() === text);
    if (!option) throw new Error(name + ' has no ' + text);
    field.value = option.value;
}
field.dispatchEvent(new Event('change', {bubbles: true}));
"""
READY = "return document.documentElement.dataset.ready === 'true'"


@pytest.fixture(scope="module")
def chromium():
    """One browser for all of them: starting one costs more than most of these tests."""
    require_browser()
    with browser() as page:
        page.driver.set_script_timeout(60)
        yield page


@pytest.fixture
def page(chromium):
    """The browser with a wide, light window."""
    chromium.resize(1400)
    chromium.theme("light")
    return chromium


@pytest.fixture(scope="module")
def invented(tmp_path_factory):
    """The report of an invented shop of 26 months, in English."""
    folder = tmp_path_factory.mktemp("invented")
    create(folder / "sales.duckdb", FakeShop(months=26, unfinished=True, locale="en"))
    return write_report(folder)


def choose(page, name, text):
    """Choose in the bar of filters as a reader does, and wait until all is drawn."""
    page.driver.execute_script(SET, name, text)
    assert page.wait(READY)


def value_of(cell):
    """The figure behind a cell; None where there is none."""
    return None if isinstance(cell, str) or cell[0] == "" else Decimal(cell[0])


def name_of(text):
    return UNKNOWN if text == "(inconnu)" else text


def same(shown, expected):
    """Whether a cell shows an amount, to its last decimal, and in words to the cent."""
    if expected is None:
        return value_of(shown) is None
    text = FRENCH.money(expected, cents=True)
    return value_of(shown) == Decimal(expected) and shown[1] == text


def growth_text(now, before):
    if now is None or before is None or before <= 0:
        return None
    change = Decimal(now) / Decimal(before) - 1
    text = FRENCH.signed_share(change)
    return "inchangé" if text.lstrip("+−") == FRENCH.share(Decimal(0)) else text


def tiles_are_right(shown, oracle, selected):
    """Every tile and its change."""
    now = oracle.total(selected)
    days = compared(selected, oracle.begin, oracle.until)
    before = oracle.total(selected, days) if days else None

    def of(one):
        return {
            "revenue": one["revenue"],
            "orders": one["orders"],
            "average_order": one["revenue"] / one["orders"] if one["orders"] else None,
            "units": one["units"],
            "margin": one["margin"],
            "returns": abs(one["returns"]),
        }

    was = of(before) if before else dict.fromkeys(of(now))
    for name, value in of(now).items():
        exact, text, change = shown[name]
        if value is None:
            assert exact == "", (selected, name)
        elif name == "average_order":
            assert abs(Decimal(exact) - value) < Decimal("0.00001"), (selected, name)
            assert text == FRENCH.money(value, cents=True), (selected, name)
        else:
            assert Decimal(exact) == value, (selected, name)
            plain = FRENCH.number(value, 0) if name in ("orders", "units") else FRENCH.money(value)
            assert text == plain, (selected, name)
        grown = growth_text(value, was[name])
        if grown is None:
            assert "%" not in change, (selected, name, change)
        else:
            assert change.split(" ", 1)[1] == grown, (selected, name, change)


def names_and_rest(rows, all_members, count_shown):
    """The members that a table shows one by one, and the sum it must show for the others."""
    shown = {name_of(row[0]) for row in rows} & set(all_members)
    assert len(shown) == min(count_shown, len(all_members)), (rows, count_shown)
    return shown, sum(one["revenue"] for name, one in all_members.items() if name not in shown)


def tables_are_right(tables, oracle, selected):
    """Every cell of the tables of live charts, and their totals."""
    assert set(tables) == LIVE
    now = oracle.total(selected)
    days = compared(selected, oracle.begin, oracle.until)
    before = oracle.total(selected, days)["revenue"] if days else None
    where = (selected,)

    months = tables["revenue_by_month"]
    periods = oracle.by_period(selected)
    assert sum(value_of(row[1]) for row in months["rows"]) == now["revenue"], where
    sold = [row for row in months["rows"] if value_of(row[1]) or value_of(row[4])]
    assert [value_of(row[1]) for row in sold] == [
        periods[start]["revenue"] for start in sorted(periods)], where  # fmt: skip
    assert [value_of(row[4]) for row in sold] == [
        periods[start]["orders"] for start in sorted(periods)], where  # fmt: skip
    assert [value_of(row[6]) for row in sold] == [
        periods[start]["margin"] for start in sorted(periods)], where  # fmt: skip
    assert same(months["foot"][1], now["revenue"]) and same(months["foot"][2], before), where
    assert value_of(months["foot"][5]) == now["units"], where
    if before is not None and selected.grain != "day" and selected.last <= oracle.until:
        assert sum(value_of(row[2]) or 0 for row in months["rows"]) == before, where

    level = PLACES[min(selected.depth, 2)]
    places = oracle.by(selected, level)
    table = tables["revenue_by_place"]
    assert {name_of(row[0]): value_of(row[1]) for row in table["rows"]} == {
        name: one["revenue"] for name, one in places.items()}, where  # fmt: skip
    assert {name_of(row[0]): value_of(row[3]) for row in table["rows"]} == {
        name: one["units"] for name, one in places.items()}, where  # fmt: skip
    assert same(table["foot"][1], now["revenue"]), where
    shares = [value_of(row[2]) for row in table["rows"] if value_of(row[2]) is not None]
    assert not shares or abs(sum(shares) - 1) < Decimal("1e-9"), where

    for chart, dimension in (("change_by_place", level), ("change_by_category", "category")):
        table = tables[chart]
        if days is None:
            assert table["rows"] == [] and not table["shown"], where
            continue
        was = oracle.by(selected, dimension, days)
        is_ = oracle.by(selected, dimension)
        expected = {
            name: is_.get(name, {"revenue": 0})["revenue"]
            - was.get(name, {"revenue": 0})["revenue"]
            for name in {*was, *is_}
        }
        assert {name_of(row[0]): value_of(row[3]) for row in table["rows"]} == expected, where
        differences = [value_of(row[3]) for row in table["rows"]]
        assert differences == sorted(differences), where
        assert same(table["foot"][3], now["revenue"] - before), where

    products = oracle.by(selected, "product")
    table = tables["revenue_by_product"]
    shown, rest = names_and_rest(table["rows"], products, 15)
    for row in table["rows"]:
        if row[0] in shown:
            one = products[row[0]]
            assert same(row[2], one["revenue"]) and value_of(row[4]) == one["units"], where
            assert same(row[5], one["margin"]), where
    if len(products) > 15:
        assert same(table["rows"][-1][2], rest), where
    assert same(table["foot"][2], now["revenue"]) and same(table["foot"][5], now["margin"]), where

    table = tables["top_products_by_month"]
    sold = oracle.by_period(selected, "product")
    for place, name in enumerate(table["head"][1:], start=1):
        assert same(table["foot"][place], products[name]["revenue"]), where
        amounts = [value_of(row[place]) for row in table["rows"]]
        expected = [sold[key]["revenue"] for key in sorted(sold) if key[1] == name]
        assert [one for one in amounts if one] == [one for one in expected if one], where

    both = oracle.by_two(selected, "store", "product")
    table = tables["product_sales_by_store"]
    for row in table["rows"]:
        assert value_of(row[-1]) == sum(
            amount for (store, _), amount in both.items() if store == name_of(row[0])
        ), where
        for name, cell in zip(table["head"][1:7], row[1:7], strict=False):
            if name in products:
                assert value_of(cell) == both.get((name_of(row[0]), name), 0), where
    assert same(table["foot"][-1], now["revenue"]), where

    times_are_right(tables, oracle, selected)
    lists_are_right(tables, oracle, selected, products)
    teams_are_right(tables["employees_and_sales"], oracle, selected)


def cells_are(row, expected, where):
    """Whether each cell shows its figure exactly, and in words as the report writes it.

    Of an amount (Decimal) all decimals, of a ratio (float) what a double holds; None is no figure.
    """
    assert len(row) == len(expected), where
    for cell, figure in zip(row, expected, strict=True):
        if figure is None:
            assert value_of(cell) is None and cell[1] == "–", where
        elif isinstance(figure, float):
            assert value_of(cell) == pytest.approx(Decimal(figure), rel=Decimal("1e-9")), where
            assert cell[1].lstrip("+") == FRENCH.share(figure), where
        elif isinstance(figure, int):
            assert value_of(cell) == figure and cell[1] == FRENCH.number(figure), where
        else:
            assert same(cell, figure), (where, cell, figure)


def part(one, whole):
    return float(one / whole) if one is not None and whole > 0 else None


def grown(now, before):
    return float(now / before - 1) if before is not None and before > 0 else None


def times_are_right(tables, oracle, selected):
    """Growth, discounts by period and seasons."""
    where, now = (selected,), oracle.total(selected)
    found = oracle.growth(selected, 12)
    table = tables["revenue_growth"]
    assert len(table["rows"]) == len(found), where
    for row, (revenue, before, ago) in zip(table["rows"], found, strict=True):
        cells_are(
            row[1:], [revenue, before, grown(revenue, before), ago, grown(revenue, ago)], where
        )

    table = tables["discounts_by_month"]
    periods = oracle.by_period(selected)
    given = [row for row in table["rows"] if value_of(row[1]) or value_of(row[3])]
    expected = [periods[start] for start in sorted(periods) if periods[start]["gross"]]
    for row, one in zip(given, expected, strict=True):
        cells_are(row[1:], [one["discount"], part(one["discount"], one["gross"]), one["gross"]],
                  where)  # fmt: skip
    if now["lines"]:
        total = [now["discount"], part(now["discount"], now["gross"]), now["gross"]]
        cells_are(table["foot"][1:], total, where)
    assert table["shown"] == (now["discount"] != 0), where

    table = tables["seasonality"]
    seasons = oracle.seasons(selected)
    for row, (index, revenue, days) in zip(table["rows"], seasons, strict=True):
        assert value_of(row[1]) == pytest.approx(index, rel=Decimal("1e-9")), where
        assert value_of(row[2]) == pytest.approx(revenue / days, rel=Decimal("1e-9")), where
        cells_are(row[3:], [revenue, days], where)
    assert table["shown"] == bool(seasons), where


def lists_are_right(tables, oracle, selected, products):
    """Best sellers, discounted products, classes, margins and customers."""
    where, now = (selected,), oracle.total(selected)

    def rank(figure, of):
        return 1 + sum(of(one) > figure for one in products.values())

    table = tables["best_sellers"]
    best = {}
    for name, one in products.items():
        ranks = rank(one["units"], lambda other: other["units"]), rank(
            one["revenue"], lambda other: other["revenue"])  # fmt: skip
        if min(ranks) <= 10:
            best[name] = [one["units"], ranks[0], one["revenue"], ranks[1]]
    assert {name_of(row[0]) for row in table["rows"]} == set(best), where
    for row in table["rows"]:
        units, *others = best[name_of(row[0])]
        assert value_of(row[2]) == units and row[2][1] == FRENCH.number(units), where
        cells_are(row[3:], others, where)
    assert [value_of(row[3]) for row in table["rows"]] == sorted(one[1] for one in best.values())

    table = tables["discounted_products"]
    discounted = [one for one in products.values() if one["discount"] > 0]
    discounts = sorted((one["discount"] for one in discounted), reverse=True)
    assert [value_of(row[2]) for row in table["rows"]] == discounts[:10], where
    for row in table["rows"]:
        one = products[name_of(row[0])]
        cells_are(row[2:], [one["discount"], part(one["discount"], one["gross"]),
                            one["discounted_lines"], one["lines"]], where)  # fmt: skip

    table = tables["pareto_curve"]
    classes = {}
    for one in products.values():
        before = sum(other["revenue"] for other in products.values()
                     if other["revenue"] > one["revenue"])  # fmt: skip
        name = ("A" if before < now["revenue"] * Decimal("0.8")
                else "B" if before < now["revenue"] * Decimal("0.95") else "C")  # fmt: skip
        classes.setdefault(name, []).append(one["revenue"])
    total = now["revenue"]
    expected = [
        (name, [len(sold), sum(sold), float(sum(sold) / total) if total else None])
        for name, sold in sorted(classes.items())
    ]
    if products and (unsold := oracle.unsold(selected)):
        expected.append(("U", [unsold, Decimal(0), None]))
    assert [row[0] for row in table["rows"]] == [name for name, _ in expected], where
    for row, (_, figures) in zip(table["rows"], expected, strict=True):
        cells_are(row[2:], figures, where)
    assert table["shown"] == (now["revenue"] > 0), where

    table = tables["margin_by_category"]
    categories = oracle.by(selected, "category")
    assert {name_of(row[0]) for row in table["rows"]} == set(categories), where
    shares = []
    for row in table["rows"]:
        one = categories[name_of(row[0])]
        shares.append(part(one["margin"], one["with_cost"]))
        cells_are(row[1:], [shares[-1], one["margin"], one["revenue"],
                            part(one["with_cost"], one["revenue"])], where)  # fmt: skip
    known = [one for one in shares if one is not None]
    assert known == sorted(known, reverse=True) and shares[: len(known)] == known, where

    table = tables["top_customers"]
    customers = oracle.customers(selected)
    amounts = sorted((one["revenue"] for one in customers.values()), reverse=True)
    total = sum(amounts)
    assert [value_of(row[2]) for row in table["rows"]] == amounts[:50], where
    for row in table["rows"]:
        one = customers[row[0]]
        place = 1 + sum(other > one["revenue"] for other in amounts)
        figures = [place, one["revenue"], float(one["revenue"] / total), one["purchases"]]
        cells_are(row[1:5], figures, where)
        assert row[5] == FRENCH.day(one["last_on"]), where
    assert table["shown"] == bool(customers), where


def teams_are_right(table, oracle, selected):
    """Employees and revenue by store, and the line through them."""
    where = (selected,)
    teams = oracle.teams(selected)
    staffed = {name: one for name, one in teams.items() if one[0] is not None}
    assert {name_of(row[0]) for row in table["rows"]} == set(staffed), where
    for row in table["rows"]:
        employees, revenue, months = staffed[name_of(row[0])]
        assert value_of(row[1]) == employees and row[1][1] == FRENCH.number(employees), where
        cells_are([row[2], row[4]], [revenue, months], where)
        assert value_of(row[3]) == pytest.approx(revenue / employees, rel=Decimal("1e-9")), where
        assert row[3][1] == FRENCH.money(revenue / employees), where
    assert table["shown"] == bool(staffed), where
    if len(staffed) < 3:
        assert table["key"] == [], where
        return
    slope, fit = oracle.fit([one[:2] for one in staffed.values()])
    label = f"n\u202f= {len(staffed)}, R²\u202f= {FRENCH.number(fit, 3)}".replace("\u202f=", " =")
    assert table["key"][0].endswith(label), where
    # an amount so near the half that the doubles may differ is written either way
    texts = {FRENCH.money(abs(slope) + step) for step in (-1e-7, 1e-7)}
    assert any(f" {text} " in table["said"] for text in texts), (where, texts)


def drawn_changes(chance, oracle):
    """One change after another: [what to do, what is then selected]."""
    selected = Selected(date(2025, 1, 1), date(2025, 12, 31))
    periods = {
        "12 derniers mois": (date(2025, 1, 1), date(2025, 12, 31)),
        "3 derniers mois": (date(2025, 10, 1), date(2025, 12, 31)),
        "2024": (date(2024, 1, 1), date(2024, 12, 31)),
        "Tous les jours": (date(2024, 1, 1), date(2025, 12, 31)),
    }
    grains = {"Par jour": "day", "Par mois": "month", "Par trimestre": "quarter", "Par an": "year"}
    compares = {"Un an plus tôt": "year", "La période précédente": "previous", "Rien": "none"}
    # before all stores had a head count, and neither whole months nor whole years
    selected = replace_days(selected, *periods["2024"])
    yield [("period", "2024")], selected
    selected = replace_days(selected, date(2024, 2, 10), date(2025, 11, 20))
    yield [("to", "2025-11-20"), ("from", "2024-02-10")], selected
    for number in count():
        kind = ("drill", "period", "category", "days", "segment", "grain", "compare", "place")[
            number % 8
        ]  # every kind in turn, what is chosen is drawn
        if kind == "period":
            text = chance.choice(list(periods))
            selected = replace_days(selected, *periods[text])
            yield [(kind, text)], selected
        elif kind == "days":
            first = date(2024, 1, 1) + timedelta(days=chance.randrange(700))
            last = min(first + timedelta(days=chance.randrange(120)), date(2025, 12, 31))
            if chance.random() < 0.3:
                first, last = first.replace(day=1), month_end(last)
            # the end first where the beginning would pass it; on the way, days may be too many
            for days in ((selected.first, date(2025, 12, 31)), (first, date(2025, 12, 31))):
                selected = replace_days(selected, *days)
            selected = replace_days(selected, first, last)
            yield [("to", "2025-12-31"), ("from", str(first)), ("to", str(last))], selected
        elif kind == "grain":
            text = chance.choice(list(grains))
            if text == "Par jour" and (selected.last - selected.first).days >= 400:
                text = "Par mois"
            selected = Selected(selected.first, selected.last, grains[text], selected.compare,
                                selected.members)  # fmt: skip
            yield [(kind, text)], selected
        elif kind == "compare":
            text = chance.choice(list(compares))
            selected = Selected(selected.first, selected.last, selected.grain, compares[text],
                                selected.members)  # fmt: skip
            yield [(kind, text)], selected
        elif kind in ("category", "segment"):
            everything = {"category": "Toutes", "segment": "Tous"}[kind]
            name = chance.choice([None, *oracle.members(kind)])
            selected = selected.having(kind, name)
            text = everything if name is None else "(inconnu)" if name == UNKNOWN else name
            yield [(kind, text)], selected
        elif kind == "place":
            name = chance.choice([None, *(n for n in oracle.members("region") if n != UNKNOWN)])
            for level in PLACES:
                selected = selected.having(level, None)
            selected = selected.having("region", name)
            yield [(kind, name or "Partout")], selected
        else:
            level = PLACES[min(selected.depth, 2)]
            names = [one for one in oracle.by(selected, level) if one != UNKNOWN]
            if selected.depth == 3 or not names:
                yield [], selected
                continue
            name = chance.choice(sorted(names))
            selected = selected.having(level, name)
            yield [("drill", name)], selected


def replace_days(selected, first, last):
    grain = selected.grain
    if grain == "day" and (last - first).days >= 400:
        grain = "month"
    return Selected(first, last, grain, selected.compare, selected.members)


def click_bar(page, chart, name):
    """Click the bar of a member with the mouse."""
    place = page.driver.execute_script(
        "const box = document.getElementById(arguments[0]);"
        "box.scrollIntoView({block: 'center', behavior: 'instant'});"
        "const mark = Array.from(box.querySelectorAll('.live [role=\"button\"]')).find("
        "    one => one.__data__.datum.name === arguments[1]);"
        "if (!mark) return null;"
        "const size = mark.getBoundingClientRect();"
        "return [size.x + size.width / 2, size.y + size.height / 2];",
        chart,
        name,
    )
    assert place, (chart, name)
    for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
        page.driver.execute_cdp_cmd(
            "Input.dispatchMouseEvent",
            {"type": kind, "x": place[0], "y": place[1], "button": "left", "clickCount": 1},
        )
    assert page.wait(READY)


def agrees_under_drawn_selections(page, html: Path, published: Path, seed: int = SEED) -> int:
    """Play drawn selections on a page and compare all it shows; how many there were."""
    print(f"seed {seed}")
    chance = random.Random(seed)
    seen = set()
    with duckdb.connect(str(published), read_only=True) as connection:
        oracle = Oracle(connection)
        page.resize(1400)
        page.open(html)
        steps = drawn_changes(chance, oracle)
        selected = Selected(date(2025, 1, 1), date(2025, 12, 31))
        while len(seen) < DRAWS:
            found = page.run(READ)
            tiles_are_right(found["tiles"], oracle, selected)
            tables_are_right(found["tables"], oracle, selected)
            seen.add(selected)
            actions, selected = next(steps)
            for name, text in actions:
                if name == "drill":
                    click_bar(page, "revenue_by_place", text)
                else:
                    choose(page, name, text)
        assert page.console() == []
        assert page.requests() == []
    return len(seen)


def test_every_figure_is_what_the_published_file_says(sample_warehouse, page):
    html = sample_warehouse / "report" / "report.html"
    assert agrees_under_drawn_selections(page, html, sample_warehouse / "sales.duckdb") >= 30


def test_every_figure_of_another_shop_is_what_its_file_says(tmp_path, page):
    published = create(tmp_path / "sales.duckdb", FakeShop())
    assert agrees_under_drawn_selections(page, write_report(tmp_path), published, SEED + 1) >= 30


# without filters, and what cannot follow them

# what the page shows of the whole shop, and the mart that says the same: chart, days, bars, query
MARTS = [
    *(
        ("revenue_growth", "Tous les jours", bars,
         "select revenue_amount, previous_revenue_amount, growth_share, year_ago_revenue_amount,"
         f" year_growth_share from marts.revenue_growth where period_type = '{kind}'"
         " order by period_start_on desc limit 12")
        for kind, bars in (("month", "Par mois"), ("quarter", "Par trimestre"), ("year", "Par an"))
    ),
    ("seasonality", "Tous les jours", "Par mois",
     "select season_index, revenue_per_day, revenue_amount, day_count from marts.seasonality"
     " order by season_type desc, season_number"),
    ("discounts_by_month", "Tous les jours", "Par mois",
     "select discount_amount, discount_amount / gross_amount, gross_amount"
     " from marts.revenue_by_month order by month_start_on"),
    ("discounted_products", "Tous les jours", "Par mois",
     "with given as (select product_id, sum(discount_amount) as discount_amount,"
     "  sum(discounted_line_count) as discounted_line_count"
     "  from marts.discounts_by_product_month group by product_id)"
     " select product_name, category, given.discount_amount, given.discount_amount / gross_amount,"
     " discounted_line_count, line_count from given inner join marts.revenue_by_product"
     " using (product_id) order by given.discount_amount desc limit 10"),
    ("pareto_curve", "12 derniers mois", "Par mois",
     "select count(*), sum(revenue_amount), sum(window_revenue_share)"
     " from marts.product_abc group by abc_class order by abc_class"),
    ("best_sellers", "12 derniers mois", "Par mois",
     "select product_name, category, quantity, quantity_rank, revenue_amount, revenue_rank"
     " from marts.best_sellers where time_window = 'last_twelve_months'"
     " and least(quantity_rank, revenue_rank) <= 10 order by quantity_rank, revenue_rank"),
    ("best_sellers", "Tous les jours", "Par mois",
     "select product_name, category, quantity, quantity_rank, revenue_amount, revenue_rank"
     " from marts.best_sellers where time_window = 'all_dates'"
     " and least(quantity_rank, revenue_rank) <= 10 order by quantity_rank, revenue_rank"),
    ("margin_by_category", "Tous les jours", "Par mois",
     "select category, margin_share, margin_amount, revenue_amount, covered_share"
     " from marts.margin_by_category order by margin_share desc nulls last, revenue_amount desc"),
    ("top_customers", "Tous les jours", "Par mois",
     "select revenue_rank, revenue_amount, customer_revenue_share, purchase_count"
     " from marts.top_customers order by revenue_rank limit 50"),
    ("employees_and_sales", "12 derniers mois", "Par mois",
     "select store_name, employee_count, revenue_amount, revenue_per_employee, month_count"
     " from marts.employee_sales_by_store order by revenue_amount desc"),
]  # fmt: skip


def test_without_a_filter_a_chart_says_what_its_mart_says(sample_warehouse, page):
    page.open(sample_warehouse / "report" / "report.html")
    with duckdb.connect(str(sample_warehouse / "sales.duckdb"), read_only=True) as connection:
        for chart, days, bars, query in MARTS:
            choose(page, "period", days)
            choose(page, "grain", bars)
            rows = page.run(READ)["tables"][chart]["rows"]
            expected = connection.execute(query).fetchall()
            assert len(rows) == len(expected) > 1, chart
            for row, figures in zip(rows, expected, strict=True):
                # texts first, then figures; a last day is a text again
                cells = [cell for cell in row if not isinstance(cell, str)]
                shown = [value_of(cell) for cell in cells]
                names = [figure for figure in figures if isinstance(figure, str)]
                assert [name_of(cell) for cell in row[: len(names)]] == names, chart
                for value, figure in zip(shown, figures[len(names) :], strict=True):
                    if isinstance(figure, float):
                        assert value == pytest.approx(Decimal(figure), rel=Decimal("1e-9")), chart
                    else:
                        assert value == figure, (chart, row)


def test_the_page_begins_with_the_figures_that_it_has_without_scripts(invented, page):
    text = invented.read_text(encoding="utf-8")
    still = dict(re.findall(r'id="tile-(\w+)">.*?<data value="([^"]*)"', text, re.DOTALL))
    page.open(invented)
    tiles = page.run(READ)["tiles"]
    assert still.keys() == tiles.keys()
    for name, value in still.items():
        assert abs(Decimal(tiles[name][0]) - Decimal(value)) < Decimal("0.00001"), name


def test_a_chart_that_stays_says_so(invented, page):
    page.open(invented)
    badges, figures = page.run(
        "const ids = selector => Array.from(document.querySelectorAll(selector),"
        " one => one.closest('.chart').id);"
        "return [ids('.badge'), ids('.chart > figure, .chart > details, .chart > .scroll')]"
    )
    assert "customer_segments" in badges and len(badges) == len(set(badges))
    assert set(badges) == set(figures) - LIVE
    text = page.run("return document.querySelector('.badge').textContent")
    assert text == "Whole shop: does not follow the filters"


def test_sums_instead_of_lines_say_what_they_cannot_count(tmp_path, monkeypatch, page):
    published = create(tmp_path / "sales.duckdb", FakeShop(months=26, locale="en"))
    with duckdb.connect(str(published), read_only=True) as connection:
        lines = read_cube(connection, "region", clean)
        few = read_cube(connection, "region", clean, lines.line_count - 1)
        fewer = read_cube(connection, "region", clean, few.line_count - 1)
        assert [one.grain for one in (lines, few, fewer)] == ["line", "day", "month"]
        assert read_cube(connection, "region", clean, 10) is None
        oracle = Oracle(connection)
        selected = Selected(date(2025, 1, 1), date(2025, 12, 31))
        whole = oracle.total(selected)
        category = oracle.by(selected, "category")
    monkeypatch.setattr("scripts.report.cube.LINES_KEPT", few.line_count)
    html = write_report(tmp_path)
    page.open(html)
    choose(page, "period", "2025")
    found = page.run(READ)
    note = page.run("return document.querySelector('#tile-orders .note').textContent")
    choose(page, "category", "Salon")
    one = page.run(READ)
    assert page.console() == []
    for name in ("revenue", "units", "margin"):
        assert Decimal(found["tiles"][name][0]) == whole[name]
        assert Decimal(one["tiles"][name][0]) == category["Salon"][name]
    assert found["tiles"]["orders"][0] == "" and "Too many lines" in note
    assert set(found["tables"]) == {
        "revenue_by_month", "revenue_by_place", "change_by_place", "change_by_category",
        "revenue_growth", "seasonality", "discounts_by_month", "margin_by_category",
        "employees_and_sales",
    }  # fmt: skip


# the address


@pytest.fixture
def new_page(chromium):
    """A browser with no history: Chromium keeps fifty steps, and what goes back over them jumps."""
    with browser() as page:
        page.resize(1400)
        yield page


def test_the_address_holds_what_is_selected(invented, new_page):
    page = new_page
    state = "return [location.hash, document.querySelector('.lead').textContent]"
    page.open(invented)
    seen = [(page.run(state), page.run(READ))]
    assert seen[0][0][0] == ""
    for name, text in (
        ("place", "Occitanie"), ("category", "Textiles"), ("segment", "Segment 1"),
        ("period", "2024"), ("grain", "By quarter"), ("compare", "Nothing"),
    ):  # fmt: skip
        choose(page, name, text)
        seen.append((page.run(state), page.run(READ)))
    click_bar(page, "revenue_by_place", "Toulouse")
    seen.append((page.run(state), page.run(READ)))
    assert len({hash_ for (hash_, _), _ in seen}) == len(seen)
    for expected in reversed(seen[:-1]):
        page.driver.back()
        assert page.wait(READY)
        assert (page.run(state), page.run(READ)) == expected
    for expected in seen[1:]:
        page.driver.forward()
        assert page.wait(READY)
        assert (page.run(state), page.run(READ)) == expected
    # a view that somebody else was sent
    shared = page.driver.current_url
    page.driver.get("about:blank")
    page.driver.get(shared)
    assert page.wait(READY)
    assert (page.run(state), page.run(READ)) == seen[-1]
    page.run("document.getElementById('filter-reset').click()")
    assert page.wait(READY)
    assert (page.run(state), page.run(READ)) == seen[0]


@pytest.mark.parametrize(
    "address",
    [
        "#from=2025-02-30&to=x&region=Atlantis&category=%00&grain=week&compare=",
        "#from=2025-12-31&to=2025-01-01",
        "#%E0%A4%A",
        "#trust",
    ],
)
def test_an_address_that_means_nothing_changes_nothing(invented, address, page):
    page.open(invented)
    whole = page.run(READ)
    page.driver.get("about:blank")
    page.driver.get(invented.resolve().as_uri() + address)
    assert page.wait(READY)
    assert page.run(READ) == whole
    assert page.console() == []


# the keyboard

FOCUSED = """
const one = document.activeElement, box = one.getBoundingClientRect();
const bar = document.getElementById('filters').getBoundingClientRect();
const style = getComputedStyle(one);
return {
    nothing: one === document.body,
    what: one.id || one.getAttribute('aria-label') || one.textContent.trim().slice(0, 40),
    mark: one.getAttribute('role') === 'button',
    visible: one.matches(':focus-visible') && style.outlineStyle !== 'none',
    clear: one.closest('#filters') !== null ||
        (box.bottom > bar.bottom - 1 && box.top < innerHeight) || bar.top > 200,
    chart: (one.closest('.chart') || {}).id || '',
};
"""


def test_the_keyboard_alone_reaches_and_does_everything(invented, page):
    page.open(invented)

    def press(*keys):
        ActionChains(page.driver).send_keys(*keys).perform()

    # where the focus goes is measured at once, without waiting for the page to glide there
    page.run("document.documentElement.style.scrollBehavior = 'auto'")
    reached = []
    for _ in range(400):
        press(Keys.TAB)
        one = page.run(FOCUSED)
        if one["nothing"] and reached:  # the end of the page
            break
        if not one["nothing"]:
            reached.append(one)
    names = [one["what"] for one in reached]
    for wanted in ("period", "grain", "place", "category", "segment", "compare"):
        assert f"filter-{wanted}" in names
    assert [one["what"] for one in reached if not one["visible"]] == []
    assert [one["what"] for one in reached if not one["clear"]] == []
    # a chart that only says what is missing has nothing to reach
    charts = page.run(
        "return Array.from(document.querySelectorAll('.chart'))"
        ".filter(one => one.querySelector('table, [data-chart]')).map(one => one.id)"
    )
    assert {one["chart"] for one in reached} >= set(charts)
    drills = {one["chart"] for one in reached if one["mark"]}
    assert drills == DRILLED

    # a choice in the bar
    page.run("document.getElementById('filter-category').focus()")
    press(Keys.ARROW_DOWN)
    assert page.wait(READY) and page.wait("return location.hash.includes('category')")
    press(Keys.ARROW_UP)
    assert page.wait("return location.hash === ''") and page.wait(READY)
    # down from regions to stores by arrows and enter, and back by escape
    page.run("document.querySelector('#revenue_by_place .live [tabindex=\"0\"]').focus()")
    press(Keys.ARROW_DOWN)
    wanted = page.run("return document.activeElement.__data__.datum.name")
    for depth, level in enumerate(PLACES, start=1):
        press(Keys.ENTER)
        assert page.wait(f"return location.hash.includes('{level}=')") and page.wait(READY)
        crumbs = page.run("return document.querySelector('#revenue_by_place .crumbs').innerText")
        assert wanted in crumbs
        if depth < 3:
            one = page.run(FOCUSED)
            assert one["mark"] and one["visible"] and one["chart"] == "revenue_by_place"
    # the last store is alone: nothing further to open, the way up is in the crumbs
    page.run("document.querySelector('#revenue_by_place .crumbs button').focus()")
    press(Keys.ENTER)
    assert page.wait("return location.hash === ''") and page.wait(READY)
    assert page.run(FOCUSED)["chart"] == "revenue_by_place"
    press(Keys.ENTER)
    assert page.wait("return location.hash.includes('region=')") and page.wait(READY)
    press(Keys.ESCAPE)
    assert page.wait("return location.hash === ''") and page.wait(READY)
    # what changed is said
    said = page.run("return document.getElementById('status').textContent")
    assert "whole shop" in said and "Revenue" in said


# names and contrast for everybody

AXE = (Path(axe_core_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
RUN_AXE = """
const done = arguments[arguments.length - 1];
axe.run(document, {resultTypes: ['violations']}).then(found => done(found.violations.map(one =>
    one.id + ': ' + one.nodes.slice(0, 3).map(node => node.html.slice(0, 160)).join(' | '))));
"""


@pytest.mark.parametrize("width", [1400, 390])
def test_axe_has_no_complaint(invented, width, page):
    page.resize(width)
    page.open(invented)
    if width == 390:
        page.run("document.getElementById('filter-toggle').click()")
    choose(page, "place", "Occitanie")
    page.run("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    page.driver.execute_script(AXE)
    for theme in ("light", "dark"):
        page.theme(theme)
        assert page.driver.execute_async_script(RUN_AXE) == [], theme


# downloads


def download(page, folder, chart, kind):
    """Press a chart's button; the bytes that the browser saved."""
    page.driver.execute_cdp_cmd(
        "Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(folder)}
    )
    target = folder / f"{chart}.{kind}"
    page.driver.execute_script(
        "Array.from(document.querySelectorAll(`#${arguments[0]} .tools button`))"
        ".find(one => one.textContent === arguments[1].toUpperCase()).click()",
        chart,
        kind,
    )
    for _ in range(200):
        if target.exists() and target.stat().st_size:
            return target.read_bytes()
        time.sleep(0.05)
    raise AssertionError(f"{target.name} was not saved")


def test_charts_and_tables_can_be_taken_along(tmp_path, page):
    products = [("=1+1", "-cmd"), ("@sum(A1)", "+3"), ("-12", "Plain"), ('A "b"; c, d', "Plain")]
    create(tmp_path / "sales.duckdb", FakeShop(months=26, locale="fr", products=products))
    html = write_report(tmp_path)
    folder = tmp_path / "taken"
    folder.mkdir()
    page.open(html)
    choose(page, "place", "Occitanie")
    table = page.run(READ)["tables"]["revenue_by_product"]
    text = download(page, folder, "revenue_by_product", "csv").decode("utf-8-sig")
    svg = ElementTree.fromstring(download(page, folder, "change_by_category", "svg"))
    png = download(page, folder, "product_sales_by_store", "png")
    still = download(page, folder, "customer_segments", "csv").decode("utf-8-sig")
    page.resize(390)
    assert page.wait(READY)
    narrow = download(page, folder, "revenue_by_place", "png")
    assert page.console() == []
    rows = list(csv.reader(text.splitlines(), delimiter=";"))
    assert {row[0] for row in rows[1:-1]} == {"'=1+1", "'@sum(A1)", "'-12", 'A "b"; c, d'}
    assert {row[1] for row in rows[1:-1]} == {"'-cmd", "'+3", "Plain"}
    assert [Decimal(row[2].replace(",", ".")) for row in rows[1:]] == [
        value_of(row[2]) for row in [*table["rows"], table["foot"]]]  # fmt: skip
    assert all(row[2][0].isdigit() for row in rows[1:])
    # a table of the whole shop has what it shows, without signs and spaces
    segments = list(csv.reader(still.splitlines(), delimiter=";"))
    assert re.fullmatch(r"\d+,\d\d", segments[1][3]) and re.fullmatch(r"\d+", segments[1][1])
    texts = [one.text or "" for one in svg.iter() if one.tag.endswith(("text", "tspan"))]
    assert any("Ce qui a changé" in one for one in texts)
    assert any("Occitanie" in one for one in texts)
    for picture in (png, narrow):
        assert picture[:8] == b"\x89PNG\r\n\x1a\n"
        assert int.from_bytes(picture[16:20], "big") >= 1900


def test_hostile_names_are_texts_in_every_place(tmp_path, page):
    create(tmp_path / "sales.duckdb", hostile_shop())
    html = write_report(tmp_path)
    page.open(html)
    scripts = page.run("return document.querySelectorAll('script').length")
    names = page.run(
        "return Array.from(document.getElementById('filter-category').options,"
        " one => one.textContent)"
    )
    assert {HOSTILE[0], HOSTILE[1], HOSTILE[3]} <= set(names)
    for name in HOSTILE[:5]:
        choose(page, "category", name)
        assert name in page.run("return document.querySelector('.lead').textContent")
        assert open_dialog(page) is None
    choose(page, "category", "All")
    first = page.run(
        "return document.querySelector('#revenue_by_place .live [role=\"button\"]')"
        ".__data__.datum.name"
    )
    click_bar(page, "revenue_by_place", first)
    assert first in page.run("return document.querySelector('.crumbs').textContent")
    assert page.run("return document.querySelectorAll('script').length") == scripts
    assert page.run("return document.querySelectorAll('img, iframe').length") == 0
    assert page.console() == []


# on paper


def test_the_printed_page_says_what_is_selected(invented, page):
    page.resize(794)
    page.open(invented)
    choose(page, "place", "Occitanie")
    page.theme("light", media="print")
    shown = page.run(
        "return Array.from(document.querySelectorAll('body *')).filter(one =>"
        " one.children.length === 0 && one.getClientRects().length)"
        ".map(one => one.textContent).join(' ')"
    )
    assert "· Occitanie" in shown
    assert page.run("return document.getElementById('filters').getClientRects().length") == 0
    live = page.run(
        "return Array.from(document.querySelectorAll('[data-chart]')).filter(one =>"
        " one.getClientRects().length).map(one =>"
        " [one.querySelectorAll('.live svg').length,"
        " one.querySelector('.still.wide').getClientRects().length])"
    )
    assert live and all(one == [1, 0] for one in live)


def test_the_page_is_small(sample_warehouse):
    assert (sample_warehouse / "report" / "report.html").stat().st_size < 5_000_000
