-- What was refused and how often; the value that was refused is left off the reason.
select
    split_part(reason, ': ', 1) as reason,
    count(*) as row_count,
    min(reason) as example
from (
    select reason from judged
    union all
    select reason from unreadable
)
where reason is not null
group by 1
order by row_count desc, 1
