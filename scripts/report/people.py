"""What the report reads of customers, team and stock: the rows of its lists, best first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace as Row

CUSTOMERS_LISTED = 50
COHORTS_SHOWN = 13
LEVELS_LISTED = 100


@dataclass
class People:
    """Lists of the marts customers, team and stock; empty where the files lack the columns.

    Of the team and of the stores' customers, the last complete month. `incentives` have beside
    them what the second of the ranking had, and how many sales and returns stand behind them.
    """

    segments: list[Row]
    customers_to_call: list[Row]
    cohorts: list[Row]
    top_customers: list[Row]
    customers_by_store: list[Row]
    sellers: list[Row]
    incentives: list[Row]
    reorder: list[Row]
    stock_by_category: list[Row]
    stock_by_store: list[Row]

    @property
    def reorder_count(self) -> int:
        """Products and stores to order for, also those that the list leaves out."""
        return sum(row.reorder_count for row in self.stock_by_store)


def read_people(rows: Callable[..., list[Row]]) -> People:
    """The lists, read with `rows(query, *values)`."""
    last_month = "month_start_on = (select last_complete_month_start_on from marts.shop_summary)"
    return People(
        segments=rows(
            "select rfm_segment, is_to_call, count(*) as customer_count,"
            " sum(revenue_amount) as revenue_amount"
            " from marts.customer_rfm group by rfm_segment, is_to_call"
            " order by customer_count desc, rfm_segment"
        ),
        customers_to_call=rows(
            "select * from marts.customer_rfm where is_to_call"
            f" order by revenue_amount desc, customer_id limit {CUSTOMERS_LISTED}"
        ),
        cohorts=rows(
            "select * from marts.customer_cohorts"
            f" where month_number < {COHORTS_SHOWN} and cohort_month_on in ("
            "  select distinct cohort_month_on from marts.customer_cohorts"
            f"  order by cohort_month_on desc limit {COHORTS_SHOWN}"
            " )"
            " order by cohort_month_on, month_number"
        ),
        top_customers=rows(
            "select * from marts.top_customers"
            f" order by revenue_rank, customer_id limit {CUSTOMERS_LISTED}"
        ),
        customers_by_store=rows(
            f"select * from marts.customer_activity_by_store where {last_month}"
            " order by active_customer_count desc, store_name, store_id"
        ),
        sellers=rows(
            f"select * from marts.monthly_employee_performance where {last_month}"
            " order by revenue_amount desc, employee_name, employee_id, store_id"
        ),
        incentives=rows(
            f"""
            with traced as (
                select
                    employee_id, store_id, month_start_on, rule_name,
                    count(*) filter (where base_amount >= 0) as sale_count,
                    count(*) filter (where base_amount < 0) as return_count,
                    sum(incentive_amount) filter (where base_amount < 0) as taken_back_amount
                from marts.incentive_lines where {last_month} group by all
            )
            select
                incentives.*, traced.sale_count, traced.return_count, traced.taken_back_amount,
                (
                    select max(sold) from (
                        select case
                            when incentives.base = 'margin' then others.margin_amount
                            else others.revenue_amount
                        end as sold
                        from marts.monthly_employee_performance as others
                        where others.store_id = incentives.store_id
                            and others.month_start_on = incentives.month_start_on
                    ) where sold < incentives.base_amount
                ) as next_amount
            from marts.incentives as incentives
            inner join traced
                using (employee_id, store_id, month_start_on, rule_name)
            order by incentive_amount desc, store_name, employee_name, employee_id, rule_name"""
        ),
        reorder=rows(
            "select * from marts.stock_levels where is_to_reorder"
            " order by cover_days, daily_units desc, product_name, product_id, store_id"
            f" limit {LEVELS_LISTED}"
        ),
        stock_by_category=rows(
            "select * from marts.stock_by_category"
            " order by stock_cost_amount desc nulls last, on_hand desc nulls last, category"
        ),
        stock_by_store=rows(
            "select * from marts.stock_by_store"
            " order by stock_cost_amount desc nulls last, on_hand desc nulls last, store_name,"
            " store_id"
        ),
    )
