{#-
    What ingest has landed, for Spark. The ledger and the settings are copied,
    so that what is read once holds for the whole build.
-#}
{% macro spark__read_landing() %}
    {% do copy_json('ledger', 'ledger/*.json', "
        file_id string,
        input_name string,
        path string,
        pattern_position int,
        state string,
        copy_of string,
        landing_file string,
        rejects_file string,
        byte_count bigint,
        encoding string,
        delimiter string,
        records_in bigint,
        landed_count bigint,
        rejected_count bigint,
        ignored_count bigint,
        duplicate_count bigint,
        first_sold_on date,
        last_sold_on date,
        control_totals array<struct<
            column_name: string,
            as_written: string,
            rounded: string,
            ignored: string
        >>
    ") %}
    {% do copy_json('settings', 'settings.json', "
        shop string,
        currency string,
        locale string,
        as_of_date date,
        prices_include_tax boolean,
        tax_rate string,
        fiscal_year_start_month int,
        day_cutoff_hour int,
        maximum_quarantined_share string,
        churn_days int,
        stock_window_days int,
        reorder_days int,
        rfm_segments array<struct<
            recency_score: int,
            frequency_score: int,
            monetary_score: int,
            rfm_segment: string,
            is_to_call: boolean,
            comment: string
        >>,
        incentive_rules array<struct<
            rule_name: string,
            valid_from: date,
            valid_to: date,
            earner: string,
            eligible: string,
            base: string,
            tier_from_amount: decimal(18, 4),
            rate: decimal(18, 8),
            comment: string
        >>,
        abc_window_months int,
        alert_deviations int,
        duplicate_key map<string, array<string>>,
        mapped_columns array<struct<
            input_name: string,
            column_name: string,
            header: string
        >>,
        statuses array<struct<
            status: string,
            is_revenue: boolean,
            is_return: boolean
        >>
    ", ", coalesce(size(duplicate_key['sales']), 0) > 0 as has_sales_key") %}

    {% set files = run_query("
        select
            input_name,
            array_join(collect_set(file_name), ',') as file_names
        from (
            select
                input_name,
                replace(split_part(landing_file, '/', -1), '.parquet', '')
                    as file_name
            from landing.ledger
            where state = 'landed' and landing_file is not null
            union all
            select
                'rejects' as input_name,
                replace(split_part(rejects_file, '/', -1), '.parquet', '')
                    as file_name
            from landing.ledger
            where state = 'landed' and copy_of is null
                and rejects_file is not null
        )
        group by input_name
    ") %}
    {% set landed = {} %}
    {% for input in files.rows %}
        {% do landed.update({input['input_name']: input['file_names']}) %}
    {% endfor %}
    {% for source in graph.sources.values()
        if source.name not in ('ledger', 'settings') %}
        {% set names = ['empty'] + landed.get(source.name, '').split(',') %}
        {% do show_files(source.name, names | select | list) %}
    {% endfor %}
{% endmacro %}

{#-
    A table of the schema `landing` with the contents of JSON files, one
    object in each. Nothing was ever ingested where there is none.
-#}
{% macro copy_json(name, pattern, columns, more='') %}
    {% do run_query(
        "create or replace temporary view " ~ name ~ "_files (" ~ columns
        ~ ") using json options (path '"
        ~ text_in_quotes(landing_pattern() ~ pattern) ~ "', multiLine 'true')"
    ) %}
    {% do run_query("drop table if exists landing." ~ name) %}
    {% do run_query(
        "create table landing." ~ name ~ " using parquet as select *"
        ~ more ~ " from " ~ name ~ "_files"
    ) %}
{% endmacro %}

{#-
    A view over landing files. Views of two hundred files each stand below it
    when there are more, because a metastore does not hold longer texts.
-#}
{% macro show_files(input_name, names) %}
    {% set parts = [] %}
    {% for some in names | batch(200) %}
        {% set part = 'landing.' ~ input_name ~ ('_' ~ loop.index if names | length > 200 else '') %}
        {% do run_query(
            "create or replace view " ~ part ~ " as select * from parquet.`"
            ~ (landing_pattern() ~ input_name ~ '/{' ~ some | join(',')
            ~ '}.parquet') | replace('`', '``') ~ "`"
        ) %}
        {% do parts.append('select * from ' ~ part) %}
    {% endfor %}
    {% if parts | length > 1 %}
        {% do run_query(
            "create or replace view landing." ~ input_name ~ " as "
            ~ parts | join(' union all ')
        ) %}
    {% endif %}
{% endmacro %}

{#- The landing folder, with a slash, as it stands in a pattern of files. -#}
{% macro landing_pattern() %}
    {{ return(
        modules.re.sub('([][{}*?,\\\\])', '\\\\\\1', warehouse_folder())
        ~ '/landing/'
    ) }}
{% endmacro %}

{% macro text_in_quotes(text) %}
    {{ return(text | replace('\\', '\\\\') | replace("'", "\\'")) }}
{% endmacro %}

{#- As in profiles.yml, which does not tell its macros. -#}
{% macro spark__warehouse_folder() %}
    {{ return(
        env_var('WAREHOUSE', '') or 'warehouse/'
        ~ env_var('SHOP', 'data/sample').rstrip('/').split('/')[-1]
    ) }}
{% endmacro %}
