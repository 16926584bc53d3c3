"""The shop that is measured: as many sales lines as asked for, the same bytes every time.

Everything is arithmetic on the number of the line, so that neither a random generator nor an
engine's own hash function decides what stands in the files. A little is wrong with them, in
proportion, so that equal outputs prove something:

    1 line in 10 000 comes again in the next month's file with another quantity (a correction)
    1 line in 10 000 comes again there unchanged (a duplicate)
    1 line in 100 000 has a date that is none (31 February)
    1 line in 20 has no price of its own: the product's list price holds
    1 line in 50 is a return, 1 order in 10 has no customer

Products, stores and customers are drawn evenly, which is the hardest case for whoever groups.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from scripts.errors import UserError

PRODUCTS = 5_000
STORES = 100
CITIES = 60
REGIONS = 12
SELLERS_PER_STORE = 8
CATEGORIES = 40
FIRST_YEAR = 2024
MONTHS = 24

# Lines come in groups of 15: orders of 1, 2, 3, 4 and 5 lines.
GROUP_LINES = 15
SMALLEST = MONTHS * GROUP_LINES

CORRECTED_EVERY, CORRECTED_AT = 10_000, 3
REPEATED_EVERY, REPEATED_AT = 10_000, 5
UNREADABLE_EVERY, UNREADABLE_AT = 100_000, 7
UNREADABLE_DATE = "2024-02-31"

DAY_LINES = 100_000
LATE_LINES = 1_000
DAY_FILE = "sales_2026-01-01.csv"
LATE_FILE = "sales_2026-01-02.csv"
DAY_ON = date(2026, 1, 1)

INPUTS = """\
shop: Benchmark
currency: EUR
sales:
  files: sales_*.csv
  key: [sale_id]
  columns:
    sale_id: sale_id
    order_id: order_id
    sold_on: sold_on
    store_id: store_id
    product_id: product_id
    customer_id: customer_id
    employee_id: employee_id
    quantity: quantity
    unit_price: unit_price
    discount_amount: discount_amount
products:
  files: products.csv
  columns:
    product_id: product_id
    product_name: product_name
    category: category
    unit_price: unit_price
    unit_cost: unit_cost
stores:
  files: stores.csv
  columns:
    store_id: store_id
    store_name: store_name
    city: city
    region: region
    country: country
    employee_count: employee_count
"""

# mix(i, salt): a number below 2^32 that looks drawn; no product exceeds a bigint below 10^9 lines.
MACROS = f"""
create macro mix(i, salt) as
    xor(
        (xor((i * 2654435761 + salt * 40503) % 4294967296,
             ((i * 2654435761 + salt * 40503) % 4294967296) >> 15) * 1274126177) % 4294967296,
        ((xor((i * 2654435761 + salt * 40503) % 4294967296,
              ((i * 2654435761 + salt * 40503) % 4294967296) >> 15) * 1274126177) % 4294967296)
        >> 13
    );
