{#-
    From text to typed values, null where the text does not say one.

    The text is looked at before it is cast: a cast alone rounds `12.7` to 13
    and reads `1_000` as 1000. Ingest has already rewritten what the shop's
    declared formats read to `1234.5`, `2026-11-21` and `true`.

    read_number    amounts, prices and quantities as decimal(18, 4)
    read_rate      shares and exchange rates as decimal(18, 8)
    read_date      a calendar day
    read_timestamp a day, or a day and a time
    read_flag      true or false
-#}
{% macro read_number(text) -%}
    case
        when {{ matches(text, number_pattern()) }}
            then try_cast({{ text }} as decimal(18, 4))
    end
{%- endmacro %}

{% macro read_rate(text) -%}
    case
        when {{ matches(text, number_pattern()) }}
            then try_cast({{ text }} as decimal(18, 8))
    end
{%- endmacro %}

{% macro number_pattern() -%}
    ^-?[0-9]{1,14}([.][0-9]+)?$
{%- endmacro %}

{% macro read_date(text) -%}
    case
        when {{ matches(text, '^[0-9]{4}-[0-9]{2}-[0-9]{2}$') }}
            then try_cast({{ text }} as date)
    end
{%- endmacro %}

{% macro read_timestamp(text) -%}
    case
        when
            {{ matches(
                text,
                '^[0-9]{4}-[0-9]{2}-[0-9]{2}( [0-9]{2}:[0-9]{2}:[0-9]{2})?$'
            ) }}
            then try_cast({{ text }} as timestamp)
    end
{%- endmacro %}

{% macro read_flag(text) -%}
    case {{ text }} when 'true' then true when 'false' then false end
{%- endmacro %}

{#-
    The values of a record that have a text but cannot be read, as one text:
    `column=text` for each, with the separator of list_separator() between
    them; null when all is well. `readings` maps each column to the name of
    its reader (number, rate, date, timestamp, flag).

    The findings are made of it, without reading the landing files again.
-#}
{% macro unreadable_values(readings) -%}
    case
            when
                {%- for column, reader in readings.items() %}
                {% if not loop.first %}or {% endif -%}
                {{ is_unreadable(column, reader) }}
                {%- endfor %}
                then
                    concat_ws(
                        {{ list_separator() }}
                        {%- for column, reader in readings.items() %},
                        case
                            when {{ is_unreadable(column, reader) }}
                                then '{{ column }}=' || records.{{ column }}
                        end
                        {%- endfor %}
                    )
        end
{%- endmacro %}

{% macro is_unreadable(column, reader) -%}
    (
                    records.{{ column }} is not null
                    and {{ read_as(reader, 'records.' ~ column) }} is null
                )
{%- endmacro %}

{% macro read_as(reader, text) -%}
    {%- if reader == 'number' -%}{{ read_number(text) }}
    {%- elif reader == 'rate' -%}{{ read_rate(text) }}
    {%- elif reader == 'date' -%}{{ read_date(text) }}
    {%- elif reader == 'timestamp' -%}{{ read_timestamp(text) }}
    {%- elif reader == 'flag' -%}{{ read_flag(text) }}
    {%- else -%}
        {{ exceptions.raise_compiler_error('No reader of ' ~ reader) }}
    {%- endif -%}
{%- endmacro %}

{#- What stands between the parts of a list kept in one text: U+001E. -#}
{% macro list_separator() -%}
    chr(30)
{%- endmacro %}
