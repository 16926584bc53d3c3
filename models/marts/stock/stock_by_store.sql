with levels as (

    select * from {{ ref('stock_levels') }}

),

final as (

    select
        store_id,
        {{ sums_of_stock() }},
        store_name
    from levels
    group by store_id, store_name

)

select * from final
