with lines as (

    select * from {{ ref('int_sales_lines') }}
    where outcome = 'loaded'

),

final as (

    select
        sale_line_id,
        sale_id,
        order_id,
        line_number,
        {{ or_unknown('product_id') }} as product_id,
        {{ or_unknown('store_id') }} as store_id,
        location_id,
        {{ or_unknown('customer_id') }} as customer_id,
        {{ or_unknown('employee_id') }} as employee_id,
        file_id,
        record_number,
        sold_on,
        {{ first_of_month('sold_on') }} as month_start_on,
        sold_at,
        quantity,
        unit_price,
        gross_amount,
        discount_amount,
        net_amount,
        tax_amount,
        try_cast(net_amount + tax_amount as decimal(18, 4)) as total_amount,
        cost_amount,
        try_cast(net_amount - cost_amount as decimal(18, 4)) as margin_amount,
        given_net_amount as original_net_amount,
        currency as original_currency,
        status,
        is_revenue,
        coalesce(quantity < 0, net_amount < 0) as is_return,
        customer_id is null as is_anonymous
    from lines

)

select * from final
