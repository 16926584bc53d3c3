"""What goes wrong ends in one sentence that an owner understands, and the old warehouse stays.

Each test starts from a small shop that was published, breaks one thing, and runs the real command.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest
from conftest import build_shop, query, run_module

INPUTS = """\
shop: Bakery
currency: EUR
sales:
  files: sales*.csv
  columns: {sold_on: day, product_name: article, net_amount: amount}
"""
FILE = "sales-2025.csv"


def lines(first_day, days, amount="2.50", form="%Y-%m-%d"):
    """A header, and one sale on each day."""
    found = [
        f"{first_day + timedelta(number):{form}},Bread {number % 3},{amount}"
        for number in range(days)
    ]
    return "\n".join(["day,article,amount", *found]) + "\n"


@dataclass(frozen=True)
class Published:
    """A shop that was published once, and what was published."""

    shop: Path
    warehouse: Path

    @property
    def file(self):
        """The published file."""
        return self.warehouse / "sales.duckdb"

    def change(self, old, new):
        """Change one thing in inputs.yml."""
        inputs = self.shop / "inputs.yml"
        text = inputs.read_text(encoding="utf-8")
        assert text.count(old) == 1
        inputs.write_text(text.replace(old, new), encoding="utf-8")

    def add(self, name, text):
        """One more file in the shop folder."""
        (self.shop / name).write_text(text, encoding="utf-8")

    def refusal(self, *, shop=None, warehouse=None, module="scripts.pipeline"):
        """Run the command, which must fail and leave what was published; returns its sentence."""
        before = (self.file.read_bytes(), (self.warehouse / "sales.json").read_bytes())
        process = run_module(
            module, shop=shop or self.shop, warehouse=warehouse or self.warehouse, check=False
        )
        assert process.returncode == 1, process.stderr
        assert process.stdout == ""
        assert "Traceback" not in process.stderr
        assert len(re.findall("^Error: ", process.stderr, re.MULTILINE)) == 1, process.stderr
        assert (self.file.read_bytes(), (self.warehouse / "sales.json").read_bytes()) == before
        assert len(query(self.warehouse, "from marts.shop_summary")) == 1
        message = process.stderr[process.stderr.index("Error: ") + len("Error: ") :].strip()
        assert not re.search(r"\b(Errno|Exception|None|site-packages|\.py)\b", message), message
        return message


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    """The small shop, built once. Its folder has moved since, so that copies of it are it."""
    base = tmp_path_factory.mktemp("messages")
    (base / "built").mkdir()
    (base / "built" / "inputs.yml").write_text(INPUTS, encoding="utf-8")
    (base / "built" / FILE).write_text(lines(date(2025, 1, 1), 90), encoding="utf-8")
    build_shop(base / "built", base / "warehouse")
    (base / "built").rename(base / "shop")
    return Published(base / "shop", base / "warehouse")


@pytest.fixture
def published(original, tmp_path):
    """A copy of the small shop and its warehouse that a test may break."""
    return Published(
        shutil.copytree(original.shop, tmp_path / "shop"),
        shutil.copytree(original.warehouse, tmp_path / "warehouse"),
    )


def test_the_copy_is_sound(published):
    """Nothing is wrong with what the tests start from: there is nothing to do."""
    before = published.file.read_bytes()
    process = build_shop(published.shop, published.warehouse)
    assert "Nothing to build" in process.stderr
    assert published.file.read_bytes() == before


# --- inputs.yml and the folder ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("mapping", "missing", "fix"),
    [
        ("sold_on: day, ", "has no date", "`sold_on`"),
        ("product_name: article, ", "does not say what was sold", "`product_id`"),
        (", net_amount: amount", "has no amount", "`net_amount`"),
    ],
)
def test_a_required_column_is_not_mapped(published, mapping, missing, fix):
    published.change(mapping, "")
    message = published.refusal()
    assert message.startswith(f"inputs.yml: `sales.columns` {missing}")
    assert fix in message
    assert message.count("\n") == 0


def test_a_mapped_column_is_not_in_the_file(published):
    """The file's real headers are listed, and the nearest one is offered."""
    published.change("net_amount: amount", "net_amount: Amounts")
    message = published.refusal()
    assert message.startswith(f"{FILE} has no column `Amounts`")
    assert "`sales.columns.net_amount`" in message
    assert "day, article, amount" in message
    assert "Did you mean `amount`?" in message
    assert message.count("\n") == 0


def test_a_file_is_missing(published):
    published.change(
        "sales:\n", "products: {files: products.csv, columns: {product_id: id}}\nsales:\n"
    )
    message = published.refusal()
    assert "`products.csv` of `products.files`" in message
    assert "Add the file, or correct the pattern" in message
    assert message.count("\n") == 0


def test_a_file_that_no_input_has(published):
    published.add("stock.csv", "article,pieces\nBread 1,3\n")
    message = published.refusal()
    assert message.startswith("stock.csv belongs to no input")
    assert "`ignore:`" in message
    assert message.count("\n") == 0


def test_the_delimiter_is_wrong(published):
    published.change("currency: EUR\n", 'currency: EUR\ndefaults: {delimiter: ";"}\n')
    message = published.refusal()
    assert message.startswith(FILE)
    assert "delimiter" in message
    assert '","' in message
    assert message.count("\n") == 0


