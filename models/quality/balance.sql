with files as (

    select * from {{ ref('stg_files') }}

),
{% for input_name, input in judged_inputs().items() %}
{{ input_name }} as (
    {% if input_name == 'sales' %}
    select * from {{ ref('int_sales_totals') }}
    {% else %}
    select
        file_id,
        outcome,
        {% for number, column in input.numbers.items() %}
        sum({{ column }}) as {{ number }},
        {% endfor %}
        count(*) as records
    from {{ ref(input.model) }}
    group by file_id, outcome
    {% endif %}
),
{% endfor %}
-- what staging made of each file, counted from its own rows
judged as (
    {% for input_name, input in judged_inputs().items() %}
    select
        file_id,
        outcome,
        'records' as measure,
        cast(records as decimal(38, 10)) as total
    from {{ input_name }}
    {% for number in input.numbers %}
    union all

    select
        file_id,
        outcome,
        '{{ number }}' as measure,
        cast({{ number }} as decimal(38, 10)) as total
    from {{ input_name }}
    {% endfor %}
    {%- if not loop.last %}
    union all
    {% endif %}
    {%- endfor %}
),

settled as (

    select
        file_id,
        measure,
        sum(case when outcome = 'loaded' then total end) as loaded,
        sum(case when outcome = 'quarantined' then total end) as quarantined,
        sum(case when outcome = 'duplicate' then total end) as duplicate,
        sum(case when outcome = 'superseded' then total end) as superseded
    from judged
    group by file_id, measure

),

control_totals as (

    select
        files.file_id,
        files.path,
        {{ unnest_list('files.control_totals') }} as control_total
    from files

),

-- what ingest counted in each file, before anything was understood
counted as (

    select
        file_id,
        path,
        'records' as measure,
        cast(records_in as decimal(38, 10)) as total_in,
        cast(records_in as decimal(38, 10)) as total_rounded,
        cast(rejected_count as decimal(38, 10)) as rejected,
        cast(ignored_count as decimal(38, 10)) as ignored
    from files

    union all

    select
        file_id,
        path,
        control_total.column_name as measure,
        cast(control_total.as_written as decimal(38, 10)) as total_in,
        cast(control_total.rounded as decimal(38, 10)) as total_rounded,
        cast(0 as decimal(38, 10)) as rejected,
        cast(control_total.ignored as decimal(38, 10)) as ignored
    from control_totals

),

-- a file that is a byte for byte copy of another is a duplicate as a whole
accounted as (

    select
        files.file_id,
        files.input_name,
        files.path,
        counted.measure,
        counted.total_in,
        case
            when files.copy_of is null then coalesce(settled.loaded, 0)
            else 0
        end as loaded,
        case
            when files.copy_of is null then coalesce(settled.quarantined, 0)
            else 0
        end as quarantined,
        case when files.copy_of is null then counted.rejected else 0 end
            as rejected,
        case when files.copy_of is null then counted.ignored else 0 end
            as ignored,
        case
            when files.copy_of is null then coalesce(settled.duplicate, 0)
            else counted.total_rounded
        end as duplicate,
        case
            when files.copy_of is null then coalesce(settled.superseded, 0)
            else 0
        end as superseded,
        counted.total_in - counted.total_rounded as rounding
    from files
    inner join counted
        on
            files.file_id = counted.file_id
            and files.path = counted.path
    left join settled
        on
            counted.file_id = settled.file_id
            and counted.measure = settled.measure

),

final as (

    select
        file_id,
        input_name,
        path,
        measure,
        cast(total_in as decimal(38, 10)) as total_in,
        cast(loaded as decimal(38, 10)) as loaded,
        cast(quarantined as decimal(38, 10)) as quarantined,
        cast(rejected as decimal(38, 10)) as rejected,
        cast(ignored as decimal(38, 10)) as ignored,
        cast(duplicate as decimal(38, 10)) as duplicate,
        cast(superseded as decimal(38, 10)) as superseded,
        cast(rounding as decimal(38, 10)) as rounding,
        cast(
            total_in - loaded - quarantined - rejected - ignored - duplicate
            - superseded - rounding as decimal(38, 10)
        ) as difference
    from accounted

)

select * from final
