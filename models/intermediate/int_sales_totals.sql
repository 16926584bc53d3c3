{#-
    Sums of the numbers as given, by file and outcome: what landed, less what
    was set aside, was loaded.
-#}
{% set numbers = judged_inputs()['sales'].numbers %}
with landed_days as (

    select * from {{ ref('int_landed_sales_days') }}

),

noted_sales as (

    select * from {{ ref('int_noted_sales') }}
    where outcome <> 'loaded'

),

landed as (

    select
        file_id,
        {% for number in numbers %}
        sum({{ number }}) as {{ number }},
        {% endfor %}
        sum(record_count) as records
    from landed_days
    group by file_id

),

set_aside as (

    select
        file_id,
        outcome,
        {% for number, column in numbers.items() %}
        sum({{ column }}) as {{ number }},
        {% endfor %}
        count(*) as records
    from noted_sales
    group by file_id, outcome

),

set_aside_by_file as (

    select
        file_id,
        {% for number in numbers %}
        sum({{ number }}) as {{ number }},
        {% endfor %}
        sum(records) as records
    from set_aside
    group by file_id

),

final as (

    select
        landed.file_id,
        'loaded' as outcome,
        {% for number in numbers %}
        landed.{{ number }} - coalesce(set_aside_by_file.{{ number }}, 0)
            as {{ number }},
        {% endfor %}
        landed.records - coalesce(set_aside_by_file.records, 0) as records
    from landed
    left join set_aside_by_file
        on landed.file_id = set_aside_by_file.file_id

    union all

    select
        file_id,
        outcome,
        {% for number in numbers %}
        {{ number }},
        {% endfor %}
        records
    from set_aside

)

select * from final
