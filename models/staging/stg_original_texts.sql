{#-
    What the file said, for the few records about which there is something to
    say: read from landing again rather than carried through all models. It
    never changes, so a daily run reads the records that it does not have.
-#}
{{ config(
    materialized='incremental',
    incremental_strategy='add_files',
) }}

with noted_records as (

    select noted.*
    from {{ ref('int_noted_records') }} as noted
    {% if is_incremental_build() %}
    left join {{ this }} as known_texts
        on
            noted.file_id = known_texts.file_id
            and noted.record_number = known_texts.record_number
    where known_texts.file_id is null
    {% endif %}

),
{% for input_name in judged_inputs() %}
{{ input_name }} as (

    select * from {{ source('landing', input_name) }}

),
{% endfor %}
final as (
    {% for input_name in judged_inputs() %}
    select
        noted_records.input_name,
        noted_records.file_id,
        noted_records.record_number,
        {{ record_as_written(source('landing', input_name), input_name) }}
            as original_text
    from noted_records
    inner join {{ input_name }}
        on
            noted_records.input_name = '{{ input_name }}'
            and noted_records.file_id = {{ input_name }}.file_id
            and noted_records.record_number = {{ input_name }}.record_number
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- endfor %}

)

select * from final
