{#- As many weeks are looked back on, and so many must be there; the pace is
    that of as many days before, when so many have one. -#}
{%- set history_weeks = 12 -%}
{%- set least_weeks = 6 -%}
{%- set pace_days = 6 -%}
{%- set least_pace_days = 4 -%}
with daily_sales as (

    select * from {{ ref('int_daily_sales') }}

),

dates as (

    select * from {{ ref('dim_dates') }}

),

period as (

    select * from {{ ref('int_shop_period') }}

),

settings as (

    select * from {{ ref('stg_settings') }}

),

-- what is no revenue has come in too
counted as (

    select
        sold_on,
        cast(sum(line_count) as bigint) as record_count
    from daily_sales
    group by sold_on

),

days as (

    select
        dates.date_day as sold_on,
        dates.iso_weekday,
        coalesce(counted.record_count, 0) as record_count,
        dates.is_past as is_complete
    from dates
    cross join period
    left join counted
        on dates.date_day = counted.sold_on
    where
        dates.date_day >= period.first_sold_on
        and dates.date_day <= greatest(period.last_sold_on, period.as_of_date)

),

earlier_days as (

    select
        days.sold_on,
        earlier.record_count
    from days
    inner join days as earlier
        on
            days.iso_weekday = earlier.iso_weekday
            and days.sold_on > earlier.sold_on
            and {{ add_days('days.sold_on', -7 * history_weeks) }}
            <= earlier.sold_on

),

middles as (

    select
        sold_on,
        count(*) as history_count,
        percentile_cont(0.5) within group (order by record_count)
            as usual_count
    from earlier_days
    group by sold_on

),

spreads as (

    select
        earlier_days.sold_on,
        percentile_cont(0.5) within group (
            order by abs(earlier_days.record_count - middles.usual_count)
        ) as absolute_deviation
    from earlier_days
    inner join middles
        on earlier_days.sold_on = middles.sold_on
    group by earlier_days.sold_on

),

-- how busy the days just before were beside what their weekdays usually are: in
-- a busy season a busy day is nothing unusual
paces as (

    select
        days.sold_on,
        percentile_cont(0.5) within group (
            order by
                cast(earlier.record_count as double) / middles.usual_count
        ) as pace
    from days
    inner join days as earlier
        on
            days.sold_on > earlier.sold_on
            and {{ add_days('days.sold_on', -pace_days) }} <= earlier.sold_on
    inner join middles
        on earlier.sold_on = middles.sold_on
    where
        middles.history_count >= {{ least_weeks }}
        and middles.usual_count > 0
    group by days.sold_on
    having count(*) >= {{ least_pace_days }}

),

expected as (

    select
        days.sold_on,
        days.record_count,
        coalesce(middles.history_count, 0) as history_count,
        cast(middles.usual_count as double)
        * coalesce(paces.pace, 1) as usual_count,
        spreads.absolute_deviation,
        days.is_complete
    from days
    left join middles
        on days.sold_on = middles.sold_on
    left join spreads
        on days.sold_on = spreads.sold_on
    left join paces
        on days.sold_on = paces.sold_on

),

-- 1.4826 makes the median of the deviations a standard deviation where values
-- are normal; what is counted varies by the root of its number by chance alone,
-- and below one record a deviation would be no news
judged as (

    select
        *,
        case
            when usual_count is not null
                then greatest(1.4826 * absolute_deviation, sqrt(usual_count), 1)
        end as usual_deviation
    from expected

),

final as (

    select
        judged.sold_on,
        judged.record_count,
        judged.history_count,
        judged.usual_count,
        cast(judged.usual_deviation as double) as usual_deviation,
        cast(
            (judged.record_count - judged.usual_count) / judged.usual_deviation
            as double
        ) as deviations,
        case
            when
                judged.is_complete
                and judged.history_count >= {{ least_weeks }}
                then
                    abs(judged.record_count - judged.usual_count)
                    > settings.alert_deviations * judged.usual_deviation
        end as is_unusual,
        judged.is_complete
    from judged
    cross join settings

)

select * from final
