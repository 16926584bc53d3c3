with monthly_ratios as (

    select * from {{ ref('employee_sales_ratio') }}

),

months as (

    select * from {{ ref('int_months') }}

),

store_totals as (

    select * from {{ ref('employee_sales_by_store') }}

),

points as (

    select
        'month' as period_type,
        monthly_ratios.month_start_on as period_start_on,
        months.month_end_on as period_end_on,
        monthly_ratios.employee_count,
        monthly_ratios.revenue_amount
    from monthly_ratios
    inner join months
        on monthly_ratios.month_start_on = months.month_start_on

    union all

    select
        'window' as period_type,
        window_start_on as period_start_on,
        window_end_on as period_end_on,
        employee_count,
        revenue_amount
    from store_totals

),

fitted as (

    select
        period_type,
        period_start_on,
        period_end_on,
        count(employee_count) as store_count,
        -- a line through two points, or through one head count, says nothing
        count(employee_count) >= 3
        and count(distinct employee_count) >= 2 as is_fitted,
        regr_slope(
            cast(revenue_amount as double), cast(employee_count as double)
        ) as slope,
        regr_intercept(
            cast(revenue_amount as double), cast(employee_count as double)
        ) as intercept,
        regr_r2(
            cast(revenue_amount as double), cast(employee_count as double)
        ) as r_squared
    from points
    group by period_type, period_start_on, period_end_on

),

-- rounded, so that the order in which doubles are added does not show
final as (

    select
        period_type,
        period_start_on,
        period_end_on,
        store_count,
        case when is_fitted then cast(round(slope, 4) as decimal(18, 4)) end
            as slope_amount,
        case when is_fitted then cast(round(intercept, 4) as decimal(18, 4)) end
            as intercept_amount,
        case when is_fitted then round(r_squared, 6) end as r_squared
    from fitted

)

select * from final
