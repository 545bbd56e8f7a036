-- Rows of each file that were accepted and refused, whatever refused them.
select
    file_number,
    count(*) filter (where reason is null) as landed,
    count(*) filter (where reason is not null) as quarantined
from (
    select file_number, reason from judged
    union all
    select file_number, reason from unreadable
)
group by file_number
order by file_number
