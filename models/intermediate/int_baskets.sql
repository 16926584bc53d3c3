{#-
    The fact by order and day: a third of its lines, and all that is needed
    to count orders and customers, or to add up days.
-#}
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

final as (

    select
        order_id,
        store_id,
        location_id,
        customer_id,
        employee_id,
        sold_on,
        month_start_on,
        is_revenue,
        is_anonymous,
        {{ measures_of_lines() }},
        cast(sum(case when is_return then 0 else 1 end) as bigint)
            as bought_line_count,
        cast(
            coalesce(sum(case when is_return then net_amount end), 0)
            as decimal(18, 4)
        ) as returns_amount
    from sales
    group by
        order_id,
        store_id,
        location_id,
        customer_id,
        employee_id,
        sold_on,
        month_start_on,
        is_revenue,
        is_anonymous

)

select * from final
