with monthly_sales as (

    select * from {{ ref('int_monthly_store_sales') }}
    where is_revenue

),

stores as (

    select * from {{ ref('dim_stores') }}
    where store_id <> {{ unknown() }}

),

months as (

    select * from {{ ref('int_months') }}

),

head_counts as (

    select * from {{ ref('int_store_head_counts') }}

),

period as (

    select * from {{ ref('int_shop_period') }}

),

sold as (

    select
        store_id,
        month_start_on,
        sum(quantity) as quantity,
        sum(revenue_amount) as revenue_amount
    from monthly_sales
    group by store_id, month_start_on

),

-- a month without sales is zero while the store is open; a return that comes
-- in after it closed still counts in its month
store_months as (

    select
        stores.store_id,
        stores.store_name,
        stores.region,
        stores.employee_count as current_employee_count,
        months.month_start_on,
        months.is_month_complete,
        sold.quantity,
        sold.revenue_amount,
        least(months.month_end_on, period.as_of_date) as head_count_on
    from stores
    cross join months
    cross join period
    left join sold
        on
            stores.store_id = sold.store_id
            and months.month_start_on = sold.month_start_on
    where
        sold.store_id is not null
        or (
            least(months.month_end_on, period.as_of_date)
            >= coalesce(stores.opened_on, stores.first_sold_on)
            and months.month_start_on
            <= coalesce(stores.closed_on, period.last_sold_on)
        )

),

described_stores as (

    select store_id
    from head_counts
    group by store_id

),

staffed as (

    select
        store_months.store_id,
        store_months.month_start_on,
        store_months.quantity,
        store_months.revenue_amount,
        case
            when head_counts.employee_count is not null
                then head_counts.employee_count
            -- a history says nothing about the time before it begins
            when
                head_counts.store_id is not null
                or described_stores.store_id is null
                then store_months.current_employee_count
        end as employee_count,
        store_months.store_name,
        store_months.region,
        store_months.is_month_complete
    from store_months
    left join described_stores
        on store_months.store_id = described_stores.store_id
    left join head_counts
        on
            store_months.store_id = head_counts.store_id
            and store_months.head_count_on >= head_counts.valid_from
            and store_months.head_count_on < head_counts.valid_to

),

final as (

    select
        store_id,
        month_start_on,
        cast(
            case when revenue_amount is null then 0 else quantity end
            as decimal(18, 4)
        ) as quantity,
        cast(coalesce(revenue_amount, 0) as decimal(18, 4)) as revenue_amount,
        cast(employee_count as decimal(18, 4)) as employee_count,
        {{ ratio('coalesce(revenue_amount, 0)', 'employee_count') }}
            as revenue_per_employee,
        store_name,
        region,
        is_month_complete as is_complete
    from staffed

)

select * from final
