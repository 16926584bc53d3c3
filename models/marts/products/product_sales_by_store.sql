with quarterly_sales as (

    select * from {{ ref('int_quarterly_product_sales') }}

),

products as (

    select * from {{ ref('dim_products') }}

),

stores as (

    select * from {{ ref('dim_stores') }}

),

sold as (

    select
        product_id,
        store_id,
        {{ sums_of_measures() }}
    from quarterly_sales
    group by product_id, store_id

),

final as (

    select
        sold.product_id,
        sold.store_id,
        {{ measures('sold') }},
        products.product_name,
        products.category,
        stores.store_name
    from sold
    inner join products
        on sold.product_id = products.product_id
    inner join stores
        on sold.store_id = stores.store_id

)

select * from final
