-- The ten greatest lines of the best month, each with the record it came from.
with
best_month as (

    select month_start_on
    from marts.revenue_by_month
    order by revenue_amount desc
    limit 1

)

select
    files.path,
    sales.record_number,
    sales.sold_on,
    sales.product_id,
    sales.quantity,
    sales.net_amount
from core.fct_sales as sales
inner join best_month
    on sales.month_start_on = best_month.month_start_on
inner join quality.file_ledger as files
    on
        sales.file_id = files.file_id
        and files.copy_of is null
where sales.is_revenue
order by sales.net_amount desc, files.path asc, sales.record_number asc
limit 10
