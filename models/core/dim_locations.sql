with lines as (

    select * from {{ ref('int_sales_lines') }}
    where outcome = 'loaded'

),

stores as (

    select * from {{ ref('int_stores') }}

),

places as (

    select
        country,
        region,
        state,
        city
    from lines
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
        {{ location_key('places') }} as location_id,
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
