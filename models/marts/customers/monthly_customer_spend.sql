{#-
    As many rows as a quarter of the fact: a daily run writes the months in
    which something changed. Names would have to be followed as well; they
    stand in dim_customers.
-#}
{{ config(
    materialized='incremental',
    incremental_strategy='replace_touched',
    unique_key='month_start_on',
    on_schema_change='fail',
) }}

-- depends_on: {{ ref('int_touched_months') }}
-- depends_on: {{ ref('int_outdated_months') }}
with baskets as (

    select * from {{ ref('int_baskets') }}
    {% if is_incremental_build() %}
    where
        month_start_on in (
            select outdated_months.month_start_on
            from {{ ref('int_outdated_months') }} as outdated_months
        )
    {% endif %}

),

months as (

    select * from {{ ref('int_months') }}

),

orders as (

    select
        customer_id,
        month_start_on,
        {{ purchase_key() }} as purchase_key,
        sum(bought_line_count) as bought_line_count,
        {{ sums_of_measures() }}
    from baskets
    where
        is_revenue
        and not is_anonymous
    group by customer_id, month_start_on, {{ purchase_key() }}

),

spent as (

    select
        customer_id,
        month_start_on,
        count(case when bought_line_count > 0 then 1 end) as purchase_count,
        {{ sums_of_measures() }}
    from orders
    group by customer_id, month_start_on

),

final as (

    select
        spent.customer_id,
        spent.month_start_on,
        spent.purchase_count,
        {{ measures('spent') }},
        months.is_month_complete as is_complete
    from spent
    inner join months
        on spent.month_start_on = months.month_start_on

)

select * from final
