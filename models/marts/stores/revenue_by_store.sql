with baskets as (

    select * from {{ ref('int_baskets') }}
    where is_revenue

),

stores as (

    select * from {{ ref('dim_stores') }}

),

sold as (

    select
        store_id,
        count(distinct order_id) as order_count,
        {{ sums_of_measures() }}
    from baskets
    group by store_id

),

-- a store that sold nothing is shown with zero; the unknown one only if it sold
shown_stores as (

    select stores.*
    from stores
    left join sold
        on stores.store_id = sold.store_id
    where
        stores.store_id <> {{ unknown() }}
        or sold.store_id is not null

),

final as (

    select
        shown_stores.store_id,
        shown_stores.opened_on,
        shown_stores.closed_on,
        coalesce(sold.order_count, 0) as order_count,
        {{ filled_measures('sold') }},
        {{ ratio(
            'coalesce(sold.revenue_amount, 0)',
            'sum(coalesce(sold.revenue_amount, 0)) over ()'
        ) }} as revenue_share,
        shown_stores.employee_count,
        shown_stores.store_name,
        shown_stores.country,
        shown_stores.region,
        shown_stores.city
    from shown_stores
    left join sold
        on shown_stores.store_id = sold.store_id

)

select * from final
