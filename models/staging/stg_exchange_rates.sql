with records as (

    select * from {{ source('landing', 'exchange_rates') }}

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
        records.currency,
        {{ read_date('records.valid_from') }} as valid_from,
        {{ read_rate('records.rate') }} as rate,
        cast(null as timestamp) as updated_at,
        {{ unreadable_values({
            'valid_from': 'date',
            'rate': 'rate'
        }) }} as unreadable_values
    from records

),

judged as (

    select
        typed.*,
        case
            when typed.record_key is null then 'missing key'
            when coalesce(typed.rate, 0) <= 0
                then 'missing or unreadable rate'
            when typed.unreadable_values like '%valid_from=%'
                then 'unreadable date'
        end as quarantine_reason
    from typed

),

{{ key_outcomes([
    'currency',
    'valid_from',
    'rate'
]) }}

select * from settled
