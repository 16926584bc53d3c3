"""Two years of trade: which tickets were written, before any defect is injected."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from scripts.sample.catalogue import (
    BY_THE_METRE,
    COMPANIONS,
    FALLING_CATEGORY,
    FALLING_REGION,
    FALLING_SHARE_LOST,
    FIRST_DAY,
    FOR_PROFESSIONALS,
    LAST_DAY,
    NOTES,
    PRODUCTS,
    STORES,
    Product,
    Store,
)
from scripts.sample.draw import Draw
from scripts.sample.people import (
    ASSOCIATION,
    LOYAL,
    PRIVATE,
    PROFESSIONAL,
    Customer,
    Employee,
)

PAID, SENT, CANCELLED = "Payée", "Expédiée", "Annulée"

MONTHS = (0.92, 0.84, 0.92, 0.95, 1.0, 1.0, 1.05, 0.54, 0.98, 1.03, 1.2, 1.7)
WEEKDAYS = (0.72, 0.88, 1.02, 0.92, 1.12, 1.72, 0.95)
# The sales ("soldes"), first and last day: the law fixes both seasons for the whole country.
SOLDES = (
    (date(2024, 1, 10), date(2024, 2, 6)),
    (date(2024, 6, 26), date(2024, 7, 23)),
    (date(2025, 1, 8), date(2025, 2, 4)),
    (date(2025, 6, 25), date(2025, 7, 22)),
)
# Other promotions: first day, last day, category, percent off.
PROMOTIONS = (
    (date(2024, 3, 11), date(2024, 3, 23), "Linge de maison", "15"),
    (date(2024, 5, 13), date(2024, 5, 25), "Décoration", "10"),
    (date(2024, 11, 25), date(2024, 11, 30), "Petit électroménager", "20"),
    (date(2025, 3, 10), date(2025, 3, 22), "Linge de maison", "15"),
    (date(2025, 5, 12), date(2025, 5, 24), "Décoration", "10"),
    (date(2025, 9, 15), date(2025, 9, 27), "Cuisson", "12,5"),
    (date(2025, 11, 24), date(2025, 11, 29), "Petit électroménager", "20"),
)
CATEGORY_SEASONS = {
    "Décoration": {11: 1.3, 12: 1.6},
    "Arts de la table": {5: 1.2, 12: 1.35},
    "Linge de maison": {1: 1.35, 8: 0.8},
    "Petit électroménager": {11: 1.25, 12: 1.3},
    "Rangement": {1: 1.2, 9: 1.3},
    "Cuisson": {10: 1.15, 12: 1.1},
}
PAYMENTS = ("CB", "Espèces", "Chèque", "Sans contact", "Carte cadeau")


@dataclass
class Line:
    """One line of a ticket. `unit_price` only where the till was given one, else None."""

    product: Product
    quantity: Decimal
    unit_price: Decimal | None = None
    discount: str = ""


@dataclass
class Ticket:
    """One ticket: who, where, when; `refunds` is the ticket whose goods came back."""

    store: Store
    written_at: datetime
    changed_at: datetime
    customer: Customer | None
    employee: Employee
    status: str
    payment: str
    note: str = ""
    lines: list[Line] = field(default_factory=list)
    refunds: Ticket | None = None
    order_id: str = ""


def is_trading_day(day: date) -> bool:
    """Closed on 1 January, 1 May, 25 December, and on Sundays except in December."""
    if (day.month, day.day) in ((1, 1), (5, 1), (12, 25)):
        return False
    return day.weekday() != 6 or day.month == 12


def _week_of_soldes(day: date) -> int | None:
    """0 for the first week of the soldes, 3 for the last; None outside of them."""
    for first, last in SOLDES:
        if first <= day <= last:
            return (day - first).days // 7
    return None


def _demand(store: Store, day: date) -> float:
    """The number of tickets to expect of a store on a day."""
    years = (day - FIRST_DAY).days / 365.25
    demand = store.tickets * MONTHS[day.month - 1] * WEEKDAYS[day.weekday()]
    week = _week_of_soldes(day)
    if week is not None:
        demand *= (1.5, 1.2, 1.15, 1.1)[min(week, 3)]
    if day.month == 12 and day.day >= 26:
        demand *= 0.6
    return demand * (1 + store.growth) ** years


def _appeal(product: Product, day: date, customer: Customer | None) -> float:
    """How likely a product is to be chosen on a day, against the others."""
    if not product.first_day <= day <= product.last_day:
        return 0.0
    professional = customer is not None and customer.segment == PROFESSIONAL
    if product.product_id == FOR_PROFESSIONALS and not professional:
        return 0.0
    years = (day - FIRST_DAY).days / 365.25
    appeal = product.weight * product.trend ** (years - 0.5)
    appeal *= CATEGORY_SEASONS[product.category].get(day.month, 1.0)
    if product.product_id == "DEC-04":
        appeal *= 3.0 if day.month >= 11 else 0.5
    return appeal


class _Trade:
    """The streams of draws, and what has been written so far."""

    def __init__(self, employees: list[Employee], customers: list[Customer]) -> None:
        self.people = Draw("tickets")
        self.goods = Draw("lines")
        self.returns = Draw("returns")
        self.employees = employees
        self.customers = customers
        self.tickets: list[Ticket] = []
        self.expected = {store.store_id: 0.5 for store in STORES}
        # What each season of the soldes takes off, per product; products not in it stay at 0.
        draw = Draw("soldes")
        self.cut = [
            {product.product_id: draw.one_of((0, 0, 20, 20, 30)) for product in PRODUCTS}
            for _ in SOLDES
        ]

    def discount(self, product: Product, day: date, customer: Customer | None) -> str:
        """The percentage taken off a line, as the till prints it; empty for none."""
        for season, (first, last) in enumerate(SOLDES):
            if first <= day <= last and self.cut[season][product.product_id]:
                deeper = 10 * min((day - first).days // 7, 2)
                return f"{self.cut[season][product.product_id] + deeper} %"
        for first, last, category, percent in PROMOTIONS:
            if first <= day <= last and product.category == category:
                return f"{percent} %"
        if customer is not None:
            if customer.segment == PROFESSIONAL:
                return "7,5 %"
            if customer.segment == ASSOCIATION:
                return "5 %"
            if customer.segment == LOYAL and self.goods.happens(0.25):
                return "10 %"
        if self.goods.happens(0.0012):
            return "100 %"
        return ""

    def quantity(self, product: Product, customer: Customer | None) -> Decimal:
        """Units of a line; metres in quarters for what is sold by the metre."""
        if product.product_id == BY_THE_METRE:
            return (Decimal(self.goods.whole(4, 20)) / 4).quantize(Decimal("0.01")).normalize()
        if customer is not None and customer.segment in (PROFESSIONAL, ASSOCIATION):
            if product.unit_price < 35:
                return Decimal(self.goods.weighted((1, 2, 3, 4, 6, 12), (20, 25, 15, 18, 15, 7)))
            if product.unit_price < 100:
                return Decimal(self.goods.weighted((1, 2, 3), (55, 30, 15)))
            return Decimal(1)
        if product.unit_price > 100:
            return Decimal(1)
        if product.unit_price < 20:
            return Decimal(self.goods.weighted((1, 2, 3, 4, 6), (42, 27, 8, 13, 10)))
        return Decimal(self.goods.weighted((1, 2, 3), (66, 26, 8)))

    def fill(self, ticket: Ticket) -> None:
        """Choose the lines of a ticket: one to five, no product twice."""
        day = ticket.written_at.date()
        wanted = self.goods.weighted((1, 2, 3, 4, 5), (34, 29, 19, 11, 7))
        chosen: list[Product] = []
        appeals = [_appeal(product, day, ticket.customer) for product in PRODUCTS]
        while len(chosen) < wanted:
            product = self.goods.weighted(PRODUCTS, appeals)
            if product in chosen:
                continue
            chosen.append(product)
            companion, share = COMPANIONS.get(product.product_id, ("", 0.0))
            if companion and len(chosen) < 5 and self.goods.happens(share):
                chosen += [
                    other
                    for other in PRODUCTS
                    if other.product_id == companion and other not in chosen
                ]
        for product in chosen:
            lost = (
                ticket.store.region == FALLING_REGION
                and product.category == FALLING_CATEGORY
                and day.year == 2025
                and self.goods.happens(FALLING_SHARE_LOST)
            )
            line = Line(product, self.quantity(product, ticket.customer))
            line.discount = self.discount(product, day, ticket.customer)
            if (
                ticket.customer is not None
                and ticket.customer.segment == PROFESSIONAL
                and line.quantity >= 3
                and self.goods.happens(0.5)
            ):
                # A price agreed with a professional, written on the ticket, replaces both the
                # catalogue's price and the discount.
                agreed = product.price_on(day) * Decimal("0.88")
                line.unit_price = agreed.quantize(Decimal("0.01"))
                line.discount = ""
            if not lost:
                ticket.lines.append(line)

    def bring_back(self, ticket: Ticket) -> None:
        """Some goods of a ticket come back days later, at the price that was paid for them."""
        if ticket.status == CANCELLED or not ticket.lines or not self.returns.happens(0.047):
            return
        line = self.returns.one_of(ticket.lines)
        day = ticket.written_at.date() + timedelta(days=self.returns.whole(2, 21))
        while not is_trading_day(day):
            day += timedelta(days=1)
        if day > LAST_DAY or not ticket.store.is_open(day):
            return
        at = datetime.combine(day, time(10 + self.returns.whole(0, 8), self.returns.whole(0, 59)))
        staff = [who for who in self.employees if who.store is ticket.store and who.works(day)]
        back = line.quantity
        if back == int(back) and back > 1 and self.returns.happens(0.5):
            back = Decimal(1)
        paid = line.unit_price or line.product.price_on(ticket.written_at.date())
        self.tickets.append(
            Ticket(
                store=ticket.store,
                written_at=at,
                changed_at=at,
                customer=ticket.customer,
                employee=self.returns.one_of(staff),
                status=PAID,
                payment=ticket.payment,
                lines=[Line(line.product, -back, paid, line.discount)],
                refunds=ticket,
            )
        )

    def write(self, store: Store, day: date) -> None:
        """Write the tickets of a store's day."""
        staff = [who for who in self.employees if who.store is store and who.works(day)]
        known = [
            who
            for who in self.customers
            if who.store is store and who.known_since <= day <= who.active_until
        ]
        # What is expected adds up over the days, so that a month's number of tickets follows its
        # season and growth closely, as it does in a shop with more customers than this one.
        self.expected[store.store_id] += _demand(store, day) * self.people.between(0.3, 1.7)
        written = int(self.expected[store.store_id])
        self.expected[store.store_id] -= written
        for _ in range(written):
            minute = self.people.whole(9 * 60 + 30, 19 * 60 + 20)
            at = datetime.combine(day, time(minute // 60, minute % 60))
            customer = None
            if known and self.people.happens(0.64):
                customer = self.people.weighted(known, [who.weight for who in known])
            # One customer in twenty-five is travelling and buys far from home.
            if customer is not None and self.people.happens(0.04):
                customer = self.people.one_of(self.customers)
                if not customer.known_since <= day <= customer.active_until:
                    customer = None
            ticket = Ticket(
                store=store,
                written_at=at,
                changed_at=at,
                customer=customer,
                employee=self.people.weighted(staff, [who.skill for who in staff]),
                status=PAID,
                payment=self.people.weighted(PAYMENTS, (52, 12, 4, 26, 6)),
            )
            private = customer is None or customer.segment in (PRIVATE, LOYAL)
            chance = self.people.between(0, 1)
            if chance < 0.014:
                ticket.status = CANCELLED
                ticket.changed_at = at + timedelta(hours=self.people.whole(1, 40))
            elif chance < (0.05 if private else 0.30):
                ticket.status = SENT
                ticket.changed_at = at + timedelta(hours=self.people.whole(5, 60))
            if self.people.happens(0.02):
                ticket.note = self.people.one_of(NOTES)
            self.fill(ticket)
            if ticket.lines:
                self.tickets.append(ticket)
                self.bring_back(ticket)


def tickets(employees: list[Employee], customers: list[Customer]) -> list[Ticket]:
    """All tickets of the period, numbered in the order of the till; returns are tickets too."""
    trade = _Trade(employees, customers)
    day = FIRST_DAY
    while day <= LAST_DAY:
        if is_trading_day(day):
            for store in STORES:
                if store.is_open(day):
                    trade.write(store, day)
        day += timedelta(days=1)
    written = sorted(trade.tickets, key=lambda ticket: (ticket.written_at, ticket.store.store_id))
    numbers = {2024: 0, 2025: 0}
    for ticket in written:
        year = ticket.written_at.year
        numbers[year] += 1
        ticket.order_id = f"T{year % 100}-{numbers[year]:05d}"
    for ticket in written:
        if ticket.refunds is not None:
            ticket.note = f"Retour {ticket.refunds.order_id}"
    return written
