{#-
    The months in which a daily run changes lines: those of the lines that go
    and of the lines that come. Noted before the fact is changed, and kept
    until a build has finished.
-#}
{{ config(materialized='incremental', incremental_strategy='append') }}

-- depends_on: {{ ref('stg_files') }}
-- depends_on: {{ ref('int_touched_sales') }}
-- depends_on: {{ ref('int_settled_sales') }}
{% if is_incremental_build() %}
{% set sales_lines = standing('fct_sales') %}
with files as (

    select file_id from {{ ref('stg_files') }}
    where copy_of is null

),

line_files as (

    select file_id
    from {{ sales_lines }}
    group by file_id

),

gone_files as (

    select line_files.file_id
    from line_files
    left join files
        on line_files.file_id = files.file_id
    where files.file_id is null

),

months as (

    select sales_lines.month_start_on
    from {{ sales_lines }} as sales_lines
    inner join {{ ref('int_touched_sales') }} as touched_sales
        on
            sales_lines.file_id = touched_sales.file_id
            and sales_lines.record_number = touched_sales.record_number
    union
    select sales_lines.month_start_on
    from {{ sales_lines }} as sales_lines
    inner join gone_files
        on sales_lines.file_id = gone_files.file_id
    union
    select {{ first_of_month('sold_on') }} as month_start_on
    from {{ ref('int_settled_sales') }}
    where outcome = 'loaded'

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
