-- Revenue by month, the best first, unfinished months left out.
select
    month_start_on,
    revenue_amount,
    order_count
from marts.revenue_by_month
where is_complete
order by revenue_amount desc, month_start_on asc
limit 5
