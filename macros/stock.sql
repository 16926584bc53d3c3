{#-
    daily_units(units, days)     average units sold per day, to eight decimals
                                 so that it can be added up; 0 where more came
                                 back than was sold
    sell_through(units, on_hand) units sold ÷ (units sold + on hand at the
                                 end); null where either is negative
-#}
{% macro daily_units(units, days) -%}
    case
            when {{ units }} < 0 then 0
            else
                cast(
                    {{ divide_amount(units ~ ' * 10000', days) }} * 0.0001
                    as decimal(18, 8)
                )
        end
{%- endmacro %}

{% macro sell_through(units, on_hand) -%}
    case
            when {{ units }} >= 0 and {{ on_hand }} >= 0
                then {{ ratio(units, units ~ ' + ' ~ on_hand) }}
        end
{%- endmacro %}

{#-
    The sums of stock_levels by one of its columns. What was sold is not
    compared with a stock that nobody could read, nor the other way round.
-#}
{% macro sums_of_stock() -%}
    count(distinct product_id) as product_count,
        cast(sum(on_hand) as decimal(18, 4)) as on_hand,
        cast(sum(units_sold) as decimal(18, 4)) as units_sold,
        cast(sum(daily_units) as decimal(18, 8)) as daily_units,
        cast(sum(stock_cost_amount) as decimal(18, 4)) as stock_cost_amount,
        cast(
            coalesce(
                sum(case when stock_cost_amount is not null then on_hand end), 0
            ) as decimal(18, 4)
        ) as on_hand_with_cost,
        {{ ratio(
            'sum(case when daily_units is not null then on_hand end)',
            'sum(case when on_hand is not null then daily_units end)'
        ) }} as cover_days,
        {{ sell_through(
            'sum(case when on_hand is not null then units_sold end)',
            'sum(case when units_sold is not null then on_hand end)'
        ) }} as sell_through_share,
        count(case when on_hand <= 0 then 1 end) as out_of_stock_count,
        count(case when is_to_reorder then 1 end) as reorder_count
{%- endmacro %}
