with daily_sales as (

    select * from {{ ref('int_daily_sales') }}
    where is_revenue

),

monthly_counts as (

    select * from {{ ref('int_monthly_counts') }}
    where is_revenue

),

months as (

    select * from {{ ref('int_months') }}

),

monthly as (

    select
        month_start_on,
        sum(returns_amount) as returns_amount,
        {{ sums_of_measures() }}
    from daily_sales
    group by month_start_on

),

final as (

    select
        months.month_start_on,
        coalesce(monthly_counts.order_count, 0) as order_count,
        coalesce(monthly_counts.customer_count, 0) as customer_count,
        {{ filled_measures('monthly') }},
        cast(coalesce(monthly.returns_amount, 0) as decimal(18, 4))
            as returns_amount,
        months.is_month_complete as is_complete
    from months
    left join monthly
        on months.month_start_on = monthly.month_start_on
    left join monthly_counts
        on months.month_start_on = monthly_counts.month_start_on

)

select * from final
