with records as (

    select * from {{ source('landing', 'stores') }}

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
        records.store_id,
        {{ read_date('records.valid_from') }} as valid_from,
        {{ read_date('records.opened_on') }} as opened_on,
        {{ read_date('records.closed_on') }} as closed_on,
        {{ read_number('records.employee_count') }} as employee_count,
        records.store_name,
        records.city,
        records.state,
        records.region,
        records.country,
        cast(null as timestamp) as updated_at,
        {{ unreadable_values({
            'valid_from': 'date',
            'opened_on': 'date',
            'closed_on': 'date',
            'employee_count': 'number'
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
    'store_id',
    'valid_from',
    'opened_on',
    'closed_on',
    'employee_count',
    'store_name',
    'city',
    'state',
    'region',
    'country'
]) }}

select * from settled
