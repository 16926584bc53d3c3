with baskets as (

    select * from {{ ref('int_baskets') }}
    where is_revenue

),

daily_sales as (

    select * from {{ ref('int_daily_sales') }}

),

product_sales as (

    select product_id from {{ ref('int_monthly_product_sales') }}
    where is_revenue

),

store_sales as (

    select store_id from {{ ref('int_monthly_store_sales') }}
    where
        is_revenue
        and store_id <> {{ unknown() }}

),

settings as (

    select * from {{ ref('stg_settings') }}

),

period as (

    select * from {{ ref('int_shop_period') }}

),

months as (

    select * from {{ ref('int_months') }}

),

stores as (

    select * from {{ ref('dim_stores') }}

),

prices as (

    select * from {{ ref('stg_products') }}
    where outcome = 'loaded'

),

head_counts as (

    select * from {{ ref('stg_stores') }}
    where outcome = 'loaded'

),

counts as (

    select
        count(distinct order_id) as order_count,
        count(distinct case when not is_anonymous then customer_id end)
            as customer_count
    from baskets

),

revenue_lines as (

    select
        coalesce(sum(returns_amount), 0) as returns_amount,
        coalesce(sum(anonymous_revenue_amount), 0)
            as anonymous_revenue_amount,
        coalesce(cast(sum(line_count) as bigint), 0) as line_count,
        cast(sum(quantity) as decimal(18, 4)) as quantity,
        cast(sum(gross_amount) as decimal(18, 4)) as gross_amount,
        cast(sum(discount_amount) as decimal(18, 4)) as discount_amount,
        cast(sum(revenue_amount) as decimal(18, 4)) as revenue_amount,
        cast(sum(cost_amount) as decimal(18, 4)) as cost_amount,
        cast(sum(margin_amount) as decimal(18, 4)) as margin_amount,
        cast(
            coalesce(sum(revenue_with_cost_amount), 0) as decimal(18, 4)
        ) as revenue_with_cost_amount
    from daily_sales
    where is_revenue

),

sold_members as (

    select
        (select count(distinct product_id) from product_sales)
            as product_count,
        (select count(distinct store_id) from store_sales) as store_count

),

other_lines as (

    select
        coalesce(cast(sum(line_count) as bigint), 0)
            as not_revenue_line_count,
        coalesce(sum(revenue_amount), 0) as not_revenue_amount
    from daily_sales
    where not is_revenue

),

complete_months as (

    select max(month_start_on) as last_complete_month_start_on
    from months
    where is_month_complete

),

all_stores as (

    select sum(employee_count) as employee_count
    from stores

),

price_history as (

    select count(valid_from) > 0 as has_price_history
    from prices

),

head_count_history as (

    select count(valid_from) > 0 as has_head_count_history
    from head_counts

),

final as (

    select
        settings.shop_name,
        period.as_of_date,
        period.first_sold_on,
        period.last_sold_on,
        complete_months.last_complete_month_start_on,
        counts.order_count,
        counts.customer_count,
        sold_members.product_count,
        sold_members.store_count,
        revenue_lines.line_count,
        case
            when revenue_lines.line_count = 0 then 0
            else revenue_lines.quantity
        end as quantity,
        case
            when revenue_lines.line_count = 0 then 0
            else revenue_lines.gross_amount
        end as gross_amount,
        case
            when revenue_lines.line_count = 0 then 0
            else revenue_lines.discount_amount
        end as discount_amount,
        coalesce(revenue_lines.revenue_amount, 0) as revenue_amount,
        revenue_lines.cost_amount,
        revenue_lines.margin_amount,
        revenue_lines.revenue_with_cost_amount,
        cast(revenue_lines.returns_amount as decimal(18, 4)) as returns_amount,
        cast(revenue_lines.anonymous_revenue_amount as decimal(18, 4))
            as anonymous_revenue_amount,
        other_lines.not_revenue_line_count,
        cast(other_lines.not_revenue_amount as decimal(18, 4))
            as not_revenue_amount,
        cast(all_stores.employee_count as decimal(18, 4)) as employee_count,
        settings.currency,
        settings.locale,
        settings.prices_include_tax,
        price_history.has_price_history,
        head_count_history.has_head_count_history
    from settings
    cross join period
    cross join revenue_lines
    cross join counts
    cross join sold_members
    cross join other_lines
    cross join complete_months
    cross join all_stores
    cross join price_history
    cross join head_count_history

)

select * from final
