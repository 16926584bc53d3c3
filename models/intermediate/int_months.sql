with dates as (

    select * from {{ ref('dim_dates') }}

),

period as (

    select * from {{ ref('int_shop_period') }}

),

final as (

    select
        dates.month_start_on,
        dates.month_end_on,
        dates.is_month_complete
    from dates
    cross join period
    where
        dates.month_end_on >= period.first_sold_on
        and dates.month_start_on <= period.last_sold_on
    group by
        dates.month_start_on,
        dates.month_end_on,
        dates.is_month_complete

)

select * from final
