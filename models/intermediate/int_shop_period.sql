with monthly_sales as (

    select * from {{ ref('int_monthly_store_sales') }}

),

settings as (

    select * from {{ ref('stg_settings') }}

),

sold as (

    select
        min(first_sold_on) as first_sold_on,
        max(last_sold_on) as last_sold_on
    from monthly_sales

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
