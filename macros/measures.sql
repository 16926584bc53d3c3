{#-
    The additive measures of sales, defined once. Revenue is the sum of
    net_amount over the lines that are revenue; returns are negative in it.

    measures_of_lines()  sums over lines of fct_sales, which must be limited
                         to `where is_revenue`
    sums_of_measures()   sums of those sums
    measures()           their names, for `select`
    filled_measures(r)   the same, zero where the left join to relation `r`
                         found no sales; cost and margin stay unknown, and so
                         does what the lines that were found do not say

    Cost and margin are null when no line has a known cost;
    revenue_with_cost_amount says how much of the revenue they cover.
-#}
{% macro measures_of_lines() -%}
    count(*) as line_count,
        cast(sum(quantity) as decimal(18, 4)) as quantity,
        cast(sum(gross_amount) as decimal(18, 4)) as gross_amount,
        cast(sum(discount_amount) as decimal(18, 4)) as discount_amount,
        cast(sum(net_amount) as decimal(18, 4)) as revenue_amount,
        cast(sum(cost_amount) as decimal(18, 4)) as cost_amount,
        cast(sum(margin_amount) as decimal(18, 4)) as margin_amount,
        cast(
            coalesce(
                sum(case when cost_amount is not null then net_amount end), 0
            ) as decimal(18, 4)
        ) as revenue_with_cost_amount
{%- endmacro %}

{% macro sums_of_measures() -%}
    cast(sum(line_count) as bigint) as line_count
    {%- for measure in measure_names()[1:] %},
        cast(sum({{ measure }}) as decimal(18, 4)) as {{ measure }}
    {%- endfor %}
{%- endmacro %}

{% macro measures(relation) -%}
    {%- for measure in measure_names() -%}
        {{ relation }}.{{ measure }}
        {%- if not loop.last %},
        {% endif %}
    {%- endfor %}
{%- endmacro %}

{% macro filled_measures(relation) -%}
    {%- for measure in measure_names() -%}
        {%- if measure in ('cost_amount', 'margin_amount') -%}
            {{ relation }}.{{ measure }}
        {%- else -%}
            case
            when {{ relation }}.line_count is null then 0
            else {{ relation }}.{{ measure }}
        end as {{ measure }}
        {%- endif -%}
        {%- if not loop.last %},
        {% endif %}
    {%- endfor %}
{%- endmacro %}

{% macro measure_names() -%}
    {{ return([
        'line_count',
        'quantity',
        'gross_amount',
        'discount_amount',
        'revenue_amount',
        'cost_amount',
        'margin_amount',
        'revenue_with_cost_amount',
    ]) }}
{%- endmacro %}
