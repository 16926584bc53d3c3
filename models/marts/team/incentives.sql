with performance as (

    select * from {{ ref('monthly_employee_performance') }}
    where is_complete

),

tiers as (

    select * from {{ ref('stg_incentive_rules') }}

),

rules as (

    select
        rule_name,
        valid_from,
        valid_to,
        earner,
        eligible,
        base
    from tiers
    group by rule_name, valid_from, valid_to, earner, eligible, base

),

named_stores as (

    select
        count(case when store_id <> {{ unknown() }} then 1 end) as store_count
    from performance

),

eligible as (

    select
        performance.employee_id,
        performance.store_id,
        performance.month_start_on,
        rules.rule_name,
        rules.valid_from,
        rules.earner,
        rules.base,
        case
            when rules.base = 'margin' then performance.margin_amount
            else performance.revenue_amount
        end as base_amount,
        performance.employee_name,
        performance.store_name
    from performance
    cross join named_stores
    inner join rules
        on
            performance.month_start_on >= rules.valid_from
            and performance.month_start_on <= rules.valid_to
    where
        -- sales without a store are no store to be the best of, unless there
        -- is no other
        (
            performance.store_id <> {{ unknown() }}
            or named_stores.store_count = 0
        )
        and (
            rules.eligible = 'all'
            -- who is not said to manage is taken for a salesperson
            or (rules.eligible = 'managers')
            = coalesce(performance.is_manager, false)
        )

),

ranked as (

    select
        eligible.*,
        rank() over (
            partition by store_id, month_start_on, rule_name
            order by base_amount desc
        ) as base_rank
    from eligible
    where base_amount > 0

),

earners as (

    select
        ranked.*,
        case
            when earner = 'everyone' then 1
            else
                count(*) over (
                    partition by store_id, month_start_on, rule_name
                )
        end as earner_count
    from ranked
    where
        earner = 'everyone'
        or base_rank = 1

),

earned as (

    select
        earners.employee_id,
        earners.store_id,
        earners.month_start_on,
        earners.rule_name,
        earners.base,
        earners.base_amount,
        earners.earner_count,
        {{ earned_in_tiers('earners.base_amount') }} as earned_amount,
        -- the rate of the tier that the base ends in
        max(
            case
                when
                    tiers.tier_to_amount is null
                    or earners.base_amount <= tiers.tier_to_amount
                    then tiers.rate
            end
        ) as rate,
        earners.employee_name,
        earners.store_name
    from earners
    inner join tiers
        on
            earners.rule_name = tiers.rule_name
            and earners.valid_from = tiers.valid_from
            and earners.base_amount > tiers.tier_from_amount
    group by
        earners.employee_id,
        earners.store_id,
        earners.month_start_on,
        earners.rule_name,
        earners.base,
        earners.base_amount,
        earners.earner_count,
        earners.employee_name,
        earners.store_name

),

numbered as (

    select
        earned.*,
        {{ earner_number() }} as earner_number
    from earned

),

final as (

    select
        employee_id,
        store_id,
        month_start_on,
        rule_name,
        base_amount,
        rate,
        earner_count,
        {{ part_of('earned_amount', 'earner_number', 'earner_count') }}
            as incentive_amount,
        base,
        employee_name,
        store_name
    from numbered

)

select * from final
