{{ config(
    materialized='incremental',
    incremental_strategy='replace_touched',
    unique_key='month_start_on',
) }}

-- depends_on: {{ ref('int_touched_months') }}
with baskets as (

    select * from {{ ref('int_baskets') }}
    {% if is_incremental_build() %}
    where month_start_on in {{ touched('month_start_on') }}
    {% endif %}

),

final as (

    select
        employee_id,
        store_id,
        month_start_on,
        count(distinct order_id) as order_count,
        {{ sums_of_measures() }}
    from baskets
    where is_revenue
    group by employee_id, store_id, month_start_on

)

select * from final
