"""The marts of sales and products beyond the totals, and quality's tables over days and inputs.

Statements for `fake_warehouse.create`, run while its tables `lines` and `months` are there. Prices
are invented: with a history, each product of an even number has cost 5 less for its first year.
"""

from __future__ import annotations

SUMS = """
    coalesce(sum(quantity), 0)::decimal(18, 4) as quantity,
    coalesce(sum(net_amount + discount_amount), 0)::decimal(18, 4) as gross_amount,
    coalesce(sum(discount_amount), 0)::decimal(18, 4) as discount_amount,
    coalesce(sum(net_amount), 0)::decimal(18, 4) as revenue_amount,
    sum(cost_amount)::decimal(18, 4) as cost_amount,
    sum(net_amount - cost_amount)::decimal(18, 4) as margin_amount,
    coalesce(sum(net_amount) filter (where cost_amount is not null), 0)::decimal(18, 4)
        as revenue_with_cost_amount"""

DETAILS = f"""
create table marts.revenue_growth as
with kinds as (
    select * from (values ('month', 1), ('quarter', 3), ('year', 12)) as kinds (period_type, size)
),
sold as (
    select
        period_type, size, date_trunc(period_type, sold_on)::date as period_start_on,
        count(distinct order_id)::bigint as order_count, count(*)::bigint as line_count, {SUMS}
    from lines cross join kinds group by period_type, size, date_trunc(period_type, sold_on)
),
judged as (
    select
        sold.*,
        (select count(*) from months
            where is_complete and date_trunc(period_type, month_start_on) = period_start_on
        ) = size as is_complete
    from sold
),
compared as (
    select
        judged.*,
        case when judged.is_complete and before.is_complete then before.revenue_amount end
            as previous_revenue_amount,
        case when judged.is_complete and ago.is_complete then ago.revenue_amount end
            as year_ago_revenue_amount
    from judged
    left join judged as before
        on before.period_type = judged.period_type
        and before.period_start_on = judged.period_start_on - to_months(judged.size)
    left join judged as ago
        on ago.period_type = judged.period_type
        and ago.period_start_on = judged.period_start_on - to_months(12)
)
select
    period_type, period_start_on, (period_start_on + to_months(size) - to_days(1))::date
        as period_end_on,
    order_count, line_count, quantity, gross_amount, discount_amount, revenue_amount, cost_amount,
    margin_amount, revenue_with_cost_amount, previous_revenue_amount,
    revenue_amount - previous_revenue_amount as change_amount,
    case when previous_revenue_amount > 0
        then revenue_amount::double / previous_revenue_amount::double - 1 end as growth_share,
    year_ago_revenue_amount, revenue_amount - year_ago_revenue_amount as year_change_amount,
    case when year_ago_revenue_amount > 0
        then revenue_amount::double / year_ago_revenue_amount::double - 1 end as year_growth_share,
    is_complete
from compared;

create table marts.seasonality as
with sold as (
    select 'month' as season_type, month(sold_on)::integer as season_number, sold_on, net_amount
    from lines
    where sold_on < make_date((select count(*) // 12 from months where is_complete)::integer
        + year((select min(month_start_on) from months))::integer, 1, 1)
    union all
    select 'weekday', isodow(sold_on)::integer, sold_on, net_amount from lines
),
summed as (
    select
        season_type, season_number, min(sold_on) as window_start_on, max(sold_on) as window_end_on,
        1::bigint as season_count, count(distinct sold_on)::bigint as day_count,
        sum(net_amount)::decimal(18, 4) as revenue_amount
    from sold group by season_type, season_number
)
select
    season_type, season_number, min(window_start_on) over () as window_start_on,
    max(window_end_on) over () as window_end_on, season_count, day_count, revenue_amount,
    (revenue_amount / day_count)::double as revenue_per_day,
    case when sum(revenue_amount) over of_type > 0 then (
        (revenue_amount / day_count) / (sum(revenue_amount) over of_type
        / sum(day_count) over of_type)
    )::double end as season_index
from summed window of_type as (partition by season_type);

create table marts.revenue_by_region_city_store (place_id varchar);
create table marts.revenue_change_by_region_category (region varchar);

create table marts.discounts_by_product_month as
select
    product_id, month_start_on, count(*)::bigint as line_count,
    count(*) filter (where discount_amount <> 0)::bigint as discounted_line_count,
    sum(net_amount + discount_amount)::decimal(18, 4) as gross_amount,
    sum(discount_amount)::decimal(18, 4) as discount_amount,
    sum(net_amount)::decimal(18, 4) as revenue_amount,
    case when sum(net_amount + discount_amount) > 0
        then (sum(discount_amount) / sum(net_amount + discount_amount))::double end
        as discount_share,
    product_name, category, true as is_complete
from lines group by product_id, month_start_on, product_name, category
having count(*) filter (where discount_amount <> 0) > 0;

create table marts.product_abc as
with windowed as (
    select greatest(min(month_start_on), max(month_start_on) - to_months(11))::date as first_on,
        last_day(max(month_start_on)) as last_on
    from months where is_complete or not exists (select * from months where is_complete)
),
sold as (
    select
        product_id, product_name, category, sum(quantity)::decimal(18, 4) as quantity,
        sum(net_amount)::decimal(18, 4) as revenue_amount
    from lines cross join windowed where sold_on between first_on and last_on
    group by product_id, product_name, category
),
ranked as (
    select
        *, rank() over (order by revenue_amount desc)::bigint as revenue_rank,
        sum(revenue_amount) over (order by revenue_amount desc)::double as reached,
        nullif(greatest(sum(revenue_amount) over (), 0), 0)::double as total
    from sold
),
shared as (
    select *, (reached - revenue_amount::double) / total as share_before from ranked
)
select
    product_id, first_on as window_start_on, last_on as window_end_on, quantity, revenue_amount,
    revenue_rank, revenue_amount::double / total as window_revenue_share, share_before,
    reached / total as cumulative_share,
    case when share_before < 0.8 then 'A' when share_before < 0.95 then 'B' else 'C' end
        as abc_class,
    product_name, category
from shared cross join windowed;

create table marts.pareto_summary as
with summed as (
    select
        min(window_start_on) as window_start_on, max(window_end_on) as window_end_on,
        count(*)::bigint as product_count, ceil(count(*) / 5)::bigint as top_product_count,
        sum(revenue_amount)::decimal(18, 4) as revenue_amount
    from marts.product_abc having count(*) > 0
),
top as (
    select coalesce(sum(revenue_amount), 0)::decimal(18, 4) as top_revenue_amount from (
        select revenue_amount from marts.product_abc order by revenue_amount desc
        limit (select top_product_count from summed)
    )
)
select
    window_start_on, window_end_on, product_count, top_product_count, revenue_amount,
    top_revenue_amount,
    case when revenue_amount > 0 then (top_revenue_amount / revenue_amount)::double end
        as top_revenue_share
from summed cross join top;

create table marts.best_sellers as
select
    'last_twelve_months' as time_window, product_id, 1::bigint as line_count, quantity,
    revenue_amount, window_revenue_share,
    rank() over (order by quantity desc)::bigint as quantity_rank, revenue_rank,
    product_name, category
from marts.product_abc where exists (select * from months where is_complete);

create table marts.margin_by_category as
with summed as (
    select category, count(*)::bigint as line_count, {SUMS} from lines group by category
)
select
    *, case when revenue_with_cost_amount > 0
        then (margin_amount / revenue_with_cost_amount)::double end as margin_share,
    case when revenue_amount > 0 then (revenue_with_cost_amount / revenue_amount)::double end
        as covered_share
from summed;

create table marts.price_history as
with priced as (
    select distinct
        product_id, product_name, category, substr(product_id, 2)::integer as number,
        unnest(case when $has_price_history and substr(product_id, 2)::integer % 2 = 0
            then [0, 1] else [1] end) as part
    from lines
),
held as (
    select
        *, case when part = 0 or not $has_price_history or number % 2 = 1
            then date '1900-01-01' else date '2025-02-01' end as valid_from,
        (number + 10 * part + 90)::decimal(18, 4) as unit_price,
        (number + 5 * part + 40)::decimal(18, 4) as unit_cost
    from priced
)
select
    product_id, valid_from, case when part = 0 then date '2025-02-01' else date '9999-12-31' end
        as valid_to,
    unit_price, lag(unit_price) over in_time as previous_unit_price,
    unit_price - lag(unit_price) over in_time as price_change_amount,
    (unit_price / lag(unit_price) over in_time - 1)::double as price_change_share,
    unit_cost, lag(unit_cost) over in_time as previous_unit_cost,
    unit_cost - lag(unit_cost) over in_time as cost_change_amount,
    product_name, category, part = 1 as is_current
from held window in_time as (partition by product_id order by valid_from);

create table quality.volumes_by_day as
with counted as (
    select sold_on, count(*)::bigint as record_count, row_number() over (order by sold_on) as place
    from lines group by sold_on
)
select
    sold_on, record_count, least(place - 1, 12)::bigint as history_count,
    case when place > 1 then 12.0::double end as usual_count,
    case when place > 1 then 2.0::double end as usual_deviation,
    case when place > 1 then (record_count - 12) / 2.0::double end as deviations,
    case when place > 6 then abs(record_count - 12) > 6 end as is_unusual, true as is_complete
from counted;
"""

# from the ledger of files, so after it
FRESHNESS = """
create table quality.freshness as
select
    input_name, max(path) as last_path,
    case when input_name = 'sales' then any_value(summary.first_sold_on) end as first_business_on,
    case when input_name = 'sales' then any_value(summary.last_sold_on) end as last_business_on,
    count(*)::bigint as file_count, sum(records_in)::bigint as records_in,
    sum(loaded_count)::bigint as loaded_count,
    arg_max(records_in, path)::bigint as last_file_records_in,
    case when input_name = 'sales' then 0::bigint end as days_behind
from quality.file_ledger cross join marts.shop_summary as summary
group by input_name;
"""
