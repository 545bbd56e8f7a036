-- The refused records of one file, in its order. Parameter: $file_number.
select record, reason from judged
where file_number = $file_number and reason is not null
union all
select record, reason from unreadable
where file_number = $file_number
order by record
