{# Sums in which what happened counts half as much every `half_life_days`. #}

{# What something that is `age_days` old counts, from 1 down; 0 after 60 half-lives, where Postgres
   would refuse to compute it. #}
{% macro decay_weight(age_days, half_life_days) -%}
    case
        when {{ age_days }} < {{ 60 * half_life_days }}
            then power(0.5, {{ age_days }} / {{ half_life_days }}.0)
        else 0
    end
{%- endmacro %}

{# A number rounded to six decimals, so that it does not depend on the order of the rows. #}
{% macro rounded(expression) -%}
    cast(cast({{ expression }} as decimal(38, 6)) as double precision)
{%- endmacro %}