create macro cents(amount) as
    (case when amount < 0 then '-' else '' end)
    || (abs(amount) // 100)::varchar || '.' || lpad((abs(amount) % 100)::varchar, 2, '0');
create macro price_cents(product) as 100 + (product * 7919) % 9900;
create macro order_of(i) as
    (i // {GROUP_LINES}) * 5 + case
        when i % {GROUP_LINES} < 1 then 0
        when i % {GROUP_LINES} < 3 then 1
        when i % {GROUP_LINES} < 6 then 2
        when i % {GROUP_LINES} < 10 then 3
        else 4
    end;
create macro quantity_of(i) as
    (1 + mix(i, 6) % 5) * case when mix(i, 7) % 50 = 0 then -1 else 1 end;
"""


@dataclass(frozen=True)
class Shop:
    """A generated shop: its folder, and what stands in the files of the full load."""

    folder: Path
    lines: int
    records: int
    corrected: int
    repeated: int
    unreadable: int
    byte_count: int


@dataclass(frozen=True)
class Month:
    """One monthly file: the numbers of its lines, first included, last excluded."""

    start: date
    first: int
    last: int

    @property
    def days(self) -> int:
        return calendar.monthrange(self.start.year, self.start.month)[1]

    @property
    def path(self) -> str:
        return f"sales_{self.start:%Y-%m}.csv"


def months(lines: int) -> Iterator[Month]:
    """The monthly files of a shop with so many lines; the last one takes what is left over."""
    per_month = lines // MONTHS // GROUP_LINES * GROUP_LINES
    for index in range(MONTHS):
        start = date(FIRST_YEAR + index // 12, index % 12 + 1, 1)
        last = lines if index == MONTHS - 1 else (index + 1) * per_month
        yield Month(start, index * per_month, last)


def generate(folder: Path, lines: int) -> Shop:
    """Write the shop's files into `folder`, which is created; returns what is in them."""
    if lines < SMALLEST:
        raise UserError(f"The benchmark needs at least {SMALLEST} lines, a few orders each month.")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "inputs.yml").write_text(INPUTS, encoding="utf-8")
    connection = _connect()
    _write_side_files(connection, folder)
    corrected = repeated = unreadable = 0
    previous: Month | None = None
    for month in months(lines):
        again = ""
        if previous is not None:
            again = f"""
                union all {_lines_of(previous, lines, _at(CORRECTED_EVERY, CORRECTED_AT), True)}
                union all {_lines_of(previous, lines, _at(REPEATED_EVERY, REPEATED_AT), False)}
            """
            corrected += _count(previous, CORRECTED_EVERY, CORRECTED_AT)
            repeated += _count(previous, REPEATED_EVERY, REPEATED_AT)
        unreadable += _count(month, UNREADABLE_EVERY, UNREADABLE_AT)
        _copy(connection, _lines_of(month, lines) + again, folder / month.path)
        previous = month
    connection.close()
    return Shop(
        folder=folder,
        lines=lines,
        records=lines + corrected + repeated,
        corrected=corrected,
        repeated=repeated,
        unreadable=unreadable,
        byte_count=sum(file.stat().st_size for file in folder.glob("*.csv")),
    )


def write_day(shop: Shop, folder: Path) -> int:
    """Write the file of the day after the last one into `folder`; returns its number of lines."""
    count = min(DAY_LINES, shop.lines // 100)
    day = Month(DAY_ON, shop.lines, shop.lines + count)
    with _connect() as connection:
        statement = _lines_of(day, shop.lines, one_day=True)
        _copy(connection, statement, folder / DAY_FILE)
    return count


def write_late_correction(shop: Shop, folder: Path) -> int:
    """Write a file of corrections of lines of all months into `folder`; returns its lines.

    Each has another quantity; every third line moved to the next month (a day 28 days later),
    every fourth to another store, every fifth to another customer.
    """
    count = min(LATE_LINES, shop.lines // 10)
    step = shop.lines // count
    selects = []
    for month in months(shop.lines):
        chosen = f"i % {step} = {step // 2}"
        selects.append(
            f"""
            select
                sale_id, order_id,
                case when position % 3 = 0
                    then (sold_on::date + 28)::varchar else sold_on end as sold_on,
                case when position % 4 = 0
                    then 'S' || lpad((1 + mix(i, 21) % {STORES})::varchar, 3, '0')
                    else store_id end as store_id,
                product_id,
                case when position % 5 = 0
                    then 'C' || lpad((mix(i, 22) % {_customers(shop.lines)})::varchar, 7, '0')
                    else customer_id end as customer_id,
                employee_id, quantity, unit_price, discount_amount, i
            from (
                select *, i // {step} as position
                from ({_lines_of(month, shop.lines, chosen, True)})
            )
            where sold_on <> '{UNREADABLE_DATE}'
            """
        )
    with _connect() as connection:
        _copy(connection, " union all ".join(selects), folder / LATE_FILE)
        found = connection.execute(
            "select count(*) from read_csv(?, header = true, all_varchar = true)",
            [str(folder / LATE_FILE)],
        ).fetchall()
    return found[0][0]


def _connect() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute(MACROS)
    return connection


def _customers(lines: int) -> int:
    """How many customers the shop has: 300 000 at 10 million lines."""
    return max(50, lines * 3 // 100)


def _at(every: int, place: int) -> str:
    return f"i % {every} = {place}"


def _count(month: Month, every: int, place: int) -> int:
    """How many lines of the month have that place in their group of `every`."""
    return len(range(month.first + (place - month.first) % every, month.last, every))


def _lines_of(
    month: Month, lines: int, where: str = "true", corrected: bool = False, one_day: bool = False
) -> str:
    """A select of the month's lines as texts, with their number `i`.

    `corrected` gives them another quantity; `one_day` puts all on the first day.
    """
    length = month.last - month.first
    # all lines of a group, and so of an order, stand on one day
    within = f"((i - {month.first}) // {GROUP_LINES} * {GROUP_LINES})"
    day = "0" if one_day else f"({within} * {month.days} // {length})::integer"
    more = "+ sign(quantity_of(i))::bigint" if corrected else ""
    return f"""
        select
            i::varchar as sale_id,
            order_number::varchar as order_id,
            case when {_at(UNREADABLE_EVERY, UNREADABLE_AT)} then '{UNREADABLE_DATE}'
                else (date '{month.start}' + {day})::varchar end as sold_on,
            'S' || lpad(store::varchar, 3, '0') as store_id,
            'P' || lpad(product::varchar, 5, '0') as product_id,
            case when mix(order_number, 3) % 10 > 0
                then 'C' || lpad((mix(order_number, 4) % {_customers(lines)})::varchar, 7, '0')
                end as customer_id,
            'E' || lpad((store * {SELLERS_PER_STORE} + mix(order_number, 5) % {SELLERS_PER_STORE}
                )::varchar, 4, '0') as employee_id,
            quantity::varchar as quantity,
            case when mix(i, 8) % 20 > 0 then cents(price) end as unit_price,
            -- a tenth of the lines is sold at a tenth less; a return gives it back
            cents(case when mix(i, 9) % 10 = 0 then quantity * price // 10 else 0 end)
                as discount_amount,
            i
        from (
            select
                i, order_number,
                1 + mix(order_number, 1) % {STORES} as store,
                mix(i, 2) % {PRODUCTS} as product,
                price_cents(mix(i, 2) % {PRODUCTS}) as price,
                quantity_of(i) {more} as quantity
            from (
                select range as i, order_of(range) as order_number
                from range({month.first}, {month.last})
            )
        )
        where {where}
    """


def _write_side_files(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    _copy(
        connection,
        f"""
        select
            'P' || lpad(range::varchar, 5, '0') as product_id,
            'Product ' || range as product_name,
            'Category ' || range % {CATEGORIES} as category,
            cents(price_cents(range)) as unit_price,
            cents(price_cents(range) * 6 // 10) as unit_cost,
            range as i
        from range({PRODUCTS})
        """,
        folder / "products.csv",
    )
    _copy(
        connection,
        f"""
        select
            'S' || lpad(range::varchar, 3, '0') as store_id,
            'Store ' || range as store_name,
            'City ' || range % {CITIES} as city,
            'Region ' || range % {REGIONS} as region,
            'France' as country,
            3 + range % 20 as employee_count,
            range as i
        from range(1, {STORES + 1})
        """,
        folder / "stores.csv",
    )


def _copy(connection: duckdb.DuckDBPyConnection, statement: str, file: Path) -> None:
    """Write the rows of the statement, without their number `i`, in the order they come."""
    name = str(file).replace("'", "''")
    connection.execute(
        f"copy (select * exclude (i) from ({statement})) to '{name}' (header, delimiter ',')"
    )
