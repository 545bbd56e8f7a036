{# Features count in whole weeks, in two series.
   Weekly: calendar weeks, numbered from 1970; week w ends, exclusive, on the w-th Monday 00:00.
   Latest: weeks counted back from `as_of`, inclusive; week 0 ends there, week -1 seven days before.
   A window of N days is then the N/7 weeks up to the row's own, in both series. #}

{# The number of the week that holds a moment. #}
{% macro week_number(moment, is_latest) -%}
    {%- if is_latest -%}
        cast(-floor({{ seconds_between(moment, as_of()) }} / 604800) as integer)
    {%- else -%}
        cast(floor({{ seconds_between(first_monday(), moment) }} / 604800) as integer) + 1
    {%- endif -%}
{%- endmacro %}

{% macro first_monday() -%}
    timestamp '1970-01-05 00:00:00'
{%- endmacro %}

{# The week to count a purchase in. Of the latest series only week 0 is reported, so its older
   weeks are merged into the newest week that lies in the same windows: a third of the rows. #}
{% macro counted_week(week) -%}
    case
        when not is_latest or {{ week }} = 0 then {{ week }}
        when {{ week }} > -4 then -1
        when {{ week }} > -13 then -4
        when {{ week }} > -52 then -13
        else -52
    end
{%- endmacro %}

{# One row per whole number from `first` to `last`, for a select list. #}
{% macro numbers_between(first, last) -%}
    {{ adapter.dispatch('numbers_between', 'aisle')(first, last) }}
{%- endmacro %}

{% macro duckdb__numbers_between(first, last) -%}
    unnest(generate_series({{ first }}, {{ last }}))
{%- endmacro %}

{% macro postgres__numbers_between(first, last) -%}
    generate_series({{ first }}, {{ last }})
{%- endmacro %}

{# The rows of the last `days` days, for a `window` clause. #}
{% macro last_days(entity, days) -%}
    (
        partition by is_latest, {{ entity }} order by week
        range between {{ days // 7 - 1 }} preceding and current row
    )
{%- endmacro %}

{# Counting the distinct users (or items) of a window by adding up: a (user, item) pair enters a
   window with a purchase that has no earlier one of the pair inside it, and expires when the last
   one it holds falls out. Entered minus expired, summed up to a date, is the distinct count. #}

{# 1 for a purchase with which its pair enters the window of `days` days, else 0. #}
{% macro enters(days) -%}
    case when previous_week is null or previous_week <= week - {{ days // 7 }} then 1 else 0 end
{%- endmacro %}

{# Per week, how many pairs expired from each window; the windows are given in days. #}
{% macro expiries(entity, windows) -%}
    select
        is_latest,
        {{ entity }},
        {{ counted_week('(week + window_weeks)') }} as week,
        {%- for days in windows %}
        sum(case when window_weeks = {{ days // 7 }} then 1 else 0 end) as expired_{{ days }}d
        {{- "," if not loop.last }}
        {%- endfor %}
    from {{ ref('int_purchase_weeks') }}
    cross join (
        values {% for days in windows %}({{ days // 7 }}){{ ", " if not loop.last }}{% endfor %}
    ) as windows (window_weeks)
    where (next_week is null or next_week >= week + window_weeks)
        and week + window_weeks <= current_week
    group by 1, 2, 3
{%- endmacro %}
