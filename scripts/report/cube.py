"""The revenue lines as columns, so that the page can add them up for whatever a reader selects.

Every amount is an integer, ten thousand times itself: sums of such are exact in the page's doubles
up to 2⁵³, which `read_cube` checks. A shop of more than `LINES_KEPT` lines gives sums by day, or by
month, instead of lines; orders, customers and products are then not told apart.
"""

from __future__ import annotations

import base64
import sys
import zlib
from array import array
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import accumulate

import duckdb

LINES_KEPT = 300_000
SCALE = 10_000
LARGEST_EXACT = 2**53
NULL = -(2**31)
DAY_ZERO = date(1970, 1, 1)
UNKNOWN = "(unknown)"

MEASURES = ("quantity", "gross", "discount", "net", "cost", "net_with_cost", "returns")
AMOUNTS = f"""
    cast({{all}}(quantity) * {SCALE} as bigint) as quantity,
    cast({{all}}(gross_amount) * {SCALE} as bigint) as gross,
    cast({{all}}(discount_amount) * {SCALE} as bigint) as discount,
    cast({{all}}(net_amount) * {SCALE} as bigint) as net,
    cast({{all}}(cost_amount) * {SCALE} as bigint) as cost,
    cast({{all}}(case when cost_amount is not null then net_amount end) * {SCALE} as bigint)
        as net_with_cost,
    cast({{all}}(case when is_return then net_amount end) * {SCALE} as bigint) as returns"""
LINES = f"""
    select
        sold_on, store_id, location_id, product_id, order_id,
        case when not is_anonymous then customer_id end as customer_id,
        {AMOUNTS.format(all="")}
    from core.fct_sales
    where is_revenue
    order by sold_on, order_id nulls last, product_id, store_id, location_id, customer_id,
        net_amount, quantity, gross_amount, discount_amount, cost_amount"""
SUMS = f"""
    select
        {{day}} as sold_on, fct_sales.store_id, fct_sales.location_id,
        coalesce(dim_products.category, '{UNKNOWN}') as product_id, null as order_id,
        coalesce(dim_customers.segment, '{UNKNOWN}') as customer_id,
        {AMOUNTS.format(all="sum")}
    from core.fct_sales
    left join core.dim_products on fct_sales.product_id = dim_products.product_id
    left join core.dim_customers on fct_sales.customer_id = dim_customers.customer_id
    where is_revenue
    group by all
    order by all"""


@dataclass
class Cube:
    """The columns and the members they point at.

    `grain` is `line`, `day` or `month`. `levels` names what places are told apart by, from the
    widest (`region`, or the widest the files know) to `store`; `places[level]` lists names, and
    `spots` has, for each pair of location and store, the place at every level. `products` are
    [name, category]. `customers` has, for each grouping of customers (`segment`, and `rfm` where
    the file has it), its names and each customer's place among them. `customer_names` and `unsold`
    (for each category, how many of its products were never sold; -1 is one without any sale) are
    there while lines are kept; without, products and customers stand for groups. `teams` has, for
    each store, its number among the places (-1 where it never sold), its name, and its head counts
    in the months that it was open: [first month, last month, employees].
    """

    grain: str
    first_day: date
    last_day: date
    levels: list[str]
    places: dict[str, list[str]]
    spots: list[list[int]]
    products: list[tuple[str, int]]
    categories: list[str]
    customers: dict[str, tuple[list[str], list[int]]]
    customer_names: list[str] = field(default_factory=list)
    unsold: dict[int, int] = field(default_factory=dict)
    teams: list[tuple[int, str, list[list]]] = field(default_factory=list)
    columns: dict[str, list[int | None]] = field(default_factory=dict)

    @property
    def line_count(self) -> int:
        """How many rows the columns have."""
        return len(self.columns["day"])

    def months(self) -> list[int]:
        """The first day of each row's month, in days from `DAY_ZERO`."""
        first: dict[int, int] = {}
        days = list(accumulate(self.columns["day"]))
        for day in days:
            if day not in first:
                first[day] = day - date.fromordinal(DAY_ZERO.toordinal() + day).day + 1
        return [first[day] for day in days]

    def order_count(self, months: set[date]) -> int | None:
        """How many orders have a line in `months`; null when lines are not kept."""
        if "order" not in self.columns:
            return None
        wanted = {(month - DAY_ZERO).days for month in months}
        rows = zip(self.months(), self.columns["order"], strict=True)
        return len({order for month, order in rows if month in wanted} - {None})

    def header(self) -> dict:
        """All but the columns, and how those are written in `body`."""
        return {
            "grain": self.grain,
            "first_day": self.first_day.isoformat(),
            "last_day": self.last_day.isoformat(),
            "levels": self.levels,
            "places": self.places,
            "spots": self.spots,
            "products": self.products,
            "categories": self.categories,
            "customers": self.customers,
            "customer_names": self.customer_names,
            "unsold": sorted(self.unsold.items()),
            "teams": self.teams,
            "scale": SCALE,
            "null": NULL,
            "count": self.line_count,
            "columns": [[name, _code(values)] for name, values in self.columns.items()],
        }

    def body(self) -> str:
        """The columns: byte planes (the lowest bytes of all rows first), deflated, in base64."""
        planes = b"".join(_planes(values) for values in self.columns.values())
        return base64.b64encode(zlib.compress(planes, 9)).decode()


