{#-
    Arithmetic on amounts: exact, rounded once, half away from zero, to four
    decimals; null when the result does not fit decimal(18, 4).

    multiply_amount(a, b)  a × b; factors widened first, because
                           decimal(18, 4) × decimal(18, 4) fails at 1e10
    divide_amount(a, b)    a ÷ b in whole numbers, because `/` on decimals is
                           a floating-point division; null when b is zero
-#}
{% macro multiply_amount(factor, other_factor) -%}
    try_cast(
        round(
            cast({{ factor }} as decimal(38, 4))
            * cast({{ other_factor }} as decimal(38, 8)),
            4
        ) as decimal(18, 4)
    )
{%- endmacro %}

{% macro divide_amount(dividend, divisor) -%}
    {{ adapter.dispatch('divide_amount')(dividend, divisor) }}
{%- endmacro %}

{% macro duckdb__divide_amount(dividend, divisor) -%}
    case
        when {{ divisor }} <> 0
            then
                try_cast(
                    sign({{ dividend }}) * sign({{ divisor }}) * cast(
                        (
                            2 * cast(
                                abs(cast({{ dividend }} as decimal(38, 4)))
                                * 10000 as hugeint
                            ) * 100000000
                            + cast(
                                abs(cast({{ divisor }} as decimal(38, 8)))
                                * 100000000 as hugeint
                            )
                        ) // (
                            2 * cast(
                                abs(cast({{ divisor }} as decimal(38, 8)))
                                * 100000000 as hugeint
                            )
                        ) as decimal(38, 0)
                    ) * 0.0001
                    as decimal(18, 4)
                )
    end
{%- endmacro %}

{#-
    A share or a per-head figure from two sums, as a double: for showing, never
    stored on a fact, never averaged. Null without a base.
-#}
{% macro ratio(part, whole) -%}
    cast({{ part }} as double) / nullif(cast({{ whole }} as double), 0)
{%- endmacro %}

{#- A stated amount of the line in the shop's currency, rounded once. -#}
{% macro in_shop_currency(amount) -%}
    case
            when exchange_rate = 1 then {{ amount }}
            else {{ multiply_amount(amount, 'exchange_rate') }}
        end
{%- endmacro %}

{#-
    How far two statements of one amount may lie apart: 0.01 per unit sold,
    which is what rounding a unit price to cents can do.
-#}
{% macro rounding_tolerance() -%}
    0.01 * greatest(abs(coalesce(quantity, 1)), 1)
{%- endmacro %}
