{#-
    The few records of all inputs about which there is something to say: set
    aside, beaten by another version, or with a value that cannot be read.
-#}
with
{% for input_name, input in judged_inputs().items() %}
{{ input_name }} as (

    select * from {{ ref(input.model) }}
    where
        outcome <> 'loaded'
        or unreadable_values is not null

),
{% endfor %}
final as (
    {% for input_name, input in judged_inputs().items() %}
    select
        '{{ input_name }}' as input_name,
        file_id,
        record_number,
        record_key,
        unreadable_values,
        quarantine_reason,
        outcome,
        kept_file_id,
        kept_record_number,
        is_key_doubtful
    from {{ input_name }}
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- endfor %}

)

select * from final
