{# The build's "now": the `as_of` var, never the machine's clock. #}
{% macro as_of() -%}
    cast('{{ var("as_of") }}' as timestamp)
{%- endmacro %}

{# When a delivered row became known: undated rows always were, future ones are known by now. #}
{% macro known_at(updated_at) -%}
    case
        when {{ updated_at }} is null then timestamp '1970-01-01 00:00:00'
        else least({{ updated_at }}, {{ as_of() }})
    end
{%- endmacro %}

{# From when on a delivered row says how things are: its date, else when it was loaded; at most now.
   What is the first word on something and carries no date holds for the time before, too. #}
{% macro valid_from(updated_at, loaded_at) -%}
    least(coalesce({{ updated_at }}, {{ loaded_at }}, {{ beginning() }}), {{ as_of() }})
{%- endmacro %}

{# Seconds from one moment to a later one. #}
{% macro seconds_between(earlier, later) -%}
    extract(epoch from ({{ later }} - {{ earlier }}))
{%- endmacro %}

{# Days from one moment to a later one, with their fraction. #}
{% macro days_between(earlier, later) -%}
    cast({{ seconds_between(earlier, later) }} / 86400.0 as double precision)
{%- endmacro %}

{# A moment (naive UTC) as the clocks of the shop showed it, for hours and weekdays: people buy by those. #}
{% macro local_time(moment) -%}
    {%- if var('time_zone') == 'UTC' -%} {{ moment }}
    {%- else -%} (({{ moment }} at time zone 'UTC') at time zone '{{ var("time_zone") }}')
    {%- endif -%}
{%- endmacro %}

{# Two common table expressions, the last named `changed`: of `rows` those that say something else than
   the one before of the same `key`. What is delivered again as it was is no other version. #}
{% macro changed_versions(rows, key, columns) -%}
followed as (
    select
        *,
        {{ row_hash(columns) }} as content,
        lag({{ row_hash(columns) }}) over (partition by {{ key }} order by valid_from)
            as previous_content
    from {{ rows }}
),

changed as (
    select * from followed
    where coalesce(previous_content <> content, true)
)
{%- endmacro %}
