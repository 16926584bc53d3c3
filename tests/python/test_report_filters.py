"""The page's filters: every figure, under drawn selections, is what the published file says."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import count
from pathlib import Path

import duckdb
import pytest
from babel import Locale
from browser import browser, require_browser
from fake_warehouse import FakeShop, create
from selections import PLACES, UNKNOWN, Oracle, Selected, compared, month_end

from scripts.report import write_report
from scripts.report.formats import Formats

SEED = 20261125
DRAWS = 32
LIVE = {
    "revenue_by_month", "revenue_by_place", "change_by_place", "change_by_category",
    "top_products_by_month", "revenue_by_product", "product_sales_by_store",
}  # fmt: skip
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
        drawn: chart.querySelectorAll('.live svg').length,
        shown: !chart.querySelector('[data-chart]').hidden,
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


@pytest.fixture(scope="module", autouse=True)
def _browser_is_here():
    require_browser()


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


def cents(value):
    """An amount as it is shown, in cents."""
    return Decimal(value).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


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
            "orders": one["orders"] or None,
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
                first, last = first.replace(day=1), month_end(first)
            selected = replace_days(selected, first, last)
            # the end first where the beginning would pass it
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


def agrees_under_drawn_selections(html: Path, published: Path, seed: int = SEED) -> int:
    """Play drawn selections on a page and compare all it shows; how many there were."""
    print(f"seed {seed}")
    chance = random.Random(seed)
    seen = set()
    with duckdb.connect(str(published), read_only=True) as connection, browser() as page:
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


def test_every_figure_is_what_the_published_file_says(sample_warehouse):
    html = sample_warehouse / "report" / "report.html"
    assert agrees_under_drawn_selections(html, sample_warehouse / "sales.duckdb") >= 30
