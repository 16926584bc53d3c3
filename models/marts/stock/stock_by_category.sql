with levels as (

    select * from {{ ref('stock_levels') }}

),

final as (

    select
        category,
        {{ sums_of_stock() }}
    from levels
    group by category

)

select * from final
