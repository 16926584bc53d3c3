{#-
    A total must survive the trip: `expression` here gives what
    `compare_expression` (the same, unless given) gives in `compare_to`.
    The total of an empty table is zero.

    Fails with one row that shows both totals, so the log says how far off.
    Cannot see: two errors that cancel out.
-#}
{% test reconciles_to(
    model, compare_to, expression, compare_expression=none, compare_where=none
) %}

with
here as (

    select {{ expression }} as total
    from {{ model }}

),

there as (

    select {{ compare_expression or expression }} as total
    from {{ compare_to }}
    {%- if compare_where %}
    where {{ compare_where }}
    {%- endif %}

)

select
    here.total as total_here,
    there.total as total_there,
    here.total - there.total as difference
from here
cross join there
where coalesce(here.total, 0) <> coalesce(there.total, 0)

{% endtest %}
