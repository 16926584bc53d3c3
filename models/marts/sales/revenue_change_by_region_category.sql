with monthly_sales as (

    select * from {{ ref('int_monthly_product_sales') }}
    where is_revenue

),

months as (

    select * from {{ ref('int_window_months') }}

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

summed as (

    select
        regions.country,
        regions.region,
        products.category,
        max(case when months.has_previous then 1 else 0 end) as has_previous,
        sum(
            case when months.is_recent then monthly_sales.revenue_amount end
        ) as recent_amount,
        sum(
            case when months.is_previous then monthly_sales.revenue_amount end
        ) as previous_amount
    from monthly_sales
    inner join months
        on monthly_sales.month_start_on = months.month_start_on
    inner join regions
        on monthly_sales.region_key = regions.region_key
    inner join products
        on monthly_sales.product_id = products.product_id
    where months.is_recent or months.is_previous
    group by regions.country, regions.region, products.category

),

compared as (

    select
        country,
        region,
        category,
        cast(coalesce(recent_amount, 0) as decimal(18, 4))
            as recent_revenue_amount,
        case
            when has_previous = 1
                then cast(coalesce(previous_amount, 0) as decimal(18, 4))
        end as previous_revenue_amount
    from summed

),

final as (

    select
        country,
        region,
        category,
        recent_revenue_amount,
        previous_revenue_amount,
        cast(
            recent_revenue_amount - previous_revenue_amount as decimal(18, 4)
        ) as change_amount,
        {{ growth('recent_revenue_amount', 'previous_revenue_amount') }}
            as growth_share
    from compared

)

select * from final
