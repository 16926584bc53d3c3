{#-
    The incremental strategy `replace_touched`: take out what a build has
    computed again or what is gone, and put in what it selected. The column
    named as `unique_key` says what is exchanged as a whole:

    month_start_on  the touched months, and what else the model selected;
                    months that the model in `meta.only_months_of` no longer
                    has go as well
    quarter_start_on  the quarters of these months
    file_id         the files with touched records, and those that are gone
    record_number   the touched records, and the files that are gone

    touched(column) is the same for the `where` of the model: a list in
    brackets.
-#}
{% macro get_incremental_replace_touched_sql(arguments) %}
    {% set target_relation = arguments['target_relation'] %}
    {% set replaced = arguments['unique_key'] %}

    {% if replaced == 'record_number' %}
        delete from {{ target_relation }} as standing
        using {{ standing('int_touched_sales') }} as touched_sales
        where
            standing.file_id = touched_sales.file_id
            and standing.record_number = touched_sales.record_number;
    {% else %}
        delete from {{ target_relation }}
        where
            {{ replaced }} in {{ touched(replaced) }}
            or {{ replaced }} in (
                select {{ replaced }} from {{ arguments['temp_relation'] }}
            )
            {%- if config.get('meta', {}).get('only_months_of') %}
            or {{ replaced }} not in (
                select {{ replaced }}
                from {{ ref(config.get('meta')['only_months_of']) }}
            )
            {%- endif %};
    {% endif %}
    {% if replaced in ('file_id', 'record_number') %}
        {{ delete_gone_files(target_relation) }}
    {% endif %}
    insert into {{ target_relation }} by name
    from {{ arguments['temp_relation'] }};
{% endmacro %}

{% macro touched(column) -%}
    {%- if column == 'month_start_on' -%}
        (select month_start_on from {{ ref('int_touched_months') }})
    {%- elif column == 'quarter_start_on' -%}
        (
            select cast(date_trunc('quarter', month_start_on) as date)
            from {{ ref('int_touched_months') }}
        )
    {%- else -%}
        (select file_id from {{ ref('int_touched_sales') }})
    {%- endif -%}
{%- endmacro %}

{#-
    The incremental strategy `add_files`, for what depends on a landing file
    alone: the model selects the files that it does not have.
-#}
{% macro get_incremental_add_files_sql(arguments) %}
    {% set target_relation = arguments['target_relation'] %}
    {{ delete_gone_files(target_relation) }}
    insert into {{ target_relation }} by name
    from {{ arguments['temp_relation'] }};
{% endmacro %}

{% macro get_incremental_append_sql(arguments) %}
    insert into {{ arguments['target_relation'] }} by name
    from {{ arguments['temp_relation'] }};
{% endmacro %}

{% macro delete_gone_files(relation) %}
    delete from {{ relation }}
    where file_id in (
        select known_files.file_id
        from (
            select file_id from {{ relation }} group by file_id
        ) as known_files
        left join {{ standing('stg_files') }} as files
            on known_files.file_id = files.file_id
            and files.copy_of is null
        where files.file_id is null
    );
{% endmacro %}
