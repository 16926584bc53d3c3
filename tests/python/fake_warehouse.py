"""A small published `sales.duckdb` with invented data, for the tests of the report.

It has the tables and columns that the report reads, with comments, and none of the pipeline behind
them: a page can be drawn in half a second, and the edges that no sample shows (no store, no cost,
one month, hostile names, an empty shop) are one argument away. The figures agree with each other
because every mart is summed from the same invented lines.
"""

from __future__ import annotations

import csv
import random
import tempfile
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
from fake_details import DETAILS, FRESHNESS
from fake_people import PEOPLE

HOSTILE = [
    "<script>alert(1)</script>",
    "</script><img src=x onerror=alert(2)>",
    "He said \"hi\" & 'bye'",
    "{{7*7}}",
    "datum.x",
    "مقعد خشبي (كبير)",
    "Café ☕🚀",
    "{name} %s [0].a\\b",
    "line\nbreak\tand\x1b[31m red",
    "An uncommonly long product name " + "that does not end " * 8,
]

NOTHING = "(null)"

PRODUCTS = [
    ("Canapé Oslo", "Salon"), ("Table Lyra", "Salle à manger"), ("Lampe Halo", "Luminaires"),
    ("Tapis Kilim", "Textiles"), ("Chaise Nord", "Salle à manger"), ("Fauteuil Brume", "Salon"),
    ("Bureau Alto", "Bureau"), ("Étagère Pin", "Rangement"), ("Commode Iris", "Rangement"),
    ("Lit Alizé", "Chambre"), ("Couette Hiver", "Textiles"), ("Suspension Bulle", "Luminaires"),
    ("Miroir Lune", "Décoration"), ("Vase Galet", "Décoration"), ("Coussin Lin", "Textiles"),
    ("Tabouret Bar", "Salle à manger"), ("Applique Arc", "Luminaires"),
    ("Panier Osier", "Rangement"), ("Horloge Quai", "Décoration"), ("Rideau Voile", "Textiles"),
    ("Pouf Sable", "Salon"), ("Banc Entrée", "Rangement"), ("Cadre Noyer", "Décoration"),
    ("Plaid Laine", "Textiles"), ("Guéridon Rond", "Salon"), ("Caisson Métal", "Bureau"),
    ("Lampadaire Trio", "Luminaires"), ("Bougie Figuier", "Décoration"),
]  # fmt: skip

STORES = [
    ("Nantes Centre", "Nantes", "Pays de la Loire", 9),
    ("Lyon Part-Dieu", "Lyon", "Auvergne-Rhône-Alpes", 14),
    ("Paris Bastille", "Paris", "Île-de-France", 18),
    ("Lille Vieux-Port", "Lille", "Hauts-de-France", 8),
    ("Bordeaux Quais", "Bordeaux", "Nouvelle-Aquitaine", 11),
    ("Toulouse Capitole", "Toulouse", "Occitanie", 10),
    ("Marseille Joliette", "Marseille", "Provence-Alpes-Côte d’Azur", 12),
    ("Rennes Sainte-Anne", "Rennes", "Bretagne", 7),
    ("Montpellier Comédie", "Montpellier", "Occitanie", 6),
    ("Grenoble Alpes", "Grenoble", "Auvergne-Rhône-Alpes", 5),
]


@dataclass
class FakeShop:
    """What is invented. Every field has the value of an ordinary shop.

    `places` is the finest geography the files have: `region` (with state and city), `state`,
    `city`, `country` or None. `unfinished` stops the last month on its 12th day.
    """

    name: str = "Comptoir d’essai"
    currency: str = "EUR"
    locale: str = "fr"
    first_month: date = date(2024, 1, 1)
    months: int = 24
    unfinished: bool = False
    products: list[tuple[str, str]] = field(default_factory=lambda: list(PRODUCTS))
    stores: list[tuple[str, str, str, int]] = field(default_factory=lambda: list(STORES))
    has_stores: bool = True
    has_head_counts: bool = True
    has_cost: bool = True
    has_orders: bool = True
    has_discounts: bool = True
    has_price_history: bool = False
    has_quarantine: bool = True
    places: str | None = "region"
    sign: int = 1
    balanced: bool = True
    seed: int = 7


