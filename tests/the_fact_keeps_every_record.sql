{{ config(group='pipeline') }}

-- For each file, the fact has the records, the units and the net amounts that
-- landed and were not set aside.
with
fact as (

    select
        file_id,
        count(*) as records,
        coalesce(sum(coalesce(original_quantity, quantity)), 0)
            as quantity,
        coalesce(sum(original_net_amount), 0) as net_amount
    from {{ ref('fct_sales') }}
    group by file_id

),

expected as (

    select
        file_id,
        records,
        coalesce(quantity, 0) as quantity,
        coalesce(net_amount, 0) as net_amount
    from {{ ref('int_sales_totals') }}
    where
        outcome = 'loaded'
        and records <> 0

)

select
    coalesce(fact.file_id, expected.file_id) as file_id,
    fact.records,
    expected.records as expected_records,
    fact.quantity,
    expected.quantity as expected_quantity,
    fact.net_amount,
    expected.net_amount as expected_net_amount
from fact
full outer join expected
    on fact.file_id = expected.file_id
where
    fact.records is distinct from expected.records
    or fact.quantity is distinct from expected.quantity
    or fact.net_amount is distinct from expected.net_amount
