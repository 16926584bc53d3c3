{{ config(materialized='view') }}

with ledger as (

    select * from {{ source('landing', 'ledger') }}

),

final as (

    select
        file_id,
        input_name,
        path,
        copy_of,
        pattern_position,
        encoding,
        delimiter,
        byte_count,
        records_in,
        landed_count,
        rejected_count,
        ignored_count,
        duplicate_count,
        first_sold_on,
        last_sold_on,
        control_totals
    from ledger
    where state = 'landed'

)

select * from final
