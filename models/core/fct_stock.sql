with stock as (

    select * from {{ ref('stg_stock') }}
    where outcome = 'loaded'

),

products as (

    select * from {{ ref('stg_products') }}
    where outcome = 'loaded'

),

dated_products as (

    select
        product_id,
        stock_quantity,
        row_number() over (
            partition by product_id
            order by valid_from desc nulls last
        ) as version_rank
    from products
    where stock_quantity is not null

),

counts as (

    select
        product_id,
        {{ or_unknown('store_id') }} as store_id,
        counted_on,
        on_hand
    from stock

    union all

    -- a product file can say what is on hand, all stores together
    select
        product_id,
        {{ unknown() }} as store_id,
        cast(null as date) as counted_on,
        stock_quantity as on_hand
    from dated_products
    where
        version_rank = 1
        and not exists (select 1 from stock)

),

final as (

    select
        product_id || '|' || store_id || '|'
        || coalesce(cast(counted_on as string), '') as stock_id,
        product_id,
        store_id,
        counted_on,
        on_hand,
        row_number() over (
            partition by product_id, store_id
            order by counted_on desc nulls last
        ) = 1 as is_latest
    from counts

)

select * from final
