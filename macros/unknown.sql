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
{% macro location_key(country, region, state, city) -%}
    coalesce(
            nullif(
                coalesce({{ country }}, '') || '|'
                || coalesce({{ region }}, '') || '|'
                || coalesce({{ state }}, '') || '|'
                || coalesce({{ city }}, ''),
                '|||'
            ),
            {{ unknown() }}
        )
{%- endmacro %}

{% macro location_key_of(relation) -%}
    {{ location_key(
        relation ~ '.country',
        relation ~ '.region',
        relation ~ '.state',
        relation ~ '.city'
    ) }}
{%- endmacro %}
