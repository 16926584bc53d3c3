{#-
    The months whose rows in a table with names are no longer right: touched
    ones, those where a product or region has another name now, and those
    that are over since. A member that is new is in touched months only.
-#}
{{ config(materialized='incremental', incremental_strategy='append') }}

-- depends_on: {{ ref('int_shown_names') }}
-- depends_on: {{ ref('int_touched_months') }}
-- depends_on: {{ ref('int_monthly_product_sales') }}
{% if is_incremental_build() %}
with changes as (

    select
        applied.subject,
        applied.subject_id
    from {{ standing('int_applied_names') }} as applied
    left join {{ ref('int_shown_names') }} as shown
        on
            applied.subject = shown.subject
            and applied.subject_id = shown.subject_id
    where shown.wording is distinct from applied.wording

),

product_months as (

    select * from {{ ref('int_monthly_product_sales') }}

),

months as (

    select month_start_on from {{ ref('int_touched_months') }}
    {% for key, subject in [
        ('product_id', 'product'),
        ('region_key', 'region'),
        ('month_start_on', 'month'),
    ] %}
    union
    select product_months.month_start_on
    from product_months
    inner join changes
        on
            changes.subject = '{{ subject }}'
            and cast(product_months.{{ key }} as string) = changes.subject_id
    {% endfor %}
),

final as (

    select months.month_start_on
    from months
    left join {{ this }} as noted_before
        on months.month_start_on = noted_before.month_start_on
    where noted_before.month_start_on is null

)

select * from final
{% else %}
select cast(null as date) as month_start_on
where 1 = 0
{% endif %}
