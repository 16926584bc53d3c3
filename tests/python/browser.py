"""A headless Chromium for the tests of the report: offline, watched, in any width and theme.

`report_is_presentable(path)` is the whole check; it works on any report.html:

    python tests/python/browser.py report.html              the check, its complaints on stdout
    python tests/python/browser.py report.html pictures/    and a picture of each width and theme
    python tests/python/browser.py report.html report.png   only the picture for the README
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

try:
    from selenium import webdriver
    from selenium.common.exceptions import NoAlertPresentException, WebDriverException
except ImportError:  # `why_not` says so
    webdriver = None

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
CHROMEDRIVER = shutil.which("chromedriver")
WIDTHS = (1400, 390)
THEMES = ("light", "dark")
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--force-color-profile=srgb",
    "--lang=en",
)


def why_not() -> str | None:
    """Why no browser can be driven here; None when one can."""
    if CHROMIUM is None:
        return "no chromium is installed"
    if CHROMEDRIVER is None:
        return "no chromedriver is installed"
    if webdriver is None:
        return "the Python package selenium is not installed"
    return None


def require_browser() -> None:
    """Skip the test with the reason when there is no browser; fail when REQUIRE_ALL=1."""
    reason = why_not()
    if reason is None:
        return
    if os.environ.get("REQUIRE_ALL") == "1":
        pytest.fail(f"REQUIRE_ALL=1, but {reason}")
    pytest.skip(reason)


class Page:
    """One open page and what the browser has said about it since it was opened."""

    def __init__(self, driver) -> None:
        self.driver = driver

    def resize(self, width: int, height: int = 900) -> None:
        """Give the page `width` CSS pixels, as a phone below 600 (a window cannot be so narrow)."""
        self.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600},
        )

    def theme(self, name: str, media: str = "") -> None:
        """Prefer `light` or `dark`; `media` "print" shows the page as printed."""
        self.driver.execute_cdp_cmd(
            "Emulation.setEmulatedMedia",
            {"media": media, "features": [{"name": "prefers-color-scheme", "value": name}]},
        )

    def open(self, path: Path, scripts: bool = True, timeout: float = 20) -> None:
        """Open a file and wait until its charts are drawn (without scripts: until it is loaded)."""
        self.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": not scripts})
        self.driver.get("about:blank")
        for log in ("browser", "performance"):
            self.driver.get_log(log)
        self.driver.get(path.resolve().as_uri())
        if scripts:
            self.wait("return document.documentElement.dataset.ready === 'true'", timeout)

    def wait(self, script: str, timeout: float = 60) -> bool:
        """Wait until `script` returns something true; whether it did in time."""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            if self.run(script):
                return True
            time.sleep(0.05)
        return False

    def run(self, script: str):
        """The value that `script` returns."""
        return self.driver.execute_script(script)

    def console(self) -> list[str]:
        """What the console said: errors, warnings, violations of the page's policy."""
        return [f"{entry['level']}: {entry['message']}" for entry in self.driver.get_log("browser")]

    def requests(self) -> list[str]:
        """The addresses the page asked for, its own file and data inside it left out."""
        own = self.driver.current_url.split("#")[0]
        asked = []
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                url = message["params"]["request"]["url"]
            elif message["method"] == "Network.webSocketCreated":
                url = message["params"]["url"]
            else:
                continue
            asked.append(url)
        return [url for url in asked if url.split("#")[0] != own and not url.startswith("data:")]

    def picture(self, path: Path, height: int | None = None) -> Path:
        """Write a PNG of the whole page, or of its first `height` pixels."""
        wanted = {"format": "png", "captureBeyondViewport": True}
        if height is not None:
            width = self.run("return document.documentElement.clientWidth")
            wanted["clip"] = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
        answer = self.driver.execute_cdp_cmd("Page.captureScreenshot", wanted)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(answer["data"]))
        return path


