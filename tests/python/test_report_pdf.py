"""The report as PDF, read back by pypdf: its texts, its tags, its outline, and its bytes."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest
from fake_warehouse import FakeShop, create, empty_shop
from pypdf import PdfReader

from scripts.errors import UserError
from scripts.report import pdf, write_report
from scripts.report.build import context_of
from scripts.report.charts.base import Column, Table
from scripts.report.images import page_pictures
from scripts.report.page import build_charts
from scripts.report.read import read
from scripts.report.tiles import headline_tiles
from scripts.report.trust import trust

# each would be markup, code, a reference or an error in typst
MARKUP = [
    "#panic(1)",
    "$x^2$",
    "*bold* _thin_ `raw`",
    "@nowhere",
    "] [ ] } {",
    "= Heading",
    "\\u{41} \\#",
    "<label> // gone /* too */",
    '"; #read("x")',
    "https://example.org/#a",
    "مقعد خشبي",
    "Café ☕🚀",
    "Unbroken" * 12,
]


def markup_shop():
    """A shop whose names try to be typst."""
    return FakeShop(
        name=MARKUP[0] + MARKUP[1] + " ] #",
        locale="en",
        products=[(name, MARKUP[at - 1]) for at, name in enumerate(MARKUP)],
        stores=[(name, name, MARKUP[at - 2], 4 + at) for at, name in enumerate(MARKUP[:8])],
    )


SHOPS = {
    "english": FakeShop(locale="en"),
    "french": FakeShop(locale="fr"),
    "long": FakeShop(locale="en", months=60),
    "bare": FakeShop(
        locale="en",
        has_stores=False,
        has_cost=False,
        has_orders=False,
        has_head_counts=False,
        places=None,
    ),
    "broken": FakeShop(locale="en", balanced=False),
    "empty": empty_shop(),
    "markup": markup_shop(),
}


class Paper:
    """A shop's PDF, and what it was made from."""

    def __init__(self, folder, shop):
        self.context = context_of(read(create(folder / "sales.duckdb", shop)))
        self.sections = build_charts(self.context)
        self.charts = [chart for charts in self.sections.values() for chart in charts]
        pictures = {chart.chart_id: page_pictures(chart) for chart in self.charts if chart.spec}
        self.made_from = (
            self.context,
            self.sections,
            pictures,
            headline_tiles(self.context),
            trust(self.context),
        )
        self.content = pdf.render(*self.made_from)
        (folder / "report.pdf").write_bytes(self.content)
        self.reader = PdfReader(folder / "report.pdf")
        self.pages = [page.extract_text() for page in self.reader.pages]
        self.text = plain(" ".join(self.pages))

    def tags(self, kind):
        """The structure elements of a kind, such as /Figure, in reading order."""
        found = []

        def walk(node):
            node = node.get_object()
            if isinstance(node, list):
                for child in node:
                    walk(child)
            elif isinstance(node, dict):
                if node.get("/S") == kind:
                    found.append(node)
                if "/K" in node:
                    walk(node["/K"])

        walk(self.reader.trailer["/Root"]["/StructTreeRoot"])
        return found


def plain(text):
    """A text without what a line end, a break or a direction does to it."""
    return re.sub(r"[\s\u200b\u2068\u2069]+", "", text)


@pytest.fixture(scope="module")
def papers(tmp_path_factory):
    made = {}

    def paper(name):
        if name not in made:
            made[name] = Paper(tmp_path_factory.mktemp("paper"), SHOPS[name])
        return made[name]

    return paper


@pytest.mark.parametrize("shop", [name for name in SHOPS if name != "markup"])
def test_everything_the_page_says_is_on_paper(papers, shop):
    paper = papers(shop)
    words = paper.context.words
    found, headlines = paper.made_from[-1], paper.made_from[-2]
    expected = [words(f"sections.{section}") for section in paper.sections]
    expected += [chart.title for chart in paper.charts]
    expected += [sentence for chart in paper.charts for sentence in chart.sentences]
    expected += [*found.verdict, *found.gaps, paper.context.warehouse.summary.shop_name]
    for kind in found.kinds:
        expected += [kind.name, *(group.reason for group in kind.groups)]
    if headlines:
        expected += [part for tile in headlines.tiles for part in (tile.text, tile.note)]
        total = paper.context.warehouse.summary.revenue_amount
        expected.append(paper.context.formats.money(total, cents=True))
    for text in expected:
        assert plain(text) in paper.text, text


