-- The floor: the bare work, as fast as one hand-written DuckDB script does it for this very shop.
-- It reads the CSV files and writes the fact, the dimensions that the marts join, and the marts of
-- revenue and of stores (compare.MARTS), with the same names, columns, types and cells as ours. The
-- other marts, of which ours has as many again, are not in it. There is no dbt, ledger, quarantine,
-- finding, balance or test in it; a row with a date that is none is dropped in silence.
--
-- Left out, because it exists only for provenance or for people: file_id, record_number,
-- sale_line_id (which equals sale_id) and remarks of the fact, dim_customers, dim_employees,
-- fct_stock (empty), the schema quality, comments, not-null constraints.
--
-- What it knows of this shop, and so need not ask: every price is in EUR without tax, every line
-- is revenue, products and stores have no history, keys are whole numbers, a key stands once in a
-- file, the greatest file name is the newest.
--
-- The variable `shop` is the folder; the database is the output.

set preserve_insertion_order = false;
create schema core;
create schema marts;

-- Dimensions ------------------------------------------------------------------------------------

create table core.dim_products as
select
    product_id,
    unit_price,
    unit_cost,
    product_name,
    category,
    '(unknown)' as subcategory,
    '(unknown)' as brand,
    true as is_in_products_file
from read_csv(
    getvariable('shop') || '/products.csv',
    header = true,
    columns = {
        product_id: 'varchar',
        product_name: 'varchar',
        category: 'varchar',
        unit_price: 'decimal(18, 4)',
        unit_cost: 'decimal(18, 4)'
    }
)
union all
select
    '(unknown)', null, null, '(unknown)', '(unknown)', '(unknown)', '(unknown)', false;

create temp table stores as
select
    *,
    country || '|' || region || '||' || city as location_id
from read_csv(
    getvariable('shop') || '/stores.csv',
    header = true,
    columns = {
        store_id: 'varchar',
        store_name: 'varchar',
        city: 'varchar',
        region: 'varchar',
        country: 'varchar',
        employee_count: 'decimal(18, 4)'
    }
);

create table core.dim_locations as
select distinct
    location_id,
    country,
    region,
    '(unknown)' as state,
    city
from stores
union all
select '(unknown)', '(unknown)', '(unknown)', '(unknown)', '(unknown)';

-- The fact --------------------------------------------------------------------------------------
-- One pass over the files: typed, priced, written. Lines that were corrected or came again are few:
-- they are found by their key afterwards and deleted, which costs less than sorting all. Which of
-- two is newer says the file's name, a column that is there until then. (Insertion order would not
-- say it, even if it were kept: the joins do not keep it.)

create table core.fct_sales as
with lines as (
    select
        sale_id,
        order_id,
        try_cast(sold_on as date) as sold_on,
        store_id,
        product_id,
        customer_id,
        employee_id,
        quantity,
        unit_price,
        discount_amount,
        filename
    from read_csv(
        getvariable('shop') || '/sales_*.csv',
        header = true,
        delim = ',',
        quote = '"',
        escape = '"',
        filename = true,
        columns = {
            sale_id: 'varchar',
            order_id: 'varchar',
            sold_on: 'varchar',
            store_id: 'varchar',
            product_id: 'varchar',
            customer_id: 'varchar',
            employee_id: 'varchar',
            quantity: 'integer',
            unit_price: 'decimal(9, 2)',
            discount_amount: 'decimal(9, 2)'
        }
    )
),
priced as (
    select
        lines.* replace (
            coalesce(
                lines.unit_price, cast(products.unit_price as decimal(9, 2))
            ) as unit_price
        ),
        stores.location_id,
        cast(products.unit_cost as decimal(9, 2)) as unit_cost,
        coalesce(
            lines.unit_price, cast(products.unit_price as decimal(9, 2))
        ) * lines.quantity as gross_amount
    from lines
    left join core.dim_products as products
        on lines.product_id = products.product_id
    left join stores
        on lines.store_id = stores.store_id
    where lines.sold_on is not null
)
select
    sale_id,
    order_id,
    cast(null as varchar) as line_number,
    product_id,
    store_id,
    coalesce(location_id, '(unknown)') as location_id,
    coalesce(customer_id, '(unknown)') as customer_id,
    employee_id,
    sold_on,
    cast(date_trunc('month', sold_on) as date) as month_start_on,
    cast(null as timestamp) as sold_at,
    cast(quantity as decimal(18, 4)) as quantity,
    cast(unit_price as decimal(18, 4)) as unit_price,
    cast(gross_amount as decimal(18, 4)) as gross_amount,
    cast(discount_amount as decimal(18, 4)) as discount_amount,
    cast(gross_amount - discount_amount as decimal(18, 4)) as net_amount,
    cast(null as decimal(18, 4)) as tax_amount,
    cast(null as decimal(18, 4)) as total_amount,
    cast(unit_cost * quantity as decimal(18, 4)) as cost_amount,
    cast(gross_amount - discount_amount - unit_cost * quantity as decimal(18, 4))
        as margin_amount,
    cast(null as decimal(18, 4)) as original_net_amount,
    cast(null as decimal(18, 4)) as original_quantity,
    'EUR' as original_currency,
    cast(null as varchar) as status,
    true as is_revenue,
    quantity < 0 as is_return,
    customer_id is null as is_anonymous,
    filename
