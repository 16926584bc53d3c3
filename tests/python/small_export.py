"""A small published warehouse for the tests of exports, made without a build. Not a test itself."""

from __future__ import annotations

from decimal import Decimal

import duckdb
from small_shop import run_script

from scripts.publish import publish

TABLES = """
    create schema core; create schema marts; create schema quality;
    create table core.fct_sales as
    select
        ('L' || line)::varchar as sale_line_id, ('S' || line % 3)::varchar as store_id,
        date '2025-01-01' + interval (line % 4) month as month_start_on,
        ($price + line)::decimal(18, 4) as net_amount, line % 5 <> 0 as is_revenue
    from range(400) as lines (line);
    alter table core.fct_sales alter month_start_on type date;
    create table marts.revenue_by_month as
    select
        month_start_on, count(*)::bigint as line_count,
        sum(net_amount)::decimal(18, 4) as revenue_amount
    from core.fct_sales group by month_start_on;
    create table marts.shop_summary as
    select
        $shop::varchar as shop_name, date '2025-04-30' as as_of_date,
        count(*)::bigint as line_count, sum(net_amount)::decimal(18, 4) as revenue_amount
    from core.fct_sales;
    create table quality.file_ledger as
    select
        'sales.csv'::varchar as path, 'sales'::varchar as input_name,
        'f1'::varchar as file_id, 400::bigint as records_in;
    comment on table core.fct_sales is '**One row per sales line**, it''s 100 % \\ "so".';
    comment on column core.fct_sales.net_amount is 'Gross − discount; l''été.';
"""


def write_warehouse(folder, price=1, shop="Boulangerie d’essai"):
    """A warehouse with one generation; `price` changes every line of the fact, and all sums."""
    folder.mkdir(parents=True)
    with duckdb.connect(str(folder / "candidate.duckdb")) as connection:
        for statement in TABLES.split(";\n"):
            values = {"price": price, "shop": shop}
            named = {name: value for name, value in values.items() if f"${name}" in statement}
            if statement.strip():
                connection.execute(statement, named or None)
    publish(folder, f"made from {price}")
    return folder


def revenue(price):
    """What all lines of such a warehouse come to."""
    return sum((Decimal(price + line) for line in range(400)), Decimal())


EXPORT = "from scripts.export.__main__ import main; from scripts.errors import run; run(main)"

DYING = f"""
import importlib, os, signal, sys
path, _, owner = sys.argv[1].partition(":")
module = importlib.import_module(path)
module = getattr(module, owner) if owner else module
original, left = getattr(module, sys.argv[2]), [int(sys.argv[3])]
def dying(*arguments, **named):
    left[0] -= 1
    if not left[0]:
        os.kill(os.getpid(), signal.SIGKILL)
    return original(*arguments, **named)
setattr(module, sys.argv[2], dying)
{EXPORT}
"""


def own_reader(to):
    """The role of a test's own database, since roles are the whole server's."""
    is_database = str(to).startswith(("postgresql://", "mysql://"))
    return {"READER": f"{str(to).rpartition('/')[2]}_reader"} if is_database else {}


def export(warehouse, to, **environment):
    """Run the command; returns the finished process."""
    environment = own_reader(to) | environment
    return run_script(EXPORT, warehouse=warehouse, TO=str(to), **environment)


def killed_export(warehouse, to, point, **environment):
    """Run the command until a function is called for the n-th time: then it is killed."""
    module, function, count = point
    environment = own_reader(to) | environment
    run = run_script(DYING, module, function, count, warehouse=warehouse, TO=str(to), **environment)
    assert run.returncode == -9, (point, run.stderr)
    return run
