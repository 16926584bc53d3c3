{#- kind of period, its first day from a month's, its months -#}
{%- set kinds = [
    ('month', 'month_start_on', 1),
    ('quarter', "cast(date_trunc('quarter', month_start_on) as date)", 3),
    ('year', "cast(date_trunc('year', month_start_on) as date)", 12),
    ('fiscal_year', 'fiscal_year_start_on', 12),
] -%}
with daily_sales as (

    select * from {{ ref('int_daily_sales') }}
    where is_revenue

),

monthly_counts as (

    select * from {{ ref('int_monthly_counts') }}
    where is_revenue

),

baskets as (

    select
        order_id,
        month_start_on
    from {{ ref('int_baskets') }}
    where is_revenue

),

months as (

    select * from {{ ref('int_months') }}

),

period as (

    select * from {{ ref('int_shop_period') }}

),

settings as (

    select * from {{ ref('stg_settings') }}

),

fiscal_months as (

    select
        months.month_start_on,
        (13 - settings.fiscal_year_start_month) % 12 as shift,
        cast(
            date_trunc(
                'year',
                {{ add_months(
                    'months.month_start_on',
                    '((13 - settings.fiscal_year_start_month) % 12)'
                ) }}
            ) as date
        ) as shifted_year_start_on
    from months
    cross join settings

),

dated_months as (

    select
        month_start_on,
        {{ add_months('shifted_year_start_on', '(-shift)') }}
            as fiscal_year_start_on
    from fiscal_months

),

period_months as (

    {% for kind, starts_on, month_count in kinds %}
    select
        '{{ kind }}' as period_type,
        month_start_on,
        {{ starts_on }} as period_start_on,
        {{ month_count }} as month_count
    from dated_months
    {%- if not loop.last %}

    union all

    {% endif %}
    {%- endfor %}

),

-- an order with a return in a later month stands in two months, and is one
-- order of their year; they are few, so that nothing big is counted again
orders_of_several_months as (

    select order_id
    from baskets
    where order_id is not null
    group by order_id
    having min(month_start_on) <> max(month_start_on)

),

their_months as (

    select
        baskets.order_id,
        baskets.month_start_on
    from baskets
    inner join orders_of_several_months
        on baskets.order_id = orders_of_several_months.order_id
    group by baskets.order_id, baskets.month_start_on

),

counted_again as (

    select
        period_months.period_type,
        period_months.period_start_on,
        count(*) - count(distinct their_months.order_id) as order_count
    from their_months
    inner join period_months
        on their_months.month_start_on = period_months.month_start_on
    group by period_months.period_type, period_months.period_start_on

),

periods as (

    select
        period_months.period_type,
        period_months.period_start_on,
        period_months.month_count,
        coalesce(cast(sum(monthly_counts.order_count) as bigint), 0)
            as order_count
    from period_months
    left join monthly_counts
        on period_months.month_start_on = monthly_counts.month_start_on
    group by
        period_months.period_type,
        period_months.period_start_on,
        period_months.month_count

),

sold as (

    select
        period_months.period_type,
        period_months.period_start_on,
        {{ sums_of_measures() }}
    from daily_sales
    inner join period_months
        on daily_sales.month_start_on = period_months.month_start_on
    group by period_months.period_type, period_months.period_start_on

),

-- a first period that began before the first month of the data is not whole
measured as (

    select
        periods.period_type,
        periods.period_start_on,
        periods.month_count,
        {{ last_of_month(
            add_months('periods.period_start_on', '(periods.month_count - 1)')
        ) }} as period_end_on,
        periods.order_count - coalesce(counted_again.order_count, 0)
            as order_count,
        {{ filled_measures('sold') }},
        {{ last_of_month(
            add_months('periods.period_start_on', '(periods.month_count - 1)')
        ) }} <= period.as_of_date
        and periods.period_start_on
        >= {{ first_of_month('period.first_sold_on') }} as is_complete
    from periods
    cross join period
    left join sold
        on
            periods.period_type = sold.period_type
            and periods.period_start_on = sold.period_start_on
    left join counted_again
        on
            periods.period_type = counted_again.period_type
            and periods.period_start_on = counted_again.period_start_on

),

compared as (

    select
        measured.*,
        case when measured.is_complete then previous.revenue_amount end
            as previous_revenue_amount,
        case when measured.is_complete then year_ago.revenue_amount end
            as year_ago_revenue_amount
    from measured
    left join measured as previous
        on
            measured.period_type = previous.period_type
            and previous.period_start_on
            = {{ add_months(
                'measured.period_start_on', '(-measured.month_count)'
            ) }}
            and previous.is_complete
    left join measured as year_ago
        on
            measured.period_type = year_ago.period_type
            and year_ago.period_start_on
            = {{ add_months('measured.period_start_on', '(-12)') }}
            and year_ago.is_complete

),

final as (

    select
        period_type,
        period_start_on,
        period_end_on,
        order_count,
        {{ measures('compared') }},
        previous_revenue_amount,
        cast(revenue_amount - previous_revenue_amount as decimal(18, 4))
            as change_amount,
        {{ growth('revenue_amount', 'previous_revenue_amount') }}
            as growth_share,
        year_ago_revenue_amount,
        cast(revenue_amount - year_ago_revenue_amount as decimal(18, 4))
            as year_change_amount,
        {{ growth('revenue_amount', 'year_ago_revenue_amount') }}
            as year_growth_share,
        is_complete
    from compared

)

select * from final
