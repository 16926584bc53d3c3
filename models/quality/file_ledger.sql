with files as (

    select * from {{ ref('stg_files') }}

),

balance as (

    select * from {{ ref('balance') }}

),

balanced as (

    select
        file_id,
        path,
        max(abs(difference)) = 0 as is_balanced
    from balance
    group by file_id, path

),

final as (

    select
        files.path,
        files.file_id,
        files.input_name,
        files.first_sold_on,
        files.last_sold_on,
        files.byte_count,
        cast(records.total_in as bigint) as records_in,
        cast(records.loaded as bigint) as loaded_count,
        cast(records.quarantined as bigint) as quarantined_count,
        cast(records.rejected as bigint) as rejected_count,
        cast(records.ignored as bigint) as ignored_count,
        cast(records.duplicate as bigint) as duplicate_count,
        cast(records.superseded as bigint) as superseded_count,
        files.encoding,
        files.delimiter,
        files.copy_of,
        balanced.is_balanced
    from files
    inner join balance as records
        on
            files.file_id = records.file_id
            and files.path = records.path
            and records.measure = 'records'
    inner join balanced
        on
            files.file_id = balanced.file_id
            and files.path = balanced.path

)

select * from final
