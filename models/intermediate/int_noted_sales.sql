{#-
    Sales records about which there is something to say: quarantined, beaten
    by another version of their key, or loaded with a remark. A full build
    finds them as those that the fact does not have or remarks on, and values
    just these once more.
-#}
{{ config(
    materialized='incremental',
    incremental_strategy='replace_touched',
    unique_key='record_number',
) }}

{% set columns = [
    'file_id', 'record_number', 'record_key', 'order_id', 'product_id',
    'store_id', 'sold_on', 'quantity', 'given_quantity', 'given_unit_price',
    'given_gross_amount', 'given_discount_amount', 'given_discount_rate',
    'given_net_amount', 'given_tax_amount', 'given_unit_cost',
    'given_cost_amount', 'given_margin_amount', 'given_tax_rate',
    'given_returned_quantity', 'discount_amount', 'net_amount', 'currency', 'remarks', 'unreadable_values',
    'quarantine_reason',
] %}
-- depends_on: {{ ref('int_touched_sales') }}
-- depends_on: {{ ref('fct_sales') }}
-- depends_on: {{ ref('stg_sales') }}
with settled as (

    select * from {{ ref('int_settled_sales') }}

),
{% if not is_incremental_build() %}
-- records are counted in blocks first: where landing and fact have as many
-- and none has a remark, none is looked at again
landed_blocks as (

    select
        file_id,
        {{ block_of('record_number') }} as block_number,
        count(*) as record_count
    from {{ ref('stg_sales') }}
    group by file_id, {{ block_of('record_number') }}

),

loaded_blocks as (

    select
        file_id,
        {{ block_of('record_number') }} as block_number,
        count(*) as record_count,
        count(remarks) as remark_count
    from {{ ref('fct_sales') }}
    group by file_id, {{ block_of('record_number') }}

),

blocks as (

    select
        landed_blocks.file_id,
        landed_blocks.block_number
    from landed_blocks
    left join loaded_blocks
        on
            landed_blocks.file_id = loaded_blocks.file_id
            and landed_blocks.block_number = loaded_blocks.block_number
    where
        loaded_blocks.record_count is distinct from landed_blocks.record_count
        or loaded_blocks.remark_count > 0

),

loaded as (

    select
        fct_sales.file_id,
        fct_sales.record_number,
        fct_sales.remarks
    from {{ ref('fct_sales') }} as fct_sales
    inner join blocks
        on
            fct_sales.file_id = blocks.file_id
            and {{ block_of('fct_sales.record_number') }} = blocks.block_number

),

landed as (

    select
        stg_sales.file_id,
        stg_sales.record_number
    from {{ ref('stg_sales') }} as stg_sales
    inner join blocks
        on
            stg_sales.file_id = blocks.file_id
            and {{ block_of('stg_sales.record_number') }} = blocks.block_number

),

records as (

    select
        landed.file_id,
        landed.record_number
    from landed
    left join settled
        on
            landed.file_id = settled.file_id
            and landed.record_number = settled.record_number
    left join loaded
        on
            landed.file_id = loaded.file_id
            and landed.record_number = loaded.record_number
    where
        settled.file_id is null
        and (loaded.file_id is null or loaded.remarks is not null)

),

sales as (

    select stg_sales.*
    from {{ ref('stg_sales') }} as stg_sales
    inner join records
        on
            stg_sales.file_id = records.file_id
            and stg_sales.record_number = records.record_number

),

{{ sales_line_steps() }},
{% endif %}
final as (
    {% if not is_incremental_build() %}
    select
        {%- for column in columns %}
        {{ column }},
        {%- endfor %}
        case
            when quarantine_reason is null then 'loaded' else 'quarantined'
        end as outcome,
        cast(null as string) as kept_file_id,
        cast(null as bigint) as kept_record_number,
        false as is_key_doubtful
    from judged

    union all
    {% endif %}
    select
        {%- for column in columns %}
        {{ column }},
        {%- endfor %}
        outcome,
        kept_file_id,
        kept_record_number,
        is_key_doubtful
    from settled
    where
        outcome <> 'loaded'
        or remarks is not null

)

select * from final
