{#-
    The inputs, the model that holds their judged records, and the number
    columns of each whose sums must balance. Of sales, which are many, only
    the records about which there is something to say have a model; what the
    file gave is kept there under `given_…`.
-#}
{% macro judged_inputs() -%}
    {{ return({
        'sales': {
            'model': 'int_noted_sales',
            'numbers': {
                'quantity': 'given_quantity',
                'unit_price': 'given_unit_price',
                'gross_amount': 'given_gross_amount',
                'discount_amount': 'given_discount_amount',
                'discount_rate': 'given_discount_rate',
                'net_amount': 'given_net_amount',
                'tax_amount': 'given_tax_amount',
                'unit_cost': 'given_unit_cost',
                'cost_amount': 'given_cost_amount',
                'margin_amount': 'given_margin_amount',
                'tax_rate': 'given_tax_rate',
                'returned_quantity': 'given_returned_quantity',
            },
        },
        'orders': {'model': 'stg_orders', 'numbers': {}},
        'products': {
            'model': 'stg_products',
            'numbers': {
                'unit_price': 'unit_price',
                'unit_cost': 'unit_cost',
                'stock_quantity': 'stock_quantity',
            },
        },
        'stores': {
            'model': 'stg_stores',
            'numbers': {'employee_count': 'employee_count'},
        },
        'customers': {'model': 'stg_customers', 'numbers': {}},
        'employees': {'model': 'stg_employees', 'numbers': {}},
        'stock': {'model': 'stg_stock', 'numbers': {'on_hand': 'on_hand'}},
        'targets': {
            'model': 'stg_targets',
            'numbers': {'target_amount': 'target_amount'},
        },
        'exchange_rates': {
            'model': 'stg_exchange_rates',
            'numbers': {'rate': 'rate'},
        },
        'lookups': {'model': 'stg_lookups', 'numbers': {}},
    }) }}
{%- endmacro %}
