with stores as (

    select * from {{ ref('stg_stores') }}
    where outcome = 'loaded'

),

final as (

    select
        store_id,
        employee_count,
        {{ valid_interval('store_id') }}
    from stores

)

select * from final
