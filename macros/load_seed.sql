{#-
    The rows of a seed, written into the statement. dbt-spark's own way does
    not escape the quotes of a text.
-#}
{% macro spark__load_csv_rows(model, agate_table) %}
    {% set types = model['config'].get('column_types', {}) %}
    {% set sql %}
        insert into {{ this }} values
        {%- for row in agate_table.rows %}
        (
            {%- for name in agate_table.column_names %}
            cast(
                {{- dbt.string_literal(text_in_quotes(row[name] | string))
                    if row[name] is not none else 'null' }} as
                {{ types.get(name, adapter.convert_type(agate_table, loop.index0)) }}
            )
            {{- ',' if not loop.last }}
            {%- endfor %}
        ){{ ',' if not loop.last }}
        {%- endfor %}
    {% endset %}
    {% do run_query(sql) %}
    {{ return(sql) }}
{% endmacro %}