@contextmanager
def browser() -> Iterator[Page]:
    """A Chromium of its own, with a fresh profile and no way to the network."""
    profile = tempfile.mkdtemp(prefix="report-browser-")
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(CHROMEDRIVER))
    try:
        yield Page(driver)
    finally:
        driver.quit()
        shutil.rmtree(profile, ignore_errors=True)


@dataclass
class Look:
    """What one width and theme of the page looks like, as measured in it."""

    charts: int
    live: int
    wider_than_page: list[str]
    empty: list[str]
    dim: list[str]
    scripts: int
    hidden_text: int


MEASURE = """
const page = document.documentElement;
const boxes = Array.from(document.querySelectorAll('[data-chart]'));
const shown = box => Array.from(box.querySelectorAll('.live svg')).filter(
    svg => svg.getBoundingClientRect().width > 100 && svg.getBoundingClientRect().height > 60
);
// what sticks out to the right, unless a box of its own scrolls it
const wide = Array.from(document.querySelectorAll('body *')).filter(element => {
    if (element.closest('.scroll, .live svg, .still, .skip, #vg-tooltip-element')) return false;
    return element.getBoundingClientRect().right > page.clientWidth + 1;
});
const parse = text => (text.match(/[\\d.]+/g) || [0, 0, 0]).map(Number);
const light = text => {
    const [r, g, b] = parse(text).slice(0, 3).map(value => {
        const part = value / 255;
        return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const ground = getComputedStyle(document.body).backgroundColor;
const contrast = (colour, behind) => {
    const pair = [light(colour), light(behind)].sort((one, other) => other - one);
    return (pair[0] + 0.05) / (pair[1] + 0.05);
};
// a figure in a cell stands on the cell: the last filled shape under the middle of the text
const behind = text => {
    const box = text.getBoundingClientRect();
    const x = (box.left + box.right) / 2, y = (box.top + box.bottom) / 2;
    const cells = text.closest('svg').querySelectorAll('.mark-rect path');
    const under = Array.from(cells).filter(one => {
        const shape = one.getBoundingClientRect();
        return shape.left < x && x < shape.right && shape.top < y && y < shape.bottom;
    });
    return under.length ? getComputedStyle(under.at(-1)).fill : ground;
};
const texts = Array.from(document.querySelectorAll(
    'h1, h2, h3, p, dt, dd, li, td, th, figcaption, summary, .live svg text'
)).filter(element => element.getClientRects().length && element.textContent.trim());
const dim = texts.filter(element => {
    const style = getComputedStyle(element);
    // the dots before the names at the ends of lines are drawn as text
    if (element.textContent === '●') return false;
    return element.closest('svg')
        ? contrast(style.fill, behind(element)) < 4.5
        : contrast(style.color, ground) < 4.5;
});
return {
    charts: boxes.length,
    live: boxes.filter(box => shown(box).length === 1).length,
    wider_than_page: (page.scrollWidth > page.clientWidth ? ['the page itself'] : []).concat(
        wide.slice(0, 5).map(element => element.outerHTML.slice(0, 120))),
    empty: boxes.filter(box => !box.querySelector('.live svg path, .live svg text'))
        .map(box => box.dataset.chart),
    dim: dim.slice(0, 5).map(element => element.outerHTML.slice(0, 120)),
    scripts: document.querySelectorAll('script').length,
    hidden_text: Array.from(document.querySelectorAll('.live svg text')).filter(
        element => element.textContent.includes('undefined') || element.textContent.includes('NaN')
    ).length,
};
"""


def look(page: Page) -> Look:
    """Measure the open page."""
    return Look(**page.run(MEASURE))


