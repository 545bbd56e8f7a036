-- The most frequent values of each column of text. A value that fewer than $fewest rows carry may
-- tell who somebody is and is not named. Reads `texts`.
with long as (
    unpivot texts on columns(*) into name feature value category
),

counted as (
    select
        feature,
        category,
        count(*) as rows_of,
    from long
    group by feature, category
),

ranked as (
    select
        *,
        count(*) over (partition by feature) as differing,
        row_number() over (partition by feature order by rows_of desc, category) as place,
    from counted
)

select
    feature,
    differing,
    case when rows_of >= $fewest then category end as category,
    rows_of,
from ranked
where place <= $shown
order by feature, place
