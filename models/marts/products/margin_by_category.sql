with monthly_sales as (

    select * from {{ ref('int_monthly_product_sales') }}
    where is_revenue

),

products as (

    select * from {{ ref('dim_products') }}

),

summed as (

    select
        products.category,
        {{ sums_of_measures() }}
    from monthly_sales
    inner join products
        on monthly_sales.product_id = products.product_id
    group by products.category

),

-- a share of a negative revenue says nothing
final as (

    select
        category,
        {{ measures('summed') }},
        case
            when revenue_with_cost_amount > 0
                then {{ ratio('margin_amount', 'revenue_with_cost_amount') }}
        end as margin_share,
        case
            when revenue_amount > 0
                then {{ ratio('revenue_with_cost_amount', 'revenue_amount') }}
        end as covered_share
    from summed

)

select * from final
