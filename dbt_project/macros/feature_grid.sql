{# Expands features.yml into SQL. A mart's features are kept in a table of rows that are made in one
   of two ways, from the same definitions:
   - `feature_weeks` makes the whole weekly grid of an entity, from sums per week;
   - `feature_steps` makes a later date from an earlier row: plus what came since, minus what left.
   A full build makes the grid of everyone and steps to now; a daily one steps everyone whose history
   did not change. docs/reference/features.md explains both. #}

{# The declared grid of one mart. #}
{% macro feature_mart(name) -%}
    {{ return(feature_grid_definition()[name]) }}
{%- endmacro %}

{# The columns of the table of rows, each with how a step combines it: added, decayed, the larger. #}
{% macro feature_state(mart) -%}
    {%- set state = [] -%}
    {%- for measure in mart.measures -%}
        {%- for days in measure.windows -%}
            {%- do state.append({'name': measure.name ~ '_' ~ days ~ 'd', 'measure': measure, 'kind': 'window', 'days': days}) -%}
        {%- endfor -%}
        {%- for days in measure.half_lives -%}
            {%- do state.append({'name': measure.name ~ '_hl' ~ days ~ 'd', 'measure': measure, 'kind': 'decay', 'days': days}) -%}
        {%- endfor -%}
        {%- if measure.ever -%}
            {%- do state.append({'name': measure.ever, 'measure': measure, 'kind': 'latest' if measure.aggregate == 'max' else 'ever'}) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(state) }}
{%- endmacro %}

{# The type in which a column of the table of rows is kept. #}
{% macro feature_type(column) -%}
    {%- if column.kind == 'latest' -%} timestamp
    {%- elif column.kind == 'decay' or column.measure.aggregate == 'sum' -%} double precision
    {%- else -%} bigint
    {%- endif -%}
{%- endmacro %}

{# The sum of `value` over the rows of a measure that fulfil `condition`. #}
{% macro summed(measure, condition, value=none) -%}
    sum(case when {{ measure.condition }} and {{ condition }} then {{ value or measure.value }} else 0 end)
{%- endmacro %}

{# The weight that is left of something after some days: half after each half-life. Beyond a thousand
   half-lives nothing is left, and 1e-301 is that without an underflow. #}
{% macro weight_left(days, half_life) -%}
    power(2.0, -least({{ days }} / {{ half_life }}.0, 1000.0))
{%- endmacro %}

{# What is made for a mart: `rows`, every date of the entities of `rebuilt` and the dates that come
   after the kept rows of the others. Takes its model's `this` when `is_incremental()`. #}
{% macro feature_rows(name) -%}
{%- set mart = feature_mart(name) -%}
{%- set entity = mart.entity -%}
{%- set state = feature_state(mart) -%}
with

dates as (
    select * from {{ ref('int_feature_dates') }}
),

last_monday as (
    select
        max(week) as last_week,
        max(as_of_date) as last_date,
        coalesce(max(as_of_date), {{ beginning() }}) as last_base
    from dates
    where not is_latest
),

-- A row is not held back for a latecomer or two among many: weeks count as known late of which more
-- than a twentieth was.
late_counts as (
    select
        {{ entity }},
        week,
        count(*) as late_events
    from {{ events_of(entity) }} as told
    where known_at > occurred_at
    group by {{ entity }}, week
),

late_weeks as (
    select
        late_counts.{{ entity }},
        late_counts.week
    from late_counts
    inner join {{ events_of(entity) }} as all_events
        on
            late_counts.{{ entity }} = all_events.{{ entity }}
            and late_counts.week = all_events.week
    group by late_counts.{{ entity }}, late_counts.week
    having max(late_counts.late_events) * 20 > count(*)
),

{# Read several times, each time a few of its columns or rows. #}
events as {{ "not materialized " if is_incremental() }}(
    select
        feature_events.*,
        {{ week_end('feature_events.week') }} as week_ends_at,
        case
            when late_weeks.week is null then feature_events.occurred_at
            else feature_events.known_at
        end as counted_known_at
    from {{ events_of(entity) }} as feature_events
    left join late_weeks
        on
            feature_events.{{ entity }} = late_weeks.{{ entity }}
            and feature_events.week = late_weeks.week
),

{% if is_incremental() %}
newest_kept as (
    select max(as_of_date) as base_date
    from {{ this }}
),
{% endif %}

delivered as (
    select
        {{ entity }},
        max(occurred_at) as last_at
    from {{ events_of(entity) }} as told
    group by {{ entity }}
),

{% if is_incremental() %}
kept as (
    select distinct {{ entity }}
    from {{ this }}
),
{% endif %}

rebuilt as (
    select
        delivered.{{ entity }},
        delivered.last_at
    from delivered
    {% if is_incremental() %}
    left join kept on delivered.{{ entity }} = kept.{{ entity }}
    where kept.{{ entity }} is null
    {% endif %}
),

{{ feature_weeks(mart, state) }},

bases as (
    select
        {{ entity }},
        as_of_date as base_date,
        content,
        last_event_at,
        known_at
        {% for column in state %}, {{ column.name }}{% endfor %}
    from mondays
    where as_of_date = (select last_date from last_monday)
    {% if is_incremental() %}
    union all
    select
        {{ entity }},
        as_of_date as base_date,
        content,
        last_event_at,
        known_at
        {% for column in state %}, {{ column.name }}{% endfor %}
    from {{ this }}
    where as_of_date = (select base_date from newest_kept)
    {% endif %}
),

{{ feature_steps(mart, state) }},

made as (
    select
        as_of_date,
        as_of_date as known_before,
        {{ entity }},
        content,
        last_event_at,
        known_at
        {% for column in state %}, {{ column.name }}{% endfor %}
    from mondays
    union all
    select
        as_of_date,
        known_before,
        {{ entity }},
        content,
        last_event_at,
        known_at
        {% for column in state %}, {{ column.name }}{% endfor %}
    from stepped
)

select
    as_of_date,
    {{ entity }},
    content,
    last_event_at,
    greatest(as_of_date, known_at) as known_at
    {% for column in state -%}
    , cast({{ column.name }} as {{ feature_type(column) }}) as {{ column.name }}
    {% endfor %}
from made
where last_event_at >= known_before - interval '{{ mart.active_days }} days'
{%- endmacro %}
