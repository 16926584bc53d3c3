{{ config(
    materialized='incremental',
    incremental_strategy='replace_touched',
    unique_key='file_id',
) }}

-- depends_on: {{ ref('int_touched_sales') }}
{{ described_by_sales(
    'customer_id',
    ['customer_name', 'segment'],
    in_headers=true,
) }}
