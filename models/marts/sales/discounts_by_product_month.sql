with monthly_sales as (

    select * from {{ ref('int_monthly_product_sales') }}
    where is_revenue

),

products as (

    select * from {{ ref('dim_products') }}

),

months as (

    select * from {{ ref('int_months') }}

),

discounted as (

    select
        product_id,
        month_start_on,
        cast(sum(discounted_line_count) as bigint) as discounted_line_count,
        {{ sums_of_measures() }}
    from monthly_sales
    group by product_id, month_start_on
    having sum(discounted_line_count) > 0

),

final as (

    select
        discounted.product_id,
        discounted.month_start_on,
        discounted.line_count,
        discounted.discounted_line_count,
        discounted.gross_amount,
        discounted.discount_amount,
        discounted.revenue_amount,
        case
            when discounted.gross_amount > 0
                then
                    {{ ratio(
                        'discounted.discount_amount', 'discounted.gross_amount'
                    ) }}
        end as discount_share,
        products.product_name,
        products.category,
        months.is_month_complete as is_complete
    from discounted
    inner join products
        on discounted.product_id = products.product_id
    inner join months
        on discounted.month_start_on = months.month_start_on

)

select * from final
