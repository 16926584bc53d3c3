-- The intervals of a product follow one another without gap or overlap, the
-- last one without end, and none is empty.
with
intervals as (

    select
        product_id,
        valid_from,
        valid_to,
        lead(valid_from) over (
            partition by product_id
            order by valid_from, valid_to
        ) as next_valid_from
    from {{ ref('price_history') }}

)

select *
from intervals
where
    valid_to <= valid_from
    or valid_to <> coalesce(next_valid_from, {{ open_end() }})
