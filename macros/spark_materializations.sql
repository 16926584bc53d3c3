{#-
    How Spark stores a model and a failed test.

    table        dropped and made anew. Of a contract, Parquet tables would
                 keep the names only: the columns are declared with types and
                 comments, and a null where the contract forbids it stops the
                 build
    incremental  the same: every build on Spark is a full one, so a late
                 correction is right whatever month it moves a line to
    test         counts first; only rows that failed are stored
    unit         asks the query for its types, where dbt makes a view of it and
                 describes that: to analyse a long query takes seconds
-#}
{% materialization table, adapter='spark' %}
    {{ return(replace_spark_table()) }}
{% endmaterialization %}

{% materialization incremental, adapter='spark' %}
    {{ return(replace_spark_table()) }}
{% endmaterialization %}

{% macro replace_spark_table() %}
    {% set existing = load_cached_relation(this) %}
    {% set relation = this.incorporate(type='table') %}
    {% if existing is not none %}
        {% do adapter.drop_relation(existing) %}
    {% endif %}
    {% if not config.get('contract').enforced %}
        {% call statement('main') %}
            create table {{ relation }}
            {{ file_format_clause() }} {{ partition_cols('partitioned by') }}
            as {{ compiled_code }}
        {% endcall %}
    {% else %}
        {{ get_assert_columns_equivalent(compiled_code) }}
        {% call statement('create') %}
            create table {{ relation }} (
                {%- for column in model.columns.values() %}
                {{ column.name }} {{ column.data_type }}
                comment '{{ dbt.escape_single_quotes(column.description) }}'
                {{- ',' if not loop.last }}
                {%- endfor %}
            ) {{ file_format_clause() }} {{ partition_cols('partitioned by') }}
            {{ comment_clause() }}
        {% endcall %}
        {% call statement('main') %}
            insert into {{ relation }}
            select
                {%- for column in model.columns.values() %}
                {{ column_of_contract(column) }}{{ ',' if not loop.last }}
                {%- endfor %}
            from (
                {{ compiled_code }}
            ) as selected
        {% endcall %}
    {% endif %}
    {{ return({'relations': [relation]}) }}
{% endmacro %}

{% macro column_of_contract(column) -%}
    {%- if column.constraints | selectattr('type', 'equalto', 'not_null') | list -%}
        coalesce(
                    {{ column.name }},
                    raise_error('{{ this.name }}.{{ column.name }} is null')
                ) as {{ column.name }}
    {%- else -%}
        {{ column.name }}
    {%- endif -%}
{%- endmacro %}

{% materialization test, adapter='spark' %}
    {% set relation = api.Relation.create(
        schema=schema, identifier=model['alias'], type='table'
    ) %}
    {% call statement('main', fetch_result=True) %}
        {{ get_test_sql(
            sql,
            config.get('fail_calc'),
            config.get('warn_if'),
            config.get('error_if'),
            config.get('limit')
        ) }}
    {% endcall %}
    {% if should_store_failures() %}
        {% set existing = load_cached_relation(relation) %}
        {% if existing is not none %}
            {% do adapter.drop_relation(existing) %}
        {% endif %}
        {% if load_result('main')['data'][0][0] %}
            {% call statement('failures') %}
                create table {{ relation }} {{ file_format_clause() }}
                as {{ sql }}
            {% endcall %}
            {{ return({'relations': [relation]}) }}
        {% endif %}
    {% endif %}
    {{ return({'relations': []}) }}
{% endmaterialization %}

{% materialization unit, adapter='spark' %}
    {% set types = {} %}
    {% set quoted = {} %}
    {% for column in get_column_schema_from_query(sql) %}
        {% do types.update({column.name | lower: column.dtype}) %}
        {% do quoted.update({column.name | lower: column.quoted}) %}
    {% endfor %}
    {% set expected_rows = config.get('expected_rows') %}
    {% set compared = [] %}
    {% for name in (expected_rows[0] if expected_rows else types) %}
        {% do compared.append(quoted[name | lower]) %}
    {% endfor %}
    {% call statement('main', fetch_result=True) %}
        {{ get_unit_test_sql(
            sql,
            config.get('expected_sql')
            or get_expected_sql(expected_rows, types, quoted),
            compared
        ) }}
    {% endcall %}
    {{ return({'relations': []}) }}
{% endmaterialization %}
