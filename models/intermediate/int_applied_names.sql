{#-
    The names that the monthly rows were last written with; a daily run
    compares the ones of today with them.
-#}
-- depends_on: {{ ref('revenue_by_product_region_month') }}
with final as (

    select * from {{ ref('int_shown_names') }}

)

select * from final
