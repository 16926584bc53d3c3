{#-
    The fifth, 1 to 5, of a rank among so many: 1 + 5 × its percent rank
    (rank − 1) ÷ (number − 1), whole, at most 5. Ties share a rank, so they
    share a fifth. One alone is in the first.
-#}
{% macro quintile(rank, row_count) -%}
    cast(
            least(
                1 + floor(
                    coalesce(
                        {{ ratio(
                            '5 * (' ~ rank ~ ' - 1)', row_count ~ ' - 1'
                        ) }},
                        0
                    )
                ),
                5
            ) as integer
        )
{%- endmacro %}
