"""Polluted files: whatever the bytes, each record is landed or rejected, or the file is refused.

Every record carries a mark that stands nowhere else. What reads the marks of a file is a regular
expression on its bytes, and the sum of amounts is Python's: nothing is checked against the reader.
`POLLUTED` says how many files (200; 2,000 in CI), `POLLUTED_SEED` which.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import random
import re
import zipfile
from collections import Counter
from decimal import Decimal

import pytest
from conftest import REQUIRE_ALL
from test_ingest_helpers import Shop, assert_balanced

from scripts.errors import UserError

POLLUTED = int(os.environ.get("POLLUTED") or (2_000 if REQUIRE_ALL else 200))
SEED = int(os.environ.get("POLLUTED_SEED") or 1)
PER_BATCH = 50
MARK = re.compile(r"m\d{6}x")
COLUMNS = ("day", "product", "quantity", "amount", "note")

INPUTS = """\
shop: Test
currency: EUR
sales:
  files: "*.*"
  columns: {sold_on: day, product_id: product, quantity: quantity, net_amount: amount}
"""


class File:
    """One file in the making: its records as cells, how it is written, what was done to it."""

    def __init__(self, chance: random.Random, number: int) -> None:
        self.chance = chance
        self.kinds: list[str] = []
        self.delimiter = chance.choice(",;\t|")
        self.decimal = "," if self.delimiter != "," and chance.random() < 0.5 else "."
        self.encoding = chance.choice(["utf-8", "utf-8", "cp1252", "utf-16", "cp850"])
        self.end = chance.choice(["\n", "\r\n", "\r"])
        self.options: dict[str, str] = {}
        first = number * 1000
        self.rows = [
            [
                f"2026-{1 + n % 12:02d}-{1 + n % 28:02d}",
                chance.choice(["Crème", 'Tea "Earl"', "Nuts, salted", "Pain; bis", "a|b", "Œuf"]),
                str(chance.randint(-5, 50)),
                f"{chance.randint(-99999, 99999) / 100:.2f}".replace(".", self.decimal),
                f"m{first + n:06d}x",
            ]
            for n in range(chance.randint(0, 40))
        ]

    def line(self, cells) -> str:
        stream = io.StringIO()
        csv.writer(stream, delimiter=self.delimiter, lineterminator="").writerow(cells)
        return stream.getvalue()

    def data(self) -> bytes:
        lines = [self.line(COLUMNS), *(self.line(row) for row in self.rows)]
        text_pollutions = [
            *(stray_quote, open_quote, missing_field, extra_field, repeated_header, blank_lines),
            *(totals_below, notes_below, newline_inside, junk_numbers, trailing_delimiters),
        ]
        for pollute in self.chance.sample(text_pollutions, self.chance.randint(0, 4)):
            self.kinds.append(pollute.__name__)
            pollute(self, lines)
        end = self.end
        if self.chance.random() < 0.15:
            self.kinds.append("mixed_line_ends")
            text = "".join(line + self.chance.choice(["\n", "\r\n"]) for line in lines)
        else:
            text = end.join(lines) + (end if self.chance.random() < 0.7 else "")
        data = text.encode(self.encoding, "replace")
        for pollute in self.chance.sample([mark_of_order, wrong_byte, nul_byte, cut_off], 1):
            if self.chance.random() < 0.3:
                self.kinds.append(pollute.__name__)
                data = pollute(self, data)
        return data


def stray_quote(file, lines):
    place = file.chance.randrange(len(lines))
    if place:
        lines[place] += ' "'


def open_quote(file, lines):
    place = file.chance.randrange(len(lines))
    if place:
        first, _, rest = lines[place].partition(file.delimiter)
        lines[place] = f'{first}{file.delimiter}"{rest}'


def missing_field(file, lines):
    place = file.chance.randrange(len(lines))
    if place:
        lines[place] = lines[place].partition(file.delimiter)[2]


def extra_field(file, lines):
    place = file.chance.randrange(len(lines))
    if place:
        lines[place] += f"{file.delimiter}more"


def repeated_header(file, lines):
    lines.insert(file.chance.randrange(len(lines)) + 1, lines[0])


def blank_lines(file, lines):
    for _ in range(3):
        blank = file.chance.choice(["", "   ", file.delimiter * 4])
        lines.insert(file.chance.randrange(len(lines)) + 1, blank)


def totals_below(file, lines):
    lines.append(file.line(["Total", "", "12", "345" + file.decimal + "00", ""]))


def notes_below(file, lines):
    lines.append("Exported by the till on Monday")


def newline_inside(file, lines):
    place = file.chance.randrange(len(lines))
    if place:
        row = next(csv.reader([lines[place]], delimiter=file.delimiter), None)
        if row and len(row) == len(COLUMNS):
            lines[place] = file.line([*row[:1], f"two{file.end}lines", *row[2:]])


def junk_numbers(file, lines):
    place = file.chance.randrange(len(lines))
    if place and lines[place].count(file.delimiter) == len(COLUMNS) - 1:
        cells = lines[place].split(file.delimiter)
        cells[3] = file.chance.choice(["#REF!", "12..5", "1 2 3", "-", "∞", "1e999", "'12"])
        lines[place] = file.delimiter.join(cells)


def trailing_delimiters(file, lines):
    lines[1:] = [line + file.delimiter for line in lines[1:]]


def mark_of_order(file, data):
    return b"\xef\xbb\xbf" + data if file.encoding == "utf-8" else data


def wrong_byte(file, data):
    if file.encoding == "utf-16" or len(data) < 60:
        return data
    place = file.chance.randrange(40, len(data))
    return data[:place] + file.chance.choice([b"\xff", b"\x81", b"\xc3\x28"]) + data[place:]


def nul_byte(file, data):
    if file.encoding == "utf-16" or len(data) < 60:
        return data
    place = file.chance.randrange(40, len(data))
    return data[:place] + b"\0" + data[place:]


def cut_off(file, data):
    return data[: file.chance.randrange(len(data) + 1)]


def contained(file, data):
    """(ending, bytes, more options) of the data in a container, at times a broken one."""
    how = file.chance.choice(["csv", "csv", "csv", "txt", "gz", "zip", "broken gz", "json lines"])
    if how == "gz":
        return ".csv.gz", gzip.compress(data)
    if how == "broken gz":
        return ".csv.gz", gzip.compress(data)[: -file.chance.randint(1, 20)]
    if how == "zip":
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as archive:
            archive.writestr("export.csv", data)
        return ".zip", stream.getvalue()
    if how == "json lines":
        lines = [json.dumps(dict(zip(COLUMNS, row, strict=True))) for row in file.rows]
        for place in range(len(lines)):
            if file.chance.random() < 0.1:
                lines[place] = lines[place][: file.chance.randrange(len(lines[place]))]
        file.encoding = "utf-8"
        return ".jsonl", "\n".join(lines).encode()
    return f".{how}", data


def marks_in(data, file):
    """The marks that can be read in the bytes of text, in whatever encoding."""
    if file.encoding == "utf-16":
        return Counter(MARK.findall(data.decode("utf-16", "replace")))
    return Counter(MARK.findall(data.decode("latin-1")))


def told(shop, path):
    """The marks of what landed and of what was set aside, and the landed amounts as written."""
    entry = shop.entry(path)
    landed = shop.query(
        "select extra, product_id, sold_on, quantity, net_amount, "
        "coalesce(net_amount_as_written, net_amount) from read_parquet(?)",
        entry["landing_file"],
    )
    rejected = shop.rejects(path)
    texts = [str(row[:-1]) for row in landed] + [text for *_, text in rejected]
    return entry, Counter(MARK.findall("\n".join(texts))), [row[-1] for row in landed]


@pytest.mark.parametrize("batch", range(-(-POLLUTED // PER_BATCH)))
def test_no_record_of_a_polluted_file_is_lost(tmp_path, batch, record_property):
    outcomes = Counter()
    for place in range(PER_BATCH):
        chance = random.Random(f"{SEED} {batch} {place}")
        file = File(chance, place)
        data = file.data()
        ending, content = contained(file, data)
        folder = tmp_path / str(place)
        folder.mkdir()
        quoted = json.dumps(file.delimiter)
        options = (
            f"  delimiter: {quoted}\n  decimal: '{file.decimal}'\n  encoding: {file.encoding}\n"
        )
        if ending == ".jsonl":
            options = f"  decimal: '{file.decimal}'\n"
        shop = Shop(folder, INPUTS + options)
        path = f"sales{ending}"
        shop.write(path, content)
        said = f"batch {batch}, file {place}: {ending}, {file.encoding}, {file.kinds}"
        try:
            shop.ingest()
        except UserError as refusal:
            assert path in str(refusal), said
            assert str(refusal).endswith("."), (said, str(refusal))
            outcomes["refused in a sentence"] += 1
            continue
        entry, marks, amounts = told(shop, path)
        assert_balanced(entry)
        seen = content if ending == ".jsonl" else data
        assert marks == marks_in(seen, file), said
        totals = {total["column_name"]: total for total in entry["control_totals"]}["net_amount"]
        readable = [
            Decimal(amount.replace(file.decimal, "."))
            for amount in amounts
            if amount and re.fullmatch(rf"-?\d+\{file.decimal}?\d*", amount)
        ]
        ignored = Decimal(totals["ignored"] or 0)
        assert Decimal(totals["as_written"] or 0) - ignored == sum(readable), said
        outcomes["landed" if not entry["rejected_count"] else "landed with rejects"] += 1
        for kind in file.kinds or ["nothing"]:
            outcomes[f"polluted: {kind}"] += 1
    for name, count in outcomes.items():
        record_property("count", (f"polluted files, {name}", count))
