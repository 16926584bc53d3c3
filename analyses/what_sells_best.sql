-- The ten products with the most revenue, and their share of all revenue.
select
    revenue_rank,
    product_name,
    category,
    quantity,
    revenue_amount,
    round(100 * revenue_share, 1) as revenue_percent
from marts.revenue_by_product
where revenue_rank <= 10
order by revenue_rank, product_name
