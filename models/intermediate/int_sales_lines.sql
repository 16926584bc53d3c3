with sales as (

    select * from {{ ref('stg_sales') }}

),

{{ sales_line_steps() }}

select * from judged
