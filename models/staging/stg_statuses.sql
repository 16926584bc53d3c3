{{ config(materialized='view') }}

with settings as (

    select * from {{ ref('stg_settings') }}

),

declared as (

    select {{ unnest_list('statuses') }} as declared
    from settings

),

final as (

    select
        declared.status,
        declared.is_revenue,
        declared.is_return
    from declared

)

select * from final
