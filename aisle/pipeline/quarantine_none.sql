-- The shape of a quarantined row, without a row.
select
    null::varchar as kind,
    null::varchar as reason,
    null::varchar as source_file,
    null::bigint as line_number,
    null::varchar as original,
    null::varchar as refused_at
where false
