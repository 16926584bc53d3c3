"""The README is true: every command in it is run here, on a copy of the sample shop."""

from __future__ import annotations

import gzip
import os
import re
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

import pytest
from conftest import PROJECT, REQUIRE_ALL, SAMPLE, public_tables

from scripts.errors import UserError
from scripts.ingest import ingest
from scripts.onboard.proposal import propose

README = (PROJECT / "README.md").read_text(encoding="utf-8")

# `make test` is what runs this very test; it begins with `make lint`. `make format` would change
# the files under test.
NOT_RUN_AGAIN = {
    *("make test", "make lint", "make format"),
    # needs two generations: test_generations runs it
    *("make rollback", "make rollback GENERATION=7"),
    # needs minutes: test_benchmark runs it with fewer lines
    *("make benchmark", "make benchmark SIZE=10M"),
    # test_export_docs runs it, to a folder of its own
    "make export TO=exports/shop",
    # test_spark runs it, on a cluster
    "make spark",
    # test_metrics asks, where MetricFlow is installed
    "make metrics",
    'make metrics ASK="query --metrics revenue,average_order_value'
    ' --group-by metric_time__month,location__region"',
    # test_histories plays some
    "make histories HISTORIES=20",
}


def commands():
    """Every command of the README: the lines of its sh blocks, and `make …` in a sentence."""
    found = [
        line
        for block in re.findall(r"^ *```sh\n(.*?)```", README, re.DOTALL | re.MULTILINE)
        for line in (part.strip() for part in block.splitlines())
        if line
    ]
    outside = re.sub(r"^ *```.*?```", "", README, flags=re.DOTALL | re.MULTILINE)
    found += re.findall(r"`(make(?: [a-z]+(?: [A-Z_]+=[^`]+)?)?)`", outside)
    return list(dict.fromkeys(found))


@pytest.fixture(scope="module")
def surroundings(tmp_path_factory):
    folder = tmp_path_factory.mktemp("readme")
    shutil.copytree(SAMPLE, folder / "shop")
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("MAKE")},
        "SHOP": str(folder / "shop"),
        "WAREHOUSE": str(folder / "warehouse"),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }


def run(command, surroundings):
    if not (PROJECT / ".venv" / ".ready-dev").exists():
        reason = "the project's own environment is not set up: run make test"
        pytest.fail(reason) if REQUIRE_ALL else pytest.skip(reason)
    command = command.replace("path/to/your/folder", surroundings["SHOP"])
    if command == "make report SHOP=" + surroundings["SHOP"]:
        # the same shop in a warehouse that nobody named
        command += " WAREHOUSE=" + surroundings["WAREHOUSE"]
    return subprocess.run(
        ["bash", "-c", command],
        cwd=PROJECT,
        env=surroundings,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )


def serves_docs(surroundings):
    """Start `make docs`, fetch the page, and end it, by its own process group."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        ["make", "docs", f"PORT={port}"],
        cwd=PROJECT,
        env=surroundings,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        for _ in range(600):
            time.sleep(0.1)
            assert process.poll() is None, process.stdout.read()
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as page:
                    return page.status == 200 and b"dbt" in page.read()
            except OSError:
                continue
        return False
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=20)


def onboards(command, surroundings):
    """Whether it writes an inputs.yml where there is none; the shop's own one is put back."""
    own = Path(surroundings["SHOP"]) / "inputs.yml"
    kept = own.rename(own.with_suffix(".kept"))
    try:
        result = run(command, surroundings)
        assert result.returncode == 0, result.stderr
        return "sales:" in own.read_text(encoding="utf-8")
    finally:
        kept.replace(own)


def test_every_command_of_the_readme_works(surroundings):
    ran = []
    # building comes first; the order of the page is kept otherwise
    for command in sorted(commands(), key=lambda text: text != "make report"):
        if command in NOT_RUN_AGAIN:
            continue
        if command == "make docs":
            assert serves_docs(surroundings)
        elif command.startswith("make onboard"):
            assert onboards(command, surroundings)
        else:
            result = run(command, surroundings)
            assert result.returncode == 0, (command, result.stdout[-800:], result.stderr[-1500:])
        ran.append(command)
    assert {"make", "make help", "make report", "make setup", "make docs"} & set(ran)
    assert len(ran) >= 10
    print("\n" + "\n".join(ran))


def test_every_target_of_the_makefile_is_listed_by_help(surroundings):
    listed = set(re.findall(r"^  make ([a-z]+)", run("make help", surroundings).stdout, re.M))
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.M))
    assert listed == targets
    assert {"setup", "ingest", "build", "report", "test", "docs", "query", "clean"} <= listed


def test_every_file_the_readme_names_exists():
    for target in re.findall(r"\]\(([^)]+)\)", README):
        if not target.startswith("http"):
            assert (PROJECT / target).exists(), target
    for path in re.findall(r"`((?:scripts|models|data|tests|analyses)/[\w/.-]+)`", README):
        assert (PROJECT / path).exists(), path


