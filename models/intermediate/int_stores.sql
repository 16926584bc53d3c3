with monthly_sales as (

    select * from {{ ref('int_monthly_store_sales') }}
    where store_id <> {{ unknown() }}

),

descriptions as (

    select * from {{ ref('int_described_stores') }}
    where store_id is not null

),

stores as (

    select * from {{ ref('stg_stores') }}
    where outcome = 'loaded'

),

employees as (

    select * from {{ ref('stg_employees') }}
    where outcome = 'loaded'

),

stock as (

    select * from {{ ref('stg_stock') }}
    where outcome = 'loaded'

),

targets as (

    select * from {{ ref('stg_targets') }}
    where outcome = 'loaded'

),

store_locations as (

    select * from {{ ref('int_store_locations') }}

),

period as (

    select * from {{ ref('int_shop_period') }}

),

-- the version that holds on the as-of day, else the first one to come
versions as (

    select
        stores.store_id,
        stores.opened_on,
        stores.closed_on,
        stores.employee_count,
        stores.store_name,
        row_number() over (
            partition by stores.store_id
            order by
                case
                    when
                        coalesce(stores.valid_from, {{ open_start() }})
                        <= period.as_of_date
                        then 0
                    else 1
                end asc,
                case
                    when stores.valid_from <= period.as_of_date
                        then stores.valid_from
                end desc nulls last,
                stores.valid_from asc nulls first
        ) as version_rank
    from stores
    cross join period

),

current_stores as (

    select * from versions
    where version_rank = 1

),

sold as (

    select
        store_id,
        min(first_sold_on) as first_sold_on
    from monthly_sales
    group by store_id

),

dated_descriptions as (

    select
        descriptions.*,
        {{ latest_text_dates(
            'store_id', ['store_name', 'country', 'region', 'state', 'city']
        ) }}
    from descriptions

),

described as (

    select
        store_id,
        {{ latest_text('store_name') }} as store_name,
        {{ latest_text('country') }} as country,
        {{ latest_text('region') }} as region,
        {{ latest_text('state') }} as state,
        {{ latest_text('city') }} as city
    from dated_descriptions
    group by store_id

),

active_employees as (

    select
        employees.store_id,
        count(*) as employee_count
    from employees
    cross join period
    where
        employees.store_id is not null
        and coalesce(employees.is_active, true)
        and coalesce(employees.hired_on <= period.as_of_date, true)
        and coalesce(employees.left_on >= period.as_of_date, true)
    group by employees.store_id

),

keys as (

    select store_id from current_stores
    union
    select store_id from sold
    union
    select store_id from employees
    where store_id is not null
    union
    select store_id from stock
    where store_id is not null
    union
    select store_id from targets
    where store_id is not null

),

final as (

    select
        keys.store_id,
        sold.first_sold_on,
        current_stores.opened_on,
        current_stores.closed_on,
        cast(
            coalesce(
                current_stores.employee_count, active_employees.employee_count
            ) as decimal(18, 4)
        ) as employee_count,
        coalesce(current_stores.store_name, described.store_name) as store_name,
        case
            when store_locations.store_id is null then described.country
            else store_locations.country
        end as country,
        case
            when store_locations.store_id is null then described.region
            else store_locations.region
        end as region,
        case
            when store_locations.store_id is null then described.state
            else store_locations.state
        end as state,
        case
            when store_locations.store_id is null then described.city
            else store_locations.city
        end as city,
        current_stores.store_id is not null as is_in_stores_file
    from keys
    left join current_stores
        on keys.store_id = current_stores.store_id
    left join store_locations
        on keys.store_id = store_locations.store_id
    left join sold
        on keys.store_id = sold.store_id
    left join described
        on keys.store_id = described.store_id
    left join active_employees
        on keys.store_id = active_employees.store_id

)

select * from final
