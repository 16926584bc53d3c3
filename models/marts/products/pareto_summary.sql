with products as (

    select * from {{ ref('product_abc') }}

),

sold as (

    select
        window_start_on,
        window_end_on,
        revenue_amount,
        row_number() over (
            order by revenue_amount desc, product_id asc
        ) as place,
        count(*) over () as product_count
    from products
    where abc_class <> 'U'

),

-- a fifth of the products, rounded up: of three products one
summed as (

    select
        min(window_start_on) as window_start_on,
        max(window_end_on) as window_end_on,
        count(*) as product_count,
        cast(ceil(max(product_count) / 5.0) as bigint) as top_product_count,
        cast(sum(revenue_amount) as decimal(18, 4)) as revenue_amount,
        cast(
            sum(
                case
                    when place <= ceil(product_count / 5.0)
                        then revenue_amount
                end
            ) as decimal(18, 4)
        ) as top_revenue_amount
    from sold
    having count(*) > 0

),

final as (

    select
        window_start_on,
        window_end_on,
        product_count,
        top_product_count,
        revenue_amount,
        top_revenue_amount,
        case
            when revenue_amount > 0
                then {{ ratio('top_revenue_amount', 'revenue_amount') }}
        end as top_revenue_share
    from summed

)

select * from final