def test_every_table_the_readme_names_exists_and_none_is_missing(sample_warehouse):
    named = set()
    for cell in re.findall(r"^\| (`(?:core|marts|quality)\.[^|]*) \|", README, re.MULTILINE):
        schema = re.search(r"(core|marts|quality)\.", cell).group(1)
        named |= {(schema, name.split(".")[-1]) for name in re.findall(r"`([\w.]+)`", cell)}
    assert named == set(public_tables(sample_warehouse))


INPUTS = """\
shop: Comptoir du Sud
currency: EUR
defaults: {delimiter: ";", decimal: ",", date: "%d/%m/%Y"}
sales:
  files: ventes*.csv
  columns:
    sold_on: Date
    product_name: Article
    quantity: Quantité
    net_amount: Montant HT
"""
SALES = "Date;Article;Quantité;Montant HT\r\n02/01/2024;Savon;2;7,80\r\n03/01/2024;Miel;1;12,50\r\n"
FILE = "ventes-2024.csv"
STATUS = (
    "Date;Article;Quantité;Montant HT;Etat\n02/01/2024;Savon;2;7;ok\n02/01/2024;Thé;2;7;annulé\n"
)
WITHOUT_AMOUNT = INPUTS.replace("    quantity: Quantité\n    net_amount: Montant HT\n", "")

# what is wrong: (inputs.yml, the files, the files of an ingest before)
MISTAKES = {
    "no inputs.yml": (None, {FILE: SALES}, {}),
    "a name of ours is misspelt": (
        INPUTS.replace("net_amount: Montant HT", "net_amount: Montant HT\n    sold_onn: Date"),
        {FILE: SALES},
        {},
    ),
    "no amount": (WITHOUT_AMOUNT, {FILE: SALES}, {}),
    "open questions": (INPUTS.replace("currency: EUR", "currency: ???"), {FILE: SALES}, {}),
    "days that could be months": (
        INPUTS.replace('"%d/%m/%Y"', '["%d/%m/%Y", "%m/%d/%Y"]'),
        {FILE: SALES},
        {},
    ),
    "a broken archive": (
        INPUTS.replace("ventes*.csv", "ventes*"),
        {"ventes.csv.gz": gzip.compress(SALES.encode())[:30]},
        {},
    ),
    "two lists of records": (
        INPUTS.replace("ventes*.csv", "ventes*"),
        {"ventes.json": '{"jan": [{"Date": 1}], "fév": [{"Date": 2}]}'},
        {},
    ),
    "a title above the header": (INPUTS, {FILE: "Caisse 4\n\n" + SALES}, {}),
    "a header changed": (INPUTS, {FILE: SALES.replace("Montant HT", "Montant")}, {}),
    "another delimiter": (INPUTS.replace('";"', '","'), {FILE: SALES}, {}),
    "another encoding": (INPUTS, {FILE: SALES.encode("cp1252")}, {}),
    "an empty file": (INPUTS, {FILE: ""}, {}),
    "no file": (INPUTS, {}, {}),
    "a stray file": (INPUTS, {FILE: SALES, "clients.csv": "a;b\n"}, {}),
    "states without a decision": (INPUTS + "    status: Etat\n", {FILE: STATUS}, {}),
    "half an export": (INPUTS, {FILE: SALES[: SALES.index("03/01")]}, {FILE: SALES}),
    "an export from the beginning": (
        INPUTS,
        {"ventes-jan.csv": SALES + "04/01/2024;Thé;1;3,00\r\n"},
        {FILE: SALES},
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_the_messages_it_quotes_are_what_people_see(tmp_path, mistake):
    inputs, files, before = MISTAKES[mistake]
    shop, warehouse = tmp_path / "shop", tmp_path / "warehouse"
    shop.mkdir()

    def write(name, content):
        (shop / name).write_bytes(content if isinstance(content, bytes) else content.encode())

    if before:
        write("inputs.yml", INPUTS)
        for name, content in before.items():
            write(name, content)
        ingest(shop, warehouse)
    if inputs is not None:
        write("inputs.yml", inputs)
    for name, content in files.items():
        write(name, content)
    with pytest.raises(UserError) as refusal:
        ingest(shop, warehouse)
    assert f"| {refusal.value} |".replace(str(shop), "FOLDER") in README


TABLE = "Date;Article;Quantité;Montant HT\n02/01/2024;Thé;1;9,50\n03/01/2024;Pain;2;4,00\n"
ONBOARDING = {
    "no sales": {"stock.csv": "Article;En stock\nThé;4\n"},
    "years": {FILE: "Année;Article;Montant HT\n2023;Thé;310,50\n2024;Thé;290,00\n"},
    "no price": {FILE: "Date;Article;Quantité\n02/01/2024;Thé;1\n03/01/2024;Pain;2\n"},
    "lines that do not fit": {FILE: "Date;Article;Montant HT\n" + "02/01/2024;T1;Thé;9,50\n" * 3},
    "a second table": {FILE: f"{TABLE};;;\nDate;Mode;Nombre;Montant\n02/01/2024;CB;1;9,50\n"},
}


@pytest.mark.parametrize("folder", ONBOARDING)
def test_the_refusals_of_onboarding_are_what_people_see(tmp_path, folder):
    for name, content in ONBOARDING[folder].items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(UserError) as refusal:
        propose(tmp_path)
    assert f"| {refusal.value} |" in README
