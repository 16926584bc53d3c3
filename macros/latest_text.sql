{#-
    One text per key where the sales rows carry several: that of the latest
    sold_on, then the smallest text. Two halves, for two steps:

    latest_text_dates(key, columns)  in a step over rows of (key, columns,
                                     last_sold_on): the day each column was
                                     last given, as `<column>_on`
    latest_text(column)              in the next step, grouped by the key
-#}
{% macro latest_text_dates(key, columns) -%}
    {%- for column in columns %}
        max(case when {{ column }} is not null then last_sold_on end)
            over (partition by {{ key }}) as {{ column }}_on
        {%- if not loop.last %},{% endif %}
    {%- endfor %}
{%- endmacro %}

{% macro latest_text(column) -%}
    min(case when last_sold_on = {{ column }}_on then {{ column }} end)
{%- endmacro %}

{#-
    The name that a side file gives to a code; the code itself without one.
-#}
{% macro lookup_name(attribute, code) -%}
    coalesce(
            (
                select max(lookups.name)
                from {{ ref('stg_lookups') }} as lookups
                where
                    lookups.outcome = 'loaded'
                    and lookups.attribute = '{{ attribute }}'
                    and lookups.code = {{ code }}
            ),
            {{ code }}
        )
{%- endmacro %}
