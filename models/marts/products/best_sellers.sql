with monthly_sales as (

    select * from {{ ref('int_monthly_product_sales') }}
    where is_revenue

),

months as (

    select * from {{ ref('int_window_months') }}

),

products as (

    select * from {{ ref('dim_products') }}

),

sold as (

    select
        'all_dates' as time_window,
        product_id,
        {{ sums_of_measures() }}
    from monthly_sales
    group by product_id

    union all

    select
        'last_twelve_months' as time_window,
        monthly_sales.product_id,
        {{ sums_of_measures() }}
    from monthly_sales
    inner join months
        on monthly_sales.month_start_on = months.month_start_on
    where months.is_recent
    group by monthly_sales.product_id

),

final as (

    select
        sold.time_window,
        sold.product_id,
        sold.line_count,
        sold.quantity,
        sold.revenue_amount,
        {{ ratio(
            'sold.revenue_amount',
            'sum(sold.revenue_amount) over (partition by sold.time_window)'
        ) }} as window_revenue_share,
        -- no rank by units where the files give only amounts
        case
            when sold.quantity is not null
                then
                    cast(
                        rank() over (
                            partition by sold.time_window
                            order by sold.quantity desc nulls last
                        ) as bigint
                    )
        end as quantity_rank,
        cast(
            rank() over (
                partition by sold.time_window
                order by sold.revenue_amount desc
            ) as bigint
        ) as revenue_rank,
        products.product_name,
        products.category
    from sold
    inner join products
        on sold.product_id = products.product_id

)

select * from final
