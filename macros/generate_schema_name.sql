{#-
    Schemas are called what the project calls them (core, marts, quality,
    staging), not `main_core`: people read these names in their client.
-#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}
