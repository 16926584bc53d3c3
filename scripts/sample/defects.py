"""The defects of the sample shop: how many of each kind, and how each is injected.

Real exports are like this, and a test holds the pipeline to exactly these numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from scripts.sample.draw import Draw
from scripts.sample.files import File, Record, french_time

# kind: (how many, what becomes of each record, finding). Numbers are distinct within an outcome,
# so that a mix-up of two kinds shows.
DEFECTS: dict[str, tuple[int, str, str | None]] = {
    "too_few_fields": (3, "rejected", None),
    "too_many_fields": (4, "rejected", None),
    "unterminated_quote": (2, "rejected", None),
    "wrong_byte": (5, "rejected", None),
    "totals_line": (5, "ignored", None),
    "repeated_header": (2, "ignored", None),
    "blank_line": (4, "ignored", None),
    "unreadable_date": (5, "quarantined", None),
    "impossible_date": (4, "quarantined", None),
    "missing_date": (3, "quarantined", None),
    "unreadable_quantity": (7, "quarantined", None),
    "missing_amount": (6, "quarantined", None),
    "undeclared_status": (8, "quarantined", None),
    "missing_key": (2, "quarantined", None),
    "unreadable_correction": (1, "quarantined", None),
    "unreadable_cost": (2, "loaded", "unreadable_value"),
    "unreadable_on_hand": (3, "loaded", "unreadable_value"),
    "unreadable_updated_at": (4, "loaded", "unreadable_value"),
    "unreadable_flag": (1, "loaded", "unreadable_value"),
    "unknown_product": (9, "loaded", "only_in_sales"),
    "unknown_customer": (11, "loaded", "only_in_sales"),
    "duplicate_in_same_file": (5, "duplicate", None),
    "duplicate_in_later_file": (4, "duplicate", None),
    "duplicate_customer": (1, "duplicate", None),
    "correction": (7, "superseded", None),
    "correction_that_moves": (3, "superseded", None),
    "late_old_version": (2, "superseded", None),
    "contradicting_customer": (1, "superseded", None),
}

# This month is left as the till wrote it, to compare with.
UNTOUCHED = "ventes_2024-02.csv"

UNREADABLE_DATES = ("15.O3.2024", "mardi 12", "2024-13", "??/07/2025", "hier")
IMPOSSIBLE_DATES = ("31/02/2025", "31/06/2024", "29/02/2025", "00/10/2024")
UNREADABLE_QUANTITIES = ("deux", "1,2,3", "x", "1O", "3 pièces", "?", "un lot")
STATUSES = ("À vérifier", "En attente", "Avoir")
UNREADABLE_TIMES = ("hier soir", "31/04/2025 10:00", "10h30", "lundi")
UNREADABLE_COSTS = ("à définir", "24,10 ?")
UNREADABLE_COUNTS = ("beaucoup", "12 ou 13", "à recompter")


class Injector:
    """Injects the defects into the clean files, spread over the months."""

    def __init__(self, files: list[File]) -> None:
        """`files` are changed in place."""
        self.draw = Draw("defects")
        self.by_path = {file.path: file for file in files}
        self.months = [
            file for file in files if file.input_name == "sales" and file.path != UNTOUCHED
        ]
        self.quoted = {file.path for file in files if b'"\xc3\x80 livrer' in file.content()}
        self.begun = 0

    def run(self) -> None:
        """Inject every kind, records in the middle first, then the lines that frame them."""
        self.in_sales()
        self.in_side_files()
        self.between_records()

    def spread(self, count: int, last: int = 0) -> Iterator[tuple[int, int]]:
        """(number, place of the month) for each of `count`; the `last` months are left out."""
        self.begun += 5
        for number in range(count):
            yield number, (self.begun + number * 7) % (len(self.months) - last)

    def mark(
        self,
        record: Record,
        kind: str,
        column: str | None = None,
        text: str | None = None,
        kept: Record | None = None,
    ) -> None:
        """Note what a record suffers from, and that no other defect may touch it."""
        _, outcome, finding = DEFECTS[kind]
        record.is_touched = True
        record.marks.append((kind, outcome, finding, column, text, kept))

    def pick(self, file: File) -> Record:
        """An untouched plain record (the only line of a paid ticket), away from the edges."""
        while True:
            place = self.draw.whole(20, len(file.records) - 20)
            near = file.records[place - 2 : place + 3]
            if file.records[place].is_plain and not any(record.is_touched for record in near):
                return file.records[place]

    def put(self, file: File, after: Record, record: Record) -> None:
        """Insert a record some records after another one of the file."""
        place = next(i for i, other in enumerate(file.records) if other is after)
        file.records.insert(place + self.draw.whole(1, 12), record)

    def change(self, record: Record, kind: str, column: str, text: str) -> None:
        """Write a bad text into one cell."""
        record.cells[column] = text
        self.mark(record, kind, column, text)

    def spoil(self, file: File, record: Record, kind: str, line: bytes) -> None:
        """Replace the line of a record by one that cannot be split or decoded."""
        record.line = line
        self.mark(record, kind, None, line.decode(file.encoding, errors="replace"))

    def in_sales(self) -> None:
        """Everything that happens to a record of the monthly files."""
        for _, month in self.spread(DEFECTS["too_few_fields"][0]):
            record = self.pick(self.months[month])
            cells = self.months[month].line_of(record.cells).split(";")
            line = ";".join(cells[:6]).encode()
            self.spoil(self.months[month], record, "too_few_fields", line)
        for _, month in self.spread(DEFECTS["too_many_fields"][0] - 1):
            record = self.pick(self.months[month])
            text = self.months[month].line_of(record.cells)
            line = text.replace(";CB;", ";CB;;1;", 1).encode()
            if line == text.encode():
                line = (text + ";;1").encode()
            self.spoil(self.months[month], record, "too_many_fields", line)
        for number, month in self.spread(DEFECTS["unterminated_quote"][0]):
            # Not in a file with a note on two lines: which quote closes which record would be
            # a matter of taste there.
            whole = [file for file in self.months if file.path not in self.quoted]
            file = whole[month % len(whole)]
            record = self.pick(file)
            cells = dict(record.cells, note="@")
            note = ('"Client pressé', '"Cocotte 24 cm, la bleue')[number]
            self.spoil(
                file, record, "unterminated_quote", file.line_of(cells).replace("@", note).encode()
            )
        for _, month in self.spread(DEFECTS["wrong_byte"][0]):
            file = self.months[month]
            record = self.pick(file)
            line = file.line_of(record.cells).encode()
            # The cp1252 byte of é where the file is UTF-8.
            self.spoil(file, record, "wrong_byte", line.replace("é".encode(), b"\xe9"))
        for kind, column, texts in (
            ("unreadable_date", "sold_on", UNREADABLE_DATES),
            ("impossible_date", "sold_on", IMPOSSIBLE_DATES),
            ("missing_date", "sold_on", ("",)),
            ("unreadable_quantity", "quantity", UNREADABLE_QUANTITIES),
            ("undeclared_status", "status", STATUSES),
            ("missing_key", "sale_id", ("",)),
            ("unreadable_updated_at", "updated_at", UNREADABLE_TIMES),
        ):
            for number, month in self.spread(DEFECTS[kind][0]):
                self.change(self.pick(self.months[month]), kind, column, texts[number % len(texts)])
        for number, month in self.spread(DEFECTS["missing_amount"][0]):
            # Neither on the line nor in the price list: no price, no amount.
            self.change(
                self.pick(self.months[month]), "missing_amount", "product_id", f"HC-{801 + number}"
            )
        for number, month in self.spread(DEFECTS["unknown_product"][0]):
            record = self.pick(self.months[month])
            record.cells["unit_price"] = ("14,90", "39,00", "7,5", "120")[number % 4]
            self.change(record, "unknown_product", "product_id", f"HC-{901 + number}")
        for number, month in self.spread(DEFECTS["unknown_customer"][0]):
            self.change(
                self.pick(self.months[month]),
                "unknown_customer",
                "customer_id",
                f"9{number + 1:04d}",
            )
        self.versions()

    def versions(self) -> None:
        """Several records with one key: copies, corrections, late old versions.

        The greatest of (updated_at, path, record number) is kept, so of two equal records it is
        the earlier one that is the duplicate.
        """
        for _, month in self.spread(DEFECTS["duplicate_in_same_file"][0]):
            record = self.pick(self.months[month])
            copy = Record(dict(record.cells), is_touched=True)
            self.put(self.months[month], record, copy)
            self.mark(record, "duplicate_in_same_file", kept=copy)
        for _, month in self.spread(DEFECTS["duplicate_in_later_file"][0], last=2):
            record = self.pick(self.months[month])
            later = self.months[month + 2]
            copy = Record(dict(record.cells), is_touched=True)
            self.put(later, self.pick(later), copy)
            self.mark(record, "duplicate_in_later_file", kept=copy)
        for number, month in self.spread(DEFECTS["correction"][0], last=1):
            record = self.pick(self.months[month])
            target = self.months[month + number % 2]
            new = Record(self.revised(record, days=3), is_touched=True)
            self.put(target, record if number % 2 == 0 else self.pick(target), new)
            self.mark(record, "correction", "quantity", record.cells["quantity"], new)
        for _, month in self.spread(DEFECTS["correction_that_moves"][0], last=1):
            record = self.pick(self.months[month])
            target = self.months[month + 1]
            neighbour = self.pick(target)
            while neighbour.cells["store_id"] == record.cells["store_id"]:
                neighbour = self.pick(target)
            cells = dict(record.cells)
            for column in ("sold_on", "store_id", "employee_id", "updated_at"):
                cells[column] = neighbour.cells[column]
            new = Record(cells, is_touched=True)
            self.put(target, neighbour, new)
            self.mark(record, "correction_that_moves", "sold_on", record.cells["sold_on"], new)
        for _, month in self.spread(DEFECTS["late_old_version"][0], last=1):
            record = self.pick(self.months[month])
            record.is_touched = True
            later = self.months[month + 1]
            old = Record(self.revised(record, days=-1))
            self.put(later, self.pick(later), old)
            self.mark(old, "late_old_version", "quantity", old.cells["quantity"], record)
        for _, month in self.spread(DEFECTS["unreadable_correction"][0], last=1):
            # Its date cannot be read, so it is set aside and the first version stays.
            record = self.pick(self.months[month])
            record.is_touched = True
            later = self.months[month + 1]
            new = Record(self.revised(record, days=4))
            self.put(later, self.pick(later), new)
            self.change(new, "unreadable_correction", "sold_on", "la veille")

    @staticmethod
    def revised(record: Record, days: int) -> dict[str, str]:
        """The cells of a record with two units more, changed `days` later (or earlier)."""
        quantity = int(record.cells["quantity"])
        changed_at = datetime.strptime(record.cells["updated_at"], "%d/%m/%Y %H:%M")
        return dict(
            record.cells,
            quantity=str(quantity + 2 if quantity > 0 else quantity - 2),
            updated_at=french_time(changed_at + timedelta(days=days)),
        )

    def in_side_files(self) -> None:
        """What happens to products, stock, employees and customers."""
        products = self.by_path["produits.csv"].records
        for number, product_id in enumerate(("RAN-04", "DEC-03")):
            # RAN-04 loses the cost of its second price only, DEC-03 the only one it has.
            row = [record for record in products if record.cells["product_id"] == product_id][-1]
            self.change(row, "unreadable_cost", "unit_cost", UNREADABLE_COSTS[number])
        stock = self.by_path["stock.csv"].records
        for number, text in enumerate(UNREADABLE_COUNTS):
            self.change(stock[41 + 97 * number], "unreadable_on_hand", "on_hand", text)
        employees = self.by_path["employes.csv"].records
        self.change(employees[33], "unreadable_flag", "is_active", "?")

        file = self.by_path["clients.csv"]
        first = file.records[310]
        copy = Record(dict(first.cells), is_touched=True)
        self.put(file, first, copy)
        self.mark(first, "duplicate_customer", kept=copy)
        # The one whose other record says something else: the later record of the file is kept.
        old = next(record for record in file.records[700:] if record.cells["city"] == "Lyon")
        new = Record(dict(old.cells, city="Villeurbanne"), is_touched=True)
        self.put(file, old, new)
        self.mark(old, "contradicting_customer", "city", "Lyon", new)
        # A customer nobody sold to, so that nothing else misses the record.
        extra = Record(dict(file.records[-1].cells, customer_id="01501", family_name="@"))
        line = file.line_of(extra.cells).replace("@", "Amicale du Port; bureau")
        file.records.append(extra)
        self.spoil(file, extra, "too_many_fields", line.encode(file.encoding))

    def between_records(self) -> None:
        """Lines that are no records of the business: totals, repeated headers, blanks."""
        for _, month in self.spread(DEFECTS["blank_line"][0]):
            file = self.months[month]
            blank = Record({})
            self.put(file, self.pick(file), blank)
            self.mark(blank, "blank_line", None, file.line_of({}))
        for _, month in self.spread(DEFECTS["repeated_header"][0]):
            file = self.months[month]
            header = Record(dict(file.header))
            self.put(file, self.pick(file), header)
            self.mark(header, "repeated_header", None, file.header_line())
        for _, month in self.spread(DEFECTS["totals_line"][0] - 1):
            self.total(self.months[month], "quantity")
        self.total(self.by_path["stock.csv"], "on_hand")

    def total(self, file: File, column: str) -> None:
        """The program that exported the file adds a line with the sum of a column."""
        whole = 0
        for record in file.records:
            text = record.cells.get(column, "")
            if record.line is None and text.lstrip("-").isdigit():
                whole += int(text)
        cells = {next(iter(file.header)): "Total", column: str(whole)}
        record = Record(cells)
        file.records.append(record)
        self.mark(record, "totals_line", None, file.line_of(cells))


def inject(files: list[File]) -> None:
    """Inject all defects of `DEFECTS` into the clean files, in place."""
    Injector(files).run()


def listed(files: list[File]) -> dict[str, list[dict[str, object]]]:
    """Where each defect is, by kind, once the files are finished.

    Each entry: input, path, record_number (1-based, without the header; rejected and ignored
    records count), line_number (1-based, of the line on which the record begins), expected_outcome
    (rejected, ignored, quarantined, duplicate, superseded, loaded), finding (its code, or None),
    column (our name), text (as written; of a spoilt record the whole line), and for duplicates and
    superseded records kept_path and kept_record_number.
    """
    places = {
        id(record): (file.path, number)
        for file in files
        for number, record in enumerate(file.records, start=1)
    }
    found: dict[str, list[dict[str, object]]] = {kind: [] for kind in DEFECTS}
    for file in files:
        line_number = 2
        for number, (record, line) in enumerate(
            zip(file.records, file.lines(), strict=True), start=1
        ):
            for kind, outcome, finding, column, text, kept in record.marks:
                entry: dict[str, object] = {
                    "input": file.input_name,
                    "path": file.path,
                    "record_number": number,
                    "line_number": line_number,
                    "expected_outcome": outcome,
                    "finding": finding,
                    "column": column,
                    "text": text,
                }
                if kept is not None:
                    entry["kept_path"], entry["kept_record_number"] = places[id(kept)]
                found[kind].append(entry)
            line_number += 1 + line.count(b"\n")
    return found
