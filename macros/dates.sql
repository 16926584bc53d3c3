{#-
    first_of_month(day)      the first day of its month, as a date
    last_of_month(day)       the last day of its month, as a date
    add_months(day, months)  the same day so many months later
    add_days(day, days)      so many days later
    days_between(from, to)   how many days `to` is after `from`
    each_day(first, last)    one row per day, both ends included: an expression
                             in `select`
    open_start(), open_end() the ends of an interval that has none
-#}
{% macro first_of_month(day) -%}
    cast(date_trunc('month', {{ day }}) as date)
{%- endmacro %}

{% macro last_of_month(day) -%}
    last_day({{ day }})
{%- endmacro %}

{% macro add_months(day, months) -%}
    {{ adapter.dispatch('add_months')(day, months) }}
{%- endmacro %}

{% macro duckdb__add_months(day, months) -%}
    cast({{ day }} + to_months({{ months }}) as date)
{%- endmacro %}

{% macro spark__add_months(day, months) -%}
    add_months({{ day }}, {{ months }})
{%- endmacro %}

{% macro add_days(day, days) -%}
    {{ adapter.dispatch('add_days')(day, days) }}
{%- endmacro %}

{% macro duckdb__add_days(day, days) -%}
    cast({{ day }} + to_days({{ days }}) as date)
{%- endmacro %}

{% macro spark__add_days(day, days) -%}
    date_add({{ day }}, {{ days }})
{%- endmacro %}

{% macro days_between(from_day, to_day) -%}
    {{ adapter.dispatch('days_between')(from_day, to_day) }}
{%- endmacro %}

{% macro duckdb__days_between(from_day, to_day) -%}
    date_diff('day', {{ from_day }}, {{ to_day }})
{%- endmacro %}

{% macro spark__days_between(from_day, to_day) -%}
    cast(datediff({{ to_day }}, {{ from_day }}) as bigint)
{%- endmacro %}

{% macro each_day(first_day, last_day) -%}
    {{ adapter.dispatch('each_day')(first_day, last_day) }}
{%- endmacro %}

{% macro duckdb__each_day(first_day, last_day) -%}
    cast(
            unnest(
                generate_series({{ first_day }}, {{ last_day }}, interval 1 day)
            ) as date
        )
{%- endmacro %}

{% macro spark__each_day(first_day, last_day) -%}
    explode(sequence({{ first_day }}, {{ last_day }}, interval 1 day))
{%- endmacro %}

{% macro open_start() -%}
    cast('1900-01-01' as date)
{%- endmacro %}

{% macro open_end() -%}
    cast('9999-12-31' as date)
{%- endmacro %}

{#- The year of the ISO week, and the ISO weekday (1 Monday to 7 Sunday). -#}
{% macro iso_year(day) -%}
    {{ adapter.dispatch('iso_year')(day) }}
{%- endmacro %}

{% macro duckdb__iso_year(day) -%}
    cast(extract(isoyear from {{ day }}) as integer)
{%- endmacro %}

{% macro spark__iso_year(day) -%}
    cast(extract(yearofweek from {{ day }}) as integer)
{%- endmacro %}

{% macro iso_weekday(day) -%}
    {{ adapter.dispatch('iso_weekday')(day) }}
{%- endmacro %}

{% macro duckdb__iso_weekday(day) -%}
    cast(extract(isodow from {{ day }}) as integer)
{%- endmacro %}

{% macro spark__iso_weekday(day) -%}
    cast(extract(dayofweek_iso from {{ day }}) as integer)
{%- endmacro %}
