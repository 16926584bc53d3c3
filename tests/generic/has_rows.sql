{#-
    The table is not empty: every other test passes on an empty table.

    Fails with one row that says so.
-#}
{% test has_rows(model) %}

with
counted as (

    select count(*) as row_count
    from {{ model }}

)

select row_count
from counted
where row_count = 0

{% endtest %}
