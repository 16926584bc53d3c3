with baskets as (

    select * from {{ ref('int_baskets') }}
    where
        is_revenue
        and not is_anonymous

),

stores as (

    select * from {{ ref('dim_stores') }}

),

months as (

    select * from {{ ref('int_months') }}

),

visits as (

    select
        customer_id,
        store_id,
        month_start_on,
        sum(bought_line_count) > 0 as has_bought,
        sum(revenue_amount) as revenue_amount
    from baskets
    group by customer_id, store_id, month_start_on

),

first_visits as (

    select
        customer_id,
        store_id,
        min(case when has_bought then month_start_on end) as month_start_on
    from visits
    group by customer_id, store_id

),

active as (

    select
        visits.store_id,
        visits.month_start_on,
        count(case when visits.has_bought then 1 end)
            as active_customer_count,
        count(
            case
                when visits.month_start_on = first_visits.month_start_on then 1
            end
        ) as new_customer_count,
        sum(visits.revenue_amount) as revenue_amount
    from visits
    inner join first_visits
        on
            visits.customer_id = first_visits.customer_id
            and visits.store_id = first_visits.store_id
    group by visits.store_id, visits.month_start_on

),

final as (

    select
        active.store_id,
        active.month_start_on,
        active.active_customer_count,
        active.new_customer_count,
        active.active_customer_count - active.new_customer_count
            as returning_customer_count,
        cast(active.revenue_amount as decimal(18, 4)) as revenue_amount,
        stores.store_name,
        stores.region,
        months.is_month_complete as is_complete
    from active
    inner join stores
        on active.store_id = stores.store_id
    inner join months
        on active.month_start_on = months.month_start_on

)

select * from final
