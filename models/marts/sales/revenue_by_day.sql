with daily as (

    select * from {{ ref('int_daily_sales') }}
    where is_revenue

),

dates as (

    select * from {{ ref('dim_dates') }}

),

period as (

    select * from {{ ref('int_shop_period') }}

),

final as (

    select
        dates.date_day as sold_on,
        dates.month_start_on,
        coalesce(daily.order_count, 0) as order_count,
        {{ filled_measures('daily') }},
        dates.is_month_complete
    from dates
    cross join period
    left join daily
        on dates.date_day = daily.sold_on
    where
        dates.date_day >= period.first_sold_on
        and dates.date_day <= period.last_sold_on

)

select * from final
