with locations as (

    select * from {{ ref('revenue_by_location') }}

),

regions as (

    select
        country,
        region,
        {{ sums_of_measures() }}
    from locations
    group by country, region

),

final as (

    select
        country,
        region,
        {{ measures('regions') }},
        {{ ratio('revenue_amount', 'sum(revenue_amount) over ()') }}
            as revenue_share
    from regions

)

select * from final
