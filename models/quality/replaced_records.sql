with noted_records as (

    select * from {{ ref('int_noted_records') }}
    where outcome in ('duplicate', 'superseded')

),

original_texts as (

    select * from {{ ref('stg_original_texts') }}

),

files as (

    select * from {{ ref('stg_files') }}
    where copy_of is null

),

kept_files as (

    select * from {{ ref('stg_files') }}
    where copy_of is null

),

final as (

    select
        noted_records.file_id,
        noted_records.record_number,
        noted_records.record_key,
        noted_records.input_name,
        files.path,
        noted_records.outcome,
        kept_files.path as kept_path,
        noted_records.kept_record_number,
        original_texts.original_text
    from noted_records
    inner join files
        on noted_records.file_id = files.file_id
    left join kept_files
        on noted_records.kept_file_id = kept_files.file_id
    left join original_texts
        on
            noted_records.file_id = original_texts.file_id
            and noted_records.record_number = original_texts.record_number

)

select * from final