def empty_shop() -> FakeShop:
    """A shop whose files hold no sale."""
    return FakeShop(months=0, has_quarantine=False)


def hostile_shop() -> FakeShop:
    """A shop whose names try to be markup, script, templates and expressions."""
    products = [(name, HOSTILE[(place + 1) % len(HOSTILE)]) for place, name in enumerate(HOSTILE)]
    stores = [
        (HOSTILE[place], HOSTILE[(place + 2) % 10], HOSTILE[(place + 3) % 10], 4 + 3 * place)
        for place in range(7)
    ]
    return FakeShop(
        name="<script>alert('shop')</script>",
        locale="en",
        currency="USD",
        products=products,
        stores=stores,
        has_price_history=True,
    )


MEASURES = """
    count(*)::bigint as line_count,
    coalesce(sum(quantity), 0)::decimal(18, 4) as quantity,
    coalesce(sum(net_amount + discount_amount), 0)::decimal(18, 4) as gross_amount,
    coalesce(sum(discount_amount), 0)::decimal(18, 4) as discount_amount,
    coalesce(sum(net_amount), 0)::decimal(18, 4) as revenue_amount,
    sum(cost_amount)::decimal(18, 4) as cost_amount,
    sum(net_amount - cost_amount)::decimal(18, 4) as margin_amount,
    coalesce(sum(net_amount) filter (where cost_amount is not null), 0)::decimal(18, 4)
        as revenue_with_cost_amount"""
SHARE = """
    coalesce(sum(net_amount) / nullif((select sum(net_amount) from lines), 0), 0)::double
        as revenue_share"""
RETURNS = """
    coalesce(sum(net_amount) filter (where quantity < 0), 0)::decimal(18, 4) as returns_amount"""

