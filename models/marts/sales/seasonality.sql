with daily_sales as (

    select * from {{ ref('int_daily_sales') }}
    where is_revenue

),

dates as (

    select * from {{ ref('dim_dates') }}

),

months as (

    select * from {{ ref('int_months') }}

),

period as (

    select * from {{ ref('int_shop_period') }}

),

complete_months as (

    select
        max(month_start_on) as last_month_start_on,
        cast(floor(count(*) / 12.0) as integer) as year_count
    from months
    where is_month_complete

),

-- whole years, so that each season is seen equally often
years as (

    select
        year_count,
        {{ add_months('last_month_start_on', '(1 - 12 * year_count)') }}
            as first_day,
        {{ last_of_month('last_month_start_on') }} as last_day
    from complete_months
    where year_count > 0

),

seasonal_days as (

    {% for season_type in ['quarter', 'month'] %}
    select
        '{{ season_type }}' as season_type,
        dates.calendar_{{ season_type }} as season_number,
        dates.date_day,
        years.year_count as season_count
    from dates
    inner join years
        on
            dates.date_day >= years.first_day
            and dates.date_day <= years.last_day

    union all

    {% endfor %}
    -- whole weeks need no whole year
    select
        'weekday' as season_type,
        dates.iso_weekday as season_number,
        dates.date_day,
        null as season_count
    from dates
    inner join period
        on
            dates.week_start_on >= period.first_sold_on
            and {{ add_days('dates.week_start_on', 6) }}
            <= least(period.last_sold_on, period.as_of_date)

),

seasons as (

    select
        seasonal_days.season_type,
        seasonal_days.season_number,
        min(seasonal_days.date_day) as first_day,
        max(seasonal_days.date_day) as last_day,
        count(*) as day_count,
        cast(coalesce(max(seasonal_days.season_count), count(*)) as bigint)
            as season_count,
        cast(coalesce(sum(daily_sales.revenue_amount), 0) as decimal(18, 4))
            as revenue_amount
    from seasonal_days
    left join daily_sales
        on seasonal_days.date_day = daily_sales.sold_on
    group by seasonal_days.season_type, seasonal_days.season_number

),

averaged as (

    select
        *,
        min(first_day) over (partition by season_type) as window_start_on,
        max(last_day) over (partition by season_type) as window_end_on,
        {{ ratio('revenue_amount', 'day_count') }} as revenue_per_day,
        {{ ratio(
            'sum(revenue_amount) over (partition by season_type)',
            'sum(day_count) over (partition by season_type)'
        ) }} as average_revenue_per_day
    from seasons

),

final as (

    select
        season_type,
        season_number,
        window_start_on,
        window_end_on,
        season_count,
        day_count,
        revenue_amount,
        revenue_per_day,
        case
            when average_revenue_per_day > 0
                then revenue_per_day / average_revenue_per_day
        end as season_index
    from averaged

)

select * from final
