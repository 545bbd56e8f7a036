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

{# The events that rows of an entity count: a user's are all that is known to be theirs; an item's
   are each event once, of whom it was taken for when it was told, so no later login changes them. #}
{% macro events_of(entity) -%}
    (
        select * from {{ ref('int_feature_events') }}
        where {{ "moved_at" if entity == "user_id" else "former_user_id" }} is null
    )
{%- endmacro %}

{# Whether a row of events counts as the user's before a moment: it was known by then, and not yet
   known to be another user's. #}
{% macro is_known(events, moment) -%}
    {{ events }}.known_at < {{ moment }}
    and coalesce({{ events }}.moved_at, {{ end_of_time() }}) >= {{ moment }}
{%- endmacro %}

{# For `pre_hook` of int_feature_events, first: a hash of what is delivered of each user. #}
{% macro hash_delivered_users() -%}
    {%- if is_incremental() -%}
        {%- set users -%}
            select
                user_id,
                sum(delivered_hash) as content
            from {{ ref('int_feature_events_selected') }}
            group by user_id
        {%- endset -%}
        {{ put_aside('users', users) }}
    {%- else -%}
        select 1
    {%- endif -%}
{%- endmacro %}

{# Second: what is delivered of users of whom anything differs from what is kept. #}
{% macro find_changed_users() -%}
    {%- if is_incremental() -%}
        {%- set changed -%}
            select selected.*
            from {{ ref('int_feature_events_selected') }} as selected
            left join (
                select kept.user_id
                from (
                    select
                        user_id,
                        sum(delivered_hash) as content
                    from {{ this }}
                    group by user_id
                ) as kept
                inner join {{ aside('users') }} as delivered
                    on
                        kept.user_id = delivered.user_id
                        and kept.content = delivered.content
            ) as unchanged on selected.user_id = unchanged.user_id
            where unchanged.user_id is null
        {%- endset -%}
        {{ put_aside('changed', changed) }}
    {%- else -%}
        select 1
    {%- endif -%}
{%- endmacro %}

{# Third: removes what is delivered no more, of users who changed and of those of whom nothing is left
   (merged into others, set aside). #}
{% macro forget_undelivered_events() -%}
    {%- if is_incremental() -%}
        delete from {{ this }}
        where
            (
                user_id in (select changed.user_id from {{ aside('changed') }} as changed)
                and not exists (
                    select 1
                    from {{ aside('changed') }} as changed
                    where changed.user_id = {{ this.identifier }}.user_id
                        and changed.event = {{ this.identifier }}.event
                        and changed.order_id = {{ this.identifier }}.order_id
                        and changed.item_id = {{ this.identifier }}.item_id
                )
            )
            or user_id not in (select delivered.user_id from {{ aside('users') }} as delivered)
    {%- else -%}
        select 1
    {%- endif -%}
{%- endmacro %}
