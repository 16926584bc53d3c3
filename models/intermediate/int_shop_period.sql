with lines as (

    select * from {{ ref('int_sales_lines') }}
    where outcome = 'loaded'

),

settings as (

    select * from {{ ref('stg_settings') }}

),

sold as (

    select
        min(sold_on) as first_sold_on,
        max(sold_on) as last_sold_on
    from lines

),

final as (

    select
        sold.first_sold_on,
        sold.last_sold_on,
        -- no clock: the data say what today is, unless the owner does
        coalesce(settings.as_of_date, sold.last_sold_on) as as_of_date
    from sold
    cross join settings

)

select * from final
