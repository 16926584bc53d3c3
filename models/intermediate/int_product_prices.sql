with products as (

    select * from {{ ref('stg_products') }}
    where outcome = 'loaded'

),

final as (

    select
        product_id,
        unit_price,
        unit_cost,
        coalesce(valid_from, {{ open_start() }}) as valid_from,
        coalesce(
            lead(valid_from) over (
                partition by product_id
                order by valid_from asc nulls first
            ),
            {{ open_end() }}
        ) as valid_to
    from products

)

select * from final