MARTS = f"""
create table marts.shop_summary as
select
    $shop_name as shop_name, $currency as currency, $locale as locale,
    max(sold_on) as as_of_date, min(sold_on) as first_sold_on, max(sold_on) as last_sold_on,
    (select max(month_start_on) from months where is_complete) as last_complete_month_start_on,
    {MEASURES},
    {RETURNS},
    count(distinct order_id)::bigint as order_count,
    count(distinct customer_id)::bigint as customer_count,
    0::decimal(18, 4) as not_revenue_amount, 0::bigint as not_revenue_line_count,
    0::decimal(18, 4) as anonymous_revenue_amount,
    count(distinct product_id)::bigint as product_count,
    count(distinct store_id) filter (where store_id <> '(unknown)')::bigint as store_count,
    0::bigint as employee_count,
    false as prices_include_tax, false as has_head_count_history,
    $has_price_history as has_price_history
from lines;

create table marts.revenue_by_month as
select
    months.month_start_on,
    count(distinct order_id)::bigint as order_count,
    count(distinct customer_id)::bigint as customer_count,
    {MEASURES.replace("count(*)", "count(lines.sold_on)")},
    {RETURNS},
    months.is_complete
from months left join lines on months.month_start_on = lines.month_start_on
group by months.month_start_on, months.is_complete;

create table marts.revenue_by_product as
select
    product_id, product_name, category, '(unknown)' as subcategory, '(unknown)' as brand,
    min(sold_on) as first_sold_on, max(sold_on) as last_sold_on,
    {MEASURES},
    rank() over (order by sum(net_amount) desc)::bigint as revenue_rank,
    {SHARE}
from lines group by product_id, product_name, category;

create table marts.revenue_by_region as
select country, region, {MEASURES}, {SHARE} from lines group by country, region;

create table marts.revenue_by_location as
select
    md5(country || region || state || city) as location_id, country, region, state, city,
    {MEASURES}, {SHARE}
from lines group by country, region, state, city;

create table marts.revenue_by_store as
select
    store_id, store_name, any_value(country) as country, any_value(region) as region,
    any_value(city) as city, null::date as opened_on, null::date as closed_on,
    any_value(employee_count)::bigint as employee_count,
    count(distinct order_id)::bigint as order_count, {MEASURES}, {SHARE}
from lines group by store_id, store_name;

create table marts.product_sales_by_store as
select product_id, product_name, category, store_id, store_name, {MEASURES}
from lines group by product_id, product_name, category, store_id, store_name;

create table marts.monthly_product_sales as
select
    product_id, product_name, category, lines.month_start_on, {MEASURES}, months.is_complete
from lines join months on months.month_start_on = lines.month_start_on
group by product_id, product_name, category, lines.month_start_on, months.is_complete;

create table marts.employee_sales_by_store as
select
    store_id, store_name, region, city,
    (select max(month_start_on) from months) - interval 11 month as window_start_on,
    last_day((select max(month_start_on) from months)) as window_end_on,
    count(distinct month_start_on)::bigint as month_count,
    employee_count::bigint as employee_count,
    sum(net_amount)::decimal(18, 4) as revenue_amount,
    (sum(net_amount) / nullif(employee_count, 0))::double as revenue_per_employee
from lines
where store_id <> '(unknown)'
    and month_start_on >= (select max(month_start_on) from months) - interval 11 month
group by store_id, store_name, region, city, employee_count;

-- of one store nothing was known once, another had fewer people
create table marts.employee_sales_ratio as
with sold as (
    select
        store_id, month_start_on, store_name, region,
        case
            when store_id = 'S1' and month_start_on < date '2025-03-01' then null
            when store_id = 'S2' and month_start_on < date '2025-06-01' then employee_count - 2
            else employee_count
        end::decimal(18, 4) as employee_count,
        sum(quantity)::decimal(18, 4) as quantity, sum(net_amount)::decimal(18, 4) as revenue_amount
    from lines where store_id <> '(unknown)'
    group by store_id, month_start_on, store_name, region, employee_count
)
select
    store_id, sold.month_start_on, quantity, revenue_amount, employee_count,
    (revenue_amount / nullif(employee_count, 0))::double as revenue_per_employee,
    store_name, region, is_complete
from sold inner join months on sold.month_start_on = months.month_start_on;

create table marts.employee_sales_regression as
with fitted as (
    select
        min(window_start_on)::date as period_start_on, max(window_end_on)::date as period_end_on,
        count(*)::bigint as store_count,
        regr_slope(revenue_amount::double, employee_count::double) as slope_amount,
        regr_intercept(revenue_amount::double, employee_count::double) as intercept_amount,
        regr_r2(revenue_amount::double, employee_count::double) as r_squared,
        count(*) >= 3 and count(distinct employee_count) > 1 as can_be_fitted
    from marts.employee_sales_by_store where employee_count is not null
)
select
    'window' as period_type, period_start_on, period_end_on, store_count,
    case when can_be_fitted then slope_amount end as slope_amount,
    case when can_be_fitted then intercept_amount end as intercept_amount,
    case when can_be_fitted then r_squared end as r_squared
from fitted;
"""

# the star as far as the page's filters read it; customers have one of three segments
CORE = """
create table core.fct_sales as
select
    sold_on, month_start_on, product_id, store_id, order_id, customer_id,
    concat_ws('|', country, region, state, city) as location_id,
    quantity, net_amount + discount_amount as gross_amount, discount_amount, net_amount,
    cost_amount, net_amount - cost_amount as margin_amount, quantity < 0 as is_return,
    false as is_anonymous, true as is_revenue
from lines;
create table core.dim_products as
select distinct product_id, product_name, category from lines
union all
-- two that nobody ever bought, one of them in a category that nobody buys
select 'P998', 'Never sold', category
from (select min(category) as category, count(*) as line_count from lines) where line_count > 0
union all
select 'P999', 'Never sold either', 'Nobody buys' where exists (select * from lines);
create table core.dim_stores as select distinct store_id, store_name from lines;
create table core.dim_locations as
select distinct concat_ws('|', country, region, state, city) as location_id,
    country, region, state, city
from lines;
create table core.dim_customers as
select distinct customer_id, 'Customer ' || substr(customer_id, 2) as customer_name,
    'Segment ' || (hash(customer_id) % 3)::varchar as segment
from lines
"""

