with baskets as (

    select * from {{ ref('int_baskets') }}

),

descriptions as (

    select * from {{ ref('int_described_employees') }}
    where employee_id is not null

),

employees as (

    select * from {{ ref('stg_employees') }}
    where outcome = 'loaded'

),

dated_descriptions as (

    select
        descriptions.*,
        {{ latest_text_dates('employee_id', ['employee_name']) }}
    from descriptions

),

described as (

    select
        employee_id,
        {{ latest_text('employee_name') }} as employee_name
    from dated_descriptions
    group by employee_id

),

keys as (

    select employee_id from employees
    union
    select employee_id from baskets
    where employee_id <> {{ unknown() }}

),

final as (

    select
        keys.employee_id,
        {{ or_unknown('employees.store_id') }} as store_id,
        employees.hired_on,
        employees.left_on,
        coalesce(
            employees.employee_name, described.employee_name, keys.employee_id
        ) as employee_name,
        employees.is_manager,
        employees.is_active,
        employees.employee_id is not null as is_in_employees_file
    from keys
    left join employees
        on keys.employee_id = employees.employee_id
    left join described
        on keys.employee_id = described.employee_id

    union all

    select
        {{ unknown() }} as employee_id,
        {{ unknown() }} as store_id,
        cast(null as date) as hired_on,
        cast(null as date) as left_on,
        {{ unknown() }} as employee_name,
        cast(null as boolean) as is_manager,
        cast(null as boolean) as is_active,
        false as is_in_employees_file

)

select * from final
