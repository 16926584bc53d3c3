{#-
    The business date of an instant: its local date after the day cut-off, so
    that a sale at one in the morning belongs to the evening before.
-#}
{% macro business_date(instant, cutoff_hour) -%}
    {{ adapter.dispatch('business_date')(instant, cutoff_hour) }}
{%- endmacro %}

{% macro duckdb__business_date(instant, cutoff_hour) -%}
    cast({{ instant }} - to_hours({{ cutoff_hour }}) as date)
{%- endmacro %}

{% macro spark__business_date(instant, cutoff_hour) -%}
    cast({{ instant }} - make_dt_interval(0, {{ cutoff_hour }}) as date)
{%- endmacro %}
