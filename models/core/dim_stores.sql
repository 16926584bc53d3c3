with stores as (

    select * from {{ ref('int_stores') }}

),

-- a store without a name is called by its city, if that names one store only
cities as (

    select
        city,
        count(*) as store_count
    from stores
    where store_name is null
    group by city

),

known as (

    select
        stores.store_id,
        {{ location_key_of('stores') }} as location_id,
        stores.opened_on,
        stores.closed_on,
        stores.first_sold_on,
        stores.employee_count,
        coalesce(
            stores.store_name,
            case
                when cities.store_count = 1 then stores.city
                else stores.city || ' (' || stores.store_id || ')'
            end,
            stores.store_id
        ) as store_name,
        {{ lookup_name('country', 'stores.country') }} as country,
        {{ lookup_name('region', 'stores.region') }} as region,
        {{ lookup_name('state', 'stores.state') }} as state,
        {{ lookup_name('city', 'stores.city') }} as city,
        stores.is_in_stores_file
    from stores
    left join cities
        on stores.city = cities.city

),

final as (

    select
        store_id,
        location_id,
        opened_on,
        closed_on,
        first_sold_on,
        employee_count,
        store_name,
        {{ or_unknown('country') }} as country,
        {{ or_unknown('region') }} as region,
        {{ or_unknown('state') }} as state,
        {{ or_unknown('city') }} as city,
        is_in_stores_file
    from known

    union all

    select
        {{ unknown() }} as store_id,
        {{ unknown() }} as location_id,
        cast(null as date) as opened_on,
        cast(null as date) as closed_on,
        cast(null as date) as first_sold_on,
        cast(null as decimal(18, 4)) as employee_count,
        {{ unknown() }} as store_name,
        {{ unknown() }} as country,
        {{ unknown() }} as region,
        {{ unknown() }} as state,
        {{ unknown() }} as city,
        false as is_in_stores_file

)

select * from final
