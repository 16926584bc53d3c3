{#-
    The records whose outcome cannot be told from the record alone. A full
    build looks at the keys that stand more than once; a daily run looks at
    all records that are new or touched, which come with every other version
    of their key (see int_touched_sales).
-#}
-- depends_on: {{ ref('int_touched_sales') }}
with
{% if is_incremental_build() %}
records as (

    select
        file_id,
        record_number
    from {{ ref('int_touched_sales') }}

),

sales as (

    select stg_sales.*
    from {{ ref('stg_sales') }} as stg_sales
    inner join records
        on
            stg_sales.file_id = records.file_id
            and stg_sales.record_number = records.record_number

),
{% else %}
repeated_keys as (

    select record_key
    from {{ ref('stg_sales') }}
    where record_key is not null
    group by record_key
    having count(*) > 1

),

sales as (

    select stg_sales.*
    from {{ ref('stg_sales') }} as stg_sales
    inner join repeated_keys
        on stg_sales.record_key = repeated_keys.record_key

),
{% endif %}
files as (

    select * from {{ ref('stg_files') }}
    where copy_of is null

),

{{ sales_line_steps() }},

{{ key_outcomes([
    'sale_id',
    'order_id',
    'line_number',
    'product_id',
    'store_id',
    'customer_id',
    'employee_id',
    'sold_on',
    'sold_at',
    'updated_at',
    'given_quantity',
    'given_unit_price',
    'given_gross_amount',
    'given_discount_amount',
    'given_discount_rate',
    'given_net_amount',
    'given_tax_amount',
    'given_unit_cost',
    'given_cost_amount',
    'given_margin_amount',
    'given_tax_rate',
    'given_returned_quantity',
    'prices_include_tax',
    'is_goods',
    'currency',
    'status',
    'product_name',
    'category',
    'subcategory',
    'brand',
    'store_name',
    'sold_city',
    'sold_state',
    'sold_region',
    'sold_country',
    'customer_name',
    'segment',
    'employee_name'
]) }}

select * from settled
