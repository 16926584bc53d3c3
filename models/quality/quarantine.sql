with noted_records as (

    select * from {{ ref('int_noted_records') }}
    where outcome = 'quarantined'

),

original_texts as (

    select * from {{ ref('stg_original_texts') }}

),

files as (

    select * from {{ ref('stg_files') }}
    where copy_of is null

),

final as (

    select
        noted_records.file_id,
        noted_records.record_number,
        noted_records.input_name,
        files.path,
        noted_records.quarantine_reason as reason,
        original_texts.original_text
    from noted_records
    inner join files
        on noted_records.file_id = files.file_id
    left join original_texts
        on
            noted_records.file_id = original_texts.file_id
            and noted_records.record_number = original_texts.record_number

)

select * from final
