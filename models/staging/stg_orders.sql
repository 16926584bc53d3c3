with records as (

    select * from {{ source('landing', 'orders') }}

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
        records.order_id,
        records.store_id,
        records.customer_id,
        records.employee_id,
        {{ read_date('records.sold_on') }} as sold_on,
        {{ read_timestamp('records.sold_at') }} as sold_at,
        {{ read_timestamp('records.updated_at') }} as updated_at,
        records.currency,
        records.status,
        records.store_name,
        records.city,
        records.state,
        records.region,
        records.country,
        records.customer_name,
        records.segment,
        records.employee_name,
        {{ unreadable_values({
            'sold_on': 'date',
            'sold_at': 'timestamp',
            'updated_at': 'timestamp'
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
    'order_id',
    'store_id',
    'customer_id',
    'employee_id',
    'sold_on',
    'sold_at',
    'updated_at',
    'currency',
    'status',
    'store_name',
    'city',
    'state',
    'region',
    'country',
    'customer_name',
    'segment',
    'employee_name'
]) }}

select * from settled
