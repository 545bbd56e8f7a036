-- Each staged row of customers as a line of the landing zone, or with a reason against it.
-- A consent that cannot be read is never taken for one. Parameters: $timestamp_format, $latest.
create or replace table judged as
with cleaned as (
    select
        staged.file_number,
        staged.record,
        present(staged.user_id) as id,
        present(staged.consent_personalization) as consent,
        present(staged.consent_updated_at) as consent_time_text,
        present(staged.updated_at) as time_text,
        staged.extras,
        day_orders.is_day_first
    from staged
    left join day_orders using (file_number)
),

formed as (
    select
        *,
        time_form(time_text, $timestamp_format, is_day_first) as form,
        time_form(consent_time_text, $timestamp_format, is_day_first) as consent_form
    from cleaned
),

read as (
    select
        *,
        read_time(time_text, form, $timestamp_format) as updated_at,
        read_time(consent_time_text, consent_form, $timestamp_format) as consent_updated_at
    from formed
)

select
    file_number,
    record,
    form,
    id,
    case
        when id is null then 'no user_id'
        when consent is not null and yes_or_no(consent) is null
            then 'consent_personalization is neither yes nor no: ' || shown(consent)
        when
            consent_time_text is not null
            and (consent_updated_at is null or not isfinite(consent_updated_at))
            then 'consent_updated_at cannot be read: ' || shown(consent_time_text)
        when consent_updated_at > $latest::timestamptz
            then 'consent_updated_at in the future: ' || shown(consent_time_text)
        when time_text is not null and (updated_at is null or not isfinite(updated_at))
            then 'updated_at cannot be read: ' || shown(time_text)
        when updated_at > $latest::timestamptz then 'updated_at in the future: ' || shown(time_text)
    end as reason,
    '{'
    || concat_ws(
        ',',
        text_field('user_id', id),
        field('consent_personalization', yes_or_no(consent)),
        text_field('consent_updated_at', iso_utc(consent_updated_at)),
        text_field('updated_at', iso_utc(updated_at)),
        inside(extras)
    )
    || '}' as line
from read
