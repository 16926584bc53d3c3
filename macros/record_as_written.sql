{#-
    A landed record as its file wrote it: a JSON object of every column that
    has a text, under our names, with the unmapped ones under theirs.
-#}
{% macro record_as_written(source_relation, alias) -%}
    {%- if not execute -%}
        null
    {%- else -%}
        {{ adapter.dispatch('record_as_written')(source_relation, alias) }}
    {%- endif -%}
{%- endmacro %}

{% macro duckdb__record_as_written(source_relation, alias) -%}
    {%- set ours = ['file_id', 'record_number', 'record_key', 'extra'] -%}
    {%- set names = adapter.get_columns_in_relation(source_relation)
        | map(attribute='name') | list -%}
    {#- a patch with null removes: empty values do not show -#}
    cast(json_merge_patch(
            coalesce({{ alias }}.extra, '{}'),
            json_object(
                {%- set comma = joiner(',') -%}
                {%- for name in names
                    if name not in ours and not name.endswith('_as_written') -%}
                    {{ comma() }}
                '{{ name }}',
                {%- if name ~ '_as_written' in names %}
                coalesce({{ alias }}.{{ name }}_as_written, {{ alias }}.{{ name }})
                {%- else %} {{ alias }}.{{ name }}
                {%- endif %}
                {%- endfor %}
            )
        ) as varchar)
{%- endmacro %}
