with monthly_sales as (

    select * from {{ ref('int_monthly_store_sales') }}
    where is_revenue

),

months as (

    select * from {{ ref('int_window_months') }}

),

locations as (

    select * from {{ ref('dim_locations') }}

),

stores as (

    select * from {{ ref('dim_stores') }}

),

placed as (

    select
        locations.country,
        locations.region,
        locations.state,
        locations.city,
        monthly_sales.store_id,
        sum(monthly_sales.line_count) as line_count,
        sum(monthly_sales.revenue_amount) as revenue_amount,
        sum(
            case when months.is_recent then monthly_sales.revenue_amount end
        ) as recent_amount,
        sum(
            case when months.is_previous then monthly_sales.revenue_amount end
        ) as previous_amount,
        max(case when months.has_previous then 1 else 0 end) as has_previous
    from monthly_sales
    inner join months
        on monthly_sales.month_start_on = months.month_start_on
    inner join locations
        on monthly_sales.location_id = locations.location_id
    group by
        locations.country,
        locations.region,
        locations.state,
        locations.city,
        monthly_sales.store_id

),

-- every level is a sum of the same rows, so that a region is its cities
levels as (

    select
        country,
        region,
        state,
        city,
        store_id,
        cast(sum(line_count) as bigint) as line_count,
        cast(sum(revenue_amount) as decimal(18, 4)) as revenue_amount,
        cast(coalesce(sum(recent_amount), 0) as decimal(18, 4))
            as recent_revenue_amount,
        case
            when max(has_previous) = 1
                then
                    cast(
                        coalesce(sum(previous_amount), 0) as decimal(18, 4)
                    )
        end as previous_revenue_amount
    from placed
    group by grouping sets (
        (country, region),
        (country, region, state, city),
        (country, region, state, city, store_id)
    )

),

named as (

    select
        levels.*,
        case
            when levels.store_id is not null then 'store'
            when levels.city is not null then 'city'
            else 'region'
        end as place_level,
        {{ place_key(['country', 'region']) }} as region_key,
        {{ place_key(['country', 'region', 'state', 'city']) }} as city_key,
        {{ place_key(['country', 'region', 'state', 'city', 'store_id']) }}
            as store_key,
        stores.store_name
    from levels
    left join stores
        on levels.store_id = stores.store_id

),

final as (

    select
        case place_level
            when 'store' then store_key
            when 'city' then city_key
            else region_key
        end as place_id,
        case place_level
            when 'store' then city_key
            when 'city' then region_key
        end as parent_place_id,
        place_level,
        line_count,
        revenue_amount,
        recent_revenue_amount,
        previous_revenue_amount,
        cast(
            recent_revenue_amount - previous_revenue_amount as decimal(18, 4)
        ) as change_amount,
        {{ growth('recent_revenue_amount', 'previous_revenue_amount') }}
            as growth_share,
        country,
        region,
        state,
        city,
        store_id,
        store_name
    from named

)

select * from final
