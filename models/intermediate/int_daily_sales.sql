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
        sold_on,
        month_start_on,
        is_revenue,
        count(distinct order_id) as order_count,
        {{ sums_of_measures() }},
        sum(returns_amount) as returns_amount,
        sum(case when is_anonymous then revenue_amount end)
            as anonymous_revenue_amount
    from baskets
    group by sold_on, month_start_on, is_revenue

)

select * from final
