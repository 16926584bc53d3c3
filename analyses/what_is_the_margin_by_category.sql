-- Margin and margin share by category, over the revenue whose cost is known.
select
    category,
    sum(revenue_amount) as revenue_amount,
    sum(margin_amount) as margin_amount,
    round(
        100 * sum(margin_amount) / nullif(sum(revenue_with_cost_amount), 0), 1
    ) as margin_percent,
    round(
        100 * sum(revenue_with_cost_amount) / nullif(sum(revenue_amount), 0), 1
    ) as covered_percent
from marts.revenue_by_product
group by category
order by margin_amount desc nulls last
