{#-
    The wordings under which a member stands on the loaded lines: a whole
    model, one row per file, member and wording, with the last day it was
    used. What a line does not say, its order's header may (`in_headers`).

    Lines that say nothing are the rule where members have files of their
    own; they are never looked at, because the joins begin with those that do.
-#}
{% macro described_by_sales(key, columns, in_headers) %}
with lines as (

    select
        file_id,
        record_number,
        order_id,
        {{ key }},
        sold_on
    from {{ ref('fct_sales') }}
    {% if is_incremental_build() %}
    where file_id in {{ touched('file_id') }}
    {% endif %}

),

wordings as (

    select
        file_id,
        record_number
        {%- for column in columns %},
        {{ column }}
        {%- endfor %}
    from {{ ref('stg_sales') }}
    where
        {%- for column in columns %}
        {{ 'or ' if not loop.first }}{{ column }} is not null
        {%- endfor %}

),
{% if in_headers %}
header_wordings as (

    select
        order_id
        {%- for column in columns %},
        {{ column }}
        {%- endfor %}
    from {{ ref('stg_orders') }}
    where
        outcome = 'loaded'
        and (
            {%- for column in columns %}
            {{ 'or ' if not loop.first }}{{ column }} is not null
            {%- endfor %}
        )

),
{% endif %}
described as (

    select
        lines.file_id,
        nullif(lines.{{ key }}, {{ unknown() }}) as {{ key }},
        {%- for column in columns %}
        {% if in_headers -%}
        coalesce(wordings.{{ column }}, header_wordings.{{ column }})
            as {{ column }},
        {%- else -%}
        wordings.{{ column }},
        {%- endif %}
        {%- endfor %}
        lines.sold_on
    from lines
    inner join wordings
        on
            lines.file_id = wordings.file_id
            and lines.record_number = wordings.record_number
    {% if in_headers %}
    left join header_wordings
        on lines.order_id = header_wordings.order_id

    union all

    select
        lines.file_id,
        nullif(lines.{{ key }}, {{ unknown() }}) as {{ key }},
        {%- for column in columns %}
        header_wordings.{{ column }},
        {%- endfor %}
        lines.sold_on
    from lines
    inner join header_wordings
        on lines.order_id = header_wordings.order_id
    left join wordings
        on
            lines.file_id = wordings.file_id
            and lines.record_number = wordings.record_number
    where wordings.file_id is null
    {% endif %}
),

final as (

    select
        file_id,
        {{ key }},
        {%- for column in columns %}
        {{ column }},
        {%- endfor %}
        max(sold_on) as last_sold_on
    from described
    group by
        file_id,
        {{ key }}
        {%- for column in columns %},
        {{ column }}
        {%- endfor %}

)

select * from final
{% endmacro %}