from priced;

create temp table contested as
select cast(sale_id as bigint) as sale_number
from core.fct_sales
group by cast(sale_id as bigint)
having count(*) > 1;

delete from core.fct_sales
where rowid in (
    select unnest(list_slice(list(rowid order by filename), 1, -2))
    from core.fct_sales
    where cast(sale_id as bigint) in (select sale_number from contested)
    group by sale_id
);

alter table core.fct_sales drop column filename;

-- Aggregates that several marts share -----------------------------------------------------------
-- Revenue is gross less discount and margin is covered revenue less cost, line by line, so five
-- sums give all seven. A product's lines are grouped once by region and month and once by store.

create temp table product_region_months as
select
    sales.product_id,
    stores.country,
    stores.region,
    sales.month_start_on,
    min(sales.sold_on) as first_sold_on,
    max(sales.sold_on) as last_sold_on,
    count(*) as line_count,
    sum(sales.quantity) as quantity,
    sum(sales.gross_amount) as gross_amount,
    sum(sales.discount_amount) as discount_amount,
    sum(sales.cost_amount) as cost_amount,
    sum(sales.net_amount) filter (where sales.cost_amount is not null) as covered_amount
from core.fct_sales as sales
inner join stores
    on sales.store_id = stores.store_id
group by sales.product_id, stores.country, stores.region, sales.month_start_on;

create temp table store_days as
select
    store_id,
    sold_on,
    count(*) as line_count,
    sum(quantity) as quantity,
    sum(gross_amount) as gross_amount,
    sum(discount_amount) as discount_amount,
    sum(cost_amount) as cost_amount,
    sum(net_amount) filter (where cost_amount is not null) as covered_amount,
    sum(net_amount) filter (where is_return) as returns_amount,
    sum(net_amount) filter (where is_anonymous) as anonymous_amount
from core.fct_sales
group by store_id, sold_on;

-- three lines an order: everything that counts orders or customers reads a third of the rows
create temp table orders as
select distinct
    cast(order_id as bigint) as order_number,
    customer_id,
    store_id,
    sold_on
from core.fct_sales;

create temp table period as
select
    min(sold_on) as first_sold_on,
    max(sold_on) as last_sold_on
from store_days;

create table core.dim_stores as
select
    stores.store_id,
    stores.location_id,
    cast(null as date) as opened_on,
    cast(null as date) as closed_on,
    sold.first_sold_on,
    stores.employee_count,
    stores.store_name,
    stores.country,
    stores.region,
    '(unknown)' as state,
    stores.city,
    true as is_in_stores_file
from stores
left join (
    select
        store_id,
        min(sold_on) as first_sold_on
    from store_days
    group by store_id
) as sold
    on stores.store_id = sold.store_id
union all
select
    '(unknown)', '(unknown)', null, null, null, null, '(unknown)', '(unknown)', '(unknown)',
    '(unknown)', '(unknown)', false;

create table core.dim_dates as
with days as (
    select cast(unnest(generate_series(
        date_trunc('year', first_sold_on),
        date_trunc('year', last_sold_on) + interval 1 year - interval 1 day,
        interval 1 day
    )) as date) as date_day
    from period
)
select
    date_day,
    cast(date_trunc('month', date_day) as date) as month_start_on,
    last_day(date_day) as month_end_on,
    cast(date_trunc('quarter', date_day) as date) as quarter_start_on,
    cast(date_trunc('year', date_day) as date) as year_start_on,
    cast(date_trunc('week', date_day) as date) as week_start_on,
    cast(extract(year from date_day) as integer) as calendar_year,
    cast(extract(quarter from date_day) as integer) as calendar_quarter,
    cast(extract(month from date_day) as integer) as calendar_month,
    cast(extract(isoyear from date_day) as integer) as iso_year,
    cast(extract(week from date_day) as integer) as iso_week,
    cast(extract(isodow from date_day) as integer) as iso_weekday,
    cast(extract(year from date_day) as integer) as fiscal_year,
    cast(extract(quarter from date_day) as integer) as fiscal_quarter,
    date_day <= last_sold_on as is_past,
    last_day(date_day) <= last_sold_on as is_month_complete