def _code(values: Iterable[int | None]) -> str:
    """The narrowest of the array codes that holds the values; a null needs a signed one."""
    known = [value for value in values if value is not None]
    low, high = min(known, default=0), max(known, default=0)
    if len(known) == len(list(values)) and low >= 0:
        for code, size in (("B", 2**8), ("H", 2**16)):
            if high < size:
                return code
    return "i" if low > NULL and high < 2**31 else "d"


def _planes(values: list[int | None]) -> bytes:
    code = _code(values)
    null = float("nan") if code == "d" else NULL
    column = array(code, [null if value is None else value for value in values])
    if sys.byteorder == "big":
        column.byteswap()
    content, size = column.tobytes(), column.itemsize
    return b"".join(content[place::size] for place in range(size))


def read_cube(
    connection: duckdb.DuckDBPyConnection,
    level: str | None,
    clean: Callable[[object], str],
    lines_kept: int | None = None,
) -> Cube | None:
    """The cube of a published file; None where nothing was sold or the sums cannot be exact.

    `level` is the widest level of places that the files know; `clean` makes a name showable.
    """
    count, first, last, largest = connection.execute(
        "select count(*), min(sold_on), max(sold_on), greatest("
        " sum(abs(coalesce(gross_amount, 0))), sum(abs(net_amount)),"
        " sum(abs(coalesce(cost_amount, 0))), sum(abs(coalesce(quantity, 0))))"
        " from core.fct_sales where is_revenue"
    ).fetchone()
    if not count or largest * SCALE >= LARGEST_EXACT:
        return None
    lines_kept = LINES_KEPT if lines_kept is None else lines_kept
    grain, query = "line", LINES
    if count > lines_kept:
        sums = {"day": SUMS.format(day="sold_on"), "month": SUMS.format(day="month_start_on")}
        grain = next((one for one in sums if _count(connection, sums[one]) <= lines_kept), "")
        if not grain:
            return None
        query = sums[grain]
    rows = connection.execute(query).fetchall()
    days, stores, locations, products, orders, customers, *amounts = map(
        list, zip(*rows, strict=True)
    )
    cube = Cube(grain, first, last, [], {}, [], [], [], {})
    spot = _places(cube, connection, level, clean, list(zip(locations, stores, strict=True)))
    _teams(cube, connection, clean, list(zip(stores, spot, strict=True)))
    product = _products(cube, connection, clean, products)
    customer = _customers(cube, connection, clean, customers)
    ordinals = [(day - DAY_ZERO).days for day in days]
    cube.columns["day"] = _steps(ordinals)
    cube.columns["spot"] = spot
    cube.columns["product"] = product
    cube.columns["customer"] = customer
    if grain == "line":
        cube.columns["order"] = _index(orders)
    for name, values in zip(MEASURES, amounts, strict=True):
        # what a line says twice, the page derives
        if grain != "line" or name not in ("net_with_cost", "returns"):
            cube.columns[name] = values
    if grain == "line":
        is_return = [
            (net if quantity is None else quantity) < 0
            for net, quantity in zip(cube.columns["net"], cube.columns["quantity"], strict=True)
        ]
        given = [value is not None for value in amounts[MEASURES.index("returns")]]
        if is_return != given:  # a definition of returns that the page does not know
            cube.columns["returns"] = amounts[MEASURES.index("returns")]
    return cube


