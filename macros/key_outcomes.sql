{#-
    What became of each record where several have the same declared key.

    Continues a `with` list from the step named `judged`, which has file_id,
    record_number, record_key, updated_at (may be null) and
    quarantine_reason, and adds the steps `contested_keys`, `versions` and
    `settled`: every row of `judged` once, with

        outcome  loaded, quarantined, duplicate (same key, same content as
                 another row) or superseded (same key, other content)
        kept_file_id, kept_record_number  the record that won, where it lost
        is_key_doubtful  it lost to other content in its own file, and no
                         updated_at says which is newer: the key may be wrong

    The winner is the greatest of (updated_at, place of the file pattern,
    path, record number). `content` lists the columns that are compared.
    Only contested keys are sorted: sorting all costs four times the load.
    Quarantined records do not take part: a broken correction must not
    displace a good row.
-#}
{% macro key_outcomes(content) %}
contested_keys as (

    select record_key
    from judged
    where
        record_key is not null
        and quarantine_reason is null
    group by record_key
    having count(*) > 1

),

contenders as (

    select
        judged.file_id,
        judged.record_number,
        judged.record_key,
        judged.updated_at,
        files.pattern_position,
        files.path,
        md5({{ content_text(content, 'judged') }}) as content_hash
    from judged
    inner join contested_keys
        on judged.record_key = contested_keys.record_key
    inner join files
        on judged.file_id = files.file_id
    where judged.quarantine_reason is null

),

versions as (

    select
        file_id,
        record_number,
        row_number() over (
            partition by record_key
            order by {{ newest_first() }}
        ) as version_rank,
        row_number() over (
            partition by record_key, content_hash
            order by {{ newest_first() }}
        ) as copy_rank,
        first_value(file_id) over (
            partition by record_key
            order by {{ newest_first() }}
        ) as kept_file_id,
        first_value(record_number) over (
            partition by record_key
            order by {{ newest_first() }}
        ) as kept_record_number,
        first_value(updated_at) over (
            partition by record_key
            order by {{ newest_first() }}
        ) as kept_updated_at,
        updated_at
    from contenders

),

settled as (

    select
        judged.*,
        case
            when judged.quarantine_reason is not null then 'quarantined'
            when versions.copy_rank > 1 then 'duplicate'
            when versions.version_rank > 1 then 'superseded'
            else 'loaded'
        end as outcome,
        case
            when versions.version_rank > 1 then versions.kept_file_id
        end as kept_file_id,
        case
            when versions.version_rank > 1 then versions.kept_record_number
        end as kept_record_number,
        coalesce(
            versions.version_rank > 1
            and versions.copy_rank = 1
            and versions.file_id = versions.kept_file_id
            and (
                versions.updated_at is null
                or versions.updated_at = versions.kept_updated_at
            ),
            false
        ) as is_key_doubtful
    from judged
    left join versions
        on
            judged.file_id = versions.file_id
            and judged.record_number = versions.record_number

)
{% endmacro %}

{% macro newest_first() -%}
    updated_at desc nulls last,
                pattern_position desc,
                path desc,
                record_number desc,
                file_id desc
{%- endmacro %}
