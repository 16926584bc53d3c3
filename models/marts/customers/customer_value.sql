with baskets as (

    select * from {{ ref('int_baskets') }}
    where
        is_revenue
        and not is_anonymous

),

customers as (

    select * from {{ ref('dim_customers') }}

),

period as (

    select * from {{ ref('int_shop_period') }}

),

settings as (

    select * from {{ ref('stg_settings') }}

),

orders as (

    select
        customer_id,
        {{ purchase_key() }} as purchase_key,
        sum(bought_line_count) as bought_line_count,
        min(case when bought_line_count > 0 then sold_on end)
            as first_purchased_on,
        max(case when bought_line_count > 0 then sold_on end)
            as last_purchased_on,
        {{ sums_of_measures() }}
    from baskets
    group by customer_id, {{ purchase_key() }}

),

bought as (

    select
        customer_id,
        min(first_purchased_on) as first_purchased_on,
        max(last_purchased_on) as last_purchased_on,
        count(case when bought_line_count > 0 then 1 end) as purchase_count,
        {{ sums_of_measures() }}
    from orders
    group by customer_id

),

-- one basis for all, so that customers can be compared
basis as (

    select
        case
            when sum(revenue_with_cost_amount) * 2 > sum(revenue_amount)
                then 'margin'
            else 'revenue'
        end as lifetime_value_basis
    from bought

),

final as (

    select
        bought.customer_id,
        bought.first_purchased_on,
        bought.last_purchased_on,
        case
            when bought.last_purchased_on > period.as_of_date then 0
            else
                {{ days_between(
                    'bought.last_purchased_on', 'period.as_of_date'
                ) }}
        end as recency_days,
        bought.purchase_count,
        {{ measures('bought') }},
        case
            when basis.lifetime_value_basis = 'margin'
                then bought.margin_amount
            else bought.revenue_amount
        end as lifetime_value_amount,
        {{ ratio(
            'bought.revenue_amount', 'sum(bought.revenue_amount) over ()'
        ) }} as customer_revenue_share,
        cast(rank() over (order by bought.revenue_amount desc) as bigint)
            as revenue_rank,
        customers.customer_name,
        customers.segment,
        basis.lifetime_value_basis,
        {{ days_between('bought.last_purchased_on', 'period.as_of_date') }}
        > settings.churn_days as is_churned
    from bought
    inner join customers
        on bought.customer_id = customers.customer_id
    cross join basis
    cross join period
    cross join settings

)

select * from final
