{#-
    By quarter: months would be as many rows as the fact has, years more to
    compute again on each day.
-#}
{{ config(
    materialized='incremental',
    incremental_strategy='replace_touched',
    unique_key='quarter_start_on',
) }}

-- depends_on: {{ ref('int_touched_months') }}
with sales as (

    select
        product_id,
        store_id,
        quantity,
        gross_amount,
        discount_amount,
        net_amount,
        cost_amount,
        margin_amount,
        cast(date_trunc('quarter', month_start_on) as date) as quarter_start_on
    from {{ ref('fct_sales') }}
    where is_revenue

),

sales_to_add as (

    select * from sales
    {% if is_incremental_build() %}
    where quarter_start_on in {{ touched('quarter_start_on') }}
    {% endif %}

),

final as (

    select
        product_id,
        store_id,
        quarter_start_on,
        {{ measures_of_lines() }}
    from sales_to_add
    group by product_id, store_id, quarter_start_on

)

select * from final
