{{ config(
    materialized='incremental',
    incremental_strategy='replace_touched',
    unique_key='file_id',
) }}

-- depends_on: {{ ref('int_touched_sales') }}
{{ described_by_sales(
    'store_id',
    ['store_name', 'country', 'region', 'state', 'city'],
    in_headers=true,
) }}
