"""The marts of customers, team and stock of an invented shop, summed from its invented lines.

Statements for `fake_warehouse.create`, run while its tables `lines` and `months` are there. Each
line has a salesperson, the third or fourth of its store; a shop without stores has neither a team
nor counted stock.
"""

from __future__ import annotations

PEOPLE = """
create table marts.customer_rfm as
with sold as (
    select
        customer_id, max(sold_on) as last_purchased_on,
        (select max(sold_on) from lines) - max(sold_on) as recency_days,
        count(distinct coalesce(order_id, sold_on::varchar)) as purchase_count,
        sum(net_amount)::decimal(18, 4) as revenue_amount,
        (row_number() over (order by customer_id) % 5 + 1)::integer as score
    from lines group by customer_id
)
select
    customer_id, last_purchased_on, recency_days, purchase_count, revenue_amount,
    score as recency_score, score as frequency_score, score as monetary_score,
    ['lost', 'at_risk', 'cannot_lose', 'loyal', 'a segment of their own'][score] as rfm_segment,
    'Customer ' || substr(customer_id, 2) as customer_name, 'all' as segment,
    score in (2, 3) as is_to_call
from sold;

create table marts.top_customers as
select
    customer_id, rank() over (order by revenue_amount desc) as revenue_rank, last_purchased_on,
    purchase_count, revenue_amount,
    (revenue_amount / nullif(sum(revenue_amount) over (), 0))::double as customer_revenue_share,
    customer_name, segment
from marts.customer_rfm;

create table marts.customer_cohorts as
with bought as (
    select distinct customer_id, month_start_on from lines
),
firsts as (
    select customer_id, min(month_start_on) as cohort_month_on, max(month_start_on) as last_on
    from bought group by customer_id
),
cells as (
    select
        firsts.cohort_month_on, months.month_start_on, months.is_complete,
        count(*) as customer_count,
        count(bought.customer_id) as on_count,
        count(*) filter (where firsts.last_on >= months.month_start_on) as after_count
    from firsts
    join months on months.month_start_on >= firsts.cohort_month_on
    left join bought on bought.customer_id = firsts.customer_id
        and bought.month_start_on = months.month_start_on
    group by all
)
select
    cohort_month_on,
    datediff('month', cohort_month_on, month_start_on)::integer as month_number,
    month_start_on, customer_count,
    case when is_complete then on_count end as retained_on_count,
    case when is_complete then after_count end as retained_on_or_after_count,
    case when is_complete then on_count / customer_count end as retained_on_share,
    case when is_complete then after_count / customer_count end as retained_on_or_after_share,
    is_complete
from cells;

create table marts.customer_activity_by_store as
select
    store_id, month_start_on, count(distinct customer_id) as active_customer_count,
    0::bigint as new_customer_count, count(distinct customer_id) as returning_customer_count,
    sum(net_amount)::decimal(18, 4) as revenue_amount, store_name, region, is_complete
from lines join months using (month_start_on)
group by store_id, month_start_on, store_name, region, is_complete;

create table marts.monthly_employee_performance as
with sold as (
    select
        store_id, month_start_on, 'E' || substr(store_id, 2) || (hash(sold_on) % 2) as employee_id,
        count(distinct order_id) as order_count, sum(net_amount)::decimal(18, 4) as revenue_amount,
        sum(net_amount - cost_amount)::decimal(18, 4) as margin_amount, store_name, is_complete
    from lines join months using (month_start_on) where store_id <> '(unknown)'
    group by all
)
select
    *, revenue_amount::double / nullif(order_count, 0) as revenue_per_order,
    (revenue_amount / nullif(sum(revenue_amount) over of_store, 0))::double as store_revenue_share,
    rank() over (partition by store_id, month_start_on order by revenue_amount desc) as seller_rank,
    store_name || ' ' || right(employee_id, 1) as employee_name, false as is_manager
from sold window of_store as (partition by store_id, month_start_on);

create table marts.incentives as
select
    employee_id, store_id, month_start_on, 'best_seller' as rule_name,
    revenue_amount as base_amount, 0.01::decimal(18, 8) as rate, 1::bigint as earner_count,
    round(revenue_amount * 0.01, 4)::decimal(18, 4) as incentive_amount, 'revenue' as base,
    employee_name, store_name
from marts.monthly_employee_performance
where seller_rank = 1 and is_complete and revenue_amount > 0;

create table marts.incentive_lines as
select
    'L' || row_number() over () as sale_line_id, rule_name, employee_id, lines.store_id, product_id,
    lines.sold_on, lines.month_start_on, net_amount as base_amount,
    round(net_amount * 0.01, 4)::decimal(18, 4) as incentive_amount
from lines join marts.incentives
    on incentives.store_id = lines.store_id and incentives.month_start_on = lines.month_start_on
    and incentives.employee_id = 'E' || substr(lines.store_id, 2) || (hash(lines.sold_on) % 2);

create table marts.stock_levels as
with sold as (
    select
        product_id, product_name, category, store_id, store_name,
        greatest(sum(quantity), 0)::decimal(18, 4) as units_sold,
        ((row_number() over (order by product_id, store_id) * 7) % 40)::decimal(18, 4) as on_hand
    from lines where store_id <> '(unknown)'
    group by product_id, product_name, category, store_id, store_name
)
select
    product_id, store_id, (select max(sold_on) from lines) as counted_on,
    90::bigint as in_stock_day_count, 0::bigint as out_of_stock_day_count, on_hand, units_sold,
    (units_sold / 90)::decimal(18, 8) as daily_units,
    (on_hand * 2)::decimal(18, 4) as stock_cost_amount,
    case when units_sold > 0 then (on_hand * 90 / units_sold)::double end as cover_days,
    (units_sold / nullif(units_sold + on_hand, 0))::double as sell_through_share,
    product_name, category, store_name,
    units_sold > 0 and on_hand * 90 < 14 * units_sold as is_to_reorder
from sold;
"""
SUMS = """
    count(distinct product_id) as product_count, sum(on_hand)::decimal(18, 4) as on_hand,
    sum(units_sold)::decimal(18, 4) as units_sold, sum(daily_units)::decimal(18, 8) as daily_units,
    sum(stock_cost_amount)::decimal(18, 4) as stock_cost_amount,
    sum(on_hand)::decimal(18, 4) as on_hand_with_cost,
    (sum(on_hand) / nullif(sum(daily_units), 0))::double as cover_days,
    (sum(units_sold) / nullif(sum(units_sold + on_hand), 0))::double as sell_through_share,
    count(*) filter (where on_hand <= 0) as out_of_stock_count,
    count(*) filter (where is_to_reorder) as reorder_count
from marts.stock_levels"""
PEOPLE += f"""
create table marts.stock_by_category as select category, {SUMS} group by category;

create table marts.stock_by_store as
select store_id, store_name, {SUMS} group by store_id, store_name;
"""
