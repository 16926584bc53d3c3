with records as (

    select * from {{ source('landing', 'sales') }}

),

typed as (

    select
        records.file_id,
        records.record_number,
        records.record_key,
        records.sale_id,
        records.order_id,
        records.line_number,
        records.product_id,
        records.store_id,
        records.customer_id,
        records.employee_id,
        {{ read_date('records.sold_on') }} as sold_on,
        {{ read_timestamp('records.sold_at') }} as sold_at,
        {{ read_timestamp('records.updated_at') }} as updated_at,
        {{ read_number('records.quantity') }} as quantity,
        {{ read_number('records.unit_price') }} as unit_price,
        {{ read_number('records.gross_amount') }} as gross_amount,
        {{ read_number('records.discount_amount') }} as discount_amount,
        {{ read_rate('records.discount_rate') }} as discount_rate,
        {{ read_number('records.net_amount') }} as net_amount,
        {{ read_number('records.tax_amount') }} as tax_amount,
        {{ read_number('records.unit_cost') }} as unit_cost,
        {{ read_number('records.cost_amount') }} as cost_amount,
        {{ read_number('records.margin_amount') }} as margin_amount,
        records.currency,
        records.status,
        records.product_name,
        records.category,
        records.subcategory,
        records.brand,
        records.store_name,
        records.city,
        records.state,
        records.region,
        records.country,
        records.customer_name,
        records.segment,
        records.employee_name,
        {{ read_rate('records.tax_rate') }} as tax_rate,
        {{ read_flag('records.prices_include_tax') }} as prices_include_tax,
        {{ read_number('records.returned_quantity') }} as returned_quantity,
        {{ read_flag('records.is_goods') }} as is_goods,
        records.extra,
        {{ unreadable_values({
            'sold_on': 'date',
            'sold_at': 'timestamp',
            'updated_at': 'timestamp',
            'quantity': 'number',
            'unit_price': 'number',
            'gross_amount': 'number',
            'discount_amount': 'number',
            'discount_rate': 'rate',
            'net_amount': 'number',
            'tax_amount': 'number',
            'unit_cost': 'number',
            'cost_amount': 'number',
            'margin_amount': 'number',
            'tax_rate': 'rate',
            'prices_include_tax': 'flag',
            'returned_quantity': 'number',
            'is_goods': 'flag'
        }) }} as unreadable_values
    from records

)

select * from typed
