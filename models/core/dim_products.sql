with monthly_sales as (

    select * from {{ ref('int_monthly_product_sales') }}

),

descriptions as (

    select * from {{ ref('int_described_products') }}
    where product_id is not null

),

products as (

    select * from {{ ref('stg_products') }}
    where outcome = 'loaded'

),

stock as (

    select * from {{ ref('stg_stock') }}
    where outcome = 'loaded'

),

period as (

    select * from {{ ref('int_shop_period') }}

),

-- the version that holds on the as-of day, else the first one to come
versions as (

    select
        products.product_id,
        products.product_name,
        products.category,
        products.subcategory,
        products.brand,
        products.unit_price,
        products.unit_cost,
        row_number() over (
            partition by products.product_id
            order by
                case
                    when
                        coalesce(products.valid_from, {{ open_start() }})
                        <= period.as_of_date
                        then 0
                    else 1
                end asc,
                case
                    when products.valid_from <= period.as_of_date
                        then products.valid_from
                end desc nulls last,
                products.valid_from asc nulls first
        ) as version_rank
    from products
    cross join period

),

current_products as (

    select * from versions
    where version_rank = 1

),

dated_descriptions as (

    select
        descriptions.*,
        {{ latest_text_dates(
            'product_id', ['product_name', 'category', 'subcategory', 'brand']
        ) }}
    from descriptions

),

described as (

    select
        product_id,
        {{ latest_text('product_name') }} as product_name,
        {{ latest_text('category') }} as category,
        {{ latest_text('subcategory') }} as subcategory,
        {{ latest_text('brand') }} as brand
    from dated_descriptions
    group by product_id

),

keys as (

    select product_id from current_products
    union
    select product_id from monthly_sales
    where product_id <> {{ unknown() }}
    union
    select product_id from stock

),

known as (

    select
        keys.product_id,
        coalesce(
            current_products.product_name,
            described.product_name,
            keys.product_id
        ) as product_name,
        {{ lookup_name(
            'category', 'coalesce(current_products.category, described.category)'
        ) }} as category,
        {{ lookup_name(
            'subcategory',
            'coalesce(current_products.subcategory, described.subcategory)'
        ) }} as subcategory,
        {{ lookup_name(
            'brand', 'coalesce(current_products.brand, described.brand)'
        ) }} as brand,
        current_products.unit_price,
        current_products.unit_cost,
        current_products.product_id is not null as is_in_products_file
    from keys
    left join current_products
        on keys.product_id = current_products.product_id
    left join described
        on keys.product_id = described.product_id

),

final as (

    select
        product_id,
        unit_price,
        unit_cost,
        product_name,
        {{ or_unknown('category') }} as category,
        {{ or_unknown('subcategory') }} as subcategory,
        {{ or_unknown('brand') }} as brand,
        is_in_products_file
    from known

    union all

    select
        {{ unknown() }} as product_id,
        cast(null as decimal(18, 4)) as unit_price,
        cast(null as decimal(18, 4)) as unit_cost,
        {{ unknown() }} as product_name,
        {{ unknown() }} as category,
        {{ unknown() }} as subcategory,
        {{ unknown() }} as brand,
        false as is_in_products_file

)

select * from final
