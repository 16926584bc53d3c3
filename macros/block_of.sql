{#- The number of the block of 512 records that a record of a file is in. -#}
{% macro block_of(record_number) -%}
    cast(floor({{ record_number }} / 512) as bigint)
{%- endmacro %}