from days
cross join period;

create temp table months as
select distinct
    month_start_on,
    month_end_on,
    is_month_complete
from core.dim_dates
cross join period
where month_end_on >= first_sold_on and month_start_on <= last_sold_on;

-- Marts -----------------------------------------------------------------------------------------

create temp macro amount(total) as cast(total as decimal(18, 4));
create temp macro ratio(part, whole) as cast(part as double) / nullif(cast(whole as double), 0);

create table marts.revenue_by_product_region_month as
select
    sold.product_id,
    sold.country,
    sold.region,
    sold.month_start_on,
    sold.line_count,
    amount(sold.quantity) as quantity,
    amount(sold.gross_amount) as gross_amount,
    amount(sold.discount_amount) as discount_amount,
    amount(sold.gross_amount - sold.discount_amount) as revenue_amount,
    amount(sold.cost_amount) as cost_amount,
    amount(sold.covered_amount - sold.cost_amount) as margin_amount,
    amount(coalesce(sold.covered_amount, 0)) as revenue_with_cost_amount,
    products.product_name,
    products.category,
    months.is_month_complete as is_complete
from product_region_months as sold
inner join core.dim_products as products
    on sold.product_id = products.product_id
inner join months
    on sold.month_start_on = months.month_start_on;

create table marts.monthly_product_sales as
with sold as (
    select
        product_id,
        month_start_on,
        sum(line_count) as line_count,
        sum(quantity) as quantity,
        sum(gross_amount) as gross_amount,
        sum(discount_amount) as discount_amount,
        sum(cost_amount) as cost_amount,
        sum(covered_amount) as covered_amount
    from product_region_months
    group by product_id, month_start_on
)
select
    sold.product_id,
    sold.month_start_on,
    cast(sold.line_count as bigint) as line_count,
    amount(sold.quantity) as quantity,
    amount(sold.gross_amount) as gross_amount,
    amount(sold.discount_amount) as discount_amount,
    amount(sold.gross_amount - sold.discount_amount) as revenue_amount,
    amount(sold.cost_amount) as cost_amount,
    amount(sold.covered_amount - sold.cost_amount) as margin_amount,
    amount(coalesce(sold.covered_amount, 0)) as revenue_with_cost_amount,
    products.product_name,
    products.category,
    months.is_month_complete as is_complete
from sold
inner join core.dim_products as products
    on sold.product_id = products.product_id
inner join months
    on sold.month_start_on = months.month_start_on;

create table marts.revenue_by_product as
with sold as (
    select
        product_id,
        min(first_sold_on) as first_sold_on,
        max(last_sold_on) as last_sold_on,
        sum(line_count) as line_count,
        sum(quantity) as quantity,
        sum(gross_amount) as gross_amount,
        sum(discount_amount) as discount_amount,
        sum(gross_amount - discount_amount) as revenue_amount,
        sum(cost_amount) as cost_amount,
        sum(covered_amount) as covered_amount
    from product_region_months
    group by product_id
)
select
    sold.product_id,
    sold.first_sold_on,
    sold.last_sold_on,
    cast(sold.line_count as bigint) as line_count,
    amount(sold.quantity) as quantity,
    amount(sold.gross_amount) as gross_amount,
    amount(sold.discount_amount) as discount_amount,
    amount(sold.revenue_amount) as revenue_amount,
    amount(sold.cost_amount) as cost_amount,
    amount(sold.covered_amount - sold.cost_amount) as margin_amount,
    amount(coalesce(sold.covered_amount, 0)) as revenue_with_cost_amount,
    ratio(sold.revenue_amount, sum(sold.revenue_amount) over ()) as revenue_share,
    rank() over (order by sold.revenue_amount desc) as revenue_rank,
    products.product_name,
    products.category,
    products.subcategory,
    products.brand
from sold
inner join core.dim_products as products
    on sold.product_id = products.product_id;

