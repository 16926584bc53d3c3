{#-
    What one pass over a landing file tells, whatever becomes of its records.
    It depends on the file alone, so a daily run reads the new files only.
-#}
{{ config(
    materialized='incremental',
    incremental_strategy='add_files',
) }}

-- depends_on: {{ ref('stg_files') }}
with
{% if is_incremental_build() %}
new_files as (

    select files.file_id
    from {{ ref('stg_files') }} as files
    left join {{ this }} as known_days
        on files.file_id = known_days.file_id
    where
        files.copy_of is null
        and files.input_name = 'sales'
        and known_days.file_id is null

),

sales as (

    select stg_sales.*
    from {{ ref('stg_sales') }} as stg_sales
    inner join new_files
        on stg_sales.file_id = new_files.file_id

),
{% else %}
sales as (

    select * from {{ ref('stg_sales') }}

),
{% endif %}
settings as (

    select * from {{ ref('stg_settings') }}

),

dated as (

    select
        sales.*,
        coalesce(
            sales.sold_on,
            {{ business_date('sales.sold_at', 'settings.day_cutoff_hour') }}
        ) as landed_on
    from sales
    cross join settings

),

final as (

    select
        file_id,
        landed_on,
        count(*) as record_count,
        sum(quantity) as quantity,
        sum(unit_price) as unit_price,
        sum(gross_amount) as gross_amount,
        sum(discount_amount) as discount_amount,
        sum(discount_rate) as discount_rate,
        sum(net_amount) as net_amount,
        sum(tax_amount) as tax_amount,
        sum(unit_cost) as unit_cost,
        sum(cost_amount) as cost_amount,
        sum(margin_amount) as margin_amount,
        sum(tax_rate) as tax_rate,
        sum(returned_quantity) as returned_quantity
    from dated
    group by file_id, landed_on

)

select * from final
