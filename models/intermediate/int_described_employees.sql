{{ config(
    materialized='incremental',
    incremental_strategy='replace_touched',
    unique_key='file_id',
) }}

-- depends_on: {{ ref('int_touched_sales') }}
{{ described_by_sales(
    'employee_id',
    ['employee_name'],
    in_headers=true,
) }}
