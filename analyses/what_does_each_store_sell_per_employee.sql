-- Revenue per employee over the last twelve months, the best store first.
select
    store_name,
    region,
    employee_count,
    revenue_amount,
    round(revenue_per_employee, 2) as revenue_per_employee
from marts.employee_sales_by_store
order by revenue_per_employee desc nulls last, store_name asc
