-- How texts of a shop are read: what counts as missing, numbers, yes and no, and times.

-- A value that only says that there is none is none.
create or replace temp macro present(value) as
    case
        when trim(value) in ('', 'NULL', 'null', 'None', 'NaN', 'nan', '<NA>', 'N/A', '#N/A', '\N')
            then null
        else trim(value)
    end;

-- The number with a point for its decimals. The mark is the mapping's; where it names none, a point,
-- and '1,234' is refused, as it may be either. In a file whose values have types ('typed'), numbers
-- hold a point and texts may hold a comma.
create or replace temp macro with_point(value, mark) as
    case mark
        when ',' then translate(value, ',.', '.,')
        when 'typed' then replace(value, ',', '.')
        else value
    end;

-- The number without the marks between its thousands; null where they stand anywhere else.
create or replace temp macro without_groups(pointed, mark) as
    case
        when not contains(pointed, ',') then pointed
        when
            regexp_full_match(pointed, '[-+]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?')
            and (mark in ('.', ',') or regexp_matches(pointed, ',\d+[,.]'))
            then replace(pointed, ',', '')
    end;

-- The number as JSON writes it: as the shop wrote it where that is JSON, so nothing is rounded.
create or replace temp macro plain_number_json(plain) as
    case
        when regexp_full_match(plain, '-?(0|[1-9]\d*)(\.\d+)?') then plain
        when
            regexp_full_match(plain, '[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,3})?')
            and isfinite(try_cast(plain as double))
            then to_json(try_cast(plain as double))::varchar
    end;

create or replace temp macro number_json(value, mark) as
    plain_number_json(without_groups(with_point(value, mark), mark));

create or replace temp macro yes_or_no(value) as
    case
        when lower(value) in ('true', 't', 'yes', 'y', '1', '1.0', 'in stock', 'available') then 'true'
        when lower(value) in ('false', 'f', 'no', 'n', '0', '0.0', 'out of stock', 'unavailable')
            then 'false'
    end;

-- Extra columns as one JSON object without the empty ones; null when nothing is left.
create or replace temp macro kept(extras) as
    nullif(
        case
            when contains(extras::varchar, ':null') then json_merge_patch('{}', extras)::varchar
            else extras::varchar
        end,
        '{}'
    );

-- What is between the braces of a JSON object.
create or replace temp macro inside(object) as nullif(substr(object, 2, len(object) - 2), '');

create or replace temp macro field(name, json_text) as '"' || name || '":' || json_text;

create or replace temp macro text_field(name, value) as
    '"' || name || '":' || to_json(value)::varchar;

-- How a time is spelled. Epochs tell their unit by magnitude: 1971 to 2100 in seconds,
-- milliseconds, microseconds and nanoseconds are ranges that do not meet.
create or replace temp macro time_form(value, wanted, is_day_first) as
    case
        when value is null then null
        when contains(wanted, '%') then 'as the mapping says'
        when starts_with(wanted, 'epoch') then wanted
        when substr(value, 5, 1) in ('-', '/') and not contains(value, '(') then 'ISO'
        when try_cast(value as double) is not null
            then
                case
                    when len(value) in (8, 14) and value[1:2] in ('19', '20') and not contains(value, '.')
                        then 'digits of a date'
                    when try_cast(value as double) between 31536000 and 4102444800 then 'epoch_s'
                    when try_cast(value as double) between 31536000e3 and 4102444800e3 then 'epoch_ms'
                    when try_cast(value as double) between 31536000e6 and 4102444800e6 then 'epoch_us'
                    when try_cast(value as double) between 31536000e9 and 4102444800e9 then 'epoch_ns'
                end
        when regexp_matches(value, '^\d{1,2}[-/.]\d{1,2}[-/.]\d{4}')
            then case when is_day_first then 'day first' else 'month first' end
        when regexp_matches(value, '^\d{8}T\d{6}') then 'basic ISO'
        when regexp_matches(lower(value), '\b(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)') then 'month by name'
    end;

