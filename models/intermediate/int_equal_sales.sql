{#-
    Rows of sales without a declared key that are alike in everything, the
    unmapped columns included. They may be two sales: they count, and are
    reported.
-#}
{% set content = [
    'sale_id', 'order_id', 'line_number', 'product_id', 'store_id',
    'customer_id', 'employee_id', 'sold_on', 'sold_at', 'updated_at',
    'quantity', 'unit_price', 'gross_amount', 'discount_amount',
    'discount_rate', 'net_amount', 'tax_amount', 'unit_cost', 'cost_amount',
    'margin_amount', 'currency', 'status', 'product_name', 'category',
    'subcategory', 'brand', 'store_name', 'city', 'state', 'region',
    'country', 'customer_name', 'segment', 'employee_name', 'tax_rate',
    'prices_include_tax', 'returned_quantity', 'is_goods', 'extra',
] %}
with sales as (

    select * from {{ ref('stg_sales') }}
    where record_key is null

),

settings as (

    select * from {{ ref('stg_settings') }}

),

files as (

    select * from {{ ref('stg_files') }}
    where copy_of is null

),

contents as (

    select
        sales.file_id,
        sales.record_number,
        md5({{ content_text(content, 'sales') }}) as content_hash
    from sales
    cross join settings
    where not settings.has_sales_key

),

repeated_contents as (

    select content_hash
    from contents
    group by content_hash
    having count(*) > 1

),

repeated as (

    select
        contents.file_id,
        contents.record_number,
        first_value(files.path) over (
            partition by contents.content_hash
            order by files.path, contents.record_number, contents.file_id
        ) as first_path,
        first_value(contents.record_number) over (
            partition by contents.content_hash
            order by files.path, contents.record_number, contents.file_id
        ) as first_record_number,
        row_number() over (
            partition by contents.content_hash
            order by files.path, contents.record_number, contents.file_id
        ) as copy_rank
    from contents
    inner join repeated_contents
        on contents.content_hash = repeated_contents.content_hash
    inner join files
        on contents.file_id = files.file_id

),

final as (

    select
        file_id,
        record_number,
        first_path,
        first_record_number
    from repeated
    where copy_rank > 1

)

select * from final
