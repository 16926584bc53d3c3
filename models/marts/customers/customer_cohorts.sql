with purchases as (

    select * from {{ ref('monthly_customer_spend') }}
    where purchase_count > 0

),

months as (

    select * from {{ ref('int_months') }}

),

customers as (

    select
        customer_id,
        min(month_start_on) as cohort_month_on,
        max(month_start_on) as last_month_on
    from purchases
    group by customer_id

),

cohorts as (

    select
        cohort_month_on,
        count(*) as customer_count
    from customers
    group by cohort_month_on

),

returned as (

    select
        customers.cohort_month_on,
        purchases.month_start_on,
        count(*) as customer_count
    from purchases
    inner join customers
        on purchases.customer_id = customers.customer_id
    group by customers.cohort_month_on, purchases.month_start_on

),

left_after as (

    select
        cohort_month_on,
        last_month_on,
        count(*) as customer_count
    from customers
    group by cohort_month_on, last_month_on

),

cells as (

    select
        cohorts.cohort_month_on,
        cohorts.customer_count,
        months.month_start_on,
        months.is_month_complete,
        coalesce(returned.customer_count, 0) as retained_on_count,
        sum(coalesce(left_after.customer_count, 0)) over (
            partition by cohorts.cohort_month_on
            order by months.month_start_on desc
            rows between unbounded preceding and current row
        ) as retained_on_or_after_count
    from cohorts
    inner join months
        on cohorts.cohort_month_on <= months.month_start_on
    left join returned
        on
            cohorts.cohort_month_on = returned.cohort_month_on
            and months.month_start_on = returned.month_start_on
    left join left_after
        on
            cohorts.cohort_month_on = left_after.cohort_month_on
            and months.month_start_on = left_after.last_month_on

),

-- a month that still runs would look like customers lost
finished as (

    select
        cohort_month_on,
        month_start_on,
        customer_count,
        case when is_month_complete then retained_on_count end
            as retained_on_count,
        case when is_month_complete then retained_on_or_after_count end
            as retained_on_or_after_count,
        is_month_complete
    from cells

),

final as (

    select
        cohort_month_on,
        cast(
            12 * (
                extract(year from month_start_on)
                - extract(year from cohort_month_on)
            )
            + extract(month from month_start_on)
            - extract(month from cohort_month_on) as integer
        ) as month_number,
        month_start_on,
        customer_count,
        retained_on_count,
        cast(retained_on_or_after_count as bigint)
            as retained_on_or_after_count,
        {{ ratio('retained_on_count', 'customer_count') }}
            as retained_on_share,
        {{ ratio('retained_on_or_after_count', 'customer_count') }}
            as retained_on_or_after_share,
        is_month_complete as is_complete
    from finished

)

select * from final
