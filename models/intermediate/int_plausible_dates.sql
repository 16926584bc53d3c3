with landed_days as (

    select * from {{ ref('int_landed_sales_days') }}

),

orders as (

    select * from {{ ref('stg_orders') }}

),

settings as (

    select * from {{ ref('stg_settings') }}

),

sale_dates as (

    select
        landed_on as sold_on,
        record_count
    from landed_days

    union all

    select
        coalesce(
            orders.sold_on,
            {{ business_date('orders.sold_at', 'settings.day_cutoff_hour') }}
        ) as sold_on,
        1 as record_count
    from orders
    cross join settings

),

days as (

    select
        sold_on,
        sum(record_count) as record_count
    from sale_dates
    where sold_on is not null
    group by sold_on

),

-- the first day after a silence of more than a year, with what follows it
silences as (

    select
        sold_on,
        {{ days_between('lag(sold_on) over (order by sold_on)', 'sold_on') }}
            as silent_days,
        sum(record_count) over (order by sold_on desc) as records_from_here,
        sum(record_count) over () as all_records
    from days

),

-- a handful of records beyond a silence are typing errors; a shop that
-- reopens has more of them
errors as (

    select min(silences.sold_on) as first_error_on
    from silences
    cross join settings
    where
        silences.silent_days > 366
        and silences.records_from_here <= greatest(
            1, settings.maximum_quarantined_share * silences.all_records
        )

),

final as (

    select
        cast('1990-01-01' as date) as earliest_on,
        coalesce(
            {{ add_months('max(settings.as_of_date)', 12) }},
            {{ add_months('max(days.sold_on)', 12) }},
            {{ open_end() }}
        ) as latest_on
    from settings
    cross join errors
    left join days
        on
            errors.first_error_on is null
            or errors.first_error_on > days.sold_on

)

select * from final
