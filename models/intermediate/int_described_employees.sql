{{ config(
    materialized='incremental',
    incremental_strategy='replace_touched',
    unique_key='file_id',
    on_schema_change='fail',
) }}

-- depends_on: {{ ref('int_touched_sales') }}
{{ described_by_sales(
    'employee_id',
    ['employee_name'],
    in_headers=true,
) }}
