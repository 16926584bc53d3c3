{{ config(group='pipeline') }}

-- At most `maximum_quarantined_share` of the records (a setting of inputs.yml,
-- 1 % unless it says otherwise) may be unusable, quarantined or rejected: more
-- than that is a mapping or a format that is wrong, not dirt.
with
counted as (

    select
        input_name,
        sum(records_in) as records_in,
        sum(quarantined_count + rejected_count) as unusable_count
    from {{ ref('file_ledger') }}
    group by input_name

),

reasons as (

    select
        input_name,
        reason,
        count(*) as record_count
    from {{ ref('quarantine') }}
    group by input_name, reason

    union all

    select
        input_name,
        reason,
        count(*) as record_count
    from {{ ref('rejects') }}
    where outcome = 'rejected'
    group by input_name, reason

)

select
    counted.input_name,
    counted.records_in,
    reasons.reason,
    reasons.record_count
from counted
cross join {{ ref('stg_settings') }} as shop_settings
inner join reasons
    on counted.input_name = reasons.input_name
where
    counted.unusable_count
    > shop_settings.maximum_quarantined_share * counted.records_in
