{%- set members = {
    'product_id': ['products', 'dim_products', 'is_in_products_file'],
    'store_id': ['stores', 'dim_stores', 'is_in_stores_file'],
    'customer_id': ['customers', 'dim_customers', 'is_in_customers_file'],
    'employee_id': ['employees', 'dim_employees', 'is_in_employees_file'],
} -%}
with noted_records as (

    select * from {{ ref('int_noted_records') }}
    where
        outcome = 'loaded'
        and unreadable_values is not null

),

doubtful_keys as (

    select * from {{ ref('int_noted_records') }}
    where is_key_doubtful

),

remarked_lines as (

    select * from {{ ref('int_noted_sales') }}
    where outcome = 'loaded'

),

equal_sales as (

    select * from {{ ref('int_equal_sales') }}

),

files as (

    select * from {{ ref('stg_files') }}
    where copy_of is null

),
{% for key, (input_name, dimension, flag) in members.items() %}
{{ input_name }} as (

    select {{ key }} from {{ ref(dimension) }}
    where
        not {{ flag }}
        and {{ key }} <> {{ unknown() }}
        and exists (
            select 1 from {{ ref('stg_files') }} as described
            where described.input_name = '{{ input_name }}'
        )

),
{% endfor %}
unreadable_values as (

    select
        file_id,
        record_number,
        {{ unnest_list(split_list('unreadable_values')) }} as unreadable_value
    from noted_records

),

-- a member that no file describes is named where it first occurs
members_only_in_sales as (
    {% for key, (input_name, dimension, flag) in members.items() %}
    select
        '{{ key }}' as column_name,
        '{{ input_name }}' as input_name,
        sales.{{ key }} as member_id,
        sales.file_id,
        sales.record_number,
        row_number() over (
            partition by sales.{{ key }}
            order by sales.sold_on, files.path, sales.record_number
        ) as occurrence
    from {{ ref('fct_sales') }} as sales
    inner join {{ input_name }}
        on sales.{{ key }} = {{ input_name }}.{{ key }}
    inner join files
        on sales.file_id = files.file_id
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- endfor %}

),

found as (

    select
        file_id,
        record_number,
        substr(unreadable_value, 1, instr(unreadable_value, '=') - 1)
            as column_name,
        'unreadable_value' as finding,
        'The value cannot be read and counts as unknown.' as reason,
        substr(unreadable_value, instr(unreadable_value, '=') + 1)
            as original_text
    from unreadable_values

    union all

    select
        file_id,
        record_number,
        column_name,
        'only_in_sales' as finding,
        'Sold, but not in the ' || input_name || ' files; it is kept as a'
        || ' member known only from sales.' as reason,
        member_id as original_text
    from members_only_in_sales
    where occurrence = 1

    union all

    select
        file_id,
        record_number,
        'net_amount' as column_name,
        'contradicting_amounts' as finding,
        'The amounts of the line differ by more than 0.01 per unit; the most'
        || ' specific one is believed (net, then gross, then price).' as reason,
        cast(net_amount as string) as original_text
    from remarked_lines
    where remarks like '%contradicting_amounts%'

    union all

    select
        file_id,
        record_number,
        'discount_amount' as column_name,
        'discount_above_price' as finding,
        'The discount is greater than the price; the line counts as negative'
        || ' revenue.' as reason,
        cast(discount_amount as string) as original_text
    from remarked_lines
    where remarks like '%discount_above_price%'

    union all

    select
        file_id,
        record_number,
        'discount_rate' as column_name,
        'impossible_rate' as finding,
        'A discount rate is a share from 0 to 1 and was left out; if the file'
        || ' writes 20 for 20 %, list it under percent in inputs.yml.'
            as reason,
        cast(given_discount_rate as string) as original_text
    from remarked_lines
    where remarks like '%impossible_rate%'

    union all

    select
        file_id,
        record_number,
        'order_id' as column_name,
        'order_without_header' as finding,
        'No order file has this order; what its header would say is unknown.'
            as reason,
        order_id as original_text
    from remarked_lines
    where remarks like '%order_without_header%'

    union all

    select
        file_id,
        record_number,
        'sale_id' as column_name,
        'equal_rows' as finding,
        'Equal in every column to record '
        || cast(first_record_number as string) || ' of ' || first_path
        || '; both count, as no key is declared.' as reason,
        cast(null as string) as original_text
    from equal_sales

    union all

    select
        kept_file_id as file_id,
        kept_record_number as record_number,
        'record_key' as column_name,
        'doubtful_key' as finding,
        'Record ' || cast(min(record_number) as string)
        || ' of the same file has this key with other content, and was'
        || ' replaced; if both are right, the key in inputs.yml lacks a column.'
            as reason,
        min(record_key) as original_text
    from doubtful_keys
    group by kept_file_id, kept_record_number

),

final as (

    select
        found.file_id,
        found.record_number,
        files.input_name,
        files.path,
        found.column_name,
        found.finding,
        found.reason,
        found.original_text
    from found
    inner join files
        on found.file_id = files.file_id

)

select * from final
