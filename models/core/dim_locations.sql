with descriptions as (

    select * from {{ ref('int_described_stores') }}

),

store_locations as (

    select * from {{ ref('int_store_locations') }}

),

stores as (

    select * from {{ ref('int_stores') }}

),

places as (

    select
        descriptions.country,
        descriptions.region,
        descriptions.state,
        descriptions.city
    from descriptions
    left join store_locations
        on descriptions.store_id = store_locations.store_id
    where store_locations.store_id is null
    union
    select
        country,
        region,
        state,
        city
    from stores

),

keyed as (

    select
        {{ location_key_of('places') }} as location_id,
        {{ lookup_name('country', 'places.country') }} as country,
        {{ lookup_name('region', 'places.region') }} as region,
        {{ lookup_name('state', 'places.state') }} as state,
        {{ lookup_name('city', 'places.city') }} as city
    from places

),

final as (

    select
        location_id,
        {{ or_unknown('country') }} as country,
        {{ or_unknown('region') }} as region,
        {{ or_unknown('state') }} as state,
        {{ or_unknown('city') }} as city
    from keyed
    where location_id <> {{ unknown() }}

    union all

    select
        {{ unknown() }} as location_id,
        {{ unknown() }} as country,
        {{ unknown() }} as region,
        {{ unknown() }} as state,
        {{ unknown() }} as city

)

select * from final
