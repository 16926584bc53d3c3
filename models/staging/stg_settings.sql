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
        -- a warehouse landed before these settings existed has none
        coalesce(churn_days, 90) as churn_days,
        coalesce(stock_window_days, 90) as stock_window_days,
        coalesce(reorder_days, 14) as reorder_days,
        coalesce(abc_window_months, 12) as abc_window_months,
        coalesce(alert_deviations, 3) as alert_deviations,
        prices_include_tax,
        has_sales_key,
        mapped_columns,
        statuses,
        rfm_segments,
        incentive_rules
    from settings

)

select * from final
