{{ config(group='pipeline') }}

-- At most `maximum_quarantined_share` of the records (a setting of inputs.yml,
-- 1 % unless it says otherwise) may be unusable, quarantined or rejected: more
-- than that is a mapping or a format that is wrong, not dirt. A cancelled line
-- without an amount is neither.
with
read_records as (

    select
        input_name,
        sum(records_in) as records_in
    from {{ ref('file_ledger') }}
    group by input_name

),

reasons as (

    select
        input_name,
        reason,
        count(*) as record_count
    from {{ ref('quarantine') }}
    where reason <> 'no amount, not revenue'
    group by input_name, reason

    union all

    select
        input_name,
        reason,
        count(*) as record_count
    from {{ ref('rejects') }}
    where outcome = 'rejected'
    group by input_name, reason

),

unusable as (

    select
        input_name,
        sum(record_count) as record_count
    from reasons
    group by input_name

)

select
    read_records.input_name,
    read_records.records_in,
    reasons.reason,
    reasons.record_count
from read_records
cross join {{ ref('stg_settings') }} as shop_settings
inner join unusable
    on read_records.input_name = unusable.input_name
inner join reasons
    on read_records.input_name = reasons.input_name
where
    unusable.record_count
    > shop_settings.maximum_quarantined_share * read_records.records_in
