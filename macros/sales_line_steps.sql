{#-
    What a landed record of sales says: joined to its order, priced in the
    shop's currency, and judged.

    Continues a `with` list from the step named `sales`, which has rows of
    stg_sales, and adds the steps that end in `judged`: every row of `sales`
    once, with `quarantine_reason` (null when the line can be used) and
    `remarks` (what the findings say of it). Each step adds columns to all rows
    and drops none, so the steps pass everything on (`lines.*`).

    A row depends on itself and on orders, prices, places, rates and settings,
    never on another row of sales: what records with one key are to each other
    is settled afterwards (key_outcomes). That is why a few records can be
    valued alone: int_sales_lines does it for all, int_settled_sales and
    int_noted_sales for some.
-#}
{% macro sales_line_steps() %}
orders as (

    select * from {{ ref('stg_orders') }}
    where outcome = 'loaded'

),

store_locations as (

    select * from {{ ref('int_store_locations') }}

),

prices as (

    select * from {{ ref('int_product_prices') }}

),

exchange_rates as (

    select * from {{ ref('int_exchange_rates') }}

),

statuses as (

    select * from {{ ref('stg_statuses') }}

),

settings as (

    select * from {{ ref('stg_settings') }}

),

plausible_dates as (

    select * from {{ ref('int_plausible_dates') }}

),

shop_rules as (

    select
        (select count(*) > 0 from statuses) as has_statuses,
        (select count(*) > 0 from orders) as has_orders

),

-- what a line does not say, its order does
lines as (

    select
        sales.file_id,
        sales.record_number,
        sales.record_key,
        sales.sale_id,
        sales.order_id,
        sales.line_number,
        sales.product_id,
        coalesce(sales.store_id, orders.store_id) as store_id,
        coalesce(sales.customer_id, orders.customer_id) as customer_id,
        coalesce(sales.employee_id, orders.employee_id) as employee_id,
        coalesce(
            sales.sold_on,
            {{ business_date('sales.sold_at', 'settings.day_cutoff_hour') }},
            orders.sold_on,
            {{ business_date('orders.sold_at', 'settings.day_cutoff_hour') }}
        ) as sold_on,
        coalesce(sales.sold_at, orders.sold_at) as sold_at,
        sales.updated_at,
        sales.quantity as given_quantity,
        sales.unit_price as given_unit_price,
        sales.gross_amount as given_gross_amount,
        sales.discount_amount as given_discount_amount,
        sales.discount_rate as given_discount_rate,
        sales.net_amount as given_net_amount,
        sales.tax_amount as given_tax_amount,
        sales.unit_cost as given_unit_cost,
        sales.cost_amount as given_cost_amount,
        sales.margin_amount as given_margin_amount,
        sales.tax_rate as given_tax_rate,
        sales.returned_quantity as given_returned_quantity,
        sales.is_goods,
        upper(
            coalesce(sales.currency, orders.currency, settings.currency)
        ) as currency,
        coalesce(sales.status, orders.status) as status,
        sales.product_name,
        sales.category,
        sales.subcategory,
        sales.brand,
        coalesce(sales.store_name, orders.store_name) as store_name,
        coalesce(sales.city, orders.city) as sold_city,
        coalesce(sales.state, orders.state) as sold_state,
        coalesce(sales.region, orders.region) as sold_region,
        coalesce(sales.country, orders.country) as sold_country,
        coalesce(sales.customer_name, orders.customer_name) as customer_name,
        coalesce(sales.segment, orders.segment) as segment,
        coalesce(sales.employee_name, orders.employee_name) as employee_name,
        sales.unreadable_values,
        orders.order_id as header_order_id,
        settings.currency as shop_currency,
        -- one that cannot be read, or of 20 that no `percent` declares, is none
        case
            when
                sales.tax_rate is null
                and coalesce(sales.unreadable_values, '')
                not like '%tax_rate=%'
                then settings.tax_rate
            when sales.tax_rate between 0 and 1 then sales.tax_rate
        end as tax_rate,
        coalesce(sales.prices_include_tax, settings.prices_include_tax)
            as prices_include_tax,
        settings.has_sales_key
    from sales
    cross join settings
    left join orders
        on sales.order_id = orders.order_id

),

looked_up as (

    select
        lines.*,
        coalesce(
            store_locations.location_id,
            {{ location_key(
                'lines.sold_country',
                'lines.sold_region',
                'lines.sold_state',
                'lines.sold_city'
            ) }}
        ) as location_id,
        prices.unit_price as list_price,
        prices.unit_cost as list_cost,
        case
            when lines.currency = lines.shop_currency then 1
            else exchange_rates.rate
        end as exchange_rate,
        case
            -- shipping, tips and gift cards
            when not coalesce(lines.is_goods, true) then false
            when not shop_rules.has_statuses then true
            else statuses.is_revenue
        end as is_revenue,
        coalesce(statuses.is_return, false) as is_declared_return,
        -- goods that come back, in a file that writes no minus, or beside the
        -- units sold
        case
            when statuses.is_return then -abs(lines.given_quantity)
            when lines.given_returned_quantity is null then lines.given_quantity
            else
                cast(
                    lines.given_quantity - abs(lines.given_returned_quantity)
                    as decimal(18, 4)
                )
        end as quantity,
        shop_rules.has_orders
        and lines.order_id is not null
        and lines.header_order_id is null as has_no_header
    from lines
    cross join shop_rules
    left join store_locations
        on lines.store_id = store_locations.store_id
    left join prices
        on
            lines.product_id = prices.product_id
            and lines.sold_on >= prices.valid_from
            and lines.sold_on < prices.valid_to
    left join exchange_rates
        on
            lines.currency = exchange_rates.currency
            and lines.currency <> lines.shop_currency
            and lines.sold_on >= exchange_rates.valid_from
            and lines.sold_on < exchange_rates.valid_to
    left join statuses
        on coalesce(lines.status, '') = statuses.status

),

-- the amounts a line states, in the shop's currency
stated as (

    select
        looked_up.*,
        case
            when is_declared_return
                then abs({{ in_shop_currency('given_unit_price') }})
            else {{ in_shop_currency('given_unit_price') }}
        end as line_price,
        {{ if_returned_negative(in_shop_currency('given_gross_amount')) }}
            as stated_gross,
        {{ if_returned_negative(in_shop_currency('given_net_amount')) }}
            as stated_net,
        {{ if_returned_negative(in_shop_currency('given_tax_amount')) }}
            as stated_tax,
        {{ in_shop_currency('given_unit_cost') }} as line_cost,
        {{ if_returned_negative(in_shop_currency('given_cost_amount')) }}
            as stated_cost,
        case
            when
                is_declared_return
                and coalesce(
                    given_net_amount, given_gross_amount, given_quantity
                ) > 0
                then -{{ in_shop_currency('given_margin_amount') }}
            else {{ in_shop_currency('given_margin_amount') }}
        end as stated_margin,
        -- taken off, whichever sign the file writes; a return gives it back
        case
            when
                is_declared_return
                or quantity < 0
                or given_unit_price < 0
                or given_gross_amount < 0
                or (quantity is null and given_net_amount < 0)
                then -abs({{ in_shop_currency('given_discount_amount') }})
            else abs({{ in_shop_currency('given_discount_amount') }})
        end as stated_discount,
        case
            when given_discount_rate between 0 and 1 then given_discount_rate
        end as stated_rate,
        -- a discount that cannot be read is not a discount of zero; a rate of
        -- 20 is a percentage that inputs.yml does not declare as one
        coalesce(
            unreadable_values like '%discount_amount=%'
            or unreadable_values like '%discount_rate=%'
            or given_discount_rate < 0
            or given_discount_rate > 1,
            false
        ) as has_unreadable_discount
    from looked_up

),

grossed as (

    select
        stated.*,
        coalesce(
            stated_gross,
            {{ multiply_amount('quantity', 'line_price') }},
            stated_net + stated_discount,
            {{ divide_amount('stated_net', '(1 - stated_rate)') }},
            case
                when stated_net is null
                    then {{ multiply_amount('quantity', 'list_price') }}
            end
        ) as believed_gross
    from stated

),

netted as (

    select
        grossed.*,
        coalesce(
            stated_net,
            believed_gross - stated_discount,
            {{ multiply_by_rate('believed_gross', '(1 - stated_rate)') }},
            case when not has_unreadable_discount then believed_gross end
        ) as believed_net
    from grossed

),

-- prices that include tax: the tax is taken out of the line's amounts
untaxed as (

    select
        netted.*,
        try_cast(
            case
                when not prices_include_tax then believed_gross
                when stated_tax = 0 then believed_gross
                when stated_tax is null
                    then {{ divide_amount('believed_gross', '(1 + tax_rate)') }}
                else
                    {{ divide_amount(
                        multiply_amount(
                            'believed_gross', '(believed_net - stated_tax)'
                        ),
                        'believed_net'
                    ) }}
            end as decimal(18, 4)
        ) as gross_amount,
        try_cast(
            case
                when not prices_include_tax then believed_net
                when stated_tax is null
                    then {{ divide_amount('believed_net', '(1 + tax_rate)') }}
                else believed_net - stated_tax
            end as decimal(18, 4)
        ) as net_amount
    from netted

),

valued as (

    select
        untaxed.*,
        -- rows agree to the cent of each unit, or the difference is believed
        try_cast(
            case
                when
                    not prices_include_tax
                    and abs(believed_gross - stated_discount - believed_net)
                    <= {{ rounding_tolerance() }}
                    then stated_discount
                else gross_amount - net_amount
            end as decimal(18, 4)
        ) as discount_amount,
        try_cast(
            case
                when prices_include_tax then believed_net - net_amount
                else
                    coalesce(
                        stated_tax,
                        {{ multiply_by_rate('net_amount', 'tax_rate') }}
                    )
            end as decimal(18, 4)
        ) as tax_amount,
        try_cast(
            coalesce(
                stated_cost,
                {{ multiply_amount('quantity', 'line_cost') }},
                net_amount - stated_margin,
                -- null when the cost is unknown: no cost is not a 100 % margin
                {{ multiply_amount('quantity', 'list_cost') }}
            ) as decimal(18, 4)
        ) as cost_amount,
        coalesce(
            abs(stated_gross - {{ multiply_amount('quantity', 'line_price') }})
            > {{ rounding_tolerance() }}
            or abs(believed_gross - stated_discount - stated_net)
            > {{ rounding_tolerance() }}
            or abs(
                {{ multiply_by_rate('believed_gross', '(1 - stated_rate)') }}
                - coalesce(stated_net, believed_gross - stated_discount)
            ) > {{ rounding_tolerance() }}
            -- goods and money that go in opposite directions
            or sign(quantity) * sign(coalesce(believed_gross, believed_net)) < 0
            -- a net amount that seems to be without the tax prices include
            or (
                prices_include_tax
                and stated_tax <> 0
                and abs(believed_gross - stated_net - stated_tax)
                <= {{ rounding_tolerance() }}
            )
            or (
                not prices_include_tax
                and abs(stated_net - stated_margin - stated_cost)
                > {{ rounding_tolerance() }}
            ),
            false
        ) as has_contradicting_amounts
    from untaxed

),

judged_lines as (

    select
        valued.*,
        case
            when valued.has_sales_key and valued.record_key is null
                then 'missing key'
            when
                valued.sold_on is null
                and valued.unreadable_values like '%sold_%'
                then 'unreadable date'
            when
                valued.has_no_header
                and (valued.sold_on is null or valued.is_revenue is null)
                then 'order without header'
            when valued.sold_on is null then 'missing date'
            when
                valued.sold_on < plausible_dates.earliest_on
                or valued.sold_on > plausible_dates.latest_on
                then 'date out of range'
            when valued.is_revenue is null then 'undeclared status'
            when valued.exchange_rate is null then 'no exchange rate'
            -- a cancelled line often has none, and nothing is lost with it
            when valued.net_amount is null and not valued.is_revenue
                then 'no amount, not revenue'
            when
                valued.net_amount is null
                and (
                    valued.unreadable_values like '%quantity=%'
                    or valued.unreadable_values like '%amount=%'
                    or valued.unreadable_values like '%price=%'
                    or valued.has_unreadable_discount
                )
                then 'unreadable amount'
            when
                valued.net_amount is null
                and valued.believed_net is not null
                and valued.prices_include_tax
                and valued.tax_rate is null
                and valued.stated_tax is null
                then 'missing tax'
            when
                valued.net_amount is null
                and valued.quantity is not null
                and (
                    valued.line_price is not null
                    or valued.list_price is not null
                )
                then 'amount too large'
            when valued.net_amount is null then 'missing amount'
        end as quarantine_reason,
        valued.has_unreadable_discount
        and valued.given_discount_rate is not null as has_impossible_rate,
        coalesce(
            valued.discount_amount > valued.gross_amount
            and valued.gross_amount > 0,
            false
        ) as has_discount_above_price
    from valued
    cross join plausible_dates

),

judged as (

    select
        judged_lines.*,
        coalesce(
            record_key, file_id || ':' || cast(record_number as string)
        ) as sale_line_id,
        case
            when
                unreadable_values is not null
                or has_contradicting_amounts
                or has_discount_above_price
                or has_impossible_rate
                or has_no_header
                then
                    concat_ws(
                        ', ',
                        case
                            when unreadable_values is not null
                                then 'unreadable_value'
                        end,
                        case
                            when has_contradicting_amounts
                                then 'contradicting_amounts'
                        end,
                        case
                            when has_discount_above_price
                                then 'discount_above_price'
                        end,
                        case
                            when has_impossible_rate then 'impossible_rate'
                        end,
                        case
                            when has_no_header then 'order_without_header'
                        end
                    )
        end as remarks
    from judged_lines

)
{% endmacro %}

{#- An amount of a line; negative where its state says that goods come back. -#}
{% macro if_returned_negative(amount) -%}
    case
            when is_declared_return then -abs({{ amount }})
            else {{ amount }}
        end
{%- endmacro %}
