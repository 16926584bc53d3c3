{#-
    What is said elsewhere about the lines of sales, each as one hash, so that
    a daily run sees what has changed. Settings and models are not here: when
    they change, everything is built anew.
-#}
with orders as (

    select * from {{ ref('stg_orders') }}
    where outcome = 'loaded'

),

prices as (

    select * from {{ ref('int_product_prices') }}

),

store_locations as (

    select * from {{ ref('int_store_locations') }}

),

exchange_rates as (

    select * from {{ ref('int_exchange_rates') }}

),

files as (

    select * from {{ ref('stg_files') }}
    where
        copy_of is null
        and input_name = 'sales'

),

contents as (

    select
        'product' as subject,
        product_id as subject_id,
        {{ content_text([
            'unit_price',
            'unit_cost',
            'valid_from',
            'valid_to',
        ]) }} as wording
    from prices
    union all
    select
        'store' as subject,
        store_id as subject_id,
        location_id as wording
    from store_locations
    union all
    select
        'currency' as subject,
        currency as subject_id,
        {{ content_text(['rate', 'valid_from', 'valid_to']) }} as wording
    from exchange_rates
    union all
    select
        'order' as subject,
        order_id as subject_id,
        {{ content_text([
            'store_id',
            'customer_id',
            'employee_id',
            'sold_on',
            'sold_at',
            'currency',
            'status',
            'store_name',
            'city',
            'state',
            'region',
            'country',
            'customer_name',
            'segment',
            'employee_name',
        ]) }} as wording
    from orders
    union all
    -- which of two versions wins may depend on where their files stand
    select
        'file' as subject,
        file_id as subject_id,
        {{ content_text(['pattern_position', 'path']) }} as wording
    from files
    union all
    -- without a single header an order without one is no finding
    select
        'shop' as subject,
        'has_orders' as subject_id,
        cast(count(*) > 0 as string) as wording
    from orders

),

final as (

    select
        subject,
        subject_id,
        md5({{ joined_texts('wording') }}) as content_hash
    from contents
    where subject_id is not null
    group by subject, subject_id

)

select * from final
