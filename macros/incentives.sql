{#-
    An incentive, the same for a month and for what its lines come to so far.

    earned_in_tiers(base)        the sum over the joined `tiers`, each of its
                                 rate times the part of the base within it,
                                 rounded once to four decimals
    earner_number()              which of those who tie one is, from 1
    part_of(amount, number, count)  the part of the one with this number when
                                 so many share: the parts add up to the amount
-#}
{% macro earned_in_tiers(base) -%}
    cast(
            round(
                sum(
                    tiers.rate * (
                        least({{ base }}, coalesce(tiers.tier_to_amount, {{ base }}))
                        - tiers.tier_from_amount
                    )
                ),
                4
            ) as decimal(18, 4)
        )
{%- endmacro %}

{% macro earner_number() -%}
    case
            when earner_count = 1 then 1
            else
                row_number() over (
                    partition by store_id, month_start_on, rule_name
                    order by employee_id
                )
        end
{%- endmacro %}

{% macro part_of(amount, number, count) -%}
    cast(
            {{ divide_amount(amount ~ ' * ' ~ number, count) }}
            - {{ divide_amount(amount ~ ' * (' ~ number ~ ' - 1)', count) }}
            as decimal(18, 4)
        )
{%- endmacro %}
