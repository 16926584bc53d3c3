{{ config(
    materialized='incremental',
    incremental_strategy='replace_touched',
    unique_key='month_start_on',
    on_schema_change='fail',
) }}

-- depends_on: {{ ref('int_touched_months') }}
with sales as (

    select * from {{ ref('fct_sales') }}
    {% if is_incremental_build() %}
    where month_start_on in {{ touched('month_start_on') }}
    {% endif %}

),

final as (

    select
        product_id,
        store_id,
        location_id,
        month_start_on,
        is_revenue,
        min(sold_on) as first_sold_on,
        max(sold_on) as last_sold_on,
        {{ measures_of_lines() }}
    from sales
    group by product_id, store_id, location_id, month_start_on, is_revenue

)

select * from final
