{# The messages of `relation` that came late, by `kind` of message, each with when it was known. #}
{% macro late_messages(relation, kind) -%}
with

messages as (
    select
        message_id,
        {{ kind }} as kind,
        occurred_at,
        received_at,
        date_trunc('week', occurred_at) as week,
        max(occurred_at) over (
            partition by {{ kind }}
            order by received_at
            range between unbounded preceding and interval '1 microsecond' preceding
        ) as newest_before
    from {{ relation }}
),

-- A history that is imported comes long after it happened and is no news: the first tenth of a week
-- says when that week was delivered.
weeks as (
    select
        kind,
        week,
        percentile_disc(0.1) within group (order by received_at) as delivered_at
    from messages
    group by kind, week
),

late as (
    select
        messages.message_id,
        -- Whatever this build sees is known by now.
        least(messages.received_at, {{ as_of() }}) as known_at
    from messages
    inner join weeks
        on
            messages.kind = weeks.kind
            and messages.week = weeks.week
    where
        messages.received_at > weeks.delivered_at
        and messages.occurred_at < messages.newest_before
        and messages.received_at
        > messages.occurred_at + {{ var('late_after_hours') }} * interval '1 hour'
)

select * from late
{%- endmacro %}
