with rejects as (

    select * from {{ ref('stg_rejects') }}

),

files as (

    select * from {{ ref('stg_files') }}
    where copy_of is null

),

final as (

    select
        rejects.file_id,
        rejects.record_number,
        rejects.line_number,
        files.input_name,
        files.path,
        rejects.outcome,
        rejects.reason,
        rejects.original_text
    from rejects
    inner join files
        on rejects.file_id = files.file_id

)

select * from final
