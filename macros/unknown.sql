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
                {%- for part in [country, region, state, city] %}
                replace(coalesce({{ part }}, ''), '|', '/')
                {{- " || '|' ||" if not loop.last }}
                {%- endfor %},
                '|||'
            ),
            {{ unknown() }}
        )
{%- endmacro %}

{#- The part of a place's key that says its country and region. -#}
{% macro region_key(location_id) -%}
    split_part({{ location_id }}, '|', 1) || '|'
            || split_part({{ location_id }}, '|', 2)
{%- endmacro %}

{% macro location_key_of(relation) -%}
    {{ location_key(
        relation ~ '.country',
        relation ~ '.region',
        relation ~ '.state',
        relation ~ '.city'
    ) }}
{%- endmacro %}

{#- The key of a place by the names of its parts, as they are shown. -#}
{% macro place_key(parts) -%}
    {%- for part in parts -%}
        replace(levels.{{ part }}, '|', '/')
        {{- " || '|' || " if not loop.last }}
    {%- endfor %}
{%- endmacro %}
