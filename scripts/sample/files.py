"""The clean exports: what each file of the shop says, as records of text cells."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from scripts.sample.catalogue import FIRST_DAY, LAST_DAY, PRODUCTS, STORES
from scripts.sample.draw import Draw
from scripts.sample.people import Customer, Employee
from scripts.sample.trade import PAID, Ticket

LINE_END = "\r\n"

# Our column → their header, in the order of the export. The till's update of January 2025 moved
# the columns: the headers say what is what, not the places. None = a column nobody maps.
SALES_2024 = {
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
    "payment": "Mode de paiement",
    "note": "Observation",
    "updated_at": "Modifié le",
}
SALES_2025 = {
    name: SALES_2024[name]
    for name in (
        "order_id", "sale_id", "store_id", "sold_on", "status", "customer_id", "employee_id",
        "product_id", "quantity", "unit_price", "discount_rate", "payment", "updated_at", "note",
    )
}  # fmt: skip
PRODUCTS_HEADER = {
    "product_id": "Référence",
    "product_name": "Désignation",
    "category": "Catégorie",
    "subcategory": "Sous-catégorie",
    "brand": "Marque",
    "valid_from": "Valable à partir du",
    "unit_price": "Prix HT",
    "unit_cost": "Coût HT",
}
STORES_HEADER = {
    "store_id": "Code",
    "store_name": "Magasin",
    "city": "Ville",
    "state": "Département",
    "region": "Région",
    "country": "Pays",
    "opened_on": "Ouvert le",
    "closed_on": "Fermé le",
    "employee_count": "Nombre de salariés",
    "surface": "Surface m²",
}
CUSTOMERS_HEADER = {
    "customer_id": "N° client",
    "family_name": "Nom",
    "given_name": "Prénom",
    "segment": "Segment",
    "city": "Ville",
    "region": "Région",
    "country": "Pays",
    "known_since": "Client depuis",
}
EMPLOYEES_HEADER = {
    "employee_id": "Matricule",
    "family_name": "Nom",
    "given_name": "Prénom",
    "store_id": "Magasin",
    "role": "Fonction",
    "is_manager": "Responsable",
    "is_active": "Actif",
    "hired_on": "Entrée",
    "left_on": "Sortie",
}
STOCK_HEADER = {
    "product_id": "Référence",
    "store_id": "Magasin",
    "counted_on": "Inventaire du",
    "on_hand": "Quantité en stock",
}


@dataclass
class Record:
    """One record of a file: cells by our names, or, when spoilt, the bytes of the line.

    `marks` are the defects to tell of: (kind, outcome, finding, column, text, kept record).
    """

    cells: dict[str, str]
    line: bytes | None = None
    is_plain: bool = False
    is_touched: bool = False
    marks: list[tuple[str, str, str | None, str | None, str | None, Record | None]] = field(
        default_factory=list
    )


@dataclass
class File:
    """One file of the shop. `header` = our name → their header."""

    path: str
    input_name: str
    header: dict[str, str]
    encoding: str
    records: list[Record]

    def line_of(self, cells: dict[str, str]) -> str:
        """A record as a line of CSV, quoted where it must be, without its line end."""
        text = io.StringIO()
        writer = csv.writer(text, delimiter=";", lineterminator="")
        writer.writerow([cells.get(name, "") for name in self.header])
        return text.getvalue()

    def header_line(self) -> str:
        """The header as a line of CSV."""
        return self.line_of(self.header)

    def lines(self) -> list[bytes]:
        """Each record as bytes in the file's encoding, without its line end."""
        return [
            record.line
            if record.line is not None
            else self.line_of(record.cells).encode(self.encoding.replace("-sig", ""))
            for record in self.records
        ]

    def content(self) -> bytes:
        """The bytes of the file."""
        end = LINE_END.encode()
        head = self.header_line().encode(self.encoding)
        return head + end + b"".join(line + end for line in self.lines())


def french_number(value: Decimal | int, thousands: bool = False) -> str:
    """A number as French spreadsheets write it: `12,5`, and `1 149,00` where thousands are set."""
    text = f"{value:,f}" if isinstance(value, Decimal) else f"{value:,d}"
    return text.replace(",", " " if thousands else "").replace(".", ",")


def french_date(day: date | None) -> str:
    """`31/12/2025`, empty for none."""
    return "" if day is None else f"{day.day:02d}/{day.month:02d}/{day.year}"


def french_time(instant: datetime) -> str:
    """`31/12/2025 18:05`."""
    return f"{french_date(instant.date())} {instant.hour:02d}:{instant.minute:02d}"


