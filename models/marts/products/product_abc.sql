with monthly_sales as (

    select * from {{ ref('int_monthly_product_sales') }}
    where is_revenue

),

months as (

    select * from {{ ref('int_window_months') }}
    where is_in_abc_window

),

products as (

    select * from {{ ref('dim_products') }}

),

window_bounds as (

    select
        min(month_start_on) as window_start_on,
        max(month_end_on) as window_end_on
    from months

),

sold as (

    select
        monthly_sales.product_id,
        cast(sum(monthly_sales.quantity) as decimal(18, 4)) as quantity,
        cast(sum(monthly_sales.revenue_amount) as decimal(18, 4))
            as revenue_amount
    from monthly_sales
    inner join months
        on monthly_sales.month_start_on = months.month_start_on
    group by monthly_sales.product_id

),

-- equal revenue is one step of the ladder: what stands before it is the same
-- for all who share it, and so is their class
ranked as (

    select
        product_id,
        quantity,
        revenue_amount,
        cast(rank() over (order by revenue_amount desc) as bigint)
            as revenue_rank,
        sum(revenue_amount) over (
            order by revenue_amount desc
            range between unbounded preceding and current row
        ) as reached_amount,
        sum(revenue_amount) over (partition by revenue_amount) as tied_amount,
        sum(revenue_amount) over () as total_amount
    from sold

),

shared as (

    select
        product_id,
        quantity,
        revenue_amount,
        revenue_rank,
        {{ ratio('revenue_amount', 'total_amount') }} as window_revenue_share,
        {{ ratio('(reached_amount - tied_amount)', 'total_amount') }}
            as share_before,
        {{ ratio('reached_amount', 'total_amount') }} as cumulative_share,
        -- in whole amounts, because a share of 80 % is no exact double
        case
            when (reached_amount - tied_amount) * 100 < total_amount * 80
                then 'A'
            when (reached_amount - tied_amount) * 100 < total_amount * 95
                then 'B'
            else 'C'
        end as abc_class
    from ranked

),

final as (

    select
        products.product_id,
        window_bounds.window_start_on,
        window_bounds.window_end_on,
        case
            when shared.product_id is null then 0
            else shared.quantity
        end as quantity,
        coalesce(shared.revenue_amount, 0) as revenue_amount,
        shared.revenue_rank,
        shared.window_revenue_share,
        shared.share_before,
        shared.cumulative_share,
        coalesce(shared.abc_class, 'U') as abc_class,
        products.product_name,
        products.category
    from products
    cross join window_bounds
    left join shared
        on products.product_id = shared.product_id
    where
        products.product_id <> {{ unknown() }}
        or shared.product_id is not null

)

select * from final
