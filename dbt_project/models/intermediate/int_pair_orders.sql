{{ config(materialized='table') }}

with

final as (
    select
        pair_dates.as_of_date,
        pair_dates.known_until,
        {{ summed_hash('lines.row_hash') }} as inputs_hash
    from {{ ref('int_profile_lines') }} as lines
    inner join {{ ref('int_pair_dates') }} as pair_dates
        on
            {{ is_known('lines', 'pair_dates.known_until') }}
            and lines.ordered_at >= pair_dates.known_until - interval '364 days'
    group by pair_dates.as_of_date, pair_dates.known_until
)

select * from final
