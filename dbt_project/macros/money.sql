{# A sum rounded to four decimals, so that it does not depend on the order of the rows. No sum of
   lines that were let in is too large for it. #}
{% macro money(expression) -%}
    cast(cast({{ expression }} as decimal(38, 4)) as double precision)
{%- endmacro %}
