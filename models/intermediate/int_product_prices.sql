with products as (

    select * from {{ ref('stg_products') }}
    where outcome = 'loaded'

),

final as (

    select
        product_id,
        unit_price,
        unit_cost,
        {{ valid_interval('product_id') }}
    from products

)

select * from final