create table marts.product_sales_by_store as
with sold as (
    select
        product_id,
        store_id,
        count(*) as line_count,
        sum(quantity) as quantity,
        sum(gross_amount) as gross_amount,
        sum(discount_amount) as discount_amount,
        sum(cost_amount) as cost_amount,
        sum(net_amount) filter (where cost_amount is not null) as covered_amount
    from core.fct_sales
    group by product_id, store_id
)
select
    sold.product_id,
    sold.store_id,
    sold.line_count,
    amount(sold.quantity) as quantity,
    amount(sold.gross_amount) as gross_amount,
    amount(sold.discount_amount) as discount_amount,
    amount(sold.gross_amount - sold.discount_amount) as revenue_amount,
    amount(sold.cost_amount) as cost_amount,
    amount(sold.covered_amount - sold.cost_amount) as margin_amount,
    amount(coalesce(sold.covered_amount, 0)) as revenue_with_cost_amount,
    products.product_name,
    products.category,
    stores.store_name
from sold
inner join core.dim_products as products
    on sold.product_id = products.product_id
inner join core.dim_stores as stores
    on sold.store_id = stores.store_id;

create table marts.revenue_by_day as
with sold as (
    select
        sold_on,
        sum(line_count) as line_count,
        sum(quantity) as quantity,
        sum(gross_amount) as gross_amount,
        sum(discount_amount) as discount_amount,
        sum(cost_amount) as cost_amount,
        sum(covered_amount) as covered_amount
    from store_days
    group by sold_on
),
counted as (
    select
        sold_on,
        count(distinct order_number) as order_count
    from orders
    group by sold_on
)
select
    dates.date_day as sold_on,
    dates.month_start_on,
    coalesce(counted.order_count, 0) as order_count,
    cast(coalesce(sold.line_count, 0) as bigint) as line_count,
    amount(coalesce(sold.quantity, 0)) as quantity,
    amount(coalesce(sold.gross_amount, 0)) as gross_amount,
    amount(coalesce(sold.discount_amount, 0)) as discount_amount,
    amount(coalesce(sold.gross_amount - sold.discount_amount, 0)) as revenue_amount,
    amount(sold.cost_amount) as cost_amount,
    amount(sold.covered_amount - sold.cost_amount) as margin_amount,
    amount(coalesce(sold.covered_amount, 0)) as revenue_with_cost_amount,
    dates.is_month_complete
from core.dim_dates as dates
inner join period
    on dates.date_day between period.first_sold_on and period.last_sold_on
left join sold
    on dates.date_day = sold.sold_on
left join counted
    on dates.date_day = counted.sold_on;

create table marts.revenue_by_month as
with sold as (
    select
        cast(date_trunc('month', sold_on) as date) as month_start_on,
        sum(line_count) as line_count,
        sum(quantity) as quantity,
        sum(gross_amount) as gross_amount,
        sum(discount_amount) as discount_amount,
        sum(cost_amount) as cost_amount,
        sum(covered_amount) as covered_amount,
        sum(returns_amount) as returns_amount
    from store_days
    group by 1
),
counted as (
    select
        cast(date_trunc('month', sold_on) as date) as month_start_on,
        count(distinct order_number) as order_count,
        count(distinct customer_id) filter (where customer_id <> '(unknown)') as customer_count
    from orders
    group by 1
)
select
    months.month_start_on,
    coalesce(counted.order_count, 0) as order_count,
    coalesce(counted.customer_count, 0) as customer_count,
    cast(coalesce(sold.line_count, 0) as bigint) as line_count,
    amount(coalesce(sold.quantity, 0)) as quantity,
    amount(coalesce(sold.gross_amount, 0)) as gross_amount,
    amount(coalesce(sold.discount_amount, 0)) as discount_amount,
    amount(coalesce(sold.gross_amount - sold.discount_amount, 0)) as revenue_amount,
    amount(sold.cost_amount) as cost_amount,
    amount(sold.covered_amount - sold.cost_amount) as margin_amount,
    amount(coalesce(sold.covered_amount, 0)) as revenue_with_cost_amount,
    amount(coalesce(sold.returns_amount, 0)) as returns_amount,
    months.is_month_complete as is_complete
from months
left join sold
    on months.month_start_on = sold.month_start_on
left join counted
    on months.month_start_on = counted.month_start_on;