def sales_files(tickets: list[Ticket]) -> list[File]:
    """The 24 monthly exports of the till, one record per line of a ticket."""
    files: dict[str, File] = {}
    number = 1_000_000
    # A note on two lines, as a person may type it: the record goes on after the line's end.
    folded = {200: 0, 7000: 0}
    for place, ticket in enumerate(tickets):
        day = ticket.written_at.date()
        path = f"ventes_{day.year}-{day.month:02d}.csv"
        if path not in files:
            header = SALES_2024 if day.year == 2024 else SALES_2025
            files[path] = File(path, "sales", header, "utf-8-sig", [])
        note = ticket.note
        if place in folded:
            note = f"À livrer:{LINE_END}2e étage; code 12B"
        for position, line in enumerate(ticket.lines):
            number += 1
            cells = {
                "sale_id": str(number),
                "order_id": ticket.order_id,
                "sold_on": french_date(day),
                "store_id": ticket.store.store_id,
                "product_id": line.product.product_id,
                "quantity": french_number(line.quantity),
                "unit_price": "" if line.unit_price is None else french_number(line.unit_price),
                "discount_rate": line.discount,
                "customer_id": "" if ticket.customer is None else ticket.customer.customer_id,
                "employee_id": ticket.employee.employee_id,
                "status": ticket.status,
                "payment": ticket.payment,
                "note": note if position == 0 else "",
                "updated_at": french_time(ticket.changed_at),
            }
            is_plain = (
                len(ticket.lines) == 1
                and ticket.status == PAID
                and not note
                and line.unit_price is None
                and line.quantity == int(line.quantity)
            )
            files[path].records.append(Record(cells, is_plain=is_plain))
    return list(files.values())


def products_file() -> File:
    """The price list, one record per product and day from which a price holds."""
    records = [
        Record(
            {
                "product_id": product.product_id,
                "product_name": product.name,
                "category": product.category,
                "subcategory": product.subcategory,
                "brand": product.brand,
                "valid_from": french_date(valid_from),
                "unit_price": french_number(price, thousands=True),
                "unit_cost": "" if cost is None else french_number(cost, thousands=True),
            }
        )
        for product in PRODUCTS
        for valid_from, price, cost in product.prices()
    ]
    return File("produits.csv", "products", PRODUCTS_HEADER, "utf-8-sig", records)


def stores_file() -> File:
    """The stores, one record each."""
    records = [
        Record(
            {
                "store_id": store.store_id,
                "store_name": store.name,
                "city": store.city,
                "state": store.department,
                "region": store.region,
                "country": "France",
                "opened_on": french_date(store.opened_on),
                "closed_on": french_date(store.closed_on),
                "employee_count": french_number(store.employee_count),
                "surface": french_number(store.surface),
            }
        )
        for store in STORES
    ]
    return File("magasins.csv", "stores", STORES_HEADER, "utf-8-sig", records)


def customers_file(customers: list[Customer]) -> File:
    """The customers, one record each; the town of a few is not known ("-")."""
    draw = Draw("customers file")
    records = []
    for customer in customers:
        hidden = draw.happens(0.01)
        records.append(
            Record(
                {
                    "customer_id": customer.customer_id,
                    "family_name": customer.family_name,
                    "given_name": customer.given_name,
                    "segment": customer.segment,
                    "city": "-" if hidden else customer.town,
                    "region": "-" if hidden else customer.store.region,
                    "country": "France",
                    "known_since": french_date(customer.known_since),
                }
            )
        )
    return File("clients.csv", "customers", CUSTOMERS_HEADER, "cp1252", records)


def employees_file(employees: list[Employee]) -> File:
    """The salespeople, one record each."""
    records = [
        Record(
            {
                "employee_id": employee.employee_id,
                "family_name": employee.family_name,
                "given_name": employee.given_name,
                "store_id": employee.store.store_id,
                "role": employee.role,
                "is_manager": "oui" if employee.is_manager else "non",
                "is_active": "non" if employee.left_on else "oui",
                "hired_on": french_date(employee.hired_on),
                "left_on": french_date(employee.left_on),
            }
        )
        for employee in employees
    ]
    return File("employes.csv", "employees", EMPLOYEES_HEADER, "utf-8-sig", records)


def stock_file(tickets: list[Ticket]) -> File:
    """What each open store counted on the last day: about six weeks of its sales, some nothing.

    A product that is no longer sold has no stock line.
    """
    draw = Draw("stock")
    sold: dict[tuple[str, str], Decimal] = {}
    for ticket in tickets:
        for line in ticket.lines:
            key = (ticket.store.store_id, line.product.product_id)
            sold[key] = sold.get(key, Decimal(0)) + line.quantity
    weeks = (LAST_DAY - FIRST_DAY).days // 7
    records = []
    for product in PRODUCTS:
        for store in STORES:
            if not store.is_open(LAST_DAY) or product.last_day < LAST_DAY:
                continue
            units = int(sold.get((store.store_id, product.product_id), Decimal(0)))
            cover = draw.whole(2, 14)
            on_hand = 0 if draw.happens(0.05) else units * cover // weeks + draw.whole(0, 3)
            records.append(
                Record(
                    {
                        "product_id": product.product_id,
                        "store_id": store.store_id,
                        "counted_on": french_date(LAST_DAY),
                        "on_hand": french_number(on_hand),
                    }
                )
            )
    return File("stock.csv", "stock", STOCK_HEADER, "utf-8-sig", records)
