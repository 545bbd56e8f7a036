{# A sum rounded to four decimals, so that it does not depend on the order of the rows. #}
{% macro money(expression) -%}
    cast(cast({{ expression }} as decimal(18, 4)) as double precision)
{%- endmacro %}
