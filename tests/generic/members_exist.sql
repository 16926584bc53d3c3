{#-
    Each value of these columns is a key of its dimension: `members` gives for
    each column the model and the column there. One pass over a big table,
    where a `relationships` test for each column would take one each.

    Fails with one row per column and value that no dimension has.
    Cannot see: nulls (the contract forbids them), and a wrong member that
    exists.
-#}
{% test members_exist(model, members) %}

with
used as (

    select
        {%- for column in members %}
        {{ column }},
        {%- endfor %}
        count(*) as row_count
    from {{ model }}
    group by grouping sets (
        {%- for column in members %}
        ({{ column }}){{ ',' if not loop.last }}
        {%- endfor %}
    )

)
{% for column, dimension in members.items() %}
select
    '{{ column }}' as column_name,
    cast(used.{{ column }} as string) as member,
    used.row_count
from used
left join {{ dimension[0] }} as dimension
    on used.{{ column }} = dimension.{{ dimension[1] }}
where
    used.{{ column }} is not null
    and dimension.{{ dimension[1] }} is null
{%- if not loop.last %}

union all
{% endif %}
{%- endfor %}

{% endtest %}
