"""What the report reads of sales, products and quality beyond its totals: rows, best first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace as Row

QUARTERS_SHOWN = 8
YEARS_SHOWN = 5
DISCOUNTED_SHOWN = 10
BEST_SHOWN = 10
PRICE_CHANGES_SHOWN = 10
DAYS_SHOWN = 10


@dataclass
class Details:
    """Rows of the marts; empty where the files lack the columns.

    `quarters` and `years` are the latest first. `discounted` sums each product's months, beside
    its whole gross amount. `best_sellers` are of the last twelve complete months, those first by
    units or by revenue. `curve` has the products sold in the window of the ABC classes, and
    `classes` the sums of each class. `unusual_days` are the latest first, of `unusual_count`
    among `judged_count`.
    """

    quarters: list[Row]
    years: list[Row]
    seasons: list[Row]
    discounted: list[Row]
    best_sellers: list[Row]
    curve: list[Row]
    classes: list[Row]
    pareto: Row | None
    categories: list[Row]
    price_changes: list[Row]
    price_change_count: int
    freshness: list[Row]
    unusual_days: list[Row]
    unusual_count: int
    judged_count: int


def read_details(rows: Callable[..., list[Row]]) -> Details:
    """The rows, read with `rows(query, *values)`."""
    pareto = rows("select * from marts.pareto_summary")
    days = rows(
        "select count(*) filter (where is_unusual) as unusual_count, count(is_unusual) as judged"
        " from quality.volumes_by_day"
    )[0]
    changed = "price_change_amount <> 0 or cost_change_amount <> 0"
    return Details(
        quarters=rows(
            "select * from marts.revenue_growth where period_type = 'quarter'"
            f" order by period_start_on desc limit {QUARTERS_SHOWN}"
        ),
        years=rows(
            "select * from marts.revenue_growth where period_type = 'year'"
            f" order by period_start_on desc limit {YEARS_SHOWN}"
        ),
        seasons=rows(
            "select * from marts.seasonality where season_index is not null"
            " order by season_type desc, season_number"
        ),
        discounted=rows(
            f"""
            with given as (
                select
                    product_id, product_name, category,
                    sum(discounted_line_count)::bigint as discounted_line_count,
                    sum(discount_amount) as discount_amount
                from marts.discounts_by_product_month
                group by product_id, product_name, category
            )
            select given.*, products.gross_amount, products.line_count
            from given inner join marts.revenue_by_product as products
                on given.product_id = products.product_id
            where given.discount_amount > 0
            order by discount_amount desc, product_name, product_id
            limit {DISCOUNTED_SHOWN}"""
        ),
        best_sellers=rows(
            "select * from marts.best_sellers where time_window = 'last_twelve_months'"
            f" and (quantity_rank <= {BEST_SHOWN} or revenue_rank <= {BEST_SHOWN})"
            " order by quantity_rank nulls last, revenue_rank, product_name, product_id"
        ),
        curve=rows(
            "select * from marts.product_abc where revenue_rank is not null"
            " order by revenue_rank, product_name, product_id"
        ),
        classes=rows(
            "select abc_class, count(*) as product_count, sum(revenue_amount) as revenue_amount,"
            " sum(window_revenue_share) as window_revenue_share"
            " from marts.product_abc group by abc_class order by abc_class"
        ),
        pareto=pareto[0] if pareto else None,
        categories=rows(
            "select * from marts.margin_by_category"
            " order by margin_share desc nulls last, revenue_amount desc, category"
        ),
        price_changes=rows(
            f"select * from marts.price_history where {changed}"
            " order by valid_from desc, abs(price_change_share) desc nulls last, product_name,"
            f" product_id limit {PRICE_CHANGES_SHOWN}"
        ),
        price_change_count=rows(
            f"select count(*) as change_count from marts.price_history where {changed}"
        )[0].change_count,
        freshness=rows(
            "select * from quality.freshness order by input_name <> 'sales', input_name"
        ),
        unusual_days=rows(
            "select * from quality.volumes_by_day where is_unusual"
            f" order by sold_on desc limit {DAYS_SHOWN}"
        ),
        unusual_count=days.unusual_count,
        judged_count=days.judged,
    )  # fmt: skip