def report_is_presentable(
    html: Path,
    pictures: Path | None = None,
    widths: tuple[int, ...] = WIDTHS,
    themes: tuple[str, ...] = THEMES,
) -> list[str]:
    """Open a report offline in every width and theme; what is wrong with it, nothing when all well.

    Checked: no request but the file itself, nothing on the console (errors, warnings, violations
    of the policy), every chart drawn as interactive SVG, nothing wider than the page, text that
    contrasts at least 4.5 to 1, no script element but the page's own (two scripts, data of charts,
    the sales lines), no dialog; and without scripts every chart as a picture. With `pictures`, a
    PNG of each width and theme is written there.
    """
    wrong: list[str] = []
    with browser() as page:
        for width in widths:
            for theme in themes:
                where = f"{width} px, {theme}: "
                page.resize(width)
                page.theme(theme)
                page.open(html)
                if dialog := open_dialog(page):
                    wrong.append(f"{where}a dialog opened: {dialog}")
                    continue
                seen = look(page)
                if not seen.charts and page.run("return !document.querySelector('.chart')"):
                    wrong.append(f"{where}there is no chart")
                if seen.live != seen.charts:
                    wrong.append(f"{where}{seen.live} of {seen.charts} charts are interactive")
                wrong += [f"{where}wider than the page: {one}" for one in seen.wider_than_page]
                wrong += [f"{where}an empty chart: {one}" for one in seen.empty]
                wrong += [f"{where}too little contrast: {one}" for one in seen.dim]
                if seen.scripts not in (3, 4):
                    wrong.append(f"{where}{seen.scripts} script elements, not the page's 3 or 4")
                if seen.hidden_text:
                    wrong.append(f"{where}{seen.hidden_text} labels say undefined or NaN")
                wrong += [f"{where}console: {line}" for line in page.console()]
                wrong += [f"{where}asked for {url}" for url in page.requests()]
                if pictures is not None:
                    page.picture(pictures / f"report-{width}-{theme}.png")
        for width in widths:
            where = f"{width} px, without scripts: "
            page.resize(width)
            page.open(html, scripts=False)
            if stills := _stills_missing(page):
                wrong.append(f"{where}{stills} charts have no picture")
            wrong += [f"{where}asked for {url}" for url in page.requests()]
    return wrong


def open_dialog(page: Page) -> str | None:
    """The text of an open alert, closed on the way; None when there is none."""
    try:
        alert = page.driver.switch_to.alert
        text = alert.text
        alert.accept()
        return text
    except NoAlertPresentException:
        return None


def _stills_missing(page: Page) -> int:
    """How many charts show no picture; asked through the browser, as the page runs no script."""
    root = page.driver.execute_cdp_cmd("DOM.getDocument", {"depth": 0})["root"]["nodeId"]
    missing = 0
    for box in page.driver.execute_cdp_cmd(
        "DOM.querySelectorAll", {"nodeId": root, "selector": "[data-chart]"}
    )["nodeIds"]:
        stills = page.driver.execute_cdp_cmd(
            "DOM.querySelectorAll", {"nodeId": box, "selector": ".still svg"}
        )["nodeIds"]
        shown = 0
        for still in stills:
            try:
                model = page.driver.execute_cdp_cmd("DOM.getBoxModel", {"nodeId": still})["model"]
            except WebDriverException:  # the answer for an element that is not displayed
                continue
            shown += model["width"] > 100 and model["height"] > 60
        missing += shown != 1
    return missing


def readme_picture(html: Path, path: Path) -> Path:
    """Write the top of the page as a PNG: title, tiles and the first two charts, in light."""
    with browser() as page:
        page.resize(1240)
        page.theme("light")
        page.open(html)
        end = page.run(
            "return document.querySelectorAll('.chart')[1].getBoundingClientRect().bottom"
        )
        return page.picture(path, round(end) + 24)


def main() -> None:
    """Check the report named on the command line."""
    arguments = [Path(argument) for argument in sys.argv[1:3]]
    if len(arguments) == 2 and arguments[1].suffix == ".png":
        readme_picture(*arguments)
        return
    wrong = report_is_presentable(*arguments)
    print("\n".join(wrong) if wrong else f"{arguments[0]} is presentable")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
