{#-
    As many rows as a third of the fact: a daily run writes the months in
    which something changed.
-#}
{{ config(
    materialized='incremental',
    incremental_strategy='replace_touched',
    unique_key='month_start_on',
    on_schema_change='fail',
) }}

-- depends_on: {{ ref('int_touched_months') }}
-- depends_on: {{ ref('int_outdated_months') }}
with monthly_sales as (

    select * from {{ ref('int_monthly_product_sales') }}
    {% if is_incremental_build() %}
    where
        month_start_on in (
            select outdated_months.month_start_on
            from {{ ref('int_outdated_months') }} as outdated_months
        )
    {% endif %}

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
    where monthly_sales.is_revenue
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
