{{ config(group='pipeline') }}

-- At most `maximum_quarantined_share` of the records (a setting of inputs.yml,
-- 1 % unless it says otherwise) may be unusable: more than that is a mapping
-- or a format that is wrong, not dirt.
with
counted as (

    select
        input_name,
        sum(quarantined_count) as quarantined_count,
        sum(records_in) as records_in
    from {{ ref('file_ledger') }}
    group by input_name

)

select
    counted.input_name,
    counted.quarantined_count,
    counted.records_in,
    shop_settings.maximum_quarantined_share
from counted
cross join {{ ref('stg_settings') }} as shop_settings
where
    counted.quarantined_count
    > shop_settings.maximum_quarantined_share * counted.records_in
