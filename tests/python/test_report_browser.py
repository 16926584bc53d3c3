"""The report in a real browser: offline, in light and dark, wide and narrow."""

from __future__ import annotations

from dataclasses import replace

import pytest
from browser import browser, look, open_dialog, report_is_presentable, require_browser
from fake_warehouse import HOSTILE, FakeShop, create, empty_shop, hostile_shop

from scripts.report import write_report


@pytest.fixture(scope="module", autouse=True)
def _browser_is_here():
    require_browser()


def written(folder, shop):
    """The page of an invented shop."""
    create(folder / "sales.duckdb", shop)
    return write_report(folder)


@pytest.mark.parametrize(
    "shop",
    [FakeShop(months=26, unfinished=True), hostile_shop(), empty_shop()],
    ids=["unfinished", "hostile", "empty"],
)
def test_the_report_is_presentable(tmp_path, shop):
    assert report_is_presentable(written(tmp_path, shop)) == []


def test_the_report_of_the_sample_shop_is_presentable(sample_warehouse):
    assert report_is_presentable(sample_warehouse / "report" / "report.html") == []


def test_a_hostile_name_is_text_also_in_the_tooltip(tmp_path):
    html = written(tmp_path, hostile_shop())
    with browser() as page:
        page.resize(1400)
        page.open(html)
        assert page.wait(
            "return document.querySelectorAll('#revenue_by_product .live svg path[fill]').length"
        )
        page.run(
            "document.querySelector('#revenue_by_product').scrollIntoView({behavior: 'instant'})"
        )
        box = page.run(
            "const bar = document.querySelector("
            "    '#revenue_by_product .live .mark-rect path').getBoundingClientRect();"
            "return [bar.x + 20, bar.y + bar.height / 2]"
        )
        for x in (box[0], box[0] + 5):
            page.driver.execute_cdp_cmd(
                "Input.dispatchMouseEvent", {"type": "mouseMoved", "x": x, "y": box[1]}
            )
        assert page.wait("return !!document.querySelector('#vg-tooltip-element.visible')")
        text = page.run("return document.querySelector('#vg-tooltip-element').innerText")
        assert HOSTILE[0] in text and "$" in text
        assert page.run("return document.querySelectorAll('script').length") == 4
        assert page.run("return document.querySelectorAll('img, iframe').length") == 0
        assert open_dialog(page) is None
        assert page.console() == []


def test_an_injected_script_does_not_run(tmp_path):
    html = written(tmp_path, FakeShop(months=2))
    text = html.read_text(encoding="utf-8")
    html.write_text(
        text.replace("</footer>", "</footer><script>document.title = 'taken'</script>"),
        encoding="utf-8",
    )
    with browser() as page:
        page.open(html)
        assert page.run("return document.title") != "taken"
        assert any("Content Security Policy" in line for line in page.console())


def test_the_charts_follow_the_width_and_the_theme(tmp_path):
    html = written(tmp_path, FakeShop(months=14))
    ink = "return getComputedStyle(document.querySelector('.live svg text')).fill"
    ground = "return getComputedStyle(document.body).backgroundColor"
    size = "return document.querySelector('#revenue_by_product .live svg').clientWidth"
    axes = "return document.querySelectorAll('#revenue_by_product .live .role-axis').length"
    with browser() as page:
        page.resize(1400)
        page.theme("light")
        page.open(html)
        assert page.run(axes) > 0
        light, wide = (page.run(ink), page.run(ground)), page.run(size)
        page.theme("dark")
        dark = (page.run(ink), page.run(ground))
        assert light[0] != dark[0] and light[1] != dark[1]
        page.resize(390)
        assert page.wait(f"{size} < 360")
        # and it is the drawing for phones, whose names stand above the bars
        assert page.wait(f"{axes} === 0")
        assert wide > 900
        assert look(page).wider_than_page == []


def test_the_printed_page_has_the_pictures(tmp_path):
    html = written(tmp_path, FakeShop(months=14))
    with browser() as page:
        page.resize(794)
        page.open(html)
        page.theme("dark", media="print")
        shown = page.run(
            "return Array.from(document.querySelectorAll('[data-chart]')).map(box =>"
            " Array.from(box.querySelectorAll('svg')).filter("
            " svg => svg.getBoundingClientRect().width > 100).length)"
        )
        assert shown == [1] * len(shown) and len(shown) > 6
        # paper is white whatever the screen prefers
        assert page.run("return getComputedStyle(document.body).backgroundColor") == (
            "rgb(255, 255, 255)"
        )


def test_the_check_sees_what_is_wrong(tmp_path):
    """Each fault that `report_is_presentable` looks for, put into a page, is reported."""
    html = written(tmp_path, replace(FakeShop(months=2), stores=FakeShop().stores[:3]))
    good = html.read_text(encoding="utf-8")
    faults = {
        "wider than the page": good.replace(
            "</footer>", '<p style="width: 3000px">wide</p></footer>'
        ),
        "asked for": good.replace("img-src data:", "img-src http:").replace(
            "</footer>", '<img src="http://example.org/x.png" alt=""></footer>'
        ),
        "console": good.replace("</footer>", '<img src="http://example.org/x.png"></footer>'),
        "charts are interactive": good.replace('"revenue_by_place":', '"nothing":'),
        "too little contrast": good.replace("--muted: #55606e", "--muted: #c8ccd0"),
        "script elements": good.replace("</footer>", "<script>1</script></footer>"),
        "have no picture": good.replace('class="still wide"><svg', 'class="still wide"><i'),
    }
    for complaint, page in faults.items():
        html.write_text(page, encoding="utf-8")
        found = report_is_presentable(html, widths=(1400,), themes=("light",))
        assert any(complaint in line for line in found), (complaint, found)
