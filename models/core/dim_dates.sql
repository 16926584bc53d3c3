with period as (

    select * from {{ ref('int_shop_period') }}

),

settings as (

    select * from {{ ref('stg_settings') }}

),

-- whole calendar years, so that every month and quarter is complete
days as (

    select
        {{ each_day(
            "cast(date_trunc('year', period.first_sold_on) as date)",
            "cast(date_trunc('year', greatest(period.last_sold_on,"
            ~ " period.as_of_date)) + interval '1' year - interval '1' day"
            ~ " as date)"
        ) }} as date_day
    from period

),

fiscal as (

    select
        days.date_day,
        {{ add_months(
            'days.date_day', '((13 - settings.fiscal_year_start_month) % 12)'
        ) }} as fiscal_day
    from days
    cross join settings

),

final as (

    select
        fiscal.date_day,
        {{ first_of_month('fiscal.date_day') }} as month_start_on,
        {{ last_of_month('fiscal.date_day') }} as month_end_on,
        cast(date_trunc('quarter', fiscal.date_day) as date)
            as quarter_start_on,
        cast(date_trunc('year', fiscal.date_day) as date) as year_start_on,
        cast(date_trunc('week', fiscal.date_day) as date) as week_start_on,
        cast(extract(year from fiscal.date_day) as integer) as calendar_year,
        cast(extract(quarter from fiscal.date_day) as integer)
            as calendar_quarter,
        cast(extract(month from fiscal.date_day) as integer) as calendar_month,
        {{ iso_year('fiscal.date_day') }} as iso_year,
        cast(extract(week from fiscal.date_day) as integer) as iso_week,
        {{ iso_weekday('fiscal.date_day') }} as iso_weekday,
        -- named after the calendar year in which it ends
        cast(extract(year from fiscal.fiscal_day) as integer) as fiscal_year,
        cast(extract(quarter from fiscal.fiscal_day) as integer)
            as fiscal_quarter,
        fiscal.date_day <= period.as_of_date as is_past,
        {{ last_of_month('fiscal.date_day') }} <= period.as_of_date
            as is_month_complete
    from fiscal
    cross join period

)

select * from final
