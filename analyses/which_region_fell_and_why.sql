-- Per region and category, the last complete year against the year before,
-- the greatest losses first.
with
years as (

    select
        region,
        category,
        extract(year from month_start_on) as calendar_year,
        sum(revenue_amount) as revenue_amount
    from marts.revenue_by_product_region_month
    where is_complete
    group by region, category, extract(year from month_start_on)

),

last_year as (

    select max(calendar_year) as calendar_year
    from years

)

select
    years.region,
    years.category,
    sum(
        case
            when years.calendar_year = last_year.calendar_year
                then years.revenue_amount
            else -years.revenue_amount
        end
    ) as change_amount
from years
cross join last_year
where years.calendar_year >= last_year.calendar_year - 1
group by years.region, years.category
order by change_amount asc
limit 10
