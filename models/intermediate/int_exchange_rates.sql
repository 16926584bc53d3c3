with exchange_rates as (

    select * from {{ ref('stg_exchange_rates') }}
    where outcome = 'loaded'

),

final as (

    select
        upper(currency) as currency,
        rate,
        coalesce(valid_from, {{ open_start() }}) as valid_from,
        coalesce(
            lead(valid_from) over (
                partition by upper(currency)
                order by valid_from asc nulls first
            ),
            {{ open_end() }}
        ) as valid_to
    from exchange_rates

)

select * from final
