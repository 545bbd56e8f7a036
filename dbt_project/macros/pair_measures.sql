{# What rows of pairs count, and of which days and half-lives. #}

{# The windows of each measure of a pair, in days. #}
{% macro pair_windows() -%}
    {{ return({
        'orders': [1, 7, 28, 91, 364],
        'views': [1, 7, 28, 91, 364],
        'clicks': [1, 7, 28, 91],
        'adds': [1, 7, 28, 91],
        'spend': [1, 7, 28, 91, 364],
    }) }}
{%- endmacro %}

{# The half-lives of each measure of a pair, in days. #}
{% macro pair_half_lives() -%}
    {{ return({
        'orders': [7, 28, 91, 182],
        'spend': [7, 28, 91, 182],
        'views': [7, 28],
        'clicks': [7, 28],
        'adds': [7, 28],
    }) }}
{%- endmacro %}

{# The names of both, such as spend_7d and spend_hl28d, in their order. #}
{% macro pair_measures() -%}
    {%- set names = [] -%}
    {%- for measure, windows in pair_windows().items() -%}
        {%- for days in windows -%}
            {%- do names.append(measure ~ '_' ~ days ~ 'd') -%}
        {%- endfor -%}
        {%- for days in pair_half_lives()[measure] -%}
            {%- do names.append(measure ~ '_hl' ~ days ~ 'd') -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(names) }}
{%- endmacro %}

{# Columns `<prefix>_hl7d` … with what something of `age_days` counts still, by half-life. They are worked
   out once a row, for whatever is summed: a power costs more than a sum. #}
{% macro weights_left(age_days, prefix='left') -%}
    {%- for days in [7, 28, 91, 182] -%}
        {{ decay_weight(age_days, days) }} as {{ prefix }}_hl{{ days }}d
        {{- "," if not loop.last }}
    {% endfor -%}
{%- endmacro %}

{# The same of a row that was decayed to `counted_until`: what is left of its sums at its date. #}
{% macro weights_left_at_date(relation) -%}
    {{ weights_left(days_between(relation ~ '.counted_until', relation ~ '.known_until')) }}
{%- endmacro %}

{# The sum of what is left, for the half-life, of rows for which `condition` holds. #}
{% macro decaying_count(condition, half_life_days) -%}
    coalesce(sum(case when {{ condition }} then left_hl{{ half_life_days }}d end), 0)
{%- endmacro %}

{# The sum of what is left, for the half-life, of `amount`; a row in which it is null counts nothing. #}
{% macro decaying_sum(amount, half_life_days) -%}
    coalesce(sum({{ amount }} * left_hl{{ half_life_days }}d), 0)
{%- endmacro %}

{# What is left of a decayed sum at the row's date; money in its own precision. #}
{% macro left_of(measure, half_life_days) -%}
    {%- set left = measure ~ '_hl' ~ half_life_days ~ 'd * left_hl' ~ half_life_days ~ 'd' -%}
    {{ money(left) if measure == 'spend' else rounded(left) }}
{%- endmacro %}

{# Sums over pairs: of a window's counts, and of what is left of decayed sums at the row's date. #}
{% macro summed_count(measure, days) -%}
    cast(sum({{ measure }}_{{ days }}d) as bigint)
{%- endmacro %}

{% macro summed_left(measure, half_life_days) -%}
    sum({{ measure }}_hl{{ half_life_days }}d * left_hl{{ half_life_days }}d)
{%- endmacro %}

{# What adds up over the pairs of a user, weighed by `weights_left_at_date` and by `item_hl*d` (what is left
   of an item that was bought once): columns for a select list. A pair is one item, so different items
   are counted by their pairs. Sums that are decayed on later are not rounded yet. #}
{% macro summed_pairs(is_rounded) -%}
    {%- set windows, half_lives = pair_windows(), pair_half_lives() -%}
    {%- for days in windows['orders'] %}
    count(case when orders_{{ days }}d > 0 then 1 end) as items_{{ days }}d,
    {{ summed_count('orders', days) }} as order_lines_{{ days }}d,
    {%- endfor %}
    {%- for days in half_lives['orders'] %}
    {%- set items = 'sum(item_hl' ~ days ~ 'd)' %}
    {{ rounded(items) if is_rounded else items }} as items_hl{{ days }}d,
    {%- set lines = summed_left('orders', days) %}
    {{ rounded(lines) if is_rounded else lines }} as order_lines_hl{{ days }}d,
    {%- endfor %}
    {%- for measure in ['views', 'clicks', 'adds'] %}
    {%- for days in windows[measure] %}
    {{ summed_count(measure, days) }} as {{ measure }}_{{ days }}d,
    {%- endfor %}
    {%- for days in half_lives[measure] %}
    {%- set left = summed_left(measure, days) %}
    {{ rounded(left) if is_rounded else left }} as {{ measure }}_hl{{ days }}d,
    {%- endfor %}
    {%- endfor %}
    {%- for days in windows['spend'] %}
    {{ money('sum(spend_' ~ days ~ 'd)') }} as spend_{{ days }}d,
    {%- endfor %}
    {%- for days in half_lives['spend'] %}
    {%- set left = summed_left('spend', days) %}
    {{ money(left) if is_rounded else left }} as spend_hl{{ days }}d,
    {%- endfor %}
    {%- set left = summed_left('interactions', 91) %}
    {{ rounded(left) if is_rounded else left }} as interactions_hl91d
{%- endmacro %}