create temp table store_totals as
select
    store_id,
    sum(line_count) as line_count,
    sum(quantity) as quantity,
    sum(gross_amount) as gross_amount,
    sum(discount_amount) as discount_amount,
    sum(gross_amount - discount_amount) as revenue_amount,
    sum(cost_amount) as cost_amount,
    sum(covered_amount) as covered_amount,
    sum(returns_amount) as returns_amount,
    sum(anonymous_amount) as anonymous_amount
from store_days
group by store_id;

create table marts.revenue_by_store as
with counted as (
    select
        store_id,
        count(distinct order_number) as order_count
    from orders
    group by store_id
)
select
    stores.store_id,
    stores.opened_on,
    stores.closed_on,
    coalesce(counted.order_count, 0) as order_count,
    cast(coalesce(sold.line_count, 0) as bigint) as line_count,
    amount(coalesce(sold.quantity, 0)) as quantity,
    amount(coalesce(sold.gross_amount, 0)) as gross_amount,
    amount(coalesce(sold.discount_amount, 0)) as discount_amount,
    amount(coalesce(sold.revenue_amount, 0)) as revenue_amount,
    amount(sold.cost_amount) as cost_amount,
    amount(sold.covered_amount - sold.cost_amount) as margin_amount,
    amount(coalesce(sold.covered_amount, 0)) as revenue_with_cost_amount,
    ratio(
        coalesce(sold.revenue_amount, 0), sum(coalesce(sold.revenue_amount, 0)) over ()
    ) as revenue_share,
    stores.employee_count,
    stores.store_name,
    stores.country,
    stores.region,
    stores.city
from core.dim_stores as stores
left join store_totals as sold
    on stores.store_id = sold.store_id
left join counted
    on stores.store_id = counted.store_id
where stores.store_id <> '(unknown)';

create table marts.revenue_by_location as
with sold as (
    select
        stores.location_id,
        sum(line_count) as line_count,
        sum(quantity) as quantity,
        sum(gross_amount) as gross_amount,
        sum(discount_amount) as discount_amount,
        sum(revenue_amount) as revenue_amount,
        sum(cost_amount) as cost_amount,
        sum(covered_amount) as covered_amount
    from store_totals
    inner join stores
        on store_totals.store_id = stores.store_id
    group by stores.location_id
)
select
    sold.location_id,
    cast(sold.line_count as bigint) as line_count,
    amount(sold.quantity) as quantity,
    amount(sold.gross_amount) as gross_amount,
    amount(sold.discount_amount) as discount_amount,
    amount(sold.revenue_amount) as revenue_amount,
    amount(sold.cost_amount) as cost_amount,
    amount(sold.covered_amount - sold.cost_amount) as margin_amount,
    amount(coalesce(sold.covered_amount, 0)) as revenue_with_cost_amount,
    ratio(sold.revenue_amount, sum(sold.revenue_amount) over ()) as revenue_share,
    locations.country,
    locations.region,
    locations.state,
    locations.city
from sold
inner join core.dim_locations as locations
    on sold.location_id = locations.location_id;

create table marts.revenue_by_region as
with sold as (
    select
        country,
        region,
        cast(sum(line_count) as bigint) as line_count,
        amount(sum(quantity)) as quantity,
        amount(sum(gross_amount)) as gross_amount,
        amount(sum(discount_amount)) as discount_amount,
        amount(sum(revenue_amount)) as revenue_amount,
        amount(sum(cost_amount)) as cost_amount,
        amount(sum(margin_amount)) as margin_amount,
        amount(sum(revenue_with_cost_amount)) as revenue_with_cost_amount
    from marts.revenue_by_location
    group by country, region
)
select
    *,
    ratio(revenue_amount, sum(revenue_amount) over ()) as revenue_share
from sold;

create table marts.employee_sales_ratio as
with sold as (
    select
        store_id,
        cast(date_trunc('month', sold_on) as date) as month_start_on,
        sum(quantity) as quantity,
        sum(gross_amount - discount_amount) as revenue_amount
    from store_days
    group by 1, 2
)
select
    stores.store_id,
    months.month_start_on,
    amount(coalesce(sold.quantity, 0)) as quantity,
    amount(coalesce(sold.revenue_amount, 0)) as revenue_amount,
    stores.employee_count,
    ratio(coalesce(sold.revenue_amount, 0), stores.employee_count) as revenue_per_employee,
    stores.store_name,
    stores.region,
    months.is_month_complete as is_complete
from core.dim_stores as stores
cross join months
cross join period
left join sold
    on stores.store_id = sold.store_id and months.month_start_on = sold.month_start_on
