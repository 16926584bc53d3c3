{#- The key and the name of whatever the files do not say. -#}
{% macro unknown() -%}
    '(unknown)'
{%- endmacro %}

{% macro or_unknown(value) -%}
    coalesce({{ value }}, {{ unknown() }})
{%- endmacro %}

{#-
    The key of a place, from its four parts as the files write them; the
    unknown member when none is known.
-#}
{% macro location_key(relation) -%}
    coalesce(
            nullif(
                coalesce({{ relation }}.country, '') || '|'
                || coalesce({{ relation }}.region, '') || '|'
                || coalesce({{ relation }}.state, '') || '|'
                || coalesce({{ relation }}.city, ''),
                '|||'
            ),
            {{ unknown() }}
        )
{%- endmacro %}
