{# The published columns of a mart, from its table of rows: sums rounded, so that they do not depend
   on the order of the rows, then what is derived from them. #}
{% macro feature_columns(name, rows) -%}
{%- set mart = feature_mart(name) -%}
with

counted as (
    select
        as_of_date,
        {{ mart.entity }},
        known_at
        {%- for column in feature_state(mart) %},
        {% if feature_type(column) | trim == 'double precision' -%}
            {{ money(column.name) }} as {{ column.name }}
        {%- else -%}
            {{ column.name }}
        {%- endif -%}
        {%- endfor %}
    from {{ rows }}
),

derived as (
    select
        *
        {%- for column in mart.derived %},
        cast({{ column.expression }} as double precision) as {{ column.name }}
        {%- endfor %}
    from counted
)

select
    as_of_date,
    {{ mart.entity }},
    known_at
    {%- for column in mart.published %},
    {{ column }}
    {%- endfor %}
from derived
{%- endmacro %}