QUALITY = """
create table quality.file_ledger (
    file_id varchar, input_name varchar, path varchar, copy_of varchar, encoding varchar,
    delimiter varchar, byte_count bigint, records_in bigint, loaded_count bigint,
    quarantined_count bigint, rejected_count bigint, ignored_count bigint, duplicate_count bigint,
    superseded_count bigint, first_sold_on date, last_sold_on date, is_balanced boolean);
create table quality.balance (
    file_id varchar, input_name varchar, path varchar, measure varchar,
    total_in decimal(38, 10), loaded decimal(38, 10), quarantined decimal(38, 10),
    rejected decimal(38, 10), ignored decimal(38, 10), duplicate decimal(38, 10),
    superseded decimal(38, 10), rounding decimal(38, 10), difference decimal(38, 10));
create table quality.quarantine (
    input_name varchar, path varchar, file_id varchar, record_number bigint, reason varchar,
    original_text varchar);
create table quality.rejects (
    input_name varchar, path varchar, file_id varchar, record_number bigint, line_number bigint,
    outcome varchar, reason varchar, original_text varchar);
create table quality.replaced_records (
    input_name varchar, path varchar, file_id varchar, record_number bigint, outcome varchar,
    record_key varchar, kept_path varchar, kept_record_number bigint, original_text varchar);
create table quality.findings (
    input_name varchar, path varchar, file_id varchar, record_number bigint, column_name varchar,
    finding varchar, reason varchar, original_text varchar);
create table quality.input_columns (
    input_name varchar, column_position integer, column_name varchar, value_type varchar,
    header varchar, is_mapped boolean);
"""


def create(path: Path, shop: FakeShop | None = None) -> Path:
    """Write the published file of an invented shop to `path` (replaced) and return `path`."""
    shop = shop or FakeShop()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema core; create schema marts; create schema quality;")
        _lines(connection, shop)
        names = {
            "shop_name": shop.name,
            "currency": shop.currency,
            "locale": shop.locale,
            "has_price_history": shop.has_price_history,
        }
        for statement in (MARTS + PEOPLE + DETAILS).split(";\n"):
            if statement.strip():
                used = {key: value for key, value in names.items() if f"${key}" in statement}
                connection.execute(statement, used or None)
        connection.execute(CORE)
        if not shop.has_head_counts:
            connection.execute("update marts.revenue_by_store set employee_count = null")
            connection.execute("delete from marts.employee_sales_by_store")
            connection.execute(
                "update marts.employee_sales_regression set store_count = 0, slope_amount = null,"
                " intercept_amount = null, r_squared = null"
            )
        connection.execute(QUALITY)
        _quality(connection, shop)
        connection.execute(FRESHNESS)
        connection.execute("drop table lines; drop table months;")
        # one transaction: each one waits for the disk
        connection.execute("begin")
        _comment(connection)
        connection.execute("commit")
    return path


def _next_month(month: date) -> date:
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1)


