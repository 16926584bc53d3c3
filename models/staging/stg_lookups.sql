with records as (

    select * from {{ source('landing', 'lookups') }}

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
        records.attribute,
        records.code,
        records.name,
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
    'attribute',
    'code',
    'name'
]) }}

select * from settled
