{#-
    What each line added to an incentive, in the order of the days: what was
    earned with it less what was earned before it, so that the lines add up to
    the incentive whatever the rounding.

    A daily run writes the months whose lines or incentives changed.
-#}
{{ config(
    materialized='incremental',
    incremental_strategy='replace_touched',
    unique_key='month_start_on',
    on_schema_change='fail',
    meta={'only_months_of': 'incentives'},
) }}

-- depends_on: {{ ref('int_touched_months') }}
with sales as (

    select * from {{ ref('fct_sales') }}
    where is_revenue

),

tiers as (

    select * from {{ ref('stg_incentive_rules') }}

),

all_incentives as (

    select
        incentives.*,
        {{ earner_number() }} as earner_number
    from {{ ref('incentives') }} as incentives

),
{% if is_incremental_build() %}
standing_lines as (

    select
        employee_id,
        store_id,
        month_start_on,
        rule_name,
        sum(incentive_amount) as incentive_amount
    from {{ this }}
    group by employee_id, store_id, month_start_on, rule_name

),

changed_months as (

    select month_start_on
    from {{ ref('int_touched_months') }}
    union
    select
        coalesce(
            all_incentives.month_start_on, standing_lines.month_start_on
        ) as month_start_on
    from all_incentives
    full outer join standing_lines
        on
            all_incentives.employee_id = standing_lines.employee_id
            and all_incentives.store_id = standing_lines.store_id
            and all_incentives.month_start_on = standing_lines.month_start_on
            and all_incentives.rule_name = standing_lines.rule_name
    where
        all_incentives.incentive_amount
        is distinct from standing_lines.incentive_amount

),

incentives as (

    select all_incentives.*
    from all_incentives
    inner join changed_months
        on all_incentives.month_start_on = changed_months.month_start_on

),
{% else %}
incentives as (

    select * from all_incentives

),
{% endif %}


lines as (

    select
        sales.sale_line_id,
        incentives.rule_name,
        sales.employee_id,
        sales.store_id,
        sales.product_id,
        sales.file_id,
        sales.record_number,
        sales.sold_on,
        sales.month_start_on,
        incentives.earner_number,
        incentives.earner_count,
        case
            when incentives.base = 'margin'
                then coalesce(sales.margin_amount, 0)
            else sales.net_amount
        end as base_amount
    from sales
    inner join incentives
        on
            sales.employee_id = incentives.employee_id
            and sales.store_id = incentives.store_id
            and sales.month_start_on = incentives.month_start_on

),

added_up as (

    select
        lines.*,
        cast(
            sum(base_amount) over (
                partition by employee_id, store_id, month_start_on, rule_name
                order by sold_on, sale_line_id
                rows between unbounded preceding and current row
            ) as decimal(18, 4)
        ) as base_so_far_amount
    from lines

),

earned as (

    select
        added_up.sale_line_id,
        added_up.rule_name,
        coalesce({{ earned_in_tiers('added_up.base_so_far_amount') }}, 0)
            as earned_so_far_amount
    from added_up
    left join tiers
        on
            added_up.rule_name = tiers.rule_name
            and added_up.month_start_on >= tiers.valid_from
            and added_up.month_start_on <= tiers.valid_to
            -- the lowest tier goes on below zero, so that a return that comes
            -- before the first sale takes back its own part
            and (
                tiers.tier_from_amount = 0
                or added_up.base_so_far_amount > tiers.tier_from_amount
            )
    group by added_up.sale_line_id, added_up.rule_name

),

shared as (

    select
        added_up.*,
        {{ part_of(
            'earned.earned_so_far_amount',
            'added_up.earner_number',
            'added_up.earner_count'
        ) }} as incentive_so_far_amount
    from added_up
    inner join earned
        on
            added_up.sale_line_id = earned.sale_line_id
            and added_up.rule_name = earned.rule_name

),

final as (

    select
        sale_line_id,
        rule_name,
        employee_id,
        store_id,
        product_id,
        file_id,
        record_number,
        sold_on,
        month_start_on,
        base_amount,
        cast(
            incentive_so_far_amount - coalesce(
                lag(incentive_so_far_amount) over (
                    partition by
                        employee_id, store_id, month_start_on, rule_name
                    order by sold_on, sale_line_id
                ),
                0
            ) as decimal(18, 4)
        ) as incentive_amount
    from shared

)

select * from final
