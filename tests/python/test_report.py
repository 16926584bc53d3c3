"""The report's figures, sentences, formats and files, on invented warehouses."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import duckdb
import pytest
from babel import Locale
from fake_warehouse import HOSTILE, FakeShop, create, empty_shop, hostile_shop

from scripts.errors import UserError
from scripts.report import headlines, write_report
from scripts.report.build import context_of
from scripts.report.charts import CHART_IDS
from scripts.report.charts.base import EXPORT, NARROW, WIDE
from scripts.report.formats import Formats, in_sentence, rounded
from scripts.report.language import LANGUAGES, Words, _texts, french_spaces
from scripts.report.page import as_json, build_charts
from scripts.report.periods import choose, growth
from scripts.report.read import read
from scripts.report.tiles import headline_tiles
from scripts.report.trust import trust

NARROW_SPACE = "\u202f"
SMALL = FakeShop(months=24, locale="en")
# charts that are a table and no drawing
TABLES_ALONE = {"revenue_growth", "discounted_products", "best_sellers", "price_changes"}
DRAWN = tuple(name for name in CHART_IDS if name not in TABLES_ALONE)
SHOPS = {
    "small": SMALL,
    "french": replace(SMALL, locale="fr"),
    "unfinished": replace(SMALL, months=26, unfinished=True),
    "one month": replace(SMALL, months=1),
    "only unfinished": replace(SMALL, months=1, unfinished=True),
    "half a year": replace(SMALL, months=6),
    "fourteen months": replace(SMALL, months=14),
    "bare": replace(
        SMALL,
        has_stores=False,
        has_cost=False,
        has_orders=False,
        has_head_counts=False,
        places=None,
    ),
    "cities": replace(SMALL, has_stores=False, has_head_counts=False, places="city"),
    "states": replace(SMALL, places="state"),
    "country": replace(SMALL, places="country"),
    "two stores": replace(SMALL, stores=SMALL.stores[:2]),
    "one product": replace(SMALL, products=SMALL.products[:1], stores=SMALL.stores[:1]),
    "negative": replace(SMALL, sign=-1),
    "broken": replace(SMALL, balanced=False),
    "no discounts": replace(SMALL, months=2, has_discounts=False),
    "prices": replace(SMALL, months=14, has_price_history=True),
    "hostile": hostile_shop(),
    "empty": empty_shop(),
}


@pytest.fixture(scope="module")
def contexts(tmp_path_factory):
    """The context of a shop by name; each file is made once."""
    made = {}

    def context(name):
        if name not in made:
            folder = tmp_path_factory.mktemp("warehouse")
            made[name] = context_of(read(create(folder / "sales.duckdb", SHOPS[name])))
        return made[name]

    return context


def charts_of(context):
    """All charts of a context by id."""
    return {one.chart_id: one for charts in build_charts(context).values() for one in charts}


# formats


@pytest.mark.parametrize(
    ("locale", "currency", "amount", "text"),
    [
        ("fr", "EUR", "214300.4", f"214{NARROW_SPACE}300{NARROW_SPACE}€"),
        ("fr", "EUR", "-12.345", f"\u221212,35{NARROW_SPACE}€"),
        ("en", "EUR", "214300.5", "€214,301"),
        ("en", "USD", "-1234.5", "\u2212$1,235"),
        ("en", "JPY", "12.5", "¥13"),
        ("en", "EUR", "-0.001", "€0.00"),
    ],
)
def test_money_is_written_as_the_locale_writes_it(locale, currency, amount, text):
    formats = Formats(Locale.parse(locale), currency, locale)
    assert formats.money(Decimal(amount)) == text


def test_money_with_cents_keeps_the_cent():
    formats = Formats(Locale.parse("en"), "EUR", "en")
    assert formats.money(Decimal("1234567.005"), cents=True) == "€1,234,567.01"
    assert formats.money(None) == "–"


def test_rounding_is_half_away_from_zero():
    assert [rounded(Decimal(text), 0) for text in ("0.5", "2.5", "-2.5")] == [1, 3, -3]


def test_shares_and_dates_are_french():
    formats = Formats(Locale.parse("fr"), "EUR", "fr")
    assert formats.share(Decimal("0.0915")) == f"9,2{NARROW_SPACE}%"
    assert formats.signed_share(Decimal("-0.0915")) == f"\u22129,2{NARROW_SPACE}%"
    assert formats.signed_share(Decimal("0.0001")) == f"0,0{NARROW_SPACE}%"
    assert formats.day(date(2025, 12, 1)) == "1er décembre 2025"
    assert formats.month(date(2025, 8, 1)) == "août 2025"


def test_another_locale_gives_its_numbers_and_english_words():
    locale = Locale.parse("de")
    formats = Formats(locale, "EUR", Words(locale).language)
    assert formats.money(Decimal(1234)) == "1.234\u00a0€"
    assert formats.month(date(2025, 12, 1)) == "December 2025"


def test_a_long_or_right_to_left_name_stays_in_its_place():
    assert in_sentence("مقعد") == "\u2068مقعد\u2069"
    assert len(in_sentence("x" * 200)) == 60


# language


def test_languages_have_the_same_texts_and_placeholders():
    first, *others = LANGUAGES
    for other in others:
        one, two = (
            {key: text for key, text in _texts(name).items() if not key.startswith("reasons.")}
            for name in (first, other)
        )
        assert one.keys() == two.keys()
        for key, text in one.items():
            assert set(re.findall(r"{(\w+)}", text)) == set(re.findall(r"{(\w+)}", two[key])), key


def test_every_text_that_the_code_asks_for_exists_and_every_text_is_asked_for():
    folder = Path(__file__).resolve().parents[2] / "scripts" / "report"
    code = "\n".join(
        file.read_text(encoding="utf-8")
        for pattern in ("*.py", "charts/*.py", "*.j2", "script/*.js")
        for file in sorted(folder.glob(pattern))
    )
    texts = _texts("en")
    asked = set(re.findall(r'words\(\s*"([a-z_.]+)"', code))
    families = {key.rsplit(".", 1)[0] for key in texts}
    # a key put together at run time ends with a dot here; its family is checked below
    missing = {key for key in asked if key.rstrip(".") not in texts.keys() | families}
    assert not missing
    # the last part of a key, or of its family of plurals, stands somewhere in the code
    for key in texts:
        parts = key.split(".")
        name = parts[-2] if parts[-1] in ("one", "other") else parts[-1]
        data = ("findings", "inputs", "units", "levels", "kinds", "sections", "fields", "tables")
        data += ("segments",)
        put_together = ("month_compared_", "average_order_def", "rejected_c", "quarantined_c")
        is_asked = name in code or name.startswith(put_together)
        assert parts[0] in data or "level" in parts or "title" in parts or is_asked, key


def test_french_has_narrow_spaces_where_typography_wants_them():
    for key, text in _texts("fr").items():
        assert not re.search(r"[ \u00a0][;:!?%»€]", text), key
        assert not re.search(r"«[ \u00a0]", text), key
    assert french_spaces("« a » : b ; 5 %") == "«_a_»_: b_; 5_%".replace("_", NARROW_SPACE)
    assert Words(Locale.parse("fr"))("periods.year", first="avril 2025", last="mars 2026") == (
        "Les 12 mois d’avril 2025 à mars 2026"
    )


def test_values_are_not_templates():
    words = Words(Locale.parse("en"))
    assert "{{7*7}} {name}" in words("sentences.top_amounts", name="{{7*7}} {name}", amount="1")


# periods and tiles


@pytest.mark.parametrize(
    ("now", "before", "change"),
    [("110", "100", "0.1"), ("110", "0", None), ("110", "-5", None), ("5", None, None)],
)
def test_growth_needs_a_positive_base(now, before, change):
    expected = None if change is None else Decimal(change)
    assert growth(Decimal(now), None if before is None else Decimal(before)) == expected


@pytest.mark.parametrize(
    ("shop", "kind", "months", "is_compared"),
    [
        ("small", "year", 12, True),
        ("unfinished", "year", 12, True),
        ("fourteen months", "year", 12, False),
        ("half a year", "month", 1, True),
        ("one month", "month", 1, False),
        ("only unfinished", "so_far", 1, False),
    ],
)
def test_headlines_use_the_longest_fair_period(contexts, shop, kind, months, is_compared):
    periods = choose(contexts(shop).warehouse)
    assert (periods.main.kind, len(periods.main.months)) == (kind, months)
    assert (periods.before is not None) == is_compared


def test_the_unfinished_month_is_in_no_headline(contexts):
    periods = choose(contexts("unfinished").warehouse)
    assert all(month.is_complete for month in periods.main.months)
    assert periods.main.last_month == date(2026, 1, 1)


def test_tiles_are_the_sums_of_their_months(contexts, tmp_path):
    """But orders, which may lie in two months, are counted once."""
    context = contexts("small")
    published = create(tmp_path / "sales.duckdb", SHOPS["small"])
    months = context.warehouse.months
    tiles = {tile.name: tile for tile in headline_tiles(context).tiles}
    now = sum(month.revenue_amount for month in months[12:])
    before = sum(month.revenue_amount for month in months[:12])
    assert tiles["revenue"].value == now
    assert tiles["revenue"].change == context.formats.signed_share(now / before - 1)
    with duckdb.connect(str(published), read_only=True) as connection:
        [(orders,)] = connection.execute(
            "select count(distinct order_id) from core.fct_sales"
            " where is_revenue and month_start_on >= ?",
            [months[12].month_start_on],
        ).fetchall()
    assert orders < sum(month.order_count for month in months[12:])
    assert tiles["orders"].value == orders
    assert tiles["average_order"].value == now / orders
    assert tiles["returns"].value == -sum(month.returns_amount for month in months[12:])


def test_margin_says_what_it_covers_and_is_never_invented(contexts):
    with_cost = {tile.name: tile for tile in headline_tiles(contexts("small")).tiles}["margin"]
    assert "40.0% of the revenue with a known cost" in with_cost.note
    without = {tile.name: tile for tile in headline_tiles(contexts("bare")).tiles}["margin"]
    assert (without.value, without.text, without.change) == (None, "–", "")
    assert without.note == "The files have no cost, so there is no margin."


def test_no_figure_is_infinite_or_compared_without_a_base(contexts):
    for shop in ("one month", "only unfinished", "negative"):
        for tile in headline_tiles(contexts(shop)).tiles:
            assert "inf" not in tile.text.lower() + tile.change.lower()
    for tile in headline_tiles(contexts("one month")).tiles:
        assert (tile.change, tile.direction) == ("", "none")
    assert headline_tiles(contexts("empty")) is None


# sentences


def test_the_month_sentence_compares_with_the_year_before(contexts):
    context = contexts("small")
    months = {month.month_start_on: month.revenue_amount for month in context.warehouse.months}
    now, before = months[date(2025, 12, 1)], months[date(2024, 12, 1)]
    best = max(months, key=months.get)
    sentence = charts_of(context)["revenue_by_month"].sentence
    money, share = context.formats.money, context.formats.share
    word = "more" if now > before else "less"
    assert sentence.startswith(
        f"Revenue was {money(now)} in December 2025, {share(abs(now / before - 1))} {word} than in"
        " December 2024"
    )
    if best == date(2025, 12, 1):
        assert sentence.endswith(" It is the best month so far.")
    else:
        assert sentence.endswith(
            f" The best month was {context.formats.month(best)} ({money(months[best])})."
        )


@pytest.mark.parametrize(
    ("shop", "text"),
    [
        ("one month", "in January 2024, the only month that is over."),
        ("only unfinished", "Only January 2024 has sales and it is unfinished: "),
        ("half a year", "there is no June 2023 to compare it with. "),
        ("unfinished", "February 2026 is unfinished (sales to February 12, 2026: "),
        ("negative", "so no percentage is given"),
        ("empty", "Il n’y a aucune vente à montrer."),
    ],
)
def test_the_month_sentence_at_its_edges(contexts, shop, text):
    assert text in charts_of(contexts(shop))["revenue_by_month"].sentence


def test_ties_name_every_winner(contexts):
    context = contexts("half a year")
    months = context.warehouse.months
    alike = [replace_row(month, revenue_amount=Decimal(1000)) for month in months]
    two_best = [replace_row(month, revenue_amount=Decimal(900)) for month in alike]
    two_best[1] = replace_row(two_best[1], revenue_amount=Decimal(1000))
    two_best[3] = replace_row(two_best[3], revenue_amount=Decimal(1000))
    sentence = charts_of(changed(context, months=alike))["revenue_by_month"].sentence
    assert sentence.endswith("All complete months had the same revenue.")
    sentence = charts_of(changed(context, months=two_best))["revenue_by_month"].sentence
    assert "The best months were February 2024 and April 2024 (€1,000 each)." in sentence


def replace_row(row, **values):
    """A copy of a row with other values."""
    return type(row)(**{**vars(row), **values})


def changed(context, **values):
    """A context whose warehouse has other values."""
    return replace(context, warehouse=replace(context.warehouse, **values))


def test_the_unfinished_month_is_marked_and_not_compared(contexts):
    chart = charts_of(contexts("unfinished"))["revenue_by_month"]
    *whole, last = chart.rows
    assert last["is_unfinished"] and last["last_year"] is None and last["change_text"] == "–"
    assert not any(row["is_unfinished"] for row in whole)
    assert [key.mark for key in chart.key].count("unfinished") == 1
    assert "unfinished" in chart.table.rows[-1][0]
    spec = json.dumps(chart.spec(WIDE))
    assert '"strokeDash"' in spec and '"text": "unfinished"' in spec
    # and no line runs down to it
    lines = charts_of(contexts("unfinished"))["top_products_by_month"].spec(WIDE)["layer"]
    line = next(layer for layer in lines if layer["mark"]["type"] == "line")
    assert line["transform"] == [{"filter": {"field": "is_complete", "equal": True}}]


@pytest.mark.parametrize(
    ("shop", "level", "title", "text"),
    [
        ("small", "region", "Revenue by region", "makes"),
        ("states", "state", "Revenue by state", "makes"),
        ("cities", "city", "Revenue by city", "makes"),
        ("country", "country", "Revenue by country", "was made in France"),
        ("bare", None, "Revenue by region", "The files say nothing about places"),
    ],
)
def test_places_are_shown_at_the_finest_level_known(contexts, shop, level, title, text):
    context = contexts(shop)
    chart = charts_of(context)["revenue_by_place"]
    assert context.warehouse.place_level == level
    assert chart.title == title
    assert text in chart.sentence
    assert (chart.spec is None) == (level is None)


def test_shares_of_places_add_up(contexts):
    rows = charts_of(contexts("small"))["revenue_by_place"].rows
    total = contexts("small").warehouse.summary.revenue_amount
    assert sum(row["amount"] for row in rows) == pytest.approx(float(total))


def test_the_rest_is_what_the_bars_leave_out(contexts):
    context = contexts("small")
    chart = charts_of(context)["revenue_by_product"]
    amounts = {row["name"]: row["amount"] for row in chart.rows}
    assert sum(amounts.values()) == pytest.approx(float(context.warehouse.summary.revenue_amount))
    assert "13 other products" in amounts
    assert chart.table.rows[-1][0] == "13 other products"


def test_stacks_add_up_to_their_stores(contexts):
    context = contexts("small")
    rows = charts_of(context)["product_sales_by_store"].rows
    for store in context.warehouse.stores:
        total = sum(row["revenue"] for row in rows if row["store"] == store.store_name)
        assert total == pytest.approx(float(store.revenue_amount))


def test_the_scatter_has_its_line_n_and_fit_and_blames_nobody(contexts):
    context = contexts("small")
    chart = charts_of(context)["employees_and_sales"]
    fit = context.warehouse.regression
    assert chart.key[0].label.endswith(f"n = 10, R² = {fit.r_squared:.3f}")
    ends = [row for row in chart.rows if "is_line" in row]
    assert len(ends) == 2
    for end in ends:
        expected = float(fit.intercept_amount) + float(fit.slope_amount) * end["employees"]
        assert end["revenue"] == pytest.approx(expected)
    assert not re.search("because|cause|leads to|brings|due to", chart.sentence)


def test_two_stores_make_no_line(contexts):
    chart = charts_of(contexts("two stores"))["employees_and_sales"]
    assert chart.key == []
    assert chart.sentence.startswith("Fewer than three stores")


def test_a_store_open_for_part_of_the_year_is_named_and_not_ranked(contexts):
    context = contexts("small")
    team = [
        replace_row(store, month_count=6, revenue_amount=Decimal(1))
        if store.store_name == "Grenoble Alpes"
        else store
        for store in context.warehouse.team
    ]
    sentence = charts_of(changed(context, team=team))["employees_and_sales"].sentence
    assert "lowest in Grenoble" not in sentence
    assert "Grenoble Alpes was not open in every month of the period." in sentence


@pytest.mark.parametrize("shop", SHOPS)
def test_every_chart_of_every_shop_says_something(contexts, shop):
    charts = charts_of(contexts(shop))
    assert tuple(charts) == CHART_IDS
    for chart in charts.values():
        assert chart.sentence.strip().endswith(".")
        assert not re.search(r"None|nan|inf\b|{|}}", chart.sentence.replace("{{7*7}}", ""))
        if chart.spec:
            for variant in (WIDE, NARROW, EXPORT):
                json.dumps(chart.spec(variant), allow_nan=False)
            assert chart.table.rows
            assert {len(row) for row in chart.table.rows} == {len(chart.table.columns)}
        else:
            assert not chart.key
            assert chart.table is None or (chart.table.rows and chart.subtitle)


# growth, seasons, discounts, products, prices


@pytest.fixture(scope="module")
def prices(tmp_path_factory):
    """The context of the shop with a history of prices, and its sales lines as they are."""
    path = create(tmp_path_factory.mktemp("prices") / "sales.duckdb", SHOPS["prices"])
    with duckdb.connect(str(path), read_only=True) as connection:
        cursor = connection.execute(
            "select sold_on, product_id, product_name, category, quantity, gross_amount,"
            " discount_amount, net_amount, cost_amount"
            " from core.fct_sales join core.dim_products using (product_id)"
        )
        names = [column[0] for column in cursor.description]
        lines = [dict(zip(names, line, strict=True)) for line in cursor.fetchall()]
    return context_of(read(path)), lines


def total(lines, column, keep=lambda line: True):
    """The exact sum of a column over the lines to keep."""
    return sum((line[column] for line in lines if keep(line)), Decimal(0))


def money(amount, cents=True):
    """An amount in dollars and cents, or euros, as an English report writes it."""
    text = f"€{abs(rounded(amount, 2 if cents else 0)):,}"
    return text if amount >= 0 else f"\u2212{text}"


def percent(share, digits=1):
    return f"{rounded(share * 100, digits)}%"


def signed(share):
    text = percent(abs(share))
    return f"+{text}" if share > 0 else f"\u2212{text}"


def test_quarters_and_years_are_compared_with_those_before(contexts):
    context = contexts("small")
    sold = {month.month_start_on: month.revenue_amount for month in context.warehouse.months}

    def quarter(year, number):
        return sum(sold[date(year, 3 * number - at, 1)] for at in (2, 1, 0))

    chart = charts_of(context)["revenue_growth"]
    rows = {row[0]: row[1:] for row in chart.table.rows}
    assert list(rows) == [f"Q{n} {year}" for year in (2025, 2024) for n in (4, 3, 2, 1)] + [
        "2025", "2024",
    ]  # fmt: skip
    now, before, ago = quarter(2025, 4), quarter(2025, 3), quarter(2024, 4)
    on_before, on_ago = signed(now / before - 1), signed(now / ago - 1)
    assert rows["Q4 2025"] == [money(now), money(before), on_before, money(ago), on_ago]
    assert rows["Q1 2024"] == [money(quarter(2024, 1)), "–", "–", "–", "–"]
    years = [sum(quarter(year, number) for number in (1, 2, 3, 4)) for year in (2025, 2024)]
    assert rows["2025"][0] == money(years[0])
    assert chart.sentence == (
        f"Q4 2025 made {money(now, cents=False)}: {on_before} on the quarter before and {on_ago}"
        f" on a year earlier. 2025 made {money(years[0], cents=False)}:"
        f" {signed(years[0] / years[1] - 1)} on the year before."
    )


def test_a_quarter_that_runs_is_named_and_not_compared(contexts):
    chart = charts_of(contexts("unfinished"))["revenue_growth"]
    assert chart.table.rows[0][0] == "Q1 2026 (incomplete)"
    assert chart.table.rows[0][2:] == ["–"] * 4
    assert chart.sentence.startswith("Q4 2025 made ")
    alone = charts_of(contexts("one month"))["revenue_growth"]
    assert alone.sentence == "No quarter is complete yet, so none is compared."


def test_weekdays_and_months_stand_against_an_average_day(prices):
    context, lines = prices
    chart = charts_of(context)["seasonality"]
    rows = {row[0]: row[1:] for row in chart.table.rows}
    assert [*rows][:7] == [
        "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday",
    ]  # fmt: skip
    assert [*rows][7:9] == ["January", "February"] and len(rows) == 19
    whole = total(lines, "net_amount") / len({line["sold_on"] for line in lines})
    index = {}
    for number, name in enumerate([*rows][:7], start=1):
        own = [line for line in lines if line["sold_on"].isoweekday() == number]
        daily = total(own, "net_amount") / len({line["sold_on"] for line in own})
        index[name] = daily / whole
        assert rows[name][:3] == [
            percent(daily / whole, 0), money(daily), money(total(own, "net_amount")),
        ]  # fmt: skip
    best, least = max(index, key=index.get), min(index, key=index.get)
    assert chart.sentences[0] == (
        f"On {best} a day makes {percent(index[best], 0)} of an average day,"
        f" on {least} {percent(index[least], 0)}."
    )
    short = charts_of(contexts_without_year(context))["seasonality"]
    assert short.sentences[-1] == "Months are compared once a whole year is complete."
    assert len(short.rows) == 7


def contexts_without_year(context):
    """`context` without the months of its seasons."""
    details = context.warehouse.details
    weekdays = [one for one in details.seasons if one.season_type == "weekday"]
    return changed(context, details=replace(details, seasons=weekdays))


def test_discounts_are_summed_by_month_and_by_product(prices):
    context, lines = prices
    chart = charts_of(context)["discounts_by_month"]
    months = {}
    for line in lines:
        months.setdefault(line["sold_on"].replace(day=1), []).append(line)
    assert [row[1:] for row in chart.table.rows] == [
        [money(total(own, "discount_amount")),
         percent(total(own, "discount_amount") / total(own, "gross_amount")),
         money(total(own, "gross_amount"))]
        for _, own in sorted(months.items())
    ]  # fmt: skip
    off, gross = total(lines, "discount_amount"), total(lines, "gross_amount")
    most = max(months, key=lambda month: total(months[month], "discount_amount"))
    most_off, most_gross = (
        total(months[most], column) for column in ("discount_amount", "gross_amount")
    )
    assert chart.sentences == [
        f"Discounts took {money(off, cents=False)} off, {percent(off / gross)} of sales before"
        " discount.",
        f"The most was given in {most:%B %Y}:"
        f" {money(most_off, cents=False)}, {percent(most_off / most_gross)}.",
    ]
    products = {}
    for line in lines:
        products.setdefault(line["product_name"], []).append(line)
    ranked = sorted(products, key=lambda name: -total(products[name], "discount_amount"))
    chart = charts_of(context)["discounted_products"]
    assert [row[0] for row in chart.table.rows] == ranked[:10]
    own = products[ranked[0]]
    assert chart.table.rows[0][2:] == [
        money(total(own, "discount_amount")),
        percent(total(own, "discount_amount") / total(own, "gross_amount")),
        str(sum(line["discount_amount"] != 0 for line in own)), str(len(own)),
    ]  # fmt: skip


def recent(lines):
    """The lines of the last twelve of fourteen months, by product."""
    products = {}
    for line in lines:
        if line["sold_on"] >= date(2024, 3, 1):
            products.setdefault(line["product_name"], []).append(line)
    return products


def test_the_curve_says_what_the_best_fifth_makes(prices):
    context, lines = prices
    amounts = sorted(
        (total(own, "net_amount") for own in recent(lines).values()), reverse=True
    )  # fmt: skip
    whole, top = sum(amounts), sum(amounts[:6])
    classes, before = {"A": [], "B": [], "C": []}, Decimal(0)
    for amount in amounts:
        name = "A" if before < whole * 80 / 100 else "B" if before < whole * 95 / 100 else "C"
        classes[name].append(amount)
        before += amount
    chart = charts_of(context)["pareto_curve"]
    assert chart.sentence == (
        f"The best fifth of the products, 6 of 28, makes {percent(top / whole)} of revenue"
        f" ({money(top, cents=False)}). {len(classes['A'])} products make the first 80 % (class A)."
    )
    assert [[row[0], *row[2:]] for row in chart.table.rows] == [
        [name, str(len(own)), money(sum(own)), percent(sum(own) / whole)]
        for name, own in classes.items()
    ]
    assert [row["to"] for row in chart.rows] == list(range(1, 29))
    assert chart.rows[5]["share"] == pytest.approx(float(top / whole), abs=1e-4)
    assert chart.rows[-1]["share"] == 1.0


def test_a_long_curve_is_thinned_and_keeps_the_end_of_each_class(contexts):
    context = contexts("small")
    first = context.warehouse.details.curve[0]
    curve = [
        replace_row(first, abc_class="A" if place < 333 else "B", cumulative_share=place / 1000)
        for place in range(1000)
    ]
    details = replace(context.warehouse.details, curve=curve)
    rows = charts_of(changed(context, details=details))["pareto_curve"].rows
    assert len(rows) <= 250 and rows[-1]["to"] == 1000
    assert [row["to"] for row in rows if row["class"] == "A"][-1] == 333
    assert all(one["to"] == two["from"] for one, two in pairwise(rows))


def test_margins_cover_the_revenue_whose_cost_is_known(prices):
    context, lines = prices
    chart = charts_of(context)["margin_by_category"]
    rows = {row[0]: row[1:] for row in chart.table.rows}
    assert rows.keys() == {line["category"] for line in lines}
    for category, row in rows.items():
        own = [line for line in lines if line["category"] == category]
        known = [line for line in own if line["cost_amount"] is not None]
        covered = total(known, "net_amount")
        margin = covered - total(known, "cost_amount")
        assert row == [
            percent(margin / covered), money(margin), money(total(own, "net_amount")),
            percent(covered / total(own, "net_amount")),
        ]  # fmt: skip
    # each line costs three fifths of its price
    known = total(lines, "net_amount", lambda line: line["cost_amount"] is not None)
    assert chart.sentence == (
        "Every category has a margin of 40.0% of revenue. The cost is known for"
        f" {percent(known / total(lines, 'net_amount'))} of revenue; the margin is that of this"
        " part alone."
    )
    categories = context.warehouse.details.categories
    dearer = [replace_row(categories[0], category="Art", margin_share=0.625), *categories[1:]]
    details = replace(context.warehouse.details, categories=dearer)
    chart = charts_of(changed(context, details=details))["margin_by_category"]
    assert chart.sentence.startswith("Art has the highest margin, 62.5% of revenue (€")
    assert chart.rows[0]["name"] == "Art"


def test_best_sellers_stand_by_units_beside_their_place_by_revenue(prices):
    context, lines = prices
    products = recent(lines)
    units = {name: total(own, "quantity") for name, own in products.items()}
    amounts = {name: total(own, "net_amount") for name, own in products.items()}

    def rank(sums, name):
        return 1 + sum(other > sums[name] for other in sums.values())

    shown = {
        name for name in products if rank(units, name) <= 10 or rank(amounts, name) <= 10
    }  # fmt: skip
    chart = charts_of(context)["best_sellers"]
    assert {row[0] for row in chart.table.rows} == shown
    for name, _, *row in chart.table.rows:
        assert row == [
            f"{units[name]:.0f}", str(rank(units, name)), money(amounts[name]),
            str(rank(amounts, name)),
        ]  # fmt: skip
    assert [int(row[3]) for row in chart.table.rows] == sorted(rank(units, one) for one in shown)
    both = sum(rank(units, name) <= 10 and rank(amounts, name) <= 10 for name in products)
    assert f" {both} products are among the 10 best by both." in chart.sentence


def test_price_changes_are_listed_the_largest_of_the_latest_day_first(prices):
    context, _ = prices
    chart = charts_of(context)["price_changes"]
    # P0 from 90 to 100 and its cost from 40 to 45; every second of 28 products changed
    assert chart.table.rows[0] == [
        "Canapé Oslo", "February 1, 2025", "€90.00", "€100.00", "+11.1%", "€40.00", "€45.00",
    ]  # fmt: skip
    assert chart.table.rows[1][2:5] == ["€92.00", "€102.00", "+10.9%"]
    assert len(chart.table.rows) == 10
    assert chart.sentence == (
        "14 changes of a price or a cost in all, the latest from February 1, 2025."
        " The largest of that day: Canapé Oslo, from €90.00 to €100.00 (+11.1%)."
    )


@pytest.mark.parametrize(
    ("shop", "chart", "text"),
    [
        ("bare", "margin_by_category", "Map unit_cost in products"),
        ("no discounts", "discounts_by_month", "Map discount_amount or discount_rate in sales."),
        ("no discounts", "discounted_products", "Map discount_amount or discount_rate in sales."),
        ("small", "price_changes", "Product prices and costs have no valid_from"),
        ("only unfinished", "best_sellers", "Nothing was sold in a complete month yet."),
        ("negative", "pareto_curve", "Shares mean nothing here"),
        ("negative", "seasonality", "Shares mean nothing here"),
        ("empty", "revenue_growth", "Il n’y a aucune vente à montrer."),
        ("empty", "pareto_curve", "Il n’y a aucune vente à montrer."),
    ],
)
def test_what_the_files_lack_stands_in_place_of_the_chart(contexts, shop, chart, text):
    chart = charts_of(contexts(shop))[chart]
    assert text in chart.sentence
    assert chart.spec is None and not chart.rows


def test_without_quantities_nothing_is_ranked_by_units(contexts):
    context = contexts("small")
    details = context.warehouse.details
    unknown = [replace_row(one, quantity=None, quantity_rank=None) for one in details.best_sellers]
    chart = charts_of(changed(context, details=replace(details, best_sellers=unknown)))
    assert chart["best_sellers"].table is None
    assert chart["best_sellers"].sentence == ("The sales have no quantity: units sold are unknown.")


def test_without_prices_the_columns_to_map_are_named(contexts):
    context = contexts("small")
    inputs = {**context.warehouse.inputs, "products": {"product_id"}}
    chart = charts_of(changed(context, inputs=inputs))["price_changes"]
    assert chart.sentence.startswith("The products have no price and no cost: map unit_price")


# trust


def test_freshness_has_a_row_per_input_and_only_sales_have_days(contexts):
    table = trust(contexts("prices")).freshness
    assert [row[0] for row in table.rows] == ["Sales", "Customers", "Products", "Stores"]
    last = contexts("prices").warehouse.summary.last_sold_on
    assert table.rows[0][1:3] == [contexts("prices").formats.day(last), "0"]
    assert table.rows[0][4:6] == ["14", "ventes/ventes_2025-02.csv"]
    assert table.rows[1][1:4] == ["–", "–", "–"]
    assert table.rows[2][4:] == ["1", "produits.csv", "28"]


def test_days_that_stand_out_are_the_latest_ones(prices):
    context, lines = prices
    counts = {}
    for line in lines:
        counts[line["sold_on"]] = counts.get(line["sold_on"], 0) + 1
    # the invented shop is used to 12 lines a day, give or take 2; its first six days are not judged
    judged = sorted(counts)[6:]
    unusual = [day for day in judged if abs(counts[day] - 12) > 6]
    found = trust(context)
    assert found.unusual == (
        f"{len(unusual)} of {len(judged)} days stand out; the latest are shown."
    )
    assert len(unusual) > 10
    deviations = {day: (counts[day] - 12) / 2 for day in unusual}
    assert found.unusual_days.rows == [
        [context.formats.day(day), str(counts[day]), "12.0",
         f"{deviations[day]:+.1f}".replace("-", "\u2212")]
        for day in sorted(unusual, reverse=True)[:10]
    ]  # fmt: skip


def test_no_day_is_called_usual_that_was_not_judged(contexts):
    found = trust(contexts("empty"))
    assert found.unusual_days is None
    assert found.unusual.endswith("donc aucun n’est jugé.")
    details = replace(contexts("small").warehouse.details, unusual_days=[], unusual_count=0)
    found = trust(changed(contexts("small"), details=details))
    assert re.fullmatch(r"None of \d+ days stands out\.", found.unusual)


def test_the_sentence_of_an_incentive_says_how_it_came_about(contexts):
    """One rate of all own sales, of a margin, shared by equals, or by tiers: each is told apart."""
    context = contexts("small")
    one = context.warehouse.people.incentives[0]

    def told(**differs):
        row = SimpleNamespace(**{**vars(one), **differs})
        people = replace(context.warehouse.people, incentives=[row])
        return charts_of(changed(context, people=people))["incentives"].sentences[1]

    first = {"base_amount": Decimal(200), "rate": Decimal("0.1"), "rule_name": "best"}
    whole = {**first, "incentive_amount": Decimal(20), "earner_count": 1}
    assert told(**whole).endswith("€20.00, which is 10.00% of €200.00 of own sales, less returns.")
    assert "10.00% of a margin of €200.00" in told(**whole, base="margin")
    tied = {**whole, "earner_count": 2, "incentive_amount": Decimal(10)}
    assert told(**tied).endswith("€10.00, shared by the 2 who came to the same €200.00.")
    tiers = {**whole, "incentive_amount": Decimal(15)}
    assert told(**tiers).endswith("€15.00, by the tiers of “best” on €200.00.")


def test_rows_of_one_salesperson_are_told_apart_by_store_and_rule(contexts):
    context = contexts("small")
    one = context.warehouse.people.incentives[0]
    rows = [
        SimpleNamespace(**{**vars(one), "store_name": store, "rule_name": rule})
        for store, rule in (("North", "best"), ("South", "best"), ("South", "team"))
    ]
    people = replace(context.warehouse.people, incentives=rows)
    names = [row[0] for row in charts_of(changed(context, people=people))["incentives"].table.rows]
    person = context.name(one.employee_name)
    assert names == [
        f"{person} (North, best)",
        f"{person} (South, best)",
        f"{person} (South, team)",
    ]


def test_the_balance_has_a_row_per_file_and_a_total(contexts):
    context = contexts("small")
    found = trust(context)
    files = context.warehouse.files
    assert found.is_balanced
    assert found.verdict[0].startswith("The books balance: each of the ")
    assert len(found.by_file.rows) == len(files)
    total = sum(file.records_in for file in files)
    assert found.by_file.total[1] == found.by_input.total[1] == context.formats.number(total)
    assert all(row[-1] == "✓ balances" for row in found.by_file.rows)
    assert [row[0] for row in found.controls.rows] == ["Sales: net_amount", "Sales: quantity"]


def test_a_file_that_does_not_balance_is_first_and_loud(contexts):
    found = trust(contexts("broken"))
    assert not found.is_balanced and found.is_file_list_open
    assert found.verdict[0].startswith("1 file does not balance.")
    assert found.by_file.rows[0][-1] == "✗ does not balance, 3 missing"
    assert found.by_input.total[-1] == "✗ does not balance, 3 missing"


def test_what_was_set_aside_is_shown_with_file_record_and_text(contexts):
    context = contexts("small")
    kinds = {kind.name: kind for kind in trust(context).kinds}
    quarantine = context.warehouse.files
    assert kinds["Quarantined"].count == str(sum(file.quarantined_count for file in quarantine))
    example = kinds["Quarantined"].groups[0].examples[0]
    assert re.fullmatch(r"ventes/ventes_\d{4}-\d\d\.csv, record 17", example.place)
    assert example.text == "Date: 31/02/2025 · Article: <b>P12</b> · Quantité: 2"
    assert kinds["Rejected"].groups[0].examples[0].place.endswith("record 44, line 45")
    reasons = [group.reason for group in kinds["Doubtful values"].groups]
    assert "Sales: a value could not be read (unit_price)" in reasons


def test_reasons_are_in_the_reports_language(contexts):
    context = contexts("french")
    problem = replace(
        next(one for one in context.warehouse.problems if one.kind == "rejected"),
        reason="has 6 fields where the header has 14",
    )
    (kind,) = trust(changed(context, problems=[problem])).kinds
    assert kind.groups[0].reason == f"Ventes{NARROW_SPACE}: 6 champs, l’en-tête en a 14"
    problem = replace(problem, kind="quarantined", reason="missing key", code="missing key")
    (kind,) = trust(changed(context, problems=[problem])).kinds
    assert kind.groups[0].reason == f"Ventes{NARROW_SPACE}: clé absente"


@pytest.mark.parametrize(
    ("shop", "texts"),
    [
        ("small", ["Product prices and costs have no valid_from", "There is no stock file"]),
        (
            "bare",
            [
                "No cost of any sale is known",
                "The sales have no order_id",
                "The sales name no store",
                "nothing can be said by place",
                "No head count is known",
                "There is no employees file",
            ],
        ),
        ("cities", ["No region is known: places are shown by city."]),
    ],
)
def test_what_the_files_lack_is_said(contexts, shop, texts):
    sentences = trust(contexts(shop)).gaps
    for text in texts:
        assert any(text in sentence for sentence in sentences), text


# the files


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """The folder of a warehouse with hostile names, its report written."""
    folder = tmp_path_factory.mktemp("hostile")
    create(folder / "sales.duckdb", hostile_shop())
    write_report(folder)
    return folder


def test_the_same_database_gives_the_same_bytes(hostile, tmp_path):
    (tmp_path / "sales.duckdb").write_bytes((hostile / "sales.duckdb").read_bytes())
    write_report(tmp_path)
    first, second = (
        {
            str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
            for file in sorted((folder / "report").rglob("*"))
            if file.is_file()
        }
        for folder in (hostile, tmp_path)
    )
    assert first == second
    assert set(first) == {f"report/report.{kind}" for kind in ("html", "pdf", "xlsx")} | {
        f"report/charts/{chart}.{kind}" for chart in DRAWN for kind in ("svg", "png")
    }


def test_names_are_text_in_the_page(hostile):
    page = (hostile / "report" / "report.html").read_text(encoding="utf-8")
    data = re.search(r'<script type="application/json" id="charts">(.*?)</script>', page, re.S)[1]
    markup = re.sub(r"<script\b.*?</script>", "", page, flags=re.S)
    assert not re.search("[<>&\u2028\u2029]", data)
    assert HOSTILE[0] in {
        row["product"] for row in json.loads(data)["charts"]["top_products_by_month"]["rows"]
    }
    assert "<script" not in markup and "<img" not in markup
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in markup
    assert "{{7*7}}" in markup
    # a count may be 49
    assert not re.search('(?<!<td class="number")>49<', markup)
    assert "\x1b" not in page


def test_names_are_only_values_in_the_charts(contexts):
    def places(node, path=()):
        if isinstance(node, dict):
            for key, value in node.items():
                yield from places(value, (*path, key))
        elif isinstance(node, list):
            for value in node:
                yield from places(value, path)
        elif isinstance(node, str) and any(name[:12] in node for name in HOSTILE):
            yield path[-1]

    charts = charts_of(contexts("hostile"))
    assert {name for name, chart in charts.items() if not chart.spec} == TABLES_ALONE
    for chart in (charts[name] for name in DRAWN):
        for variant in (WIDE, NARROW, EXPORT):
            assert set(places(chart.spec(variant))) <= {"domain"}


def test_pictures_are_well_formed_and_keep_the_names(hostile):
    for chart in DRAWN:
        tree = ElementTree.parse(hostile / "report" / "charts" / f"{chart}.svg")
        texts = "".join(tree.getroot().itertext())
        tags = {element.tag.rsplit("}", 1)[-1] for element in tree.iter()}
        assert not tags & {"script", "image", "foreignObject", "a"}
        assert "NaN" not in texts and "undefined" not in texts
        png = (hostile / "report" / "charts" / f"{chart}.png").read_bytes()
        assert png.startswith(b"\x89PNG") and len(png) > 10_000
    names = "".join(
        ElementTree.parse(hostile / "report" / "charts" / "revenue_by_product.svg")
        .getroot()
        .itertext()
    )
    assert HOSTILE[0] in names and "{{7*7}}" in names


def test_the_page_needs_nothing_and_may_ask_for_nothing(hostile):
    page = (hostile / "report" / "report.html").read_text(encoding="utf-8")
    assert len(page.encode()) < 5_000_000
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', page)[1]
    policy = policy.replace("&#39;", "'")
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe-eval" not in policy and "script-src 'unsafe-inline'" not in policy
    scripts = re.findall(r"<script>(.*?)</script>", page, re.S)
    assert len(scripts) == 2
    for script in scripts:
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy
    markup = re.sub(r"<script\b.*?</script>", "", page, flags=re.S)
    assert not re.search(r'\b(?:src|href)="(?!#)(?!data:)', markup.replace("xlink:href", ""))
    assert not re.search(r"@import|url\((?!#)", markup)
    # every chart can be read without scripts
    for chart in DRAWN:
        assert markup.count(f'data-chart="{chart}"') == 1
    assert markup.count('class="still wide"><svg') == len(DRAWN)


def test_the_page_has_the_total_to_the_cent_and_the_definitions(contexts, tmp_path):
    create(tmp_path / "sales.duckdb", SMALL)
    page = write_report(tmp_path).read_text(encoding="utf-8")
    total = contexts("small").warehouse.summary.revenue_amount
    assert f"Revenue of the whole period: €{rounded(total, 2):,}" in page
    comment = contexts("small").warehouse.definition("revenue_amount")
    assert comment and f'title="{comment}"' in page
    assert re.findall(r"<h(\d)", page)[0] == "1"
    levels = [int(level) for level in re.findall(r"<h(\d)\b", page)]
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_json_in_the_page_cannot_end_its_element():
    text = as_json({"</script>": "<!-- & \u2028"})
    assert not re.search("[<>&\u2028]", text)
    assert json.loads(text) == {"</script>": "<!-- & \u2028"}


def test_the_terminal_has_eight_aligned_lines(contexts, tmp_path):
    create(tmp_path / "sales.duckdb", SHOPS["french"])
    lines = headlines(tmp_path).splitlines()
    assert [line[:13].strip() for line in lines] == [
        "Report", "PDF", "Excel", "Period", "Revenue", "Orders", "Margin", "Quarantined",
    ]  # fmt: skip
    for line, kind in zip(lines, ("html", "pdf", "xlsx"), strict=False):
        assert line.endswith(f"report/report.{kind}")
    assert lines[3].endswith(" (24 months)")
    total = f"{rounded(contexts('french').warehouse.summary.revenue_amount, 2):,} €"
    assert lines[4] == "Revenue      " + total.replace(",", " ").replace(".", ",")
    assert not any(character in "".join(lines) for character in "\u202f\u00a0\u2212\x1b")


def test_a_chart_without_data_leaves_no_old_picture(tmp_path):
    create(tmp_path / "sales.duckdb", replace(SMALL, months=2))
    write_report(tmp_path)
    assert (tmp_path / "report/charts/revenue_by_place.svg").exists()
    create(tmp_path / "sales.duckdb", SHOPS["bare"])
    write_report(tmp_path)
    left = {file.stem for file in (tmp_path / "report/charts").iterdir()}
    assert left == {
        "revenue_by_month", "top_products_by_month", "revenue_by_product", "change_by_category",
        "customers_to_call", "customer_segments", "customer_cohorts", "top_customers",
        "customers_by_store", "seasonality", "discounts_by_month", "pareto_curve",
    }  # fmt: skip
    assert not list((tmp_path / "report").rglob("*.tmp"))


# errors


def test_without_a_published_file_there_is_one_sentence(tmp_path):
    with pytest.raises(UserError, match=r"There is no published warehouse at .*: run make report"):
        write_report(tmp_path)


def test_a_file_that_is_no_database_is_one_sentence(tmp_path):
    (tmp_path / "sales.duckdb").write_bytes(b"not a database" * 1000)
    with pytest.raises(UserError, match="cannot be opened"):
        write_report(tmp_path)


def test_a_warehouse_of_another_version_is_one_sentence(tmp_path):
    with duckdb.connect(str(tmp_path / "sales.duckdb")) as connection:
        connection.execute("create schema marts; create table marts.shop_summary (a integer)")
        connection.execute("insert into marts.shop_summary values (1)")
    with pytest.raises(UserError, match="published by another version"):
        write_report(tmp_path)


def test_a_folder_that_cannot_be_written_is_one_sentence_and_harms_nothing(tmp_path):
    create(tmp_path / "sales.duckdb", replace(SMALL, months=1))
    # a file where the folder should be: refused for every user, also for root
    (tmp_path / "report").write_text("in the way")
    with pytest.raises(UserError, match=r"cannot be written to .*charts"):
        write_report(tmp_path)
    assert (tmp_path / "report").read_text() == "in the way"
