{{ config(materialized='view') }}

with settings as (

    select * from {{ ref('stg_settings') }}

),

mapped as (

    select {{ unnest_list('mapped_columns') }} as mapped
    from settings

),

final as (

    select
        mapped.input_name,
        mapped.column_name,
        mapped.header
    from mapped

)

select * from final
