{# Rows of pairs (user and item, …) exist at a few moments: those of the var `pair_dates`, and now. #}

{# The moments, as literals with whether each is now. #}
{% macro pair_moments() -%}
    {%- set moments = [] -%}
    {%- for moment in var('pair_dates') -%}
        {%- do moments.append({'as_of_date': "cast('" ~ moment ~ "' as timestamp)", 'is_latest': false}) -%}
    {%- endfor -%}
    {%- do moments.append({'as_of_date': as_of(), 'is_latest': true}) -%}
    {{ return(moments) }}
{%- endmacro %}

{# Until when, exclusive, events count: a Monday's row knows what was before it, the row of now what
   happens at this very moment too. A window of N days begins N days before, inclusive. #}
{% macro pair_until(moment) -%}
    {%- if moment.is_latest -%}
        {{ moment.as_of_date }} + interval '1 microsecond'
    {%- else -%}
        {{ moment.as_of_date }}
    {%- endif -%}
{%- endmacro %}

{# The number of rows for which `condition` holds and which are at most `days` days old. #}
{% macro counted_in(condition, days) -%}
    count(case when {{ condition }} and age_days <= {{ days }} then 1 end)
{%- endmacro %}

{# The sum of `amount` over rows which are at most `days` days old. #}
{% macro money_in(amount, days) -%}
    {{ money("coalesce(sum(case when age_days <= " ~ days ~ " then " ~ amount ~ " end), 0)") }}
{%- endmacro %}

{# What an event counts among all of a user's interactions, by its kind. #}
{% macro interaction_weight() -%}
    case event
        {%- for event, weight in var('interaction_weights').items() %}
        when '{{ event.replace("'", "''") }}' then {{ weight }}
        {%- endfor %}
        else 1
    end
{%- endmacro %}

{# How the last 28 days compare with the last 91, a day each: 1 is steady, 3.25 is all new. #}
{% macro trend_28d_91d(count_28d, count_91d) -%}
    coalesce(cast({{ count_28d }} * 91 as double precision) / nullif({{ count_91d }} * 28, 0), 0)
{%- endmacro %}

{# The sum of row hashes as a bigint: equal whatever the order of the rows. #}
{% macro summed_hash(hashes) -%}
    cast(mod(sum({{ hashes }}), 4611686018427387904) as bigint)
{%- endmacro %}

{# Whether a sum of row hashes is another one and what was added to it since, if anything. #}
{% macro same_hash(sum, former_sum, added) -%}
    mod(
        cast({{ sum }} as decimal(38, 0)) - {{ former_sum }} - coalesce({{ added }}, 0),
        cast(4611686018427387904 as decimal(38, 0))
    ) = 0
{%- endmacro %}

{# For `pre_hook` of a mart of pairs: removes the rows that are not wanted any more, or were computed
   from other inputs. `inputs` is the model that says from what they would be computed now. #}
{% macro forget_changed_rows(inputs, keys) -%}
    {%- if is_incremental() -%}
        delete from {{ this }}
        where not exists (
            select 1
            from {{ ref(inputs) }} as inputs
            where inputs.inputs_hash = {{ this.identifier }}.inputs_hash
                {%- for key in keys %}
                and inputs.{{ key }} = {{ this.identifier }}.{{ key }}
                {%- endfor %}
        )
    {%- else -%}
        select 1
    {%- endif -%}
{%- endmacro %}

{# The rows of `inputs` for which the mart holds nothing yet, for a common table expression. #}
{% macro rows_to_compute(inputs, keys) -%}
    select * from {{ ref(inputs) }}
    {%- if is_incremental() %} as inputs
    where not exists (
        select 1
        from {{ this }} as kept
        where
            {%- for key in keys %}
            {{ "and " if not loop.first }}kept.{{ key }} = inputs.{{ key }}
            {%- endfor %}
    )
    {%- endif %}
{%- endmacro %}
