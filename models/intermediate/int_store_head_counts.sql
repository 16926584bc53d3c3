with stores as (

    select * from {{ ref('stg_stores') }}
    where outcome = 'loaded'

),

final as (

    select
        store_id,
        employee_count,
        coalesce(valid_from, {{ open_start() }}) as valid_from,
        coalesce(
            lead(valid_from) over (
                partition by store_id
                order by valid_from asc nulls first
            ),
            {{ open_end() }}
        ) as valid_to
    from stores

)

select * from final
