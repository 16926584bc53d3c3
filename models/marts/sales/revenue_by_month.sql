with baskets as (

    select * from {{ ref('int_baskets') }}
    where is_revenue

),

months as (

    select * from {{ ref('int_months') }}

),

monthly as (

    select
        month_start_on,
        count(distinct order_id) as order_count,
        count(distinct case when not is_anonymous then customer_id end)
            as customer_count,
        sum(returns_amount) as returns_amount,
        {{ sums_of_measures() }}
    from baskets
    group by month_start_on

),

final as (

    select
        months.month_start_on,
        coalesce(monthly.order_count, 0) as order_count,
        coalesce(monthly.customer_count, 0) as customer_count,
        {{ filled_measures('monthly') }},
        cast(coalesce(monthly.returns_amount, 0) as decimal(18, 4))
            as returns_amount,
        months.is_month_complete as is_complete
    from months
    left join monthly
        on months.month_start_on = monthly.month_start_on

)

select * from final
