with customers as (

    select * from {{ ref('customer_value') }}
    where purchase_count > 0

),

segments as (

    select * from {{ ref('stg_rfm_segments') }}

),

-- equal values have equal places, whatever their order
placed as (

    select
        customers.*,
        rank() over (order by recency_days desc) as recency_place,
        rank() over (order by purchase_count asc) as frequency_place,
        rank() over (order by revenue_amount asc) as monetary_place,
        count(*) over () as customer_count
    from customers

),

scored as (

    select
        customer_id,
        last_purchased_on,
        recency_days,
        purchase_count,
        revenue_amount,
        {{ quintile('recency_place', 'customer_count') }} as recency_score,
        {{ quintile('frequency_place', 'customer_count') }}
            as frequency_score,
        {{ quintile('monetary_place', 'customer_count') }} as monetary_score,
        customer_name,
        segment
    from placed

),

final as (

    select
        scored.customer_id,
        scored.last_purchased_on,
        scored.recency_days,
        scored.purchase_count,
        scored.revenue_amount,
        scored.recency_score,
        scored.frequency_score,
        scored.monetary_score,
        segments.rfm_segment,
        scored.customer_name,
        scored.segment,
        segments.is_to_call
    from scored
    inner join segments
        on
            scored.recency_score = segments.recency_score
            and scored.frequency_score = segments.frequency_score
            and scored.monetary_score = segments.monetary_score

)

select * from final
