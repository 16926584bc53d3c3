with records as (

    select * from {{ source('landing', 'products') }}

),

files as (

    select * from {{ ref('stg_files') }}
    where copy_of is null

),

typed as (

    select
        records.file_id,
        records.record_number,
        records.record_key,
        records.product_id,
        {{ read_date('records.valid_from') }} as valid_from,
        {{ read_number('records.unit_price') }} as unit_price,
        {{ read_number('records.unit_cost') }} as unit_cost,
        {{ read_number('records.stock_quantity') }} as stock_quantity,
        records.product_name,
        records.category,
        records.subcategory,
        records.brand,
        cast(null as timestamp) as updated_at,
        {{ unreadable_values({
            'valid_from': 'date',
            'unit_price': 'number',
            'unit_cost': 'number',
            'stock_quantity': 'number'
        }) }} as unreadable_values
    from records

),

judged as (

    select
        typed.*,
        case
            when typed.record_key is null then 'missing key'
            when typed.unreadable_values like '%valid_from=%'
                then 'unreadable date'
        end as quarantine_reason
    from typed

),

{{ key_outcomes([
    'product_id',
    'valid_from',
    'unit_price',
    'unit_cost',
    'stock_quantity',
    'product_name',
    'category',
    'subcategory',
    'brand'
]) }}

select * from settled
