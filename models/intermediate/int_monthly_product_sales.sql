{{ config(
    materialized='incremental',
    incremental_strategy='replace_touched',
    unique_key='month_start_on',
) }}

-- depends_on: {{ ref('int_touched_months') }}
with sales as (

    select * from {{ ref('fct_sales') }}
    {% if is_incremental_build() %}
    where month_start_on in {{ touched('month_start_on') }}
    {% endif %}

),

-- once for each place, because there are few of them and many lines
places as (

    select
        location_id,
        {{ region_key('location_id') }} as region_key
    from {{ ref('fct_sales') }}
    {% if is_incremental_build() %}
    where month_start_on in {{ touched('month_start_on') }}
    {% endif %}
    group by location_id

),

final as (

    select
        sales.product_id,
        places.region_key,
        sales.month_start_on,
        sales.is_revenue,
        min(sales.sold_on) as first_sold_on,
        max(sales.sold_on) as last_sold_on,
        sum(case when sales.discount_amount <> 0 then 1 else 0 end)
            as discounted_line_count,
        {{ measures_of_lines() }}
    from sales
    inner join places
        on sales.location_id = places.location_id
    group by
        sales.product_id,
        places.region_key,
        sales.month_start_on,
        sales.is_revenue

)

select * from final
