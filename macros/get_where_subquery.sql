{#-
    What a data test looks at. A daily run tests what it touched, a full build
    and `dbt test` test everything; a test says so with `where`:

    touched months  the months in which lines came or went
    touched keys    the keys of the lines that came

    Anything else is a condition, as dbt has it.
-#}
{% macro get_where_subquery(relation) -%}
    {%- set where = config.get('where', '') -%}
    {%- if where not in ('touched months', 'touched keys') -%}
        {{ return(adapter.dispatch('get_where_subquery', 'dbt')(relation)) }}
    {%- elif not is_building() or not is_incremental_build() -%}
        {{ return(relation) }}
    {%- elif where == 'touched months' -%}
        {{ return(
            "(select * from " ~ relation ~ " where month_start_on in ("
            ~ "select month_start_on from " ~ standing('int_touched_months')
            ~ ")) as tested"
        ) }}
    {%- else -%}
        {{ return(
            "(select * from " ~ relation ~ " where sale_line_id in ("
            ~ "select sale_line_id from " ~ standing('int_settled_sales')
            ~ " where outcome = 'loaded')) as tested"
        ) }}
    {%- endif -%}
{%- endmacro %}
