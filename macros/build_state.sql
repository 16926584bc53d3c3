{#-
    Building on what the last build left, and when not to.

    A build that finished, its tests passed, leaves a note
    (staging.finished_build): of what it was made, as one hash. The next build starts from its tables when the note
    fits. Else it throws the incremental tables away and computes everything:
    after a change of inputs.yml, of a seed, a macro or a model that the
    incremental ones are made of, of the engine, and when the first build or a
    full refresh did not finish.

    is_incremental_build()  whether this build goes on from the last one; of
                            all models alike, whatever they are stored as
    standing(model)         the relation of a later model as the last build
                            left it; for what must be known before it changes
    start_build()           hook: keep or throw away
    finish_build(results)   hook: note that all models were built and no test
                            failed; until then what is touched stays noted,
                            so that the next build tests it again
-#}
{% macro is_incremental_build() %}
    {{ return(
        execute
        and keeps_state()
        and load_relation(note_of_finished_build()) is not none
    ) }}
{% endmacro %}

{% macro standing(model_name) %}
    {% if not execute %}
        {{ return(this) }}
    {% endif %}
    {% set node = graph.nodes['model.' ~ project_name ~ '.' ~ model_name] %}
    {{ return(api.Relation.create(
        database=node.database, schema=node.schema, identifier=node.alias
    )) }}
{% endmacro %}

{#- Whether this engine goes on from the last build; else each is a full one. -#}
{% macro keeps_state() %}
    {{ return(adapter.dispatch('keeps_state')()) }}
{% endmacro %}

{% macro duckdb__keeps_state() %}
    {{ return(true) }}
{% endmacro %}

{% macro spark__keeps_state() %}
    {{ return(false) }}
{% endmacro %}

{% macro start_build() %}
    {% if not execute or not is_building() or not keeps_state() %}
        {{ return('') }}
    {% endif %}
    {% set relations = incremental_relations() %}
    {% set missing = [] %}
    {% for relation in relations %}
        {% if not load_relation(relation) %}
            {% do missing.append(relation) %}
        {% endif %}
    {% endfor %}
    {#- now, because settings may change while it runs -#}
    {% set made_of_now = made_of() %}
    {% set is_current = not flags.FULL_REFRESH and not missing
        and finished_build() == made_of_now %}
    {% if not is_current %}
        {% for node in all_models()
            if node.unique_id in selected_resources %}
            {% for parent_id in node.depends_on.nodes
                if parent_id not in selected_resources
                and graph.nodes.get(parent_id, {})
                .get('config', {}).get('materialized') == 'incremental' %}
                {% do exceptions.raise_compiler_error(
                    "The tables that a build goes on from are missing, or are"
                    ~ " made of other models, macros or settings than these."
                    ~ " Run the whole `dbt build` once; after that a part will"
                    ~ " do."
                ) %}
            {% endfor %}
        {% endfor %}
        {% for relation in [note_of_finished_build()] + relations
            if load_relation(relation) %}
            {% do adapter.drop_relation(load_relation(relation)) %}
        {% endfor %}
    {% endif %}
    {% do run_query("create schema if not exists staging") %}
    {% do run_query(
        "create or replace table " ~ note_of_started_build()
        ~ " as select '" ~ made_of_now ~ "' as made_of"
    ) %}
{% endmacro %}

{% macro note_of_started_build() %}
    {{ return(api.Relation.create(
        database=target.database,
        schema='staging',
        identifier='started_build'
    )) }}
{% endmacro %}

{% macro finish_build(results) %}
    {% if not execute or flags.WHICH != 'build' or not keeps_state() %}
        {{ return('') }}
    {% endif %}
    {% set built = [] %}
    {% for result in results %}
        {% if result.status | string in ('fail', 'error') %}
            {{ return('') }}
        {% elif result.node.resource_type == 'model' %}
            {% do built.append(result.node.unique_id) %}
        {% endif %}
    {% endfor %}
    {% for node in all_models() if node.unique_id not in built %}
        {{ return('') }}
    {% endfor %}
    {% for model_name in [
        'int_touched_sales', 'int_touched_months', 'int_outdated_months'
    ] %}
        {% do run_query("delete from " ~ standing(model_name)) %}
    {% endfor %}
    {% do run_query(
        "create or replace table " ~ note_of_finished_build()
        ~ " as from " ~ note_of_started_build()
    ) %}
{% endmacro %}

{% macro is_building() %}
    {{ return(flags.WHICH in ('build', 'run')) }}
{% endmacro %}

{% macro all_models() %}
    {{ return(
        graph.nodes.values()
        | selectattr('resource_type', 'equalto', 'model')
        | list
    ) }}
{% endmacro %}

{% macro incremental_relations() %}
    {% set relations = [] %}
    {% for node in all_models()
        if node.config.materialized == 'incremental' %}
        {% do relations.append(standing(node.name)) %}
    {% endfor %}
    {{ return(relations) }}
{% endmacro %}

{#- What the last build that finished was made of; none without one. -#}
{% macro finished_build() %}
    {% set note = note_of_finished_build() %}
    {% if not load_relation(note) %}
        {{ return(none) }}
    {% endif %}
    {{ return(run_query("select made_of from " ~ note).columns[0].values()[0]) }}
{% endmacro %}

{% macro note_of_finished_build() %}
    {{ return(api.Relation.create(
        database=target.database,
        schema='staging',
        identifier='finished_build'
    )) }}
{% endmacro %}

{#-
    What the incremental tables are made of, besides the files: the models up
    to them, their contracts, the macros, the settings and the engine.
-#}
{% macro made_of() %}
    {% set waiting = [] %}
    {% set found = {} %}
    {% for node in all_models()
        if node.config.materialized == 'incremental' %}
        {% do waiting.append(node.unique_id) %}
    {% endfor %}
    {% for _ in range(graph.nodes | length) if waiting %}
        {% set unique_id = waiting.pop() %}
        {% set node = graph.nodes.get(unique_id) %}
        {% if node and unique_id not in found %}
            {% set types = [] %}
            {% for column in node.columns.values() %}
                {% do types.append([column.name, column.data_type]) %}
            {% endfor %}
            {% do found.update({unique_id: [node.checksum.checksum, types]}) %}
            {% do waiting.extend(node.depends_on.nodes) %}
        {% endif %}
    {% endfor %}
    {{ return(local_md5(
        tojson(found, sort_keys=true)
        ~ dbt_version
        ~ adapter.dispatch('texts_of_state')()
    )) }}
{% endmacro %}

{#- The engine's version, the settings and the text of every macro. -#}
{% macro duckdb__texts_of_state() %}
    {% set folder = target.path.rpartition('/')[0] | replace("'", "''") %}
    {{ return(run_query("
        select
            version() || string_agg(
                md5(content), ' ' order by parse_filename(filename)
            )
        from read_text(
            ['" ~ folder | replace('[', '[[]') ~ "/landing/settings.json',
            '" ~ project_folder() ~ "macros/*.sql']
        )
    ").columns[0].values()[0]) }}
{% endmacro %}

{#- Never asked, see keeps_state(). -#}
{% macro spark__texts_of_state() %}
{% endmacro %}

{#- Where the project's files are, with a slash, as it stands in a pattern
    within quotes. -#}
{% macro project_folder() %}
    {{ return(
        (invocation_args_dict.get('project_dir') or '.')
        | string | replace("'", "''") | replace('[', '[[]') ~ '/'
    ) }}
{% endmacro %}
