"""The retailer's salespeople and customers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from scripts.sample.catalogue import (
    ASSOCIATIONS,
    FAMILY_NAMES,
    FIRST_DAY,
    GIVEN_NAMES,
    LAST_DAY,
    PLACE_NAMES,
    PROFESSIONALS,
    STORES,
    Store,
)
from scripts.sample.draw import Draw

CUSTOMER_COUNT = 1500
PRIVATE, LOYAL, PROFESSIONAL, ASSOCIATION = (
    "Particulier",
    "Fidélité Or",
    "Professionnel",
    "Association",
)


@dataclass(frozen=True)
class Employee:
    """A salesperson. `skill` = how often a ticket is theirs."""

    employee_id: str
    given_name: str
    family_name: str
    store: Store
    role: str
    hired_on: date
    left_on: date | None
    is_manager: bool
    skill: float

    def works(self, day: date) -> bool:
        """Whether they are employed on that day."""
        return self.hired_on <= day and (self.left_on is None or day <= self.left_on)


@dataclass(frozen=True)
class Customer:
    """A known customer, who buys in `store` between two days. `weight` = how often."""

    customer_id: str
    given_name: str
    family_name: str
    segment: str
    town: str
    store: Store
    known_since: date
    active_until: date
    weight: float


def employees() -> list[Employee]:
    """About 60 salespeople: a manager and a good half of the head count of each store.

    In each larger store one has left and another came later, so that somebody is inactive.
    """
    draw = Draw("employees")
    people: list[Employee] = []
    names: list[tuple[str, str]] = []
    for store in STORES:
        seats = max(3, round(store.employee_count * 0.58))
        for seat in range(seats):
            name = (draw.one_of(GIVEN_NAMES), draw.one_of(FAMILY_NAMES))
            while name in names:
                name = (draw.one_of(GIVEN_NAMES), draw.one_of(FAMILY_NAMES))
            names.append(name)
            hired_on = store.opened_on + timedelta(days=draw.whole(0, 900))
            left_on = store.closed_on
            if seat == 0 or store.opened_on >= FIRST_DAY:
                hired_on = store.opened_on
            elif seat == 1 and seats >= 6:
                left_on = date(2025, draw.whole(2, 9), draw.whole(1, 28))
            elif seat == 2 and seats >= 6:
                hired_on = date(2024, draw.whole(3, 10), draw.whole(1, 28))
            people.append(
                Employee(
                    employee_id=f"E{len(people) + 1:03d}",
                    given_name=name[0],
                    family_name=name[1],
                    store=store,
                    role="Responsable" if seat == 0 else draw.one_of(("Vente", "Vente", "Caisse")),
                    hired_on=hired_on,
                    left_on=left_on,
                    is_manager=seat == 0,
                    skill=draw.between(0.4, 1.0) if seat else 0.3,
                )
            )
    return people


def customers() -> list[Customer]:
    """1,500 customers, near a store each; some known long before, some lost on the way."""
    draw = Draw("customers")
    segments = (PRIVATE, LOYAL, PROFESSIONAL, ASSOCIATION)
    people = []
    for number in range(1, CUSTOMER_COUNT + 1):
        store = draw.weighted(STORES, [store.tickets for store in STORES])
        segment = draw.weighted(segments, (68.0, 16.0, 11.0, 5.0))
        if segment == PROFESSIONAL:
            name = ("", f"{draw.one_of(PROFESSIONALS)} {draw.one_of(PLACE_NAMES)}")
        elif segment == ASSOCIATION:
            name = ("", f"{draw.one_of(ASSOCIATIONS)} {draw.one_of(PLACE_NAMES)}")
        else:
            name = (draw.one_of(GIVEN_NAMES), draw.one_of(FAMILY_NAMES))
        known_since = date(2018, 1, 1) + timedelta(days=draw.whole(0, 2190))
        if draw.happens(0.5):
            known_since = FIRST_DAY + timedelta(days=draw.whole(0, 690))
        known_since = max(known_since, store.opened_on)
        if store.closed_on is not None:
            known_since = min(known_since, store.closed_on - timedelta(days=20))
        active_until = LAST_DAY
        if draw.happens(0.28):
            active_until = max(known_since, FIRST_DAY) + timedelta(days=draw.whole(0, 420))
        often = {PRIVATE: 1.0, LOYAL: 2.6, PROFESSIONAL: 2.0, ASSOCIATION: 1.2}[segment]
        people.append(
            Customer(
                customer_id=f"{number:05d}",
                given_name=name[0],
                family_name=name[1],
                segment=segment,
                town=store.towns[0] if draw.happens(0.7) else draw.one_of(store.towns),
                store=store,
                known_since=known_since,
                active_until=active_until,
                weight=often * draw.between(0.1, 1.0) * draw.between(0.3, 1.0),
            )
        )
    return people