@pytest.mark.parametrize("shop", SHOPS)
def test_every_figure_of_every_table_is_on_paper(papers, shop):
    paper = papers(shop)
    found = paper.made_from[-1]
    tables = [chart.table for chart in paper.charts if chart.table]
    tables += [found.by_input, found.by_file, found.controls, found.freshness, found.unusual_days]
    tables = [table for table in tables if table]
    assert shop == "empty" or len(tables) >= 5
    for table in tables:
        for row in [*table.rows, *([table.total] if table.total else [])]:
            # read back, Arabic stands as on the line, and few machines have a font with a rocket
            for text in (one for one in row[1:] if not re.search("مقعد|🚀", one)):
                assert plain(text) in paper.text, (row[0], text)


@pytest.mark.parametrize(("shop", "language"), [("english", "en"), ("french", "fr")])
def test_the_document_says_what_it_is(papers, shop, language):
    paper = papers(shop)
    root, information = paper.reader.trailer["/Root"], paper.reader.metadata
    assert root["/MarkInfo"]["/Marked"] is True or bool(root["/MarkInfo"]["/Marked"])
    assert root["/Lang"] == language
    assert information.author == "Comptoir d’essai"
    assert information.title == paper.context.words("page.title", shop="Comptoir d’essai")
    # dated by the figures, not by the clock
    assert information.creation_date.date() == date(2025, 12, 31)


@pytest.mark.parametrize("shop", [name for name in SHOPS if name != "markup"])
def test_the_document_follows_pdf_ua(papers, shop):
    """What typst checks before it says so: titles, languages, tags and words for every picture."""
    assert re.search(rb"<pdfuaid:part>1</pdfuaid:part>", papers(shop).content)


def test_a_character_without_a_font_costs_the_seal_and_not_the_pdf(papers):
    document = pdf._document(*papers("empty").made_from)
    document["kicker"] = "🚀"
    # written as an escape, it does not ask for the machine's fonts, and ours have none
    content = pdf._compiled(json.dumps(document, ensure_ascii=True), ".")
    assert b"pdfuaid" not in content and b"/MarkInfo" in content


@pytest.mark.parametrize("shop", ["english", "bare", "markup"])
def test_each_drawing_is_a_figure_with_its_words(papers, shop):
    paper = papers(shop)
    drawn = [chart for chart in paper.charts if chart.spec]
    assert drawn
    alternatives = [figure["/Alt"] for figure in paper.tags("/Figure")]
    assert alternatives == [f"{chart.title}. {chart.sentence}" for chart in drawn]


def test_tables_are_tagged_with_a_header_for_each_column(papers):
    paper = papers("english")
    found = paper.made_from[-1]
    tables = [chart.table for chart in paper.charts if chart.table]
    tables += [found.by_input, found.by_file, found.controls, found.freshness, found.unusual_days]
    assert len(paper.tags("/Table")) == len(tables)
    assert len(paper.tags("/TH")) == sum(len(table.columns) for table in tables)


def test_the_outline_names_sections_and_charts(papers):
    paper = papers("english")
    words = paper.context.words
    tops = [entry for entry in paper.reader.outline if not isinstance(entry, list)]
    expected = [words(f"sections.{name}") for name in [*paper.sections, "trust"]]
    expected += [words("paper.figures"), words("page.definitions")]
    assert [entry.title for entry in tops] == expected
    below = {
        entry.title: [one.title for one in children if not isinstance(one, list)]
        for entry, children in pairwise(paper.reader.outline)
        if isinstance(children, list)
    }
    for name, charts in paper.sections.items():
        assert below[words(f"sections.{name}")] == [chart.title for chart in charts]
    # and each leads to the page that has it
    for entry in tops:
        page = paper.reader.get_destination_page_number(entry)
        assert plain(entry.title) in plain(paper.pages[page]), entry.title


@pytest.mark.parametrize(
    ("shop", "filters", "page"),
    [
        ("english", "Filters in force: none, the whole shop.", "Page {} of {}"),
        ("french", "Filtres appliqués : aucun, toute la boutique.", "Page {} sur {}"),
    ],
)
def test_each_page_has_its_number_the_filters_and_the_shop(papers, shop, filters, page):
    pages = papers(shop).pages
    assert len(pages) > 5
    for number, text in enumerate(pages, 1):
        assert plain(page.format(number, len(pages))) in plain(text)
        assert plain(filters) in plain(text)
        assert "Comptoir d’essai" in text


