{#-
    What a daily run has to compute again. A line depends on its own record,
    on what its order, product, store and currency say, and on the other
    versions of its key; so these are touched:

    - the records of files that were not there applied
    - the records that a changed order, price, place or rate speaks of
    - the records set aside for a date that may be plausible now, and the
      lines whose date no longer is
    - every version of the key of a record that is touched or gone

    A full build touches nothing: it computes everything. Records stay here
    until a build has finished, so that what a killed build left half done is
    done again.
-#}
{{ config(materialized='incremental', incremental_strategy='append') }}

-- depends_on: {{ ref('stg_files') }}
-- depends_on: {{ ref('stg_sales') }}
-- depends_on: {{ ref('int_sales_context') }}
-- depends_on: {{ ref('int_plausible_dates') }}
{% if is_incremental_build() %}
{% set sales_lines = standing('fct_sales') %}
{% set noted_sales = standing('int_noted_sales') %}
with files as (

    select file_id from {{ ref('stg_files') }}
    where
        copy_of is null
        and input_name = 'sales'

),

waiting as (

    select
        file_id,
        record_number,
        record_key
    from {{ this }}

),

plausible_dates as (

    select * from {{ ref('int_plausible_dates') }}

),

set_aside as (

    select * from {{ noted_sales }}
    where outcome <> 'loaded'

),

known_files as (

    select file_id
    from {{ sales_lines }}
    group by file_id
    union
    select file_id from set_aside

),

new_files as (

    select files.file_id
    from files
    left join known_files
        on files.file_id = known_files.file_id
    where known_files.file_id is null

),

gone_files as (

    select known_files.file_id
    from known_files
    left join files
        on known_files.file_id = files.file_id
    where files.file_id is null

),

changes as (

    select
        coalesce(now.subject, applied.subject) as subject,
        coalesce(now.subject_id, applied.subject_id) as subject_id
    from {{ ref('int_sales_context') }} as now
    full outer join {{ standing('int_applied_context') }} as applied
        on
            now.subject = applied.subject
            and now.subject_id = applied.subject_id
    where now.content_hash is distinct from applied.content_hash

),

lines_touched as (
    {% for column, subject in [
        ('product_id', 'product'),
        ('store_id', 'store'),
        ('order_id', 'order'),
        ('original_currency', 'currency'),
    ] %}
    select
        sales_lines.file_id,
        sales_lines.record_number,
        sales_lines.sale_line_id as record_key
    from {{ sales_lines }} as sales_lines
    inner join changes
        on
            changes.subject = '{{ subject }}'
            and sales_lines.{{ column }} = changes.subject_id

    union all
    {% endfor %}
    select
        sales_lines.file_id,
        sales_lines.record_number,
        sales_lines.sale_line_id as record_key
    from {{ sales_lines }} as sales_lines
    inner join changes
        on changes.subject = 'shop'

    union all

    select
        sales_lines.file_id,
        sales_lines.record_number,
        sales_lines.sale_line_id as record_key
    from {{ sales_lines }} as sales_lines
    inner join plausible_dates
        on
            sales_lines.sold_on < plausible_dates.earliest_on
            or sales_lines.sold_on > plausible_dates.latest_on

),

set_aside_touched as (

    select
        set_aside.file_id,
        set_aside.record_number,
        set_aside.record_key
    from set_aside
    cross join plausible_dates
    where
        set_aside.quarantine_reason = 'date out of range'
        or set_aside.sold_on < plausible_dates.earliest_on
        or set_aside.sold_on > plausible_dates.latest_on
        or exists (
            select 1 from changes
            where
                changes.subject = 'shop'
                or (
                    changes.subject = 'product'
                    and changes.subject_id = set_aside.product_id
                )
                or (
                    changes.subject = 'store'
                    and changes.subject_id = set_aside.store_id
                )
                or (
                    changes.subject = 'order'
                    and changes.subject_id = set_aside.order_id
                )
                or (
                    changes.subject = 'currency'
                    and changes.subject_id = set_aside.currency
                )
                or (
                    changes.subject = 'file'
                    and changes.subject_id
                    in (set_aside.file_id, set_aside.kept_file_id)
                )
        )

),

new_records as (

    select
        sales.file_id,
        sales.record_number,
        sales.record_key
    from {{ ref('stg_sales') }} as sales
    inner join new_files
        on sales.file_id = new_files.file_id

),

touched as (

    select * from waiting
    union all
    select * from new_records
    union all
    select * from lines_touched
    union all
    select * from set_aside_touched

),

touched_keys as (

    select record_key from touched
    where record_key is not null
    union
    select sales_lines.sale_line_id as record_key
    from {{ sales_lines }} as sales_lines
    inner join gone_files
        on sales_lines.file_id = gone_files.file_id
    union
    select set_aside.record_key
    from set_aside
    inner join gone_files
        on set_aside.file_id = gone_files.file_id
    where set_aside.record_key is not null

),

with_other_versions as (

    select * from touched
    union
    select
        sales_lines.file_id,
        sales_lines.record_number,
        sales_lines.sale_line_id as record_key
    from {{ sales_lines }} as sales_lines
    inner join touched_keys
        on sales_lines.sale_line_id = touched_keys.record_key
    union
    select
        set_aside.file_id,
        set_aside.record_number,
        set_aside.record_key
    from set_aside
    inner join touched_keys
        on set_aside.record_key = touched_keys.record_key

),

final as (

    select
        with_other_versions.file_id,
        with_other_versions.record_number,
        min(with_other_versions.record_key) as record_key
    from with_other_versions
    inner join files
        on with_other_versions.file_id = files.file_id
    left join waiting
        on
            with_other_versions.file_id = waiting.file_id
            and with_other_versions.record_number = waiting.record_number
    where waiting.file_id is null
    group by
        with_other_versions.file_id,
        with_other_versions.record_number

)

select * from final
{% else %}
select
    cast(null as string) as file_id,
    cast(null as bigint) as record_number,
    cast(null as string) as record_key
where 1 = 0
{% endif %}
