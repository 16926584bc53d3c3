with baskets as (

    select * from {{ ref('int_baskets') }}
    where not is_anonymous

),

descriptions as (

    select * from {{ ref('int_described_customers') }}
    where customer_id is not null

),

customers as (

    select * from {{ ref('stg_customers') }}
    where outcome = 'loaded'

),

sold as (

    select
        customer_id,
        min(sold_on) as first_sold_on,
        max(sold_on) as last_sold_on
    from baskets
    group by customer_id

),

dated_descriptions as (

    select
        descriptions.*,
        {{ latest_text_dates('customer_id', ['customer_name', 'segment']) }}
    from descriptions

),

described as (

    select
        customer_id,
        {{ latest_text('customer_name') }} as customer_name,
        {{ latest_text('segment') }} as segment
    from dated_descriptions
    group by customer_id

),

keys as (

    select customer_id from customers
    union
    select customer_id from sold

),

known as (

    select
        keys.customer_id,
        sold.first_sold_on,
        sold.last_sold_on,
        coalesce(
            customers.customer_name, described.customer_name, keys.customer_id
        ) as customer_name,
        {{ lookup_name(
            'segment', 'coalesce(customers.segment, described.segment)'
        ) }} as segment,
        {{ lookup_name('country', 'customers.country') }} as country,
        {{ lookup_name('region', 'customers.region') }} as region,
        {{ lookup_name('state', 'customers.state') }} as state,
        {{ lookup_name('city', 'customers.city') }} as city,
        customers.customer_id is not null as is_in_customers_file
    from keys
    left join customers
        on keys.customer_id = customers.customer_id
    left join sold
        on keys.customer_id = sold.customer_id
    left join described
        on keys.customer_id = described.customer_id

),

final as (

    select
        customer_id,
        first_sold_on,
        last_sold_on,
        customer_name,
        {{ or_unknown('segment') }} as segment,
        {{ or_unknown('country') }} as country,
        {{ or_unknown('region') }} as region,
        {{ or_unknown('state') }} as state,
        {{ or_unknown('city') }} as city,
        is_in_customers_file
    from known

    union all

    select
        {{ unknown() }} as customer_id,
        cast(null as date) as first_sold_on,
        cast(null as date) as last_sold_on,
        {{ unknown() }} as customer_name,
        {{ unknown() }} as segment,
        {{ unknown() }} as country,
        {{ unknown() }} as region,
        {{ unknown() }} as state,
        {{ unknown() }} as city,
        false as is_in_customers_file

)

select * from final
