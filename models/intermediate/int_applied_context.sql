{#-
    The context that the fact was last brought up to date with; a daily run
    compares the one of today with it.
-#}
-- depends_on: {{ ref('fct_sales') }}
-- depends_on: {{ ref('int_noted_sales') }}
with final as (

    select * from {{ ref('int_sales_context') }}

)

select * from final
