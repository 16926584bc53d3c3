{{ config(materialized='view') }}

with rejects as (

    select * from {{ source('landing', 'rejects') }}

),

final as (

    select
        file_id,
        record_number,
        line_number,
        outcome,
        reason,
        original_text
    from rejects

)

select * from final
