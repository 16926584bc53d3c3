-- Per region and category, the last twelve complete months against the twelve
-- before, the greatest losses first.
select
    region,
    category,
    change_amount
from marts.revenue_change_by_region_category
order by change_amount asc nulls last
limit 10
