with stores as (

    select * from {{ ref('stg_stores') }}
    where outcome = 'loaded'

),

-- a store has one place, whatever the history of its head count
latest as (

    select
        store_id,
        country,
        region,
        state,
        city,
        row_number() over (
            partition by store_id
            order by valid_from desc nulls last
        ) as version_rank
    from stores

),

final as (

    select
        store_id,
        {{ location_key_of('latest') }} as location_id,
        country,
        region,
        state,
        city
    from latest
    where
        version_rank = 1
        and (
            country is not null
            or region is not null
            or state is not null
            or city is not null
        )

)

select * from final
