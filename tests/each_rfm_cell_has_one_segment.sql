{{ config(group='pipeline') }}

-- Each of the 125 combinations of the three scores has exactly one segment, in
-- the shipped table or in the shop's own: a customer has one, and only one.
with scores as (

    select 1 as score
    union all
    select 2
    union all
    select 3
    union all
    select 4
    union all
    select 5

),

cells as (

    select
        recency.score as recency_score,
        frequency.score as frequency_score,
        monetary.score as monetary_score
    from scores as recency
    cross join scores as frequency
    cross join scores as monetary

)

select
    cells.recency_score,
    cells.frequency_score,
    cells.monetary_score,
    count(segments.rfm_segment) as segment_count
from cells
full outer join {{ ref('stg_rfm_segments') }} as segments
    on
        cells.recency_score = segments.recency_score
        and cells.frequency_score = segments.frequency_score
        and cells.monetary_score = segments.monetary_score
group by
    cells.recency_score,
    cells.frequency_score,
    cells.monetary_score
having
    cells.recency_score is null
    or count(segments.rfm_segment) <> 1
