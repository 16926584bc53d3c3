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
        coalesce(churn_days, 90) as churn_days,
        coalesce(stock_window_days, 90) as stock_window_days,
        coalesce(reorder_days, 14) as reorder_days,
        prices_include_tax,
        has_sales_key,
        mapped_columns,
        statuses,
        rfm_segments,
        incentive_rules
    from settings

)

select * from final
