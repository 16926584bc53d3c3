with monthly_sales as (

    select * from {{ ref('int_monthly_store_sales') }}
    where is_revenue

),

locations as (

    select * from {{ ref('dim_locations') }}

),

sold as (

    select
        location_id,
        {{ sums_of_measures() }}
    from monthly_sales
    group by location_id

),

final as (

    select
        sold.location_id,
        {{ measures('sold') }},
        {{ ratio(
            'sold.revenue_amount', 'sum(sold.revenue_amount) over ()'
        ) }} as revenue_share,
        locations.country,
        locations.region,
        locations.state,
        locations.city
    from sold
    inner join locations
        on sold.location_id = locations.location_id

)

select * from final