where
    stores.store_id <> '(unknown)'
    and (
        sold.store_id is not null
        or least(months.month_end_on, period.last_sold_on) >= stores.first_sold_on
    );

create table marts.employee_sales_by_store as
with last_months as (
    select
        month_start_on,
        min(month_start_on) over () as window_start_on,
        max(month_end_on) over () as window_end_on
    from months
    where month_start_on > (
        select max(months.month_start_on) - interval 12 months
        from months
    )
),
summed as (
    select
        ratios.store_id,
        last_months.window_start_on,
        last_months.window_end_on,
        count(*) as month_count,
        sum(ratios.revenue_amount) as revenue_amount
    from marts.employee_sales_ratio as ratios
    inner join last_months
        on ratios.month_start_on = last_months.month_start_on
    group by all
)
select
    summed.store_id,
    summed.window_start_on,
    summed.window_end_on,
    summed.month_count,
    amount(summed.revenue_amount) as revenue_amount,
    stores.employee_count,
    ratio(summed.revenue_amount, stores.employee_count) as revenue_per_employee,
    stores.store_name,
    stores.region,
    stores.city
from summed
inner join core.dim_stores as stores
    on summed.store_id = stores.store_id;

create table marts.employee_sales_regression as
with points as (
    select
        'month' as period_type,
        ratios.month_start_on as period_start_on,
        months.month_end_on as period_end_on,
        ratios.employee_count,
        ratios.revenue_amount
    from marts.employee_sales_ratio as ratios
    inner join months
        on ratios.month_start_on = months.month_start_on
    union all
    select
        'window', window_start_on, window_end_on, employee_count, revenue_amount
    from marts.employee_sales_by_store
),
fitted as (
    select
        period_type,
        period_start_on,
        period_end_on,
        count(employee_count) as store_count,
        count(employee_count) >= 3 and count(distinct employee_count) >= 2 as is_fitted,
        regr_slope(revenue_amount::double, employee_count::double) as slope,
        regr_intercept(revenue_amount::double, employee_count::double) as intercept,
        regr_r2(revenue_amount::double, employee_count::double) as r_squared
    from points
    group by all
)
select
    period_type,
    period_start_on,
    period_end_on,
    store_count,
    case when is_fitted then amount(round(slope, 4)) end as slope_amount,
    case when is_fitted then amount(round(intercept, 4)) end as intercept_amount,
    case when is_fitted then round(r_squared, 6) end as r_squared
from fitted;

create table marts.shop_summary as
select
    'Benchmark' as shop_name,
    period.last_sold_on as as_of_date,
    period.first_sold_on,
    period.last_sold_on,
    (select max(month_start_on) from months where is_month_complete)
        as last_complete_month_start_on,
    counted.order_count,
    counted.customer_count,
    (select count(*) from marts.revenue_by_product) as product_count,
    (select count(*) from store_totals) as store_count,
    sold.line_count,
    amount(sold.quantity) as quantity,
    amount(sold.gross_amount) as gross_amount,
    amount(sold.discount_amount) as discount_amount,
    amount(sold.gross_amount - sold.discount_amount) as revenue_amount,
    amount(sold.cost_amount) as cost_amount,
    amount(sold.covered_amount - sold.cost_amount) as margin_amount,
    amount(coalesce(sold.covered_amount, 0)) as revenue_with_cost_amount,
    amount(coalesce(sold.returns_amount, 0)) as returns_amount,
    amount(coalesce(sold.anonymous_amount, 0)) as anonymous_revenue_amount,
    cast(0 as bigint) as not_revenue_line_count,
    amount(0) as not_revenue_amount,
    amount((select sum(employee_count) from stores)) as employee_count,
    'EUR' as currency,
    'en' as locale,
    false as prices_include_tax,
    false as has_price_history,
    false as has_head_count_history
from period
cross join (
    select
        cast(sum(line_count) as bigint) as line_count,
        sum(quantity) as quantity,
        sum(gross_amount) as gross_amount,
        sum(discount_amount) as discount_amount,
        sum(cost_amount) as cost_amount,
        sum(covered_amount) as covered_amount,
        sum(returns_amount) as returns_amount,
        sum(anonymous_amount) as anonymous_amount
    from store_totals
) as sold
cross join (
    select
        count(distinct order_number) as order_count,
        count(distinct customer_id) filter (where customer_id <> '(unknown)') as customer_count
    from orders
) as counted;

checkpoint;
