{#-
    What monthly rows show of members that daily runs may rename, and whether
    the month is over.
-#}
with products as (

    select * from {{ ref('dim_products') }}

),

locations as (

    select * from {{ ref('dim_locations') }}

),

months as (

    select * from {{ ref('int_months') }}

),

final as (

    select
        'product' as subject,
        product_id as subject_id,
        {{ content_text(['product_name', 'category']) }} as wording
    from products
    union all
    select
        'region' as subject,
        {{ region_key('location_id') }} as subject_id,
        {{ content_text(['min(country)', 'min(region)']) }} as wording
    from locations
    group by {{ region_key('location_id') }}
    union all
    select
        'month' as subject,
        cast(month_start_on as string) as subject_id,
        cast(is_month_complete as string) as wording
    from months

)

select * from final
