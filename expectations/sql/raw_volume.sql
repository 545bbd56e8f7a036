-- How often each kind of event happened on the newest complete day and in the newest complete
-- week before now, beside what is usual: the median of the same weekday, or the week, of the four
-- weeks before. Only what has that history and usually happens often enough is compared.
with events as (
    select
        coalesce(event, type) as event,
        date_diff('day', timestamp::date, $as_of::date) as days_ago  -- 1 is the newest whole day
    from raw.events
    where _batch_id <= $max_batch_id and timestamp::date < $as_of::date
),

days as (
    select
        event,
        days_ago,
        count(*) as events
    from events
    group by event, days_ago
),

compared as (
    select
        days.event,
        periods.period,
        ages.weeks_ago
    from (select event from days group by event having max(days_ago) >= 35) as days
    cross join (values ('day'), ('week')) as periods (period)
    cross join (values (0), (1), (2), (3), (4)) as ages (weeks_ago)
),

counted as (
    select
        compared.event,
        compared.period,
        compared.weeks_ago,
        coalesce(sum(days.events), 0)::bigint as events
    from compared
    left join days
        on compared.event = days.event
        and (days.days_ago - 1) // 7 = compared.weeks_ago
        and (compared.period = 'week' or days.days_ago % 7 = 1)
    group by compared.event, compared.period, compared.weeks_ago
),

comparisons as (
    select
        event,
        period,
        $as_of::date - (case period when 'day' then 1 else 7 end) as first_date,
        $as_of::date - 1 as last_date,
        any_value(events) filter (where weeks_ago = 0) as events,
        median(events) filter (where weeks_ago > 0) as usual_events
    from counted
    group by event, period
)

select
    event,
    period,
    first_date,
    last_date,
    events,
    usual_events,
    events <= $min_share_of_usual_volume * usual_events as is_drop
from comparisons
where usual_events >= $min_usual_events
order by event, period