def _count(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    return connection.execute(f"select count(*) from ({query})").fetchone()[0]


def _steps(values: list[int]) -> list[int]:
    """Each value less the one before it: small numbers where the rows are in order."""
    return [now - before for before, now in zip([0, *values[:-1]], values, strict=True)]


def _index(values: list[object]) -> list[int | None]:
    """The values numbered in the order they come; null stays."""
    numbers: dict[object, int] = {}
    return [None if value is None else numbers.setdefault(value, len(numbers)) for value in values]


def _unique(members: list[tuple[object, str]]) -> list[str]:
    """The names, those that several members share with the member's key behind."""
    shared = Counter(name for _, name in members)
    taken: set[str] = set()
    names = []
    for key, name in members:
        shown = f"{name} ({key})" if shared[name] > 1 else name
        while shown in taken:
            shown += "*"
        taken.add(shown)
        names.append(shown)
    return names


def _places(
    cube: Cube,
    connection: duckdb.DuckDBPyConnection,
    level: str | None,
    clean: Callable[[object], str],
    pairs: list[tuple[str, str]],
) -> list[int]:
    """Fill levels, places and spots; the spot of each row."""
    located = {
        key: tuple(clean(text or UNKNOWN) for text in names)
        for key, *names in connection.execute(
            "select location_id, country, region, state, city from core.dim_locations"
        ).fetchall()
    }
    named = {
        key: clean(name or key)
        for key, name in connection.execute(
            "select store_id, store_name from core.dim_stores"
        ).fetchall()
    }
    fields = ("country", "region", "state", "city")
    above = {"region": ("country",), "state": ("country",), "city": ("country", "state")}
    known = sorted(set(pairs), key=lambda pair: (str(pair[0]), str(pair[1])))

    def place(location: str, name: str) -> str:
        return located.get(location, (UNKNOWN,) * 4)[fields.index(name)]

    keys: list[list[tuple]] = []
    if level:
        cube.levels.append(level)
        keys.append([
            (place(one, level), *(place(one, name) for name in above.get(level, ())))
            for one, _ in known
        ])  # fmt: skip
        cities = {place(one, "city") for one, _ in known}
        if level != "city" and cities - {UNKNOWN}:
            cube.levels.append("city")
            keys.append([(place(one, "city"), key) for (one, _), key in zip(known, keys[0],
                         strict=True)])  # fmt: skip
    if {store for _, store in known} - {UNKNOWN}:
        cube.levels.append("store")
        keys.append([(named.get(store, clean(store)), store) for _, store in known])
    cube.spots = [[] for _ in known]
    for name, column in zip(cube.levels, keys, strict=True):
        members = sorted(set(column), key=str)
        index = {key: number for number, key in enumerate(members)}
        if name == "store":
            labels = _unique([(clean(key[1]), key[0]) for key in members])
        elif name == "city" and name != level:
            labels = [key[0] for key in members]  # its region stands above it
        else:
            labels = _unique([
                (", ".join(text for text in key[1:] if text != UNKNOWN) or "–", key[0])
                for key in members
            ])  # fmt: skip
        cube.places[name] = labels
        for spot, key in zip(cube.spots, column, strict=True):
            spot.append(index[key])
    numbers = {pair: number for number, pair in enumerate(known)}
    return [numbers[pair] for pair in pairs]


def _teams(
    cube: Cube,
    connection: duckdb.DuckDBPyConnection,
    clean: Callable[[object], str],
    spots: list[tuple[str, int]],
) -> None:
    """Fill teams from the monthly ratios; `spots` has the store and the spot of each row."""
    if "store" not in cube.levels:
        return
    level = cube.levels.index("store")
    numbers = {store: cube.spots[spot][level] for store, spot in set(spots)}
    found: dict[str, tuple[int, str, list[list]]] = {}
    for store, name, month, employees in connection.execute(
        "select store_id, store_name, month_start_on, employee_count::double"
        " from marts.employee_sales_ratio order by store_id, month_start_on"
    ).fetchall():
        number = numbers.get(store, -1)
        label = cube.places["store"][number] if number >= 0 else clean(name or store)
        runs = found.setdefault(store, (number, label, []))[2]
        start = (month - DAY_ZERO).days
        before = (month.replace(day=1) - timedelta(days=1)).replace(day=1)
        if runs and runs[-1][1:] == [(before - DAY_ZERO).days, employees]:
            runs[-1][1] = start
        else:
            runs.append([start, start, employees])
    cube.teams = list(found.values())


def _products(
    cube: Cube,
    connection: duckdb.DuckDBPyConnection,
    clean: Callable[[object], str],
    column: list[str],
) -> list[int]:
    """Fill products and categories; the product of each row."""
    named = {}
    if cube.grain == "line":
        named = {
            key: (clean(name or key), clean(category or UNKNOWN))
            for key, name, category in connection.execute(
                "select product_id, product_name, category from core.dim_products"
            ).fetchall()
        }
    members = sorted(set(column))
    default = [(clean(key), clean(key) if cube.grain != "line" else UNKNOWN) for key in members]
    found = [named.get(key, other) for key, other in zip(members, default, strict=True)]
    cube.categories = sorted({category for _, category in found})
    labels = _unique([(clean(key), name) for key, (name, _) in zip(members, found, strict=True)])
    cube.products = [
        (label, cube.categories.index(category))
        for label, (_, category) in zip(labels, found, strict=True)
    ]
    numbers = {key: number for number, key in enumerate(members)}
    places = {category: place for place, category in enumerate(cube.categories)}
    cube.unsold = dict(Counter(
        places.get(category, -1)
        for key, (_, category) in named.items() if key not in numbers and key != UNKNOWN
    ))  # fmt: skip
    return [numbers[key] for key in column]


def _customers(
    cube: Cube,
    connection: duckdb.DuckDBPyConnection,
    clean: Callable[[object], str],
    column: list[str | None],
) -> list[int | None]:
    """Fill customers; the customer of each row, null where the sale is anonymous."""
    members = sorted({key for key in column if key is not None})
    if cube.grain != "line":
        groupings = {"segment": {key: key for key in members}}
    else:
        known = connection.execute(
            "select customer_id, customer_name, segment from core.dim_customers"
        ).fetchall()
        named = {key: name for key, name, _ in known}
        cube.customer_names = _unique(
            [(clean(key), clean(named.get(key) or key)) for key in members]
        )
        groupings = {"segment": {key: segment for key, _, segment in known}}
        if connection.execute(
            "select count(*) from duckdb_tables()"
            " where schema_name = 'marts' and table_name = 'customer_rfm'"
        ).fetchone()[0]:
            groupings["rfm"] = dict(
                connection.execute(
                    "select customer_id, rfm_segment from marts.customer_rfm"
                ).fetchall()
            )
    for grouping, segments in groupings.items():
        found = [clean(segments.get(key) or UNKNOWN) for key in members]
        names = sorted({UNKNOWN, *found})
        numbers = {name: number for number, name in enumerate(names)}
        cube.customers[grouping] = (names, [numbers[name] for name in found])
    numbers = {key: number for number, key in enumerate(members)}
    return [None if key is None else numbers[key] for key in column]
