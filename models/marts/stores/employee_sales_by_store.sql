with ratios as (

    select * from {{ ref('employee_sales_ratio') }}

),

stores as (

    select * from {{ ref('dim_stores') }}

),

months as (

    select * from {{ ref('int_months') }}

),

-- the twelve calendar months that end with the last month of the data
window_bounds as (

    select {{ add_months('max(month_start_on)', -12) }} as starts_after
    from months

),

last_months as (

    select
        months.month_start_on,
        min(months.month_start_on) over () as window_start_on,
        max(months.month_end_on) over () as window_end_on
    from months
    inner join window_bounds
        on months.month_start_on > window_bounds.starts_after

),

-- the head count of the store's last month in the window
windowed as (

    select
        ratios.store_id,
        last_months.window_start_on,
        last_months.window_end_on,
        ratios.revenue_amount,
        ratios.employee_count,
        row_number() over (
            partition by ratios.store_id
            order by ratios.month_start_on desc
        ) as recency_rank
    from ratios
    inner join last_months
        on ratios.month_start_on = last_months.month_start_on

),

summed as (

    select
        store_id,
        window_start_on,
        window_end_on,
        count(*) as month_count,
        sum(revenue_amount) as revenue_amount,
        max(case when recency_rank = 1 then employee_count end)
            as employee_count
    from windowed
    group by store_id, window_start_on, window_end_on

),

final as (

    select
        summed.store_id,
        summed.window_start_on,
        summed.window_end_on,
        summed.month_count,
        cast(summed.revenue_amount as decimal(18, 4)) as revenue_amount,
        cast(summed.employee_count as decimal(18, 4)) as employee_count,
        {{ ratio('summed.revenue_amount', 'summed.employee_count') }}
            as revenue_per_employee,
        stores.store_name,
        stores.region,
        stores.city
    from summed
    inner join stores
        on summed.store_id = stores.store_id

)

select * from final
