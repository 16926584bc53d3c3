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
        store_id,
        location_id,
        month_start_on,
        is_revenue,
        min(sold_on) as first_sold_on,
        max(sold_on) as last_sold_on,
        {{ sums_of_measures() }}
    from baskets
    group by store_id, location_id, month_start_on, is_revenue

)

select * from final
