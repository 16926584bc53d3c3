with monthly_sales as (

    select * from {{ ref('int_monthly_sales') }}
    where is_revenue

),

locations as (

    select * from {{ ref('dim_locations') }}

),

products as (

    select * from {{ ref('dim_products') }}

),

months as (

    select * from {{ ref('int_months') }}

),

sold as (

    select
        monthly_sales.product_id,
        locations.country,
        locations.region,
        monthly_sales.month_start_on,
        {{ sums_of_measures() }}
    from monthly_sales
    inner join locations
        on monthly_sales.location_id = locations.location_id
    group by
        monthly_sales.product_id,
        locations.country,
        locations.region,
        monthly_sales.month_start_on

),

final as (

    select
        sold.product_id,
        sold.country,
        sold.region,
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
