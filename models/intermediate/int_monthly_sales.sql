with sales as (

    select * from {{ ref('fct_sales') }}
    where is_revenue

),

final as (

    select
        product_id,
        store_id,
        location_id,
        month_start_on,
        min(sold_on) as first_sold_on,
        max(sold_on) as last_sold_on,
        {{ measures_of_lines() }}
    from sales
    group by product_id, store_id, location_id, month_start_on

)

select * from final
