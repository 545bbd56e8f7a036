{# The weekly grid of the entities of `rebuilt`: sums per week in which something happened, summed up
   over time, spread over the weeks until the next one, and cut into windows by subtraction. #}
{% macro feature_weeks(mart, state) -%}
{%- set entity = mart.entity -%}
weeks as (
    select
        events.{{ entity }},
        events.week,
        sum(events.row_hash) as content,
        max(events.occurred_at) as last_event_at,
        max(events.counted_known_at) as known_at
        {%- for measure in mart.measures %}
        {{- feature_week_sums(measure) }}
        {%- endfor %}
    from events
    inner join rebuilt on events.{{ entity }} = rebuilt.{{ entity }}
    where events.occurred_at < (select last_date from last_monday)
    group by events.{{ entity }}, events.week
),

placed as (
    select
        *,
        min(week) over (partition by {{ entity }}) as first_week,
        lead(week) over (partition by {{ entity }} order by week) as next_week
    from weeks
),

-- Forward decay (Cormode et al. 2009): weights grow from the entity's first week on instead of
-- shrinking to each date, so one running sum serves every date. From 2^-900 they reach 2^1000.
cumulated as (
    select
        {{ entity }},
        week,
        first_week,
        next_week,
        sum(content) over so_far as content,
        max(last_event_at) over so_far as last_event_at,
        max(known_at) over so_far as known_at
        {%- for measure in mart.measures %}
        {{- feature_running_sums(measure) }}
        {%- endfor %}
    from placed
    window so_far as (partition by {{ entity }} order by week)
),

-- Until the entity is forgotten, or to the last Monday when a step follows from there.
spread as (
    select
        cumulated.*,
        week as change_week,
        {{ numbers_between('week', "least(
            last_monday.last_week,
            coalesce(
                next_week - 1,
                case
                    when rebuilt.last_at >= last_monday.last_date then last_monday.last_week
                    else week + " ~ (mart.active_days // 7 - 1) ~ "
                end
            )
        )") }} as reported_week
    from cumulated
    inner join rebuilt on cumulated.{{ entity }} = rebuilt.{{ entity }}
    cross join last_monday
),

mondays as (
    select
        {{ entity }},
        {{ week_end('reported_week') }} as as_of_date,
        content,
        last_event_at,
        known_at
        {%- for column in state %},
        {{ feature_monday(column) }} as {{ column.name }}
        {%- endfor %}
    from spread
    window by_week as (partition by {{ entity }} order by reported_week)
)
{%- endmacro %}

{# 2 to the power of an entity's age in half-lives, from 2^-900 on. #}
{% macro forward_weight(week, half_life) -%}
    power(2.0, 7.0 * ({{ week }} - first_week) / {{ half_life }} - 900.0)
{%- endmacro %}

{# Columns of a week: `_w` all of it, `_d` decayed to its end; of a distinct count what enters and
   what leaves each window. #}
{% macro feature_week_sums(measure) -%}
{%- set name = measure.name -%}
{%- set week_day = "events.occurred_at >= week_ends_at - interval '1 day'" -%}
{%- if measure.aggregate == 'max' -%},
        max(case when {{ measure.condition }} then {{ measure.value }} end) as {{ name }}_w
{%- elif measure.aggregate == 'count_distinct' -%}
    {%- set is_last = measure.next ~ " is null or " ~ measure.next ~ " >= week_ends_at" -%}
    {%- for days in measure.windows -%}
    {%- if days == 1 -%},
        {{ summed(measure, week_day ~ " and (" ~ is_last ~ ")") }} as {{ name }}_w1
    {%- else -%},
        {{ summed(measure, "(" ~ measure.previous ~ " is null or " ~ measure.previous ~ " < week_ends_at - interval '" ~ days ~ " days')") }} as {{ name }}_in{{ days }}
        {%- if days > 7 -%},
        {{ summed(measure, "(" ~ measure.next ~ " is null or " ~ measure.next ~ " >= week_ends_at + interval '" ~ (days - 7) ~ " days')") }} as {{ name }}_out{{ days }}
        {%- endif -%}
    {%- endif -%}
    {%- endfor -%}
{%- else -%},
        {{ summed(measure, "true") }} as {{ name }}_w
        {%- if 1 in measure.windows -%},
        {{ summed(measure, week_day) }} as {{ name }}_w1
        {%- endif -%}
{%- endif -%}
{%- for days in measure.half_lives -%},
        {{ summed(measure, "true", feature_weight(measure, "week_ends_at", days)) }} as {{ name }}_d{{ days }}
{%- endfor -%}
{%- endmacro %}

{# What an event weighs at a moment. Of a distinct count only the pair's newest event weighs, so the
   one before it is taken back. #}
{% macro feature_weight(measure, moment, half_life) -%}
    {%- set own = weight_left(days_between('occurred_at', moment), half_life) -%}
    {%- if measure.aggregate == 'count_distinct' -%}
        {{ own }} - coalesce({{ weight_left(days_between(measure.previous, moment), half_life) }}, 0)
    {%- else -%}
        {{ own }}{{ " * " ~ measure.value if measure.value != "1" }}
    {%- endif -%}
{%- endmacro %}

{# Running totals of the columns of `feature_week_sums`, in narrow types: a sum of DuckDB's is 16 bytes. #}
{% macro feature_running_sums(measure) -%}
{%- set name = measure.name -%}
{%- set type = "double precision" if measure.aggregate == "sum" else "bigint" -%}
{%- if measure.aggregate == 'max' -%},
        max({{ name }}_w) over so_far as {{ name }}_c
{%- elif measure.aggregate == 'count_distinct' -%}
    {%- for days in measure.windows -%}
    {%- if days <= 7 -%},
        {{ name }}_{{ 'w1' if days == 1 else 'in7' }}
    {%- else -%},
        cast(sum({{ name }}_in{{ days }}) over so_far as bigint) as {{ name }}_in{{ days }},
        cast(sum({{ name }}_out{{ days }}) over so_far as bigint) as {{ name }}_out{{ days }}
    {%- endif -%}
    {%- endfor -%}
{%- else -%},
        {{ name }}_w,
        cast(sum({{ name }}_w) over so_far as {{ type }}) as {{ name }}_c
        {%- if 1 in measure.windows -%},
        {{ name }}_w1
        {%- endif -%}
{%- endif -%}
{%- for days in measure.half_lives -%},
        sum({{ name }}_d{{ days }} * {{ forward_weight('week', days) }}) over so_far as {{ name }}_f{{ days }}
{%- endfor -%}
{%- endmacro %}

{# One feature on a Monday, from the running totals of `spread`. #}
{% macro feature_monday(column) -%}
{%- set name = column.measure.name -%}
{%- set days = column.days -%}
{%- set is_distinct = column.measure.aggregate == 'count_distinct' -%}
{%- if column.kind in ('ever', 'latest') -%}
        {{ name }}_c
{%- elif column.kind == 'decay' -%}
        case
            when 7.0 * (reported_week - first_week) / {{ days }} <= 1900
                then {{ name }}_f{{ days }} / {{ forward_weight('reported_week', days) }}
        end
{%- elif days <= 7 -%}
        case
            when reported_week = change_week
                then {{ name }}_{{ 'w1' if days == 1 else 'in7' if is_distinct else 'w' }}
            else 0
        end
{%- else -%}
        {{ name }}_{{ 'in' ~ days if is_distinct else 'c' }}
        - coalesce(lag({{ name }}_{{ 'out' ~ days if is_distinct else 'c' }}, {{ days // 7 }}) over by_week, 0)
{%- endif -%}
{%- endmacro %}
