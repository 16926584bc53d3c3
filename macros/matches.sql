{#-
    Whether the text matches the regular expression anywhere; anchor it.
    The engines share the syntax, but for the end: in Java `$` stands before a
    last line break too, and `12` with one would be a number.
-#}
{% macro matches(text, pattern) -%}
    {{ adapter.dispatch('matches')(text, pattern) }}
{%- endmacro %}

{% macro duckdb__matches(text, pattern) -%}
    regexp_matches({{ text }}, '{{ pattern }}')
{%- endmacro %}

{% macro spark__matches(text, pattern) -%}
    {%- set ends = pattern.endswith('$') -%}
    {{ text }} rlike '{{ pattern[:-1] ~ "\\\\z" if ends else pattern }}'
{%- endmacro %}
