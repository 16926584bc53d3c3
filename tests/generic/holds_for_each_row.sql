{#-
    `expression` is true for each row, null counting as false, except for rows
    where `unless` is true.

    Fails with the rows for which it is not.
-#}
{% test holds_for_each_row(model, expression, unless='false') %}

select *
from {{ model }}
where
    ({{ expression }}) is not true
    and ({{ unless }}) is not true

{% endtest %}
