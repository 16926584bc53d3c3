with monthly_sales as (

    select * from {{ ref('int_monthly_employee_sales') }}

),

employees as (

    select * from {{ ref('dim_employees') }}

),

stores as (

    select * from {{ ref('dim_stores') }}

),

months as (

    select * from {{ ref('int_months') }}

),

-- sales that nobody is named for belong to the store, and to no ranking
shared as (

    select
        monthly_sales.*,
        {{ ratio(
            'revenue_amount',
            'sum(revenue_amount) over (partition by store_id, month_start_on)'
        ) }} as store_revenue_share
    from monthly_sales

),

ranked as (

    select
        shared.*,
        cast(
            rank() over (
                partition by store_id, month_start_on
                order by revenue_amount desc
            ) as bigint
        ) as seller_rank
    from shared
    where employee_id <> {{ unknown() }}

),

final as (

    select
        ranked.employee_id,
        ranked.store_id,
        ranked.month_start_on,
        ranked.order_count,
        {{ measures('ranked') }},
        {{ ratio('ranked.revenue_amount', 'ranked.order_count') }}
            as revenue_per_order,
        ranked.store_revenue_share,
        ranked.seller_rank,
        employees.employee_name,
        stores.store_name,
        employees.is_manager,
        months.is_month_complete as is_complete
    from ranked
    inner join employees
        on ranked.employee_id = employees.employee_id
    inner join stores
        on ranked.store_id = stores.store_id
    inner join months
        on ranked.month_start_on = months.month_start_on

)

select * from final