def _lines(connection: duckdb.DuckDBPyConnection, shop: FakeShop) -> None:
    connection.execute(
        "create table lines (sold_on date, month_start_on date, order_id varchar,"
        " customer_id varchar, product_id varchar, product_name varchar, category varchar,"
        " store_id varchar, store_name varchar, city varchar, state varchar, region varchar,"
        " country varchar, employee_count integer, quantity decimal(18, 4),"
        " net_amount decimal(18, 4), discount_amount decimal(18, 4), cost_amount decimal(18, 4));"
        " create table months (month_start_on date, is_complete boolean)"
    )
    # its own generator, not the module's: the same seed gives the same file on every machine
    chance = random.Random(shop.seed)
    rows, months, month = [], [], shop.first_month
    for position in range(shop.months):
        last = position == shop.months - 1
        months.append((month, not (last and shop.unfinished)))
        days = 12 if last and shop.unfinished else 28
        season = Decimal("1.5") if month.month in (11, 12) else Decimal(1)
        trend = 1 + Decimal(position) / 60
        for place, (product, category) in enumerate(shop.products):
            for number, (store, city, region, employees) in enumerate(shop.stores):
                for _ in range(1):
                    day = month.replace(day=chance.randint(1, days))
                    if last and not shop.unfinished:
                        day = _next_month(month) - timedelta(days=1)
                    weight = Decimal(employees) / 10 * Decimal(10) / (place + 3)
                    price = Decimal(chance.randint(4000, 9000)) / 100 * season * trend
                    quantity = -1 if chance.random() < 0.03 else chance.randint(1, 4)
                    net = round(price * weight * quantity * days / 28, 4) * shop.sign
                    known = shop.has_cost and place % 7 != 6
                    rows.append((
                        day, month,
                        f"O{len(rows) // 3}" if shop.has_orders else None, f"C{len(rows) % 90}",
                        f"P{place}", product, category,
                        f"S{number}" if shop.has_stores else "(unknown)",
                        store if shop.has_stores else "(unknown)",
                        city if shop.places in ("region", "city", "state") else "(unknown)",
                        f"State {number % 4}" if shop.places == "state" else "(unknown)",
                        region if shop.places == "region" else "(unknown)",
                        "France" if shop.places else "(unknown)",
                        employees, quantity, net,
                        round(abs(net) / 20, 4) if shop.has_discounts else 0,
                        round(net * Decimal("0.6"), 4) if known else None,
                    ))  # fmt: skip
        month = _next_month(month)
    if months:
        connection.executemany("insert into months values (?, ?)", months)
    if not rows:
        return
    # through a file: executemany is a hundred times slower
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "lines.csv"
        with file.open("w", newline="", encoding="utf-8") as opened:
            writer = csv.writer(opened)
            writer.writerows([NOTHING if value is None else value for value in row] for row in rows)
        connection.execute(
            f"copy lines from '{file}' (header false, nullstr '{NOTHING}', quote '\"',"
            " escape '\"', delimiter ',')"
        )


MAPPED = {
    "sales": ["sold_on", "order_id", "product_id", "store_id", "customer_id", "quantity",
              "unit_price", "net_amount", "discount_amount", "status"],
    "products": ["product_id", "product_name", "category", "unit_price", "unit_cost"],
    "stores": ["store_id", "store_name", "city", "region", "country", "employee_count"],
    "customers": ["customer_id", "customer_name"],
    "employees": [], "stock": [], "targets": [], "exchange_rates": [], "orders": [], "lookups": [],
}  # fmt: skip


