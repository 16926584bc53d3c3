with records as (

    select * from {{ source('landing', 'targets') }}

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
        {{ first_of_month(read_date('records.month_start_on')) }}
            as month_start_on,
        {{ read_number('records.target_amount') }} as target_amount,
        cast(null as timestamp) as updated_at,
        {{ unreadable_values({
            'month_start_on': 'date',
            'target_amount': 'number'
        }) }} as unreadable_values
    from records

),

judged as (

    select
        typed.*,
        case
            when typed.record_key is null then 'missing key'
            when typed.month_start_on is null
                then 'missing or unreadable month_start_on'
            when typed.target_amount is null
                then 'missing or unreadable target_amount'
        end as quarantine_reason
    from typed

),

{{ key_outcomes([
    'store_id',
    'month_start_on',
    'target_amount'
]) }}

select * from settled
