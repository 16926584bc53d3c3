{#-
    What a row says, as one text that differs when any of the columns does.
    A missing value and an empty one are the same.
-#}
{% macro content_text(columns, relation=none) -%}
    concat_ws(
            {{ list_separator() }}
            {%- for column in columns %},
            coalesce(
                cast({{ relation ~ '.' if relation }}{{ column }} as string), ''
            )
            {%- endfor %}
        )
{%- endmacro %}

{#- The texts of a group as one, in the order of the texts. -#}
{% macro joined_texts(column) -%}
    {{ adapter.dispatch('joined_texts')(column) }}
{%- endmacro %}

{% macro duckdb__joined_texts(column) -%}
    string_agg({{ column }}, {{ list_separator() }} order by {{ column }})
{%- endmacro %}

{% macro spark__joined_texts(column) -%}
    array_join(array_sort(collect_list({{ column }})), {{ list_separator() }})
{%- endmacro %}
