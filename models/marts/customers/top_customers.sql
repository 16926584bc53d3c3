with customers as (

    select * from {{ ref('customer_value') }}

),

final as (

    select
        customer_id,
        revenue_rank,
        last_purchased_on,
        purchase_count,
        revenue_amount,
        customer_revenue_share,
        customer_name,
        segment
    from customers
    where revenue_rank <= 100

)

select * from final
