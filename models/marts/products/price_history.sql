with prices as (

    select * from {{ ref('int_product_prices') }}

),

products as (

    select * from {{ ref('dim_products') }}

),

period as (

    select * from {{ ref('int_shop_period') }}

),

known_products as (

    select product_id
    from prices
    group by product_id
    having count(unit_price) > 0 or count(unit_cost) > 0

),

neighbours as (

    select
        prices.product_id,
        prices.valid_from,
        prices.unit_price,
        prices.unit_cost,
        row_number() over (
            partition by prices.product_id
            order by prices.valid_from
        ) as place,
        lag(prices.unit_price) over (
            partition by prices.product_id
            order by prices.valid_from
        ) as previous_unit_price,
        lag(prices.unit_cost) over (
            partition by prices.product_id
            order by prices.valid_from
        ) as previous_unit_cost
    from prices
    inner join known_products
        on prices.product_id = known_products.product_id

),

-- a file may list a product anew for another reason, its name for instance
changes as (

    select * from neighbours
    where
        place = 1
        or unit_price is distinct from previous_unit_price
        or unit_cost is distinct from previous_unit_cost

),

intervals as (

    select
        product_id,
        valid_from,
        coalesce(
            lead(valid_from) over (
                partition by product_id
                order by valid_from
            ),
            {{ open_end() }}
        ) as valid_to,
        unit_price,
        unit_cost,
        previous_unit_price,
        previous_unit_cost
    from changes

),

final as (

    select
        intervals.product_id,
        intervals.valid_from,
        intervals.valid_to,
        intervals.unit_price,
        intervals.previous_unit_price,
        cast(
            intervals.unit_price - intervals.previous_unit_price
            as decimal(18, 4)
        ) as price_change_amount,
        {{ growth('intervals.unit_price', 'intervals.previous_unit_price') }}
            as price_change_share,
        intervals.unit_cost,
        intervals.previous_unit_cost,
        cast(
            intervals.unit_cost - intervals.previous_unit_cost
            as decimal(18, 4)
        ) as cost_change_amount,
        products.product_name,
        products.category,
        intervals.valid_from <= period.as_of_date
        and intervals.valid_to > period.as_of_date as is_current
    from intervals
    cross join period
    inner join products
        on intervals.product_id = products.product_id

)

select * from final
