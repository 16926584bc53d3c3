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
    {#- a patch with null removes: empty values do not show -#}
    cast(json_merge_patch(
            coalesce({{ alias }}.extra, '{}'),
            json_object(
                {%- for name, text in texts_as_written(source_relation, alias) %}
                '{{ name }}', {{ text }}{{ ',' if not loop.last }}
                {%- endfor %}
            )
        ) as varchar)
{%- endmacro %}

{% macro spark__record_as_written(source_relation, alias) -%}
    {%- set texts = texts_as_written(source_relation, alias) -%}
    to_json(map_concat(
            map_filter(
                from_json(coalesce({{ alias }}.extra, '{}'), 'map<string, string>'),
                (name, text) -> name not in (
                    {%- for name, text in texts %}
                    '{{ name }}'{{ ',' if not loop.last }}
                    {%- endfor %}
                )
            ),
            map_filter(
                map(
                    {%- for name, text in texts %}
                    '{{ name }}', {{ text }}{{ ',' if not loop.last }}
                    {%- endfor %}
                ),
                (name, text) -> text is not null
            )
        ))
{%- endmacro %}

{#- The columns of ours that hold a text of the file, each as (name, SQL). -#}
{% macro texts_as_written(source_relation, alias) -%}
    {%- set ours = ['file_id', 'record_number', 'record_key', 'extra'] -%}
    {%- set names = adapter.get_columns_in_relation(source_relation)
        | map(attribute='name') | list -%}
    {%- set texts = [] -%}
    {%- for name in names
        if name not in ours and not name.endswith('_as_written') -%}
        {%- set text = alias ~ '.' ~ name -%}
        {%- if name ~ '_as_written' in names -%}
            {%- set text = 'coalesce(' ~ text ~ '_as_written, ' ~ text ~ ')' -%}
        {%- endif -%}
        {%- do texts.append((name, text)) -%}
    {%- endfor -%}
    {{ return(texts) }}
{%- endmacro %}
