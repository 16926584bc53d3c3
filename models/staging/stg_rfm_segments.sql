{{ config(materialized='view') }}

with settings as (

    select * from {{ ref('stg_settings') }}

),

shipped as (

    select * from {{ ref('rfm_segments') }}

),

own as (

    select {{ unnest_list('rfm_segments') }} as own
    from settings

),

final as (

    select
        own.recency_score,
        own.frequency_score,
        own.monetary_score,
        own.rfm_segment,
        own.is_to_call
    from own

    union all

    select
        recency_score,
        frequency_score,
        monetary_score,
        rfm_segment,
        is_to_call
    from shipped
    where not exists (select 1 from own)

)

select * from final
