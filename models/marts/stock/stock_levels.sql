with counts as (

    select * from {{ ref('fct_stock') }}

),

products as (

    select * from {{ ref('dim_products') }}

),

stores as (

    select * from {{ ref('dim_stores') }}

),

settings as (

    select * from {{ ref('stg_settings') }}

),

period as (

    select * from {{ ref('int_shop_period') }}

),

window_bounds as (

    select
        greatest(
            {{ add_days(
                'period.as_of_date', '1 - settings.stock_window_days'
            ) }},
            period.first_sold_on
        ) as starts_on,
        period.as_of_date as ends_on,
        settings.reorder_days
    from period
    cross join settings

),

-- a product that is counted without a store is counted for all of them
counted_products as (

    select
        product_id,
        max(case when store_id <> {{ unknown() }} then 1 else 0 end) = 1
            as is_counted_by_store
    from counts
    group by product_id

),

followed_counts as (

    select
        product_id,
        store_id,
        counted_on,
        on_hand,
        lead(counted_on) over (
            partition by product_id, store_id
            order by counted_on
        ) as next_counted_on,
        lead(on_hand) over (
            partition by product_id, store_id
            order by counted_on
        ) as next_on_hand
    from counts
    where counted_on is not null

),

-- those whose emptiness may last into the window
empty_counts as (

    select
        followed_counts.*,
        window_bounds.starts_on,
        window_bounds.ends_on
    from followed_counts
    cross join window_bounds
    where
        followed_counts.on_hand <= 0
        and (
            followed_counts.next_counted_on is null
            or followed_counts.next_counted_on >= window_bounds.starts_on
        )

),

watched as (

    select
        window_bounds.starts_on,
        window_bounds.ends_on,
        least(
            window_bounds.starts_on, min(empty_counts.counted_on)
        ) as begins_on
    from window_bounds
    left join empty_counts
        on window_bounds.ends_on = empty_counts.ends_on
    group by window_bounds.starts_on, window_bounds.ends_on

),

sales as (

    select
        fct_sales.product_id,
        case
            when counted_products.is_counted_by_store then fct_sales.store_id
            else {{ unknown() }}
        end as store_id,
        fct_sales.sold_on,
        fct_sales.quantity,
        fct_sales.sold_on >= watched.starts_on as is_in_window
    from {{ ref('fct_sales') }} as fct_sales
    inner join counted_products
        on fct_sales.product_id = counted_products.product_id
    cross join watched
    where
        fct_sales.is_revenue
        and fct_sales.sold_on >= watched.begins_on
        and fct_sales.sold_on <= watched.ends_on

),

daily_sales as (

    select
        product_id,
        store_id,
        sold_on,
        is_in_window,
        sum(quantity) as units_sold
    from sales
    group by product_id, store_id, sold_on, is_in_window

),

sold as (

    select
        product_id,
        store_id,
        sum(units_sold) as units_sold
    from daily_sales
    where is_in_window
    group by product_id, store_id

),

-- out of stock from the day after such a count until there is a count of
-- something, or a sale, which may all be before the window begins
stock_outs as (

    select
        empty_counts.product_id,
        empty_counts.store_id,
        greatest(
            empty_counts.counted_on,
            {{ add_days('empty_counts.starts_on', -1) }}
        ) as last_day_before_on,
        empty_counts.ends_on,
        case
            when empty_counts.next_on_hand <= 0
                then empty_counts.next_counted_on
            else
                {{ add_days('empty_counts.next_counted_on', -1) }}
        end as counted_until,
        min(daily_sales.sold_on) as sold_again_on
    from empty_counts
    left join daily_sales
        on
            empty_counts.product_id = daily_sales.product_id
            and empty_counts.store_id = daily_sales.store_id
            and empty_counts.counted_on < daily_sales.sold_on
            and daily_sales.units_sold > 0
    group by
        empty_counts.product_id,
        empty_counts.store_id,
        empty_counts.counted_on,
        empty_counts.starts_on,
        empty_counts.ends_on,
        empty_counts.next_on_hand,
        empty_counts.next_counted_on

),

out_of_stock as (

    select
        product_id,
        store_id,
        sum(
            greatest(
                {{ days_between(
                    'last_day_before_on',
                    'least(ends_on, coalesce(counted_until, ends_on), '
                    ~ 'coalesce(' ~ add_days('sold_again_on', -1)
                    ~ ', ends_on))',
                ) }},
                0
            )
        ) as out_of_stock_day_count
    from stock_outs
    group by product_id, store_id

),

levels as (

    select
        counts.product_id,
        counts.store_id,
        counts.counted_on,
        {{ days_between('window_bounds.starts_on', 'window_bounds.ends_on') }}
        + 1 - coalesce(out_of_stock.out_of_stock_day_count, 0)
            as in_stock_day_count,
        coalesce(out_of_stock.out_of_stock_day_count, 0)
            as out_of_stock_day_count,
        counts.on_hand,
        case when sold.product_id is null then 0 else sold.units_sold end
            as units_sold,
        {{ multiply_amount('counts.on_hand', 'products.unit_cost') }}
            as stock_cost_amount,
        products.product_name,
        products.category,
        stores.store_name,
        window_bounds.reorder_days
    from counts
    inner join products
        on counts.product_id = products.product_id
    inner join stores
        on counts.store_id = stores.store_id
    cross join window_bounds
    left join sold
        on
            counts.product_id = sold.product_id
            and counts.store_id = sold.store_id
    left join out_of_stock
        on
            counts.product_id = out_of_stock.product_id
            and counts.store_id = out_of_stock.store_id
    where counts.is_latest

),

final as (

    select
        product_id,
        store_id,
        counted_on,
        cast(in_stock_day_count as bigint) as in_stock_day_count,
        cast(out_of_stock_day_count as bigint) as out_of_stock_day_count,
        on_hand,
        cast(units_sold as decimal(18, 4)) as units_sold,
        {{ daily_units('units_sold', 'in_stock_day_count') }} as daily_units,
        cast(stock_cost_amount as decimal(18, 4)) as stock_cost_amount,
        case
            when units_sold > 0
                then {{ ratio('on_hand * in_stock_day_count', 'units_sold') }}
        end as cover_days,
        {{ sell_through('units_sold', 'on_hand') }} as sell_through_share,
        product_name,
        category,
        store_name,
        coalesce(
            units_sold > 0
            and on_hand * in_stock_day_count < reorder_days * units_sold,
            false
        ) as is_to_reorder
    from levels

)

select * from final
