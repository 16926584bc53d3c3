-- Revenue and its share by region.
select
    region,
    revenue_amount,
    round(100 * revenue_share, 1) as revenue_percent
from marts.revenue_by_region
order by revenue_amount desc
