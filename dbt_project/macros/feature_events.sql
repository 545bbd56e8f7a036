{# What features count, and how a table that keeps it notices change. #}

{# A whole number that changes with any of the columns; sums of it tell two sets of rows apart. #}
{% macro row_hash(columns) -%}
    {{ adapter.dispatch('row_hash', 'aisle')(columns) }}
{%- endmacro %}

{% macro duckdb__row_hash(columns) -%}
    cast(hash({{ columns | join(', ') }}) >> 1 as bigint)
{%- endmacro %}

{% macro postgres__row_hash(columns) -%}
    hashtextextended(cast(row({{ columns | join(', ') }}) as text), 0)
{%- endmacro %}

{# For `pre_hook`: removes users of whom nothing is left (merged into others, set aside). Those who
   changed are replaced by the model itself. #}
{% macro forget_users_without_events() -%}
    {%- if is_incremental() -%}
        delete from {{ this }}
        where not exists (
            select 1
            from {{ ref('int_feature_events_selected') }} as selected
            where selected.user_id = {{ this.identifier }}.user_id
        )
    {%- else -%}
        select 1
    {%- endif -%}
{%- endmacro %}
