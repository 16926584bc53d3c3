with records as (

    select * from {{ source('landing', 'stock') }}

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
        records.store_id,
        {{ read_date('records.counted_on') }} as counted_on,
        {{ read_number('records.on_hand') }} as on_hand,
        cast(null as timestamp) as updated_at,
        {{ unreadable_values({
            'counted_on': 'date',
            'on_hand': 'number'
        }) }} as unreadable_values
    from records

),

judged as (

    select
        typed.*,
        case
            when typed.record_key is null then 'missing key'
        end as quarantine_reason
    from typed

),

{{ key_outcomes([
    'product_id',
    'store_id',
    'counted_on',
    'on_hand'
]) }}

select * from settled
