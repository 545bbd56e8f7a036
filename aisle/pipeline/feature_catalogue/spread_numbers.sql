-- How numbers spread: up to 24 bins from the first to the last percentile; what lies outside counts
-- in the outermost. Whole numbers of a small range get a bin each. Reads `numbers`.
with long as (
    unpivot numbers on columns(*) into name feature value number
),

spans as (
    select
        feature,
        quantile_cont(number, 0.01) as low,
        quantile_cont(number, 0.99) as high,
        min(number) as least,
        median(number) as middle,
        max(number) as greatest,
        approx_count_distinct(number) as differing,
        bool_and(number = floor(number)) as is_whole,
    from long
    where isfinite(number)
    group by feature
),

scales as (
    select
        *,
        case
            when high = low then 1
            when is_whole and high - low < 24 then cast(high - low as integer) + 1
            else 24
        end as bins,
    from spans
),

binned as (
    select
        scales.*,
        case
            when scales.bins = 1 then 0
            when scales.is_whole and scales.high - scales.low < 24
                then cast(greatest(0, least(bins - 1, number - low)) as integer)
            else cast(
                greatest(0, least(bins - 1, floor((number - low) / (high - low) * bins))) as integer
            )
        end as bin,
    from long
    inner join scales on long.feature = scales.feature
    where isfinite(number)
)

select
    feature,
    least,
    middle,
    greatest,
    differing,
    bins,
    bin,
    count(*) as rows_in_bin,
from binned
group by all
order by feature, bin
