with known_columns as (

    select * from {{ ref('known_input_columns') }}

),

mapped_columns as (

    select * from {{ ref('stg_mapped_columns') }}

),

final as (

    select
        known_columns.input_name,
        known_columns.column_name,
        known_columns.column_position,
        known_columns.value_type,
        mapped_columns.header,
        known_columns.comment as meaning,
        mapped_columns.header is not null as is_mapped
    from known_columns
    left join mapped_columns
        on
            known_columns.input_name = mapped_columns.input_name
            and known_columns.column_name = mapped_columns.column_name

)

select * from final
