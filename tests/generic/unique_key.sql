{#-
    The grain: no two rows agree on all `columns`, and none of them is null.

    Fails with one row per key that repeats or has a null part.
    Cannot see: a wrong key that happens to be unique.
-#}
{% test unique_key(model, columns) %}

select
    {{ columns | join(',\n    ') }},
    count(*) as row_count
from {{ model }}
group by
    {{ columns | join(',\n    ') }}
having
    count(*) > 1
    {%- for column in columns %}
    or {{ column }} is null
    {%- endfor %}

{% endtest %}
