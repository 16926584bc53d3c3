with records as (

    select * from {{ source('landing', 'customers') }}

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
        records.customer_id,
        records.customer_name,
        records.segment,
        records.city,
        records.state,
        records.region,
        records.country,
        cast(null as timestamp) as updated_at,
        cast(null as string) as unreadable_values
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
    'customer_id',
    'customer_name',
    'segment',
    'city',
    'state',
    'region',
    'country'
]) }}

select * from settled
