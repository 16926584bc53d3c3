with records as (

    select * from {{ source('landing', 'employees') }}

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
        records.employee_id,
        records.store_id,
        {{ read_date('records.hired_on') }} as hired_on,
        {{ read_date('records.left_on') }} as left_on,
        records.employee_name,
        {{ read_flag('records.is_manager') }} as is_manager,
        {{ read_flag('records.is_active') }} as is_active,
        cast(null as timestamp) as updated_at,
        {{ unreadable_values({
            'hired_on': 'date',
            'left_on': 'date',
            'is_manager': 'flag',
            'is_active': 'flag'
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
    'employee_id',
    'store_id',
    'hired_on',
    'left_on',
    'employee_name',
    'is_manager',
    'is_active'
]) }}

select * from settled
