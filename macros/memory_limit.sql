{#-
    What the engine may hold in memory, beyond which it spills: what the
    profile says, and 30 bytes for each record above ten million, because a
    join of the whole fact needs some however much it spills. MEMORY_LIMIT in
    the environment is the last word.
-#}
{% macro set_memory_limit() %}
    {% if execute and flags.WHICH in ('build', 'run', 'test')
        and not env_var('MEMORY_LIMIT', '') %}
        {% do adapter.dispatch('set_memory_limit')() %}
    {% endif %}
{% endmacro %}

{#- Given when its processes are started. -#}
{% macro spark__set_memory_limit() %}
{% endmacro %}

{% macro duckdb__set_memory_limit() %}
    {#- 1000 is what profiles.yml gives up to there -#}
    {% set more = run_query("
        select 30 * (sum(landed_count) - 10000000) // 1000000
        from landing.ledger
        where state = 'landed' and copy_of is null
    ").columns[0].values()[0] %}
    {% if more and more > 0 %}
        {% do run_query(
            "set global memory_limit = '" ~ (1000 + more | int) ~ "MB'"
        ) %}
    {% endif %}
{% endmacro %}