def test_a_long_table_repeats_its_header_on_each_page(papers):
    paper = papers("long")
    chart = next(one for one in paper.charts if one.chart_id == "revenue_by_month")
    header = plain("".join(column.label for column in chart.table.columns))
    found = paper.made_from[-1]
    files = plain("".join(column.label for column in found.by_file.columns))
    assert len(found.by_file.rows) > 60
    assert sum(files in plain(text) for text in paper.pages) >= 2
    assert header in paper.text


def test_a_table_that_is_too_wide_becomes_several_with_the_same_first_column():
    columns = [Column("Month", False)] + [Column(f"Product {at}") for at in range(30)]
    rows = [[f"month {row}"] + [f"{row},{at:03}.00 €" for at in range(30)] for row in range(3)]
    total = ["Total"] + [f"{at}" for at in range(30)]
    parts = pdf._tables(Table(columns, rows, total))
    assert len(parts) > 1
    together = [column["label"] for part in parts for column in part["columns"][1:]]
    assert together == [column.label for column in columns[1:]]
    for part in parts:
        assert part["columns"][0]["label"] == "Month"
        assert [row[0] for row in part["rows"]] == ["month 0", "month 1", "month 2"]
        assert part["total"][0] == "Total"
        # what the widths add up to, in points, fits between the margins
        width = sum(0.52 * part["size"] * (column["width"] + 2) for column in part["columns"])
        assert width <= 482
    again = [[row[0]] + [text for part in parts for text in part["rows"][at][1:]]
             for at, row in enumerate(rows)]  # fmt: skip
    assert again == rows


def test_names_are_text_and_never_markup(papers):
    paper = papers("markup")
    names = [name for name in MARKUP if "مقعد" not in name and "☕" not in name]
    for name in names:
        assert plain(name) in paper.text, name
    assert "Heading" not in [
        entry.title for entry in paper.reader.outline if not isinstance(entry, list)
    ]
    assert paper.reader.metadata.author == markup_shop().name


def test_text_stays_between_the_margins(papers):
    for page in papers("markup").reader.pages:
        starts = []

        def note(text, user, matrix, *_, starts=starts):
            if text.strip():
                starts.append(user[0] * matrix[4] + user[4])

        page.extract_text(visitor_text=note)
        assert starts and all(56 - 1 <= at <= 595 - 56 + 1 for at in starts)


def test_the_same_figures_give_the_same_bytes(papers):
    paper = papers("markup")
    assert pdf.render(*paper.made_from) == paper.content


def test_the_fonts_are_those_of_the_packages(papers):
    """A machine without fonts sets the same pages: every font is named and inside."""
    for shop in ("english", "french", "bare"):
        names = set()
        for page in papers(shop).reader.pages:
            for font in page["/Resources"].get("/Font", {}).values():
                one = font.get_object()
                inner = one["/DescendantFonts"][0].get_object()
                descriptor = inner["/FontDescriptor"].get_object()
                assert {"/FontFile2", "/FontFile3"} & set(descriptor)
                names.add(str(one["/BaseFont"]).partition("+")[2])
        assert any(name.startswith("SourceSansPro") for name in names)
        known = ("SourceSansPro", "LibertinusSerif", "DejaVuSansMono", "NewCM")
        assert all(name.startswith(known) for name in names), names


def test_only_a_foreign_script_asks_the_machine_for_its_fonts():
    assert pdf.COVERED.fullmatch("Café – 1 234,50 € · مقعد ✓ ▲ R² Ω Я")
    assert not pdf.COVERED.fullmatch("木の椅子")


def test_a_failing_pdf_does_not_cost_the_page(tmp_path, monkeypatch):
    create(tmp_path / "sales.duckdb", replace(SHOPS["english"], months=2))
    (tmp_path / "report").mkdir()
    for name in ("report.pdf", "report.html"):
        (tmp_path / "report" / name).write_bytes(b"of before")

    def fail(*_):
        raise RuntimeError("no paper")

    monkeypatch.setattr(pdf, "render", fail)
    with pytest.raises(RuntimeError, match="no paper"):
        write_report(tmp_path)
    assert (tmp_path / "report" / "report.html").read_bytes().startswith(b"<!DOCTYPE html>")
    assert not (tmp_path / "report" / "report.pdf").exists()


def test_no_room_for_temporary_files_is_one_sentence(papers, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pdf.shutil, "copy", full)
    with pytest.raises(UserError, match=r"temporary files: No space left on device\. .* TMPDIR"):
        pdf.render(*papers("empty").made_from)
