with exchange_rates as (

    select * from {{ ref('stg_exchange_rates') }}
    where outcome = 'loaded'

),

final as (

    select
        upper(currency) as currency,
        rate,
        {{ valid_interval('upper(currency)') }}
    from exchange_rates

)

select * from final
