with ledger as (

    select * from {{ ref('file_ledger') }}

),

stock as (

    select * from {{ ref('fct_stock') }}

),

period as (

    select * from {{ ref('int_shop_period') }}

),

inputs as (

    select
        input_name,
        count(*) as file_count,
        cast(sum(records_in) as bigint) as records_in,
        cast(sum(loaded_count) as bigint) as loaded_count
    from ledger
    group by input_name

),

counts as (

    select
        min(counted_on) as first_on,
        max(counted_on) as last_on
    from stock

),

-- the days of loaded rows: a typing error in a date is no news
dated as (

    select
        inputs.*,
        case inputs.input_name
            when 'sales' then period.first_sold_on
            when 'stock' then counts.first_on
        end as first_business_on,
        case inputs.input_name
            when 'sales' then period.last_sold_on
            when 'stock' then counts.last_on
        end as last_business_on,
        period.as_of_date
    from inputs
    cross join period
    cross join counts

),

-- the sales file that ends latest; of another input, the last by name
last_files as (

    select
        input_name,
        path,
        records_in,
        last_sold_on,
        row_number() over (
            partition by input_name
            order by last_sold_on desc nulls last, path desc, file_id desc
        ) as place
    from ledger
    where copy_of is null

),

final as (

    select
        dated.input_name,
        last_files.path as last_path,
        dated.first_business_on,
        dated.last_business_on,
        dated.file_count,
        dated.records_in,
        dated.loaded_count,
        last_files.records_in as last_file_records_in,
        {{ days_between('dated.last_business_on', 'dated.as_of_date') }}
            as days_behind
    from dated
    left join last_files
        on
            dated.input_name = last_files.input_name
            and last_files.place = 1

)

select * from final
