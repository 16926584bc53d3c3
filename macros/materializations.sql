{#-
    How DuckDB stores a model, a comment and a failed test, in as few
    statements as it takes: on a small shop, nine tenths of a build are what
    dbt does around each statement.

    table, view  replaced in their place and commented in one statement; who
                 reads the same database sees the old one until then
    incremental  stored like a table by a full build; else its strategy's
                 statements, with the rows the model selects beside it. Its
                 columns are what they were: start_build() sees to that
    test         counts first; only rows that failed are stored, so a table
                 in `failed_tests` is of a test that failed in the last build

    dbt-duckdb's own ways ask for indexes, foreign keys and each table's
    columns, build beside, rename twice and drop; nothing here has any.
-#}
{% materialization table, adapter='duckdb' %}
    {% set existing = load_cached_relation(this) %}
    {% set relation = this.incorporate(type='table') %}
    {% call statement('main') %}
        {{ replace_table_sql(existing, relation, compiled_code) }}
    {% endcall %}
    {% do adapter.commit() %}
    {{ return({'relations': [relation]}) }}
{% endmaterialization %}

{% materialization view, adapter='duckdb' %}
    {% set existing = load_cached_relation(this) %}
    {% set relation = this.incorporate(type='view') %}
    {% call statement('main') %}
        {% if existing is not none and not existing.is_view %}
            drop table {{ existing }};
        {% endif %}
        create or replace view {{ relation }} as ({{ compiled_code }});
        {{ comments_sql(relation, model) }}
    {% endcall %}
    {% do adapter.commit() %}
    {{ return({'relations': [relation]}) }}
{% endmaterialization %}

{% materialization incremental, adapter='duckdb' %}
    {% set existing = load_cached_relation(this) %}
    {% set relation = this.incorporate(type='table') %}
    {% set selected = api.Relation.create(identifier=this.name ~ '__selected') %}
    {% call statement('main') %}
        {% if existing is none or should_full_refresh() %}
            {{ replace_table_sql(existing, relation, compiled_code) }}
        {% else %}
            create or replace temporary table {{ selected }} as (
                {{ compiled_code }}
            );
            {{ adapter.get_incremental_strategy_macro(
                context, config.get('incremental_strategy')
            )({
                'target_relation': relation,
                'temp_relation': selected,
                'unique_key': config.get('unique_key')
            }) }}
            drop table {{ selected }};
            {{ comments_sql(relation, model) }}
        {% endif %}
    {% endcall %}
    {% do adapter.commit() %}
    {{ return({'relations': [relation]}) }}
{% endmaterialization %}

{% materialization test, adapter='duckdb' %}
    {% set relation = api.Relation.create(
        database=database,
        schema=schema,
        identifier=model['alias'],
        type='table'
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
    {% if not should_store_failures() %}
        {{ return({'relations': []}) }}
    {% endif %}
    {% if load_result('main')['data'][0][0] %}
        {% call statement('failures', auto_begin=True) %}
            create or replace table {{ relation }} as {{ sql }}
        {% endcall %}
        {% do adapter.commit() %}
        {{ return({'relations': [relation]}) }}
    {% endif %}
    {% if load_cached_relation(relation) is not none %}
        {% do adapter.drop_relation(relation) %}
        {% do adapter.commit() %}
    {% endif %}
    {{ return({'relations': []}) }}
{% endmaterialization %}

{#- A model's table with what its SQL selects; a contract is enforced. -#}
{% macro replace_table_sql(existing, relation, sql) %}
    {% if existing is not none and existing.is_view %}
        drop view {{ existing }};
    {% endif %}
    {% if not config.get('contract').enforced %}
        create or replace table {{ relation }} as ({{ sql }});
    {% else %}
        {{ get_assert_columns_equivalent(sql) }}
        create or replace table {{ relation }}
        {{ get_table_columns_and_constraints() }};
        insert into {{ relation }} {{ get_column_names() }} (
            {{ get_select_subquery(sql) }}
        );
    {% endif %}
    {{ comments_sql(relation, model) }}
{% endmacro %}

{% macro duckdb__persist_docs(relation, model, for_relation, for_columns) %}
    {% set comments = comments_sql(relation, model) | trim %}
    {% if comments %}
        {% do run_query(comments) %}
    {% endif %}
{% endmacro %}

{#- The statements that comment a relation and its columns, which a contract
    makes sure of; empty where docs are not persisted. -#}
{% macro comments_sql(relation, model) %}
    {% if config.persist_relation_docs() and model.description %}
        {{ alter_relation_comment(relation, model.description) }}
    {% endif %}
    {% if config.persist_column_docs() %}
        {% for column in model.columns.values() if column.description %}
            comment on column {{ relation }}.{{ column.name }}
            is {{ duckdb_escape_comment(column.description) }};
        {% endfor %}
    {% endif %}
{% endmacro %}
