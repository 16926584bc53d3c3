{#- One row per element of a list column, as an expression in `select`. -#}
{% macro unnest_list(list) -%}
    {{ adapter.dispatch('unnest_list')(list) }}
{%- endmacro %}

{% macro duckdb__unnest_list(list) -%}
    unnest({{ list }})
{%- endmacro %}

{% macro spark__unnest_list(list) -%}
    explode({{ list }})
{%- endmacro %}

{#- The parts of a text made with list_separator(), as a list. -#}
{% macro split_list(text) -%}
    {{ adapter.dispatch('split_list')(text) }}
{%- endmacro %}

{% macro duckdb__split_list(text) -%}
    string_split({{ text }}, {{ list_separator() }})
{%- endmacro %}

{% macro spark__split_list(text) -%}
    split({{ text }}, {{ list_separator() }})
{%- endmacro %}