-- Microseconds since 1970 of an epoch in any unit.
create or replace temp macro epoch_micros(value, form) as
    case form
        when 'epoch_s' then try_cast(try_cast(value as decimal(38, 9)) * 1000000 as bigint)
        when 'epoch_ms' then try_cast(try_cast(value as decimal(38, 9)) * 1000 as bigint)
        when 'epoch_us' then try_cast(try_cast(value as decimal(38, 9)) as bigint)
        when 'epoch_ns' then try_cast(try_cast(value as decimal(38, 9)) / 1000 as bigint)
    end;

-- Dates with the month as a word, which leaves no doubt about the order.
create or replace temp macro month_by_name(value) as
    try_strptime(
        replace(replace(value, ',', ''), '-', ' '),
        [
            '%d %b %Y', '%d %b %Y %H:%M', '%d %b %Y %H:%M:%S', '%d %b %Y %I:%M %p',
            '%d %B %Y', '%d %B %Y %H:%M', '%d %B %Y %H:%M:%S', '%d %B %Y %I:%M %p',
            '%b %d %Y', '%b %d %Y %H:%M', '%b %d %Y %H:%M:%S', '%b %d %Y %I:%M %p',
            '%B %d %Y', '%B %d %Y %H:%M', '%B %d %Y %H:%M:%S', '%B %d %Y %I:%M %p',
            '%a %d %b %Y %H:%M:%S', '%a %b %d %H:%M:%S %Y'
        ]
    );

-- The moment; one that carries no zone is in the zone of the connection.
create or replace temp macro read_time(value, form, wanted) as
    case form
        when 'as the mapping says'
            then
                try_strptime(value, case when contains(wanted, '%') then wanted else '%Y' end)
                ::timestamptz
        when 'ISO'
            then
                coalesce(
                    try_cast(value as timestamptz),
                    try_cast(
                        regexp_replace(
                            replace(replace(value, ',', '.'), 'z', 'Z'), ' ([-+]\d)', '\1'
                        ) as timestamptz
                    )
                )
        when 'digits of a date' then try_strptime(value, ['%Y%m%d', '%Y%m%d%H%M%S'])::timestamptz
        when 'day first'
            then
                try_strptime(
                    regexp_replace(replace(value, ',', ''), '^(\d+)[-/.](\d+)[-/.]', '\1/\2/'),
                    [
                        '%d/%m/%Y', '%d/%m/%Y %H:%M', '%d/%m/%Y %H:%M:%S', '%d/%m/%Y %H:%M:%S.%f',
                        '%d/%m/%Y %I:%M %p', '%d/%m/%Y %I:%M:%S %p'
                    ]
                )::timestamptz
        when 'month first'
            then
                try_strptime(
                    regexp_replace(replace(value, ',', ''), '^(\d+)[-/.](\d+)[-/.]', '\1/\2/'),
                    [
                        '%m/%d/%Y', '%m/%d/%Y %H:%M', '%m/%d/%Y %H:%M:%S', '%m/%d/%Y %H:%M:%S.%f',
                        '%m/%d/%Y %I:%M %p', '%m/%d/%Y %I:%M:%S %p'
                    ]
                )::timestamptz
        when 'basic ISO'
            then
                try_cast(
                    regexp_replace(
                        value, '^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)', '\1-\2-\3T\4:\5:\6'
                    ) as timestamptz
                )
        when 'month by name'
            then
                case
                    when regexp_matches(value, ' (GMT|UTC)$')
                        then month_by_name(regexp_replace(value, ' (GMT|UTC)$', '')) at time zone 'UTC'
                    else month_by_name(value)::timestamptz
                end
        else (make_timestamp(epoch_micros(value, form)) at time zone 'UTC')
    end;

-- ISO with a `T` and a `Z`, as the landing zone holds it.
create or replace temp macro iso_utc(moment) as
    replace((moment at time zone 'UTC')::varchar, ' ', 'T') || 'Z';

create or replace temp macro shown(value) as left(value, 60);
