with monthly_sales as (

    select * from {{ ref('int_monthly_product_sales') }}
    where is_revenue

),

products as (

    select * from {{ ref('dim_products') }}

),

months as (

    select * from {{ ref('int_months') }}

),

sold as (

    select
        product_id,
        month_start_on,
        {{ sums_of_measures() }}
    from monthly_sales
    group by product_id, month_start_on

),

final as (

    select
        sold.product_id,
        sold.month_start_on,
        {{ measures('sold') }},
        products.product_name,
        products.category,
        months.is_month_complete as is_complete
    from sold
    inner join products
        on sold.product_id = products.product_id
    inner join months
        on sold.month_start_on = months.month_start_on

)

select * from final
