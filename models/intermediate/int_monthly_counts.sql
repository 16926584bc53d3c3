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
        month_start_on,
        is_revenue,
        count(distinct order_id) as order_count,
        count(distinct case when not is_anonymous then customer_id end)
            as customer_count
    from baskets
    group by month_start_on, is_revenue

)

select * from final
