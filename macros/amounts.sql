{#-
    Arithmetic on amounts: exact, rounded once, half away from zero, to four
    decimals; null when the result does not fit decimal(18, 4). Arithmetic in 128
    bits is twenty times slower, so it is for the few amounts that need it.

    multiply_amount(a, b)  a × b, of two numbers with four decimals
    multiply_by_rate(a, r) a × r, of an amount and a rate with eight
    divide_amount(a, b)    a ÷ b in whole numbers, because `/` on decimals is
                           a floating-point division; null when b is zero
-#}
{% macro multiply_amount(factor, amount) -%}
    {{ rounded_product(factor, amount, decimals=4, bounds=(99999, 99999)) }}
{%- endmacro %}

{% macro multiply_by_rate(amount, rate) -%}
    {{ rounded_product(amount, rate, decimals=8, bounds=(9999, 99)) }}
{%- endmacro %}

{% macro rounded_product(factor, other_factor, decimals, bounds) -%}
    {{ adapter.dispatch('rounded_product')(
        factor, other_factor, decimals, bounds
    ) }}
{%- endmacro %}

{#- Its decimals have one width, so that bounds would spare nothing. -#}
{% macro spark__rounded_product(factor, other_factor, decimals, bounds) -%}
    try_cast(
            round(
                cast({{ factor }} as decimal(38, 4))
                * cast({{ other_factor }} as decimal(38, {{ decimals }})),
                4
            ) as decimal(18, 4)
        )
{%- endmacro %}

{#- Below the bounds the product fits 64 bits; above, 128 bits may hold it. -#}
{% macro duckdb__rounded_product(factor, other_factor, decimals, bounds) -%}
    case
            when
                {{ factor }} between -{{ bounds[0] }} and {{ bounds[0] }}
                and {{ other_factor }} between -{{ bounds[1] }}
                and {{ bounds[1] }}
                then
                    cast(
                        round(
                            cast({{ factor }} as decimal(18, 4))
                            * cast(
                                {{ other_factor }} as decimal(18, {{ decimals }})
                            ),
                            4
                        ) as decimal(18, 4)
                    )
            else
                try_cast(
                    round(
                        cast({{ factor }} as decimal(38, 4))
                        * cast(
                            {{ other_factor }} as decimal(38, {{ decimals }})
                        ),
                        4
                    ) as decimal(18, 4)
                )
        end
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

{#- The remainder is taken off first, so that nothing is left to round. -#}
{% macro spark__divide_amount(dividend, divisor) -%}
    {%- set units -%}
        cast(abs(cast({{ divisor }} as decimal(38, 8))) * 100000000 as decimal(38, 0))
    {%- endset -%}
    {%- set doubled -%}
        cast(
            2 * cast(
                abs(cast({{ dividend }} as decimal(38, 4))) * 10000
                as decimal(38, 0)
            ) * 100000000 + {{ units }} as decimal(38, 0)
        )
    {%- endset -%}
    case
        when {{ divisor }} <> 0
            then
                try_cast(
                    case when {{ dividend }} < 0 then -0.0001 else 0.0001 end
                    * case when {{ divisor }} < 0 then -1 else 1 end
                    * cast(
                        ({{ doubled }} - {{ doubled }} % (2 * {{ units }}))
                        / (2 * {{ units }}) as decimal(38, 0)
                    )
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

{#-
    What `amount` has grown by, as a share of `base`; null, not zero or
    infinity, where the base is unknown, zero or less.
-#}
{% macro growth(amount, base) -%}
    case
            when {{ base }} > 0
                then {{ ratio('(' ~ amount ~ ' - ' ~ base ~ ')', base) }}
        end
{%- endmacro %}

{#- A stated amount of the line in the shop's currency, rounded once. -#}
{% macro in_shop_currency(amount) -%}
    case
            when exchange_rate = 1 then {{ amount }}
            else {{ multiply_by_rate(amount, 'exchange_rate') }}
        end
{%- endmacro %}

{#-
    How far two statements of one amount may lie apart: 0.01 per unit sold,
    which is what rounding a unit price to cents can do.
-#}
{% macro rounding_tolerance() -%}
    0.01 * greatest(abs(coalesce(quantity, 1)), 1)
{%- endmacro %}
