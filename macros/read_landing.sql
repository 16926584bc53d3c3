{#-
    Shows what ingest has landed as tables of the schema `landing`, before
    anything runs, so that plain `dbt build` reads what `make` reads.

    Only the files that the ledger names are read: a file that a crash left
    behind does not exist. An input nobody has is an empty table.

    Returns nothing. Fails with a sentence when nothing was ever ingested.
-#}
{% macro read_landing() %}
    {% if execute %}
        {% do run_query("create schema if not exists landing") %}
        {% do adapter.dispatch('read_landing')() %}
    {% endif %}
{% endmacro %}

{% macro duckdb__read_landing() %}
    {#- the path stands inside texts in quotes below -#}
    {% set warehouse = warehouse_folder() | replace("'", "''") %}
    {% set landing = warehouse ~ '/landing' %}
    {#- a bracket in a folder's name is a bracket, not a pattern -#}
    {% set pattern = landing | replace('[', '[[]') %}

    {% set entries = run_query(
        "select count(*) from glob('" ~ pattern ~ "/ledger/*.json')"
    ).columns[0].values()[0] %}
    {% if entries == 0 %}
        {% do exceptions.raise_compiler_error(
            "Nothing has been ingested into " ~ warehouse
            ~ " yet: run `make setup` for the sample shop, or"
            ~ " `make ingest SHOP=<folder>` for your own."
        ) %}
    {% endif %}

    {% do run_query("
        create or replace table landing.ledger_entries as
        select *
        from read_json(
            '" ~ pattern ~ "/ledger/*.json',
            format = 'auto',
            columns = {
                file_id: 'varchar',
                input_name: 'varchar',
                path: 'varchar',
                pattern_position: 'integer',
                state: 'varchar',
                copy_of: 'varchar',
                landing_file: 'varchar',
                rejects_file: 'varchar',
                byte_count: 'bigint',
                encoding: 'varchar',
                delimiter: 'varchar',
                records_in: 'bigint',
                landed_count: 'bigint',
                rejected_count: 'bigint',
                ignored_count: 'bigint',
                duplicate_count: 'bigint',
                first_sold_on: 'date',
                last_sold_on: 'date',
                control_totals: 'struct(
                    column_name varchar,
                    as_written varchar,
                    rounded varchar,
                    ignored varchar
                )[]'
            }
        )
    ") %}

    {% do run_query("
        create or replace table landing.settings_read as
        select
            * exclude (duplicate_key),
            len(coalesce(duplicate_key['sales'], [])) > 0 as has_sales_key
        from read_json(
            '" ~ pattern ~ "/settings.json',
            format = 'auto',
            columns = {
                shop: 'varchar',
                currency: 'varchar',
                locale: 'varchar',
                as_of_date: 'date',
                prices_include_tax: 'boolean',
                tax_rate: 'varchar',
                fiscal_year_start_month: 'integer',
                day_cutoff_hour: 'integer',
                maximum_quarantined_share: 'varchar',
                churn_days: 'integer',
                stock_window_days: 'integer',
                reorder_days: 'integer',
                rfm_segments: 'struct(
                    recency_score integer,
                    frequency_score integer,
                    monetary_score integer,
                    rfm_segment varchar,
                    is_to_call boolean,
                    comment varchar
                )[]',
                incentive_rules: 'struct(
                    rule_name varchar,
                    valid_from date,
                    valid_to date,
                    earner varchar,
                    eligible varchar,
                    base varchar,
                    tier_from_amount decimal(18, 4),
                    rate decimal(18, 8),
                    comment varchar
                )[]',
                abc_window_months: 'integer',
                alert_deviations: 'integer',
                duplicate_key: 'map(varchar, varchar[])',
                mapped_columns: 'struct(
                    input_name varchar,
                    column_name varchar,
                    header varchar
                )[]',
                statuses: 'struct(
                    status varchar,
                    is_revenue boolean,
                    is_return boolean
                )[]'
            }
        )
    ") %}

    {#- what is read once holds for the whole build, whatever is ingested
        meanwhile -#}
    {% do run_query(
        "create or replace view landing.ledger as from landing.ledger_entries"
    ) %}
    {% do run_query(
        "create or replace view landing.settings as from landing.settings_read"
    ) %}

    {% set files = run_query("
        with
        files as (
            select input_name, landing_file as file_name
            from landing.ledger
            where state = 'landed' and landing_file is not null
            union all
            select 'rejects' as input_name, rejects_file as file_name
            from landing.ledger
            where state = 'landed' and copy_of is null
                and rejects_file is not null
            union all
            select
                split_part(file, '/', -2) as input_name,
                'landing/' || split_part(file, '/', -2) || '/empty.parquet'
            from glob('" ~ pattern ~ "/*/empty.parquet')
        )
        select
            input_name,
            string_agg(
                distinct
                '''' || replace('" ~ warehouse ~ "/' || file_name, '''', '''''')
                || '''',
                ', '
            ) as file_names
        from files
        group by input_name
        order by input_name
    ") %}
    {% for input in files.rows %}
        {% do run_query(
            "create or replace view landing." ~ input['input_name']
            ~ " as select * from read_parquet([" ~ input['file_names'] ~ "])"
        ) %}
    {% endfor %}
{% endmacro %}

{#- The folder of the warehouse, which profiles.yml says. -#}
{% macro warehouse_folder() %}
    {{ return(adapter.dispatch('warehouse_folder')()) }}
{% endmacro %}

{% macro duckdb__warehouse_folder() %}
    {{ return(target.path.rpartition('/')[0]) }}
{% endmacro %}
