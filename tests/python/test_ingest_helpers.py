"""A small shop to ingest, shared by the tests of ingest."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb

from scripts.ingest import Summary, ingest

INPUTS = """\
shop: Test
currency: EUR
sales:
  files: sales*.csv
  columns: {sold_on: day, product_id: product, quantity: quantity, net_amount: amount}
"""
HEADER = "day,product,quantity,amount\n"


class Shop:
    """A shop folder and its warehouse, below a temporary folder."""

    def __init__(self, folder: Path, inputs: str = INPUTS) -> None:
        self.folder = folder / "shop"
        self.warehouse = folder / "warehouse"
        self.folder.mkdir()
        self.write("inputs.yml", inputs)

    def write(self, path: str, content: str | bytes) -> Path:
        location = self.folder / path
        location.parent.mkdir(parents=True, exist_ok=True)
        data = content.encode() if isinstance(content, str) else content
        location.write_bytes(data)
        return location

    def add_to_inputs(self, text: str) -> None:
        path = self.folder / "inputs.yml"
        path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")

    def ingest(self) -> Summary:
        return ingest(self.folder, self.warehouse)

    def entries(self) -> dict[str, dict]:
        """The ledger by path, without the checksums of its entries."""
        found = [
            json.loads(path.read_text(encoding="utf-8"))
            for path in sorted((self.warehouse / "landing/ledger").glob("*.json"))
        ]
        for entry in found:
            assert len(entry.pop("checksum")) == 64
        return {entry["path"]: entry for entry in found}

    def entry(self, path: str = "sales.csv") -> dict:
        return self.entries()[path]

    def settings(self) -> dict:
        return json.loads((self.warehouse / "landing/settings.json").read_text(encoding="utf-8"))

    def files(self) -> dict[str, bytes]:
        """Everything that is in the warehouse but the lock, which says who held it."""
        return {
            path.relative_to(self.warehouse).as_posix(): path.read_bytes()
            for path in sorted(self.warehouse.rglob("*"))
            if path.is_file() and path.name != ".lock"
        }

    def rows(self, columns: str, input_name: str = "sales") -> list[tuple]:
        """Columns of every landed row that the ledger names, in the order of the files."""
        found = []
        for entry in sorted(self.entries().values(), key=lambda entry: entry["path"]):
            current = entry["state"] == "landed" and entry["input_name"] == input_name
            if current and entry["landing_file"]:
                found += self.query(
                    f"select {columns} from read_parquet(?) order by record_number",
                    entry["landing_file"],
                )
        return found

    def values(self, column: str, input_name: str = "sales") -> list:
        return [row[0] for row in self.rows(column, input_name)]

    def rejects(self, path: str = "sales.csv") -> list[tuple]:
        """(record_number, line_number, outcome, reason, original_text) of a file."""
        name = self.entry(path)["rejects_file"]
        if name is None:
            return []
        return self.query(
            "select record_number, line_number, outcome, reason, original_text "
            "from read_parquet(?) order by record_number",
            name,
        )

    def query(self, sql: str, file: str) -> list[tuple]:
        with duckdb.connect() as connection:
            return connection.execute(sql, [str(self.warehouse / file)]).fetchall()


def assert_balanced(entry: dict) -> None:
    """Each record of a file is in exactly one place."""
    assert entry["records_in"] == (
        entry["landed_count"]
        + entry["rejected_count"]
        + entry["ignored_count"]
        + entry["duplicate_count"]
    )
