{#-
    The one big table. It takes the loaded records straight from landing, so
    that ten million lines are written once.
-#}
{{ config(
    materialized='incremental',
    incremental_strategy='replace_touched',
    unique_key='record_number',
    on_schema_change='fail',
) }}

-- depends_on: {{ ref('int_touched_sales') }}
-- depends_on: {{ ref('int_touched_months') }}
-- depends_on: {{ ref('int_sales_lines') }}
{% set columns = [
    'file_id', 'record_number', 'sale_line_id', 'sale_id', 'order_id',
    'line_number', 'product_id', 'store_id', 'location_id', 'customer_id',
    'employee_id', 'sold_on', 'sold_at', 'quantity', 'line_price',
    'list_price', 'gross_amount', 'discount_amount', 'net_amount',
    'tax_amount', 'cost_amount', 'given_net_amount', 'given_quantity', 'currency',
    'status', 'remarks',
] %}
with settled as (

    select * from {{ ref('int_settled_sales') }}

),

lines as (
    {% if is_incremental_build() %}
    select
        {%- for column in columns %}
        {{ column }},
        {%- endfor %}
        is_revenue
    from settled
    where outcome = 'loaded'
    {% else %}
    select
        {%- for column in columns %}
        sales_lines.{{ column }},
        {%- endfor %}
        sales_lines.is_revenue
    from {{ ref('int_sales_lines') }} as sales_lines
    left join settled
        on
            sales_lines.file_id = settled.file_id
            and sales_lines.record_number = settled.record_number
    where
        sales_lines.quarantine_reason is null
        and coalesce(settled.outcome, 'loaded') = 'loaded'
    {% endif %}
),

final as (

    select
        sale_line_id,
        sale_id,
        order_id,
        line_number,
        {{ or_unknown('product_id') }} as product_id,
        {{ or_unknown('store_id') }} as store_id,
        location_id,
        {{ or_unknown('customer_id') }} as customer_id,
        {{ or_unknown('employee_id') }} as employee_id,
        file_id,
        record_number,
        sold_on,
        {{ first_of_month('sold_on') }} as month_start_on,
        sold_at,
        quantity,
        coalesce(line_price, list_price) as unit_price,
        gross_amount,
        discount_amount,
        net_amount,
        tax_amount,
        try_cast(net_amount + tax_amount as decimal(18, 4)) as total_amount,
        cost_amount,
        try_cast(net_amount - cost_amount as decimal(18, 4)) as margin_amount,
        given_net_amount as original_net_amount,
        case
            when given_quantity <> quantity then given_quantity
        end as original_quantity,
        currency as original_currency,
        status,
        remarks,
        is_revenue,
        coalesce(quantity < 0, net_amount < 0) as is_return,
        customer_id is null as is_anonymous
    from lines

)

select * from final