@pytest.mark.parametrize(("content", "what"), [("", "is empty"), ("\n\n\n", "has no header")])
def test_a_file_is_empty(published, content, what):
    published.add("sales-2026.csv", content)
    message = published.refusal()
    assert message.startswith(f"sales-2026.csv {what}")
    assert message.count("\n") == 0


def test_a_folder_without_inputs_yml(published, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    message = published.refusal(shop=empty)
    assert message.startswith(f"There is no inputs.yml in {empty}")
    assert "data/sample/inputs.yml" in message
    assert message.count("\n") == 0


def test_a_folder_that_does_not_exist(published, tmp_path):
    message = published.refusal(shop=tmp_path / "shpo")
    assert message.startswith(f"There is no folder {tmp_path / 'shpo'}")
    assert "SHOP=" in message
    assert message.count("\n") == 0


def test_the_warehouse_of_another_shop(published, tmp_path):
    other = shutil.copytree(published.shop, tmp_path / "other")
    build_shop(published.shop, published.warehouse)
    message = published.refusal(shop=other)
    assert "belongs to Bakery" in message
    assert str(published.shop) in message
    assert "WAREHOUSE=" in message
    assert message.count("\n") == 0


# --- what is in the files ---------------------------------------------------------------------


def test_too_many_records_cannot_be_used(published):
    """A file with the day and the month the other way round: the data test names itself."""
    published.add("sales-2026.csv", lines(date(2026, 1, 1), 60, form="%d/%m/%Y"))
    message = published.refusal()
    assert "was not published" in message
    assert "the last published one stays as it was" in message
    assert "few_records_are_quarantined" in message
    assert "maximum_quarantined_share" in message
    # it says where the rows are; they can be looked at there
    (table, file) = re.search(r"table (\S+) in (\S+?)\.?$", message).groups()
    assert file == str(published.warehouse / "build.duckdb")
    script = f"import duckdb; print(duckdb.connect({file!r}).execute('from {table}').fetchall())"
    shown = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout
    assert "'sales'" in shown
    assert "60" in shown
    # and putting it right publishes
    (published.shop / "sales-2026.csv").unlink()
    published.add("sales-2026.csv", lines(date(2026, 1, 1), 60))
    process = build_shop(published.shop, published.warehouse)
    assert "Published generation 2" in process.stderr


def test_a_revenue_that_collapses(published):
    """The same days and articles, a hundredth of the amounts."""
    published.add(FILE, lines(date(2025, 1, 1), 90, amount="0.02"))
    message = published.refusal()
    assert message.startswith("The revenue would fall from 225.00 to 1.80")
    assert "ACCEPT_COLLAPSE=1" in message
    assert message.count("\n") == 0


# --- where it is written ----------------------------------------------------------------------


def test_the_warehouse_is_inside_a_file(published, tmp_path):
    file = tmp_path / "file"
    file.write_text("not a folder")
    message = published.refusal(warehouse=file / "warehouse")
    assert message.startswith(f"The warehouse {file / 'warehouse'} cannot be written")
    assert "WAREHOUSE=" in message
    assert message.count("\n") == 0


def test_a_file_stands_where_landing_files_go(published):
    shutil.rmtree(published.warehouse / "landing" / "targets")
    (published.warehouse / "landing" / "targets").write_text("not a folder")
    published.add("sales-2026.csv", lines(date(2026, 1, 1), 20))
    message = published.refusal()
    assert str(published.warehouse / "landing" / "targets") in message
    assert "cannot be read or written" in message
    assert message.count("\n") == 0


@contextmanager
def opened_for_writing(file):
    """Another program that has a DuckDB file open, as a client would, until the block ends."""
    script = f"import duckdb; c = duckdb.connect({str(file)!r}); print('open', flush=True); input()"
    program = subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert program.stdout.readline() == "open\n"
        yield
    finally:
        program.communicate("\n", timeout=60)


@pytest.mark.parametrize("name", ["candidate.duckdb", "build.duckdb"])
def test_another_program_has_the_database_open(published, name):
    published.add("sales-2026.csv", lines(date(2026, 1, 1), 20))
    with opened_for_writing(published.warehouse / name):
        message = published.refusal()
    assert message.startswith(f"{published.warehouse / name} is open in another program (process ")
    assert "Close it there" in message
    assert "the last published warehouse stays as it was" in message
    assert message.count("\n") == 0


def test_a_reader_does_not_disturb(published):
    """The published file may stay open for reading while the next one is published."""
    published.add("sales-2026.csv", lines(date(2026, 1, 1), 20))
    script = (
        f"import duckdb; c = duckdb.connect({str(published.file)!r}, read_only=True);"
        " count = 'select line_count from marts.shop_summary';"
        " print(c.execute(count).fetchall(), flush=True); input();"
        " print(c.execute(count).fetchall(), flush=True)"
    )
    reader = subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert reader.stdout.readline() == "[(90,)]\n"
        build_shop(published.shop, published.warehouse)
        shown, _ = reader.communicate("\n", timeout=60)
    finally:
        reader.kill()
    # it keeps reading what it opened; who opens now sees the new one
    assert shown == "[(90,)]\n"
    assert query(published.warehouse, "select line_count from marts.shop_summary") == [(110,)]


# --- the other commands -----------------------------------------------------------------------


def test_ingest_alone_says_the_same(published):
    published.add("sales-2026.csv", "")
    assert published.refusal(module="scripts.ingest").startswith("sales-2026.csv is empty")
