{# Rows at later dates from the row at `base_date`: plus the events from then on, minus those that
   left each window in between. Reads only those events. #}
{% macro feature_steps(mart, state) -%}
{%- set entity = mart.entity -%}
{%- set windows = [] -%}
{%- for column in state if column.kind == 'window' and column.days not in windows -%}
    {%- do windows.append(column.days) -%}
{%- endfor -%}
to_step as (
    select
        rebuilt.{{ entity }},
        last_monday.last_base as base_date
    from rebuilt
    cross join last_monday
    {% if is_incremental() %}
    union all
    select
        {{ entity }},
        as_of_date as base_date
    from {{ this }}
    where as_of_date = (select base_date from newest_kept)
    {% endif %}
),

steps as (
    select
        to_step.{{ entity }},
        to_step.base_date,
        dates.as_of_date,
        dates.known_before,
        dates.is_latest
    from to_step
    inner join dates on to_step.base_date < dates.known_before
),

-- What can be in a step at all, before anything is multiplied by dates.
span as (
    select
        min(base_date) as first_base,
        max(known_before) as last_known
    from steps
),

moving as (
    select events.*
    from events
    cross join span
    where occurred_at >= first_base
        {%- for days in windows %}
        or (
            occurred_at >= first_base - interval '{{ days }} days'
            and occurred_at < last_known - interval '{{ days }} days'
        )
        {%- endfor %}
),

changes as (
    select
        steps.{{ entity }},
        steps.as_of_date,
        sum(case when occurred_at >= base_date then row_hash else 0 end) as content,
        max(occurred_at) as last_event_at,
        max(counted_known_at) as known_at
        {%- for column in state %},
        {{ feature_change(column) }} as {{ column.name }}
        {%- endfor %}
    from steps
    inner join moving as events on steps.{{ entity }} = events.{{ entity }}
    where (events.occurred_at >= base_date and events.occurred_at < known_before)
        {%- for days in windows %}
        or (
            events.occurred_at >= base_date - interval '{{ days }} days'
            and events.occurred_at < known_before - interval '{{ days }} days'
        )
        {%- endfor %}
    group by steps.{{ entity }}, steps.as_of_date
),

stepped as (
    select
        steps.{{ entity }},
        steps.as_of_date,
        steps.known_before,
        -- The row of now is always made anew.
        case
            when not steps.is_latest
                then coalesce(bases.content, 0) + coalesce(changes.content, 0)
        end as content,
        greatest(bases.last_event_at, changes.last_event_at) as last_event_at,
        greatest(bases.known_at, changes.known_at) as known_at
        {%- for column in state %},
        {{ feature_stepped(column) }} as {{ column.name }}
        {%- endfor %}
    from steps
    left join bases
        on
            steps.{{ entity }} = bases.{{ entity }}
            and steps.base_date = bases.base_date
    left join changes
        on
            steps.{{ entity }} = changes.{{ entity }}
            and steps.as_of_date = changes.as_of_date
)
{%- endmacro %}

{# What changes of one feature between `base_date` and `known_before`. #}
{% macro feature_change(column) -%}
{%- set measure = column.measure -%}
{%- set since = "occurred_at >= base_date and occurred_at < known_before" -%}
{%- set window = "interval '" ~ column.days ~ " days'" -%}
{%- if column.kind == 'latest' -%}
        max(case when {{ measure.condition }} and {{ since }} then {{ measure.value }} end)
{%- elif column.kind == 'ever' -%}
        {{ summed(measure, since) }}
{%- elif column.kind == 'decay' -%}
        {{ summed(measure, since, feature_weight(measure, 'as_of_date', column.days)) }}
{%- elif measure.aggregate == 'count_distinct' -%}
        {{ summed(measure, since ~ " and occurred_at >= known_before - " ~ window ~ " and (" ~ measure.next ~ " is null or " ~ measure.next ~ " >= known_before)") }}
        - {{ summed(measure, since ~ " and " ~ measure.previous ~ " < base_date and " ~ measure.previous ~ " >= base_date - " ~ window) }}
        - {{ summed(measure, "occurred_at >= base_date - " ~ window ~ " and occurred_at < base_date and occurred_at < known_before - " ~ window ~ " and (" ~ measure.next ~ " is null or " ~ measure.next ~ " >= known_before)") }}
{%- else -%}
        {{ summed(measure, since) }}
        - {{ summed(measure, "occurred_at >= base_date - " ~ window ~ " and occurred_at < known_before - " ~ window) }}
{%- endif -%}
{%- endmacro %}

{# One feature at a step's date, from its base and what changed. #}
{% macro feature_stepped(column) -%}
{%- set name = column.name -%}
{%- if column.kind == 'latest' -%}
        greatest(bases.{{ name }}, changes.{{ name }})
{%- elif column.kind == 'decay' -%}
        coalesce(bases.{{ name }}, 0) * {{ weight_left(days_between('steps.base_date', 'steps.as_of_date'), column.days) }}
        + coalesce(changes.{{ name }}, 0)
{%- else -%}
        coalesce(bases.{{ name }}, 0) + coalesce(changes.{{ name }}, 0)
{%- endif -%}
{%- endmacro %}
