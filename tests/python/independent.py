"""The sample shop's figures, computed a second time and in another way.

Python's csv, `decimal.Decimal` and pandas; no duckdb, nothing shared with the generator or the
pipeline, and `inputs.yml` is not read: what the French headers mean is written down here once
more. When warehouse and this module agree, two independent readings of DEFINITIONS.md agree.

**How records are counted.** Python's csv, given a whole file, lets an unterminated quote swallow
what follows. So each physical line is one record, parsed by csv on its own in strict mode. Only
where it ends inside a quote do the next lines (at most two) join it, and only if the result then
parses into exactly the header's number of fields; otherwise the line stands alone, cannot be
split, and is rejected. A line that cannot be decoded is rejected as well.

Use: `shop = read(folder)`, then the functions; amounts are Decimals in EUR without tax.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path

import pandas as pd

UNKNOWN = "(unknown)"
IS_REVENUE = {"Payée": True, "Expédiée": True, "Annulée": False}
OUTCOMES = ("loaded", "quarantined", "rejected", "ignored", "duplicate", "superseded")

# input: (pattern of its files, encoding, our name → their header for what is used here,
#         key, number columns)
INPUTS: dict[str, tuple[str, str, dict[str, str], tuple[str, ...], tuple[str, ...]]] = {
    "sales": (
        "ventes_*.csv",
        "utf-8-sig",
        {
            "sale_id": "N° ligne",
            "order_id": "N° ticket",
            "sold_on": "Date",
            "store_id": "Magasin",
            "product_id": "Référence",
            "quantity": "Quantité",
            "unit_price": "Prix unitaire",
            "discount_rate": "Remise",
            "customer_id": "Client",
            "employee_id": "Vendeur",
            "status": "Statut",
            "updated_at": "Modifié le",
        },
        ("sale_id",),
        ("quantity", "unit_price", "discount_rate"),
    ),
    "products": (
        "produits.csv",
        "utf-8-sig",
        {
            "product_id": "Référence",
            "product_name": "Désignation",
            "category": "Catégorie",
            "valid_from": "Valable à partir du",
            "unit_price": "Prix HT",
            "unit_cost": "Coût HT",
        },
        ("product_id", "valid_from"),
        ("unit_price", "unit_cost"),
    ),
    "stores": (
        "magasins.csv",
        "utf-8-sig",
        {
            "store_id": "Code",
            "store_name": "Magasin",
            "city": "Ville",
            "region": "Région",
            "opened_on": "Ouvert le",
            "closed_on": "Fermé le",
            "employee_count": "Nombre de salariés",
        },
        ("store_id",),
        ("employee_count",),
    ),
    "customers": (
        "clients.csv",
        "cp1252",
        {"customer_id": "N° client", "segment": "Segment", "city": "Ville"},
        ("customer_id",),
        (),
    ),
    "employees": (
        "employes.csv",
        "utf-8-sig",
        {"employee_id": "Matricule", "store_id": "Magasin", "is_active": "Actif"},
        ("employee_id",),
        (),
    ),
    "stock": (
        "stock.csv",
        "utf-8-sig",
        {
            "product_id": "Référence",
            "store_id": "Magasin",
            "counted_on": "Inventaire du",
            "on_hand": "Quantité en stock",
        },
        ("product_id", "store_id", "counted_on"),
        ("on_hand",),
    ),
}


@dataclass
class Record:
    """One record of a file. `cells` = header → text, None when it could not be split."""

    path: str
    record_number: int
    line_number: int
    cells: dict[str, str] | None
    outcome: str = "loaded"
    reason: str = ""


@dataclass
class Shop:
    """All records of a shop folder, by input, each with its outcome."""

    records: dict[str, list[Record]] = field(default_factory=dict)
    lines: pd.DataFrame = field(default_factory=pd.DataFrame)
    stores: dict[str, dict[str, str]] = field(default_factory=dict)


def rounded(value: Decimal, places: int = 4) -> Decimal:
    """A number rounded half away from zero (which is what ROUND_HALF_UP does)."""
    return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def number_in(text: str) -> Decimal | None:
    """The number a French cell says, exactly; a percentage as a share; None if none is readable."""
    text = text.strip().replace(" ", "")
    percent = text.endswith("%")
    text = text.removesuffix("%").replace(",", ".")
    if not re.fullmatch(r"-?[0-9]{1,14}(\.[0-9]+)?", text):
        return None
    return Decimal(text) / 100 if percent else Decimal(text)


def date_in(text: str) -> date | None:
    """The day a `dd/mm/yyyy` cell says, None if there is no such day."""
    try:
        return datetime.strptime(text.strip(), "%d/%m/%Y").date()
    except ValueError:
        return None


def _split(text: str, width: int) -> list[str] | None:
    """The fields of one record, None unless csv reads it strictly as exactly `width` fields."""
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=";", strict=True))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 and len(rows[0]) == width else None


def _outcome_of_fields(fields: list[str], header: list[str]) -> tuple[str, str]:
    """Whether a record that could be split is ignored, and why."""
    if not any(text.strip() for text in fields):
        return "ignored", "blank"
    if fields == header:
        return "ignored", "repeated header"
    if next(text.strip() for text in fields if text.strip()) == "Total":
        return "ignored", "totals"
    return "loaded", ""


def records_of(file: Path, encoding: str) -> tuple[list[str], list[Record]]:
    """The header of a file and all its records, rejected and ignored ones included."""
    physical = file.read_bytes().split(b"\r\n")
    if physical[-1] == b"":
        physical.pop()
    header = next(csv.reader([physical[0].decode(encoding)], delimiter=";"))
    plain = encoding.replace("-sig", "")
    records: list[Record] = []
    place = 1
    while place < len(physical):
        fields, taken = None, 1
        for count in (1, 2, 3):
            try:
                text = b"\r\n".join(physical[place : place + count]).decode(plain)
            except UnicodeDecodeError:
                break
            fields = _split(text, len(header))
            if fields is not None:
                taken = count
                break
            if text.count('"') % 2 == 0:
                break
        record = Record(file.name, len(records) + 1, place + 1, None, "rejected", "not a record")
        if fields is not None:
            record.cells = dict(zip(header, fields, strict=True))
            record.outcome, record.reason = _outcome_of_fields(fields, header)
        records.append(record)
        place += taken
    return header, records


def _let_compete(records: list[Record], key: tuple[str, ...], header_of: dict[str, str]) -> None:
    """Of the loaded records with one key keep the greatest of (updated_at, path, number)."""
    rivals: dict[tuple[str, ...], list[Record]] = {}
    for record in records:
        if record.outcome == "loaded":
            assert record.cells is not None
            rivals.setdefault(tuple(record.cells[header_of[k]] for k in key), []).append(record)
    for group in rivals.values():
        if len(group) == 1:
            continue
        group.sort(key=lambda record: (_changed_at(record), record.path, record.record_number))
        for loser in group[:-1]:
            twins = [other for other in group if other is not loser and other.cells == loser.cells]
            loser.outcome = "duplicate" if twins else "superseded"


def _changed_at(record: Record) -> datetime:
    """When the record says it was changed; the beginning of time when it does not say."""
    try:
        return datetime.strptime((record.cells or {})["Modifié le"], "%d/%m/%Y %H:%M")
    except (KeyError, ValueError):
        return datetime.min


def _value_on(rows: list[tuple[date, Decimal | None]], day: date) -> Decimal | None:
    """The value of the latest row that is valid on the day."""
    valid = [value for valid_from, value in rows if valid_from <= day]
    return valid[-1] if valid else None


def read(folder: str | Path) -> Shop:
    """Read a shop folder that has the sample's headers, and decide each record's outcome."""
    shop = Shop()
    for name, (pattern, encoding, header_of, key, _) in INPUTS.items():
        shop.records[name] = []
        for file in sorted(Path(folder).glob(pattern), key=lambda file: file.name):
            shop.records[name] += records_of(file, encoding)[1]
        if name != "sales":
            for record in shop.records[name]:
                if record.outcome == "loaded" and not all(
                    (record.cells or {})[header_of[column]].strip() for column in key
                ):
                    record.outcome, record.reason = "quarantined", "key"
            _let_compete(shop.records[name], key, header_of)

    def rows(name: str) -> list[dict[str, str]]:
        header_of = INPUTS[name][2]
        return [
            {ours: record.cells[theirs].strip() for ours, theirs in header_of.items()}
            for record in shop.records[name]
            if record.outcome == "loaded" and record.cells is not None
        ]

    prices: dict[str, list[tuple[date, Decimal | None]]] = {}
    costs: dict[str, list[tuple[date, Decimal | None]]] = {}
    products: dict[str, dict[str, str]] = {}
    listed = [(date_in(row["valid_from"]), row) for row in rows("products")]
    for valid_from, row in sorted(
        ((day, row) for day, row in listed if day is not None), key=lambda pair: pair[0]
    ):
        products[row["product_id"]] = row
        prices.setdefault(row["product_id"], []).append((valid_from, number_in(row["unit_price"])))
        costs.setdefault(row["product_id"], []).append((valid_from, number_in(row["unit_cost"])))
    shop.stores = {row["store_id"]: row for row in rows("stores")}

    # Set aside first, then let what is left compete for its key.
    header_of = INPUTS["sales"][2]
    for record in shop.records["sales"]:
        if record.outcome != "loaded" or record.cells is None:
            continue
        row = {ours: record.cells[theirs].strip() for ours, theirs in header_of.items()}
        day, quantity = date_in(row["sold_on"]), number_in(row["quantity"])
        reason = ""
        if not row["sale_id"]:
            reason = "key"
        elif day is None:
            reason = "date"
        elif row["status"] not in IS_REVENUE:
            reason = "status"
        elif quantity is None:
            reason = "quantity"
        elif (
            number_in(row["unit_price"]) is None
            and _value_on(prices.get(row["product_id"], []), day) is None
        ):
            reason = "amount"
        if reason:
            record.outcome, record.reason = "quarantined", reason
    _let_compete(shop.records["sales"], ("sale_id",), header_of)

    lines = []
    for record in shop.records["sales"]:
        if record.outcome != "loaded" or record.cells is None:
            continue
        row = {ours: record.cells[theirs].strip() for ours, theirs in header_of.items()}
        day, quantity = date_in(row["sold_on"]), number_in(row["quantity"])
        assert day is not None and quantity is not None
        price = number_in(row["unit_price"])
        if price is None:
            price = _value_on(prices.get(row["product_id"], []), day)
        assert price is not None
        rate = number_in(row["discount_rate"]) or Decimal(0)
        cost = _value_on(costs.get(row["product_id"], []), day)
        gross = rounded(quantity * price)
        net = rounded(gross * (1 - rate))
        lines.append(
            {
                "path": record.path,
                "record_number": record.record_number,
                "sale_id": row["sale_id"],
                "order_id": row["order_id"],
                "sold_on": day,
                "month": f"{day:%Y-%m}",
                "product_id": row["product_id"],
                "category": products.get(row["product_id"], {}).get("category", UNKNOWN),
                "store_id": row["store_id"],
                "region": shop.stores.get(row["store_id"], {}).get("region", UNKNOWN),
                "customer_id": row["customer_id"],
                "employee_id": row["employee_id"],
                "is_revenue": IS_REVENUE[row["status"]],
                "quantity": quantity,
                "unit_price": price,
                "gross": gross,
                "discount": gross - net,
                "net": net,
                "cost": None if cost is None else rounded(quantity * cost),
            }
        )
    shop.lines = pd.DataFrame(lines)
    return shop


def _sold(shop: Shop) -> pd.DataFrame:
    """The loaded lines that are revenue, returns included."""
    return shop.lines[shop.lines["is_revenue"]]


def _total(values: pd.Series) -> Decimal:
    """An exact sum, 0 of nothing."""
    return sum(values, Decimal(0))


def revenue(shop: Shop) -> Decimal:
    """Total revenue: the sum of net amounts, returns as negatives, cancelled orders not."""
    return _total(_sold(shop)["net"])


def measures(shop: Shop) -> dict[str, object]:
    """The headline figures, named as in the mart shop_summary."""
    sold = _sold(shop)
    cancelled = shop.lines[~shop.lines["is_revenue"]]
    with_cost = sold[sold["cost"].notna()]
    return {
        "line_count": len(sold),
        "order_count": sold["order_id"].nunique(),
        "customer_count": sold.loc[sold["customer_id"] != "", "customer_id"].nunique(),
        "quantity": _total(sold["quantity"]),
        "gross_amount": _total(sold["gross"]),
        "discount_amount": _total(sold["discount"]),
        "revenue_amount": _total(sold["net"]),
        "cost_amount": _total(with_cost["cost"]),
        "margin_amount": _total(with_cost["net"]) - _total(with_cost["cost"]),
        "revenue_with_cost_amount": _total(with_cost["net"]),
        "returns_amount": _total(sold.loc[sold["quantity"] < 0, "net"]),
        "return_line_count": int((sold["quantity"] < 0).sum()),
        "not_revenue_amount": _total(cancelled["net"]),
        "not_revenue_line_count": len(cancelled),
        "anonymous_revenue_amount": _total(sold.loc[sold["customer_id"] == "", "net"]),
        "first_sold_on": shop.lines["sold_on"].min(),
        "last_sold_on": shop.lines["sold_on"].max(),
    }


def revenue_by(shop: Shop, *columns: str) -> dict[object, Decimal]:
    """Revenue per value of `columns` (month "2025-01", product_id, category, region, store_id …).

    The key is the value itself for one column, else a tuple. Only combinations with lines.
    """
    groups = _sold(shop).groupby(columns[0] if len(columns) == 1 else list(columns))["net"]
    return {key: _total(values) for key, values in groups}


def units_by(shop: Shop, *columns: str) -> dict[object, Decimal]:
    """Units sold less units returned, per value of `columns`, as in `revenue_by`."""
    groups = _sold(shop).groupby(columns[0] if len(columns) == 1 else list(columns))["quantity"]
    return {key: _total(values) for key, values in groups}


def revenue_by_month(shop: Shop) -> dict[object, Decimal]:
    """Revenue per month, "2024-01" → amount."""
    return revenue_by(shop, "month")


def revenue_by_product(shop: Shop) -> dict[object, Decimal]:
    """Revenue per product_id."""
    return revenue_by(shop, "product_id")


def revenue_by_region(shop: Shop) -> dict[object, Decimal]:
    """Revenue per region of the store."""
    return revenue_by(shop, "region")


def revenue_by_store(shop: Shop) -> dict[object, Decimal]:
    """Revenue per store_id."""
    return revenue_by(shop, "store_id")


def revenue_by_product_region_month(shop: Shop) -> dict[object, Decimal]:
    """Revenue per (product_id, region, month)."""
    return revenue_by(shop, "product_id", "region", "month")


def employees_and_revenue(shop: Shop) -> dict[str, tuple[int, Decimal]]:
    """Per store: head count, and revenue of the twelve months that end with the last one.

    Every store of magasins.csv is in it, also the one that closed within the window.
    """
    sold = _sold(shop)
    last = shop.lines["sold_on"].max()
    months_ago = sold["sold_on"].map(
        lambda day: (last.year - day.year) * 12 + last.month - day.month
    )
    window = sold[months_ago < 12]
    return {
        store_id: (
            int(store["employee_count"]),
            _total(window.loc[window["store_id"] == store_id, "net"]),
        )
        for store_id, store in shop.stores.items()
    }


def regression(points: dict[str, tuple[int, Decimal]]) -> dict[str, float]:
    """Ordinary least squares of revenue on head count: slope, intercept, r2, n. Exact till the end.

    At least two different head counts, else a ZeroDivisionError.
    """
    xs = [Fraction(count) for count, _ in points.values()]
    ys = [Fraction(amount) for _, amount in points.values()]
    n = len(xs)
    mean_x, mean_y = sum(xs) / n, sum(ys) / n
    xx = sum((x - mean_x) ** 2 for x in xs)
    yy = sum((y - mean_y) ** 2 for y in ys)
    xy = sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True))
    slope = xy / xx
    return {
        "slope": float(slope),
        "intercept": float(mean_y - slope * mean_x),
        "r2": float(xy * xy / (xx * yy)),
        "n": n,
    }


def outcomes(shop: Shop) -> dict[str, dict[str, int]]:
    """Per file (path): records_in and the number of records of each outcome."""
    counts: dict[str, Counter[str]] = {}
    for records in shop.records.values():
        for record in records:
            counts.setdefault(record.path, Counter())[record.outcome] += 1
    return {
        path: {"records_in": sum(count.values()), **{name: count[name] for name in OUTCOMES}}
        for path, count in counts.items()
    }


def control_totals(shop: Shop) -> dict[tuple[str, str], dict[str, Decimal]]:
    """Per (path, our number column): as_written, rounded, and the part of each outcome.

    `as_written` = the exact sum of the readable values of every record that could be split;
    `rounded` and the outcomes = the same with each value rounded to 4 places (a rate to 6).
    """
    totals: dict[tuple[str, str], dict[str, Decimal]] = {}
    for name, (_, _, header_of, _, numbers) in INPUTS.items():
        for record in shop.records[name]:
            for column in numbers:
                total = totals.setdefault(
                    (record.path, column),
                    dict.fromkeys(
                        ("as_written", "rounded", *(o for o in OUTCOMES if o != "rejected")),
                        Decimal(0),
                    ),
                )
                if record.cells is None:
                    continue
                value = number_in(record.cells[header_of[column]])
                if value is None:
                    continue
                total["as_written"] += value
                value = rounded(value, 8 if column.endswith("rate") else 4)
                total["rounded"] += value
                total[record.outcome] += value
    return totals
