-- Each euro traces: an incentive, and what it is a share of, is the sum of its
-- lines' parts to the last decimal, and no line has a part of no incentive.
with line_sums as (

    select
        employee_id,
        store_id,
        month_start_on,
        rule_name,
        sum(base_amount) as base_amount,
        sum(incentive_amount) as incentive_amount
    from {{ ref('incentive_lines') }}
    group by employee_id, store_id, month_start_on, rule_name

)

select
    incentives.*,
    line_sums.base_amount as base_amount_of_lines,
    line_sums.incentive_amount as incentive_amount_of_lines
from {{ ref('incentives') }} as incentives
full outer join line_sums
    on
        incentives.employee_id = line_sums.employee_id
        and incentives.store_id = line_sums.store_id
        and incentives.month_start_on = line_sums.month_start_on
        and incentives.rule_name = line_sums.rule_name
where
    incentives.incentive_amount is distinct from line_sums.incentive_amount
    or incentives.base_amount is distinct from line_sums.base_amount
