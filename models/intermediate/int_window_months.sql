with months as (

    select * from {{ ref('int_months') }}

),

settings as (

    select * from {{ ref('stg_settings') }}

),

counted as (

    select
        *,
        row_number() over (
            partition by is_month_complete
            order by month_start_on desc
        ) as recency_rank,
        sum(case when is_month_complete then 1 else 0 end) over ()
            as complete_month_count
    from months

),

-- while no month is complete, all there is: better than an empty table
final as (

    select
        counted.month_start_on,
        counted.month_end_on,
        counted.complete_month_count = 0
        or (counted.is_month_complete and counted.recency_rank <= 12)
            as is_recent,
        counted.complete_month_count >= 24
        and counted.is_month_complete
        and counted.recency_rank between 13 and 24 as is_previous,
        counted.complete_month_count = 0
        or (
            counted.is_month_complete
            and counted.recency_rank <= settings.abc_window_months
        ) as is_in_abc_window,
        counted.complete_month_count >= 24 as has_previous
    from counted
    cross join settings

)

select * from final