def _quality(connection: duckdb.DuckDBPyConnection, shop: FakeShop) -> None:
    registry = Path(__file__).resolve().parents[2] / "seeds" / "known_input_columns.csv"
    missing = set()
    if not shop.has_cost:
        missing |= {("products", "unit_cost")}
    if not shop.has_orders:
        missing |= {("sales", "order_id")}
    if not shop.has_head_counts:
        missing |= {("stores", "employee_count")}
    if not shop.has_stores:
        missing |= {("stores", column) for column in MAPPED["stores"]} | {("sales", "store_id")}
    mapped = [
        (name, column)
        for name, columns in MAPPED.items()
        for column in columns
        if (name, column) not in missing
    ]
    connection.execute(
        "insert into quality.input_columns"
        " select input_name, column_position, column_name, value_type, null, false"
        " from read_csv(?, header = true, all_varchar = false)",
        [str(registry)],
    )
    for name, column in mapped:
        connection.execute(
            "update quality.input_columns set is_mapped = true, header = ?"
            " where input_name = ? and column_name = ?",
            [f"Our {column}", name, column],
        )
    chance = random.Random(shop.seed + 1)
    month = shop.first_month
    files = [("products", "produits.csv", len(shop.products))]
    if shop.has_stores:
        files.append(("stores", "magasins.csv", len(shop.stores)))
    files.append(("customers", "clients.csv", 90))
    for _ in range(shop.months):
        files.append(("sales", f"ventes/ventes_{month:%Y-%m}.csv", 1000 + chance.randint(0, 200)))
        month = _next_month(month)
    for place, (name, path, records) in enumerate(files):
        bad = shop.has_quarantine and name == "sales"
        quarantined, rejected, ignored = (place % 3, place % 2, 1) if bad else (0, 0, 0)
        duplicate, superseded = (2, 1) if bad else (0, 0)
        loaded = records - quarantined - rejected - ignored - duplicate - superseded
        broken = 0 if shop.balanced or place != len(files) - 1 else 3
        connection.execute(
            f"insert into quality.file_ledger values ({', '.join('?' * 17)})",
            [f"f{place:03}", name, path, None, "utf-8", ";", records * 60, records,
             loaded - broken, quarantined, rejected, ignored, duplicate, superseded, None, None,
             broken == 0],
        )  # fmt: skip
        measures = {"records": (records, loaded - broken, quarantined, rejected, ignored,
                                duplicate, superseded, 0, broken)}  # fmt: skip
        if name == "sales":
            total = Decimal(records) * Decimal("83.4567")
            aside = Decimal(quarantined) * Decimal("12.5")
            measures["net_amount"] = (total, total - aside - Decimal("0.00005"), aside, 0, 0, 0, 0,
                                      Decimal("0.00005"), 0)  # fmt: skip
            measures["quantity"] = (records * 2, records * 2, 0, 0, 0, 0, 0, 0, 0)
        for measure, values in measures.items():
            connection.execute(
                f"insert into quality.balance values ({', '.join('?' * 13)})",
                [f"f{place:03}", name, path, measure, *values],
            )
        for record in range(quarantined):
            connection.execute(
                "insert into quality.quarantine values (?, ?, ?, ?, ?, ?)",
                [name, path, f"f{place:03}", 17 + record * 40,
                 "sold_on cannot be read as a date" if record else "quantity is missing",
                 '{"Date": "31/02/2025", "Article": "<b>P12</b>", "Quantité": "2"}'],
            )  # fmt: skip
        if rejected:
            connection.execute(
                "insert into quality.rejects values (?, ?, ?, 44, 45, 'rejected', ?, ?)",
                [name, path, f"f{place:03}", "the line has 11 fields, the header 10",
                 'V-1203;"02/03/2025";12;P07;;1;;;;;;surplus'],
            )  # fmt: skip
        if ignored:
            connection.execute(
                "insert into quality.rejects values (?, ?, ?, ?, ?, 'ignored', ?, ?)",
                [name, path, f"f{place:03}", records, records + 1, "a totals line",
                 "TOTAL;;;;;9 480,20"],
            )  # fmt: skip
            connection.execute(
                "insert into quality.replaced_records values"
                " (?, ?, ?, 8, 'duplicate', 'V-8', ?, 7, '{}')",
                [name, path, f"f{place:03}", path],
            )
            connection.execute(
                "insert into quality.findings values (?, ?, ?, 21, 'unit_price',"
                " 'unreadable_value', 'the value cannot be read as a number', '12,,50')",
                [name, path, f"f{place:03}"],
            )
    if shop.has_quarantine and shop.months:
        connection.execute(
            "insert into quality.findings values ('sales', 'ventes/ventes_2024-03.csv', 'f003', 30,"
            " 'product_id', 'only_in_sales', 'the product is in no products file', 'P99')"
        )


COMMENTS = {
    "revenue_amount": "Sum of net_amount over revenue lines: after discount, without tax, returns"
    " included as negatives.",
    "margin_amount": "Revenue minus cost of the lines whose cost is known; null when none is.",
    "quantity": "Units sold, returns included as negatives.",
    "order_count": "Number of different orders.",
    "returns_amount": "Revenue of the lines with a negative quantity; negative or zero.",
    "revenue_share": "Revenue divided by the revenue of the whole shop, 0 to 1.",
    "employee_count": "People working in the store.",
    "revenue_per_employee": "Revenue divided by employees.",
}


def _comment(connection: duckdb.DuckDBPyConnection) -> None:
    columns = connection.execute(
        "select schema_name, table_name, column_name from duckdb_columns()"
        " where schema_name in ('marts', 'quality') order by all"
    ).fetchall()
    for schema, table, column in columns:
        text = COMMENTS.get(column, f"The {column.replace('_', ' ')}.").replace("'", "''")
        connection.execute(f"comment on column {schema}.{table}.\"{column}\" is '{text}'")
    for table in sorted({(schema, table) for schema, table, _ in columns}):
        connection.execute(f"comment on table {table[0]}.{table[1]} is 'One row per thing.'")
