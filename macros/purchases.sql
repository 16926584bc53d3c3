{#-
    What makes a purchase of the baskets of a customer: their order, or their
    day where the files name no order. A basket without a line that was bought
    is a return alone, and no purchase.
-#}
{% macro purchase_key() -%}
    coalesce(order_id, cast(sold_on as string))
{%- endmacro %}
