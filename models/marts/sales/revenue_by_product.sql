with monthly_sales as (

    select * from {{ ref('int_monthly_product_sales') }}
    where is_revenue

),

products as (

    select * from {{ ref('dim_products') }}

),

sold as (

    select
        product_id,
        min(first_sold_on) as first_sold_on,
        max(last_sold_on) as last_sold_on,
        {{ sums_of_measures() }}
    from monthly_sales
    group by product_id

),

final as (

    select
        sold.product_id,
        sold.first_sold_on,
        sold.last_sold_on,
        {{ measures('sold') }},
        {{ ratio(
            'sold.revenue_amount', 'sum(sold.revenue_amount) over ()'
        ) }} as revenue_share,
        cast(rank() over (order by sold.revenue_amount desc) as bigint)
            as revenue_rank,
        products.product_name,
        products.category,
        products.subcategory,
        products.brand
    from sold
    inner join products
        on sold.product_id = products.product_id

)

select * from final
