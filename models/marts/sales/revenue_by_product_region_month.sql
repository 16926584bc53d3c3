with monthly_sales as (

    select * from {{ ref('int_monthly_product_sales') }}
    where is_revenue

),

regions as (

    select
        {{ region_key('location_id') }} as region_key,
        min(country) as country,
        min(region) as region
    from {{ ref('dim_locations') }}
    group by {{ region_key('location_id') }}

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
        regions.country,
        regions.region,
        monthly_sales.month_start_on,
        {{ sums_of_measures() }}
    from monthly_sales
    inner join regions
        on monthly_sales.region_key = regions.region_key
    group by
        monthly_sales.product_id,
        regions.country,
        regions.region,
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
