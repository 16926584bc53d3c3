{{ config(materialized='view') }}

with settings as (

    select * from {{ source('landing', 'settings') }}

),

final as (

    select
        shop as shop_name,
        currency,
        locale,
        as_of_date,
        {{ read_rate('tax_rate') }} as tax_rate,
        {{ read_rate('maximum_quarantined_share') }}
            as maximum_quarantined_share,
        fiscal_year_start_month,
        day_cutoff_hour,
        prices_include_tax,
        has_sales_key,
        mapped_columns,
        statuses
    from settings

)

select * from final
