{{ config(materialized='view') }}

with settings as (

    select * from {{ ref('stg_settings') }}

),

shipped as (

    select * from {{ ref('incentive_rules') }}

),

own as (

    select {{ unnest_list('incentive_rules') }} as own
    from settings

),

rules as (

    select
        own.rule_name,
        own.valid_from,
        own.valid_to,
        own.earner,
        own.eligible,
        own.base,
        own.tier_from_amount,
        own.rate
    from own

    union all

    select
        rule_name,
        valid_from,
        valid_to,
        earner,
        eligible,
        base,
        tier_from_amount,
        rate
    from shipped
    where not exists (select 1 from own)

),

dated as (

    select
        rule_name,
        coalesce(valid_from, {{ open_start() }}) as valid_from,
        coalesce(valid_to, {{ open_end() }}) as valid_to,
        earner,
        eligible,
        base,
        tier_from_amount,
        rate
    from rules

),

final as (

    select
        rule_name,
        valid_from,
        valid_to,
        earner,
        eligible,
        base,
        tier_from_amount,
        -- a rate holds for the part of the base up to where the next begins
        lead(tier_from_amount) over (
            partition by rule_name, valid_from
            order by tier_from_amount
        ) as tier_to_amount,
        rate
    from dated

)

select * from final
