{#-
    The days on which a dated row holds, as two columns: from valid_from until,
    but not including, the valid_from of the next row of the same `key`. A row
    without valid_from holds from the beginning, the last one without end.
-#}
{% macro valid_interval(key) -%}
    coalesce(valid_from, {{ open_start() }}) as valid_from,
        coalesce(
            lead(valid_from) over (
                partition by {{ key }}
                order by valid_from asc nulls first
            ),
            {{ open_end() }}
        ) as valid_to
{%- endmacro %}
