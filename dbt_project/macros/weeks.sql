{# Features are reported on Mondays: week w, numbered from 1970, ends, exclusive, on the w-th
   Monday 00:00. A window of N days is the N days before a date's `known_before`. #}

{# The number of the week that holds a moment. #}
{% macro week_number(moment) -%}
    cast(floor({{ seconds_between(first_monday(), moment) }} / 604800) as integer) + 1
{%- endmacro %}

{% macro first_monday() -%}
    timestamp '1970-01-05 00:00:00'
{%- endmacro %}

{# The Monday on which a week ends. #}
{% macro week_end(week) -%}
    ({{ first_monday() }} + {{ week }} * interval '7 days')
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
