{# Rows that are counted anew only when what they count changes. A table of such rows holds, for each
   kept moment (`known_until`), what was counted at `counted_until`, and `expires_at`, the first
   moment after which something leaves a window. Whatever else a date changes (ages, decays) is
   worked out by a view from the row's date. So most rows of an earlier moment are those of a later
   one too, and are only dated on. docs/reference/features.md explains it. #}

{# Which kept moment becomes which wanted one: itself where it is wanted still, else the newest that
   is left becomes the newest that is wanted anew, and so on back. Never an earlier one. #}
{% macro pair_moves() -%}
moments_kept as (
    select distinct known_until from {{ this }}
),

moments_left as (
    select
        known_until,
        row_number() over (order by known_until desc) as place
    from moments_kept
    where known_until not in (select wanted.known_until from {{ ref('int_pair_dates') }} as wanted)
),

moments_new as (
    select
        as_of_date,
        known_until,
        row_number() over (order by known_until desc) as place
    from {{ ref('int_pair_dates') }}
    where known_until not in (select moments_kept.known_until from moments_kept)
),

moves as (
    select
        wanted.as_of_date,
        wanted.known_until,
        wanted.known_until as kept_until
    from {{ ref('int_pair_dates') }} as wanted
    inner join moments_kept on wanted.known_until = moments_kept.known_until
    union all
    select
        moments_new.as_of_date,
        moments_new.known_until,
        moments_left.known_until as kept_until
    from moments_new
    inner join moments_left on moments_new.place = moments_left.place
    where moments_left.known_until < moments_new.known_until
)
{%- endmacro %}

{# For `pre_hook`, first: users whose rows of a kept moment were made of what is known today of the
   time up to it, with the moment that they are moved to. A late order that became known between the
   two renumbers the orders after it, so such users are counted anew. Rows of `catalogued` tables
   also depend on what the catalogue said at their date. #}
{% macro find_users_to_move(catalogued=false) -%}
    {%- if is_incremental() -%}
        {%- set unchanged -%}
            with

            {{ pair_moves() }},

            -- Sums of hashes: without what came in between they are those up to the kept moment.
            added as (
                select
                    moves.known_until,
                    interactions.user_id,
                    {{ summed_hash('interactions.row_hash') }} as added_hash
                from {{ ref('int_interactions_sequenced') }} as interactions
                inner join moves
                    on
                        interactions.known_at >= moves.kept_until
                        and interactions.known_at < moves.known_until
                where moves.kept_until < moves.known_until
                group by moves.known_until, interactions.user_id
            ),

            kept as (
                select
                    known_until,
                    user_id,
                    max(inputs_hash) as inputs_hash
                    {%- if catalogued %},
                    max(catalogue_hash) as catalogue_hash
                    {%- endif %}
                from {{ this }}
                group by known_until, user_id
            )

            select
                moves.kept_until,
                users.as_of_date,
                users.known_until,
                users.user_id,
                users.history_hash
            from moves
            inner join kept on moves.kept_until = kept.known_until
            inner join {{ ref('int_pair_users_catalogued' if catalogued else 'int_pair_users') }} as users
                on
                    moves.as_of_date = users.as_of_date
                    and kept.user_id = users.user_id
                    {%- if catalogued %}
                    and kept.catalogue_hash = users.catalogue_hash
                    {%- endif %}
            left join added
                on
                    moves.known_until = added.known_until
                    and kept.user_id = added.user_id
            where
                {{ same_hash('users.history_hash', 'kept.inputs_hash', 'added.added_hash') }}
            and not exists (
                select 1
                from {{ ref('int_late_orders') }} as late
                where late.user_id = kept.user_id
                    and late.known_at >= moves.kept_until
                    and late.known_at < moves.known_until
            )
        {%- endset -%}
        {{ put_aside('moved', unchanged) }}
    {%- else -%}
        select 1
    {%- endif -%}
{%- endmacro %}

{# Second: what is counted anew, by `key` (`item_id`, or the `category` of the items): all of the users
   who are not moved, of the others what happened between their two moments, or has expired. It is
   taken from events, or from pairs that were themselves counted anew since. #}
{% macro find_rows_to_count(key, source='events', expires=true) -%}
    {%- if is_incremental() -%}
        {%- set rows_to_count -%}
            -- Before they meet the catalogue: it has many more items than anyone touched.
            with touched as materialized (
                select
                    users.as_of_date,
                    users.known_until,
                    users.user_id,
                    touched.item_id
                from {{ users_not_moved() }}
                inner join {{ touched_items(source) }} as touched
                    on
                        users.user_id = touched.user_id
                        and {{ touched_before('users', source) }}
                union
                select
                    moved.as_of_date,
                    moved.known_until,
                    moved.user_id,
                    touched.item_id
                from {{ aside('moved') }} as moved
                inner join {{ touched_items(source) }} as touched
                    on
                        moved.user_id = touched.user_id
                        and {{ touched_before('moved', source) }}
                        and {{ touched_since('moved.kept_until', source) }}
                where moved.kept_until < moved.known_until
            )

            select distinct
                touched.known_until,
                touched.user_id,
                {{ "touched.item_id" if key == "item_id" else "categories.category" }}
            from touched
            {%- if key != 'item_id' %}
            inner join {{ ref('int_pair_item_categories') }} as categories
                on
                    touched.as_of_date = categories.as_of_date
                    and touched.item_id = categories.item_id
            {%- endif %}
            {%- if expires %}
            union
            select
                moved.known_until,
                moved.user_id,
                kept.{{ key }}
            from {{ aside('moved') }} as moved
            inner join {{ this }} as kept
                on
                    moved.kept_until = kept.known_until
                    and moved.user_id = kept.user_id
                    and moved.known_until > kept.expires_at
            where moved.kept_until < moved.known_until
            {%- endif %}
        {%- endset -%}
        {{ put_aside('counted', rows_to_count) }}
    {%- else -%}
        select 1
    {%- endif -%}
{%- endmacro %}

{# The wanted moments of users who are not moved, as `users`, for a from clause. #}
{% macro users_not_moved() -%}
    (
        select
            pair_users.as_of_date,
            pair_users.known_until,
            pair_users.user_id
        from {{ ref('int_pair_users') }} as pair_users
        left join {{ aside('moved') }} as moved
            on
                pair_users.known_until = moved.known_until
                and pair_users.user_id = moved.user_id
        where moved.user_id is null
    ) as users
{%- endmacro %}

{# What says that a user touched an item, and when: at a moment's rows of pairs it is of that moment. #}
{% macro touched_items(source) -%}
    {{ ref('int_interactions_sequenced' if source == 'events' else 'int_user_item_rows') }}
{%- endmacro %}

{% macro touched_before(users, source) -%}
    {%- if source == 'events' -%} {{ users }}.known_until > touched.known_at
    {%- else -%} {{ users }}.known_until = touched.known_until
    {%- endif -%}
{%- endmacro %}

{% macro touched_since(moment, source) -%}
    {{ moment }} {{ "<= touched.known_at" if source == "events" else "< touched.counted_until" }}
{%- endmacro %}

{# Whether a category of a row of `rows`, joined with `categories`, is counted anew. No join: one that
   comes before that of the categories multiplies the rows. #}
{% macro category_is_counted(moment, rows) -%}
exists (
    select 1
    from {{ aside('counted') }} as counted
    where
        counted.known_until = {{ pair_until(moment) }}
        and counted.user_id = {{ rows }}.user_id
        and counted.category = categories.category
)
{%- endmacro %}

{# Third: removes rows of users who are not moved. #}
{% macro forget_users_not_moved() -%}
    {%- if is_incremental() -%}
        delete from {{ this }}
        where not exists (
            select 1
            from {{ aside('moved') }} as moved
            where moved.kept_until = {{ this.identifier }}.known_until
                and moved.user_id = {{ this.identifier }}.user_id
        )
    {%- else -%}
        select 1
    {%- endif -%}
{%- endmacro %}

{# Fourth: dates the rest on. #}
{% macro move_users() -%}
    {%- if is_incremental() -%}
        update {{ this }}
        set
            as_of_date = moved.as_of_date,
            known_until = moved.known_until,
            inputs_hash = moved.history_hash
        from {{ aside('moved') }} as moved
        where moved.kept_until = {{ this.identifier }}.known_until
            and moved.user_id = {{ this.identifier }}.user_id
            and moved.kept_until < moved.known_until
    {%- else -%}
        select 1
    {%- endif -%}
{%- endmacro %}

{# Last: removes the rows that are counted anew. #}
{% macro forget_rows_to_count(key) -%}
    {%- if is_incremental() -%}
        delete from {{ this }}
        where exists (
            select 1
            from {{ aside('counted') }} as counted
            where counted.known_until = {{ this.identifier }}.known_until
                and counted.user_id = {{ this.identifier }}.user_id
                and counted.{{ key }} = {{ this.identifier }}.{{ key }}
        )
    {%- else -%}
        select 1
    {%- endif -%}
{%- endmacro %}

{# The moment after which the first of the events that a window counts has left it, or the pair has
   been quiet for too long to have a row. #}
{% macro pair_expiry(days) -%}
    least(
        {%- for window in days %}
        min(case when age_days <= {{ window }} then interacted_at + interval '{{ window }} days' end),
        {%- endfor %}
        max(interacted_at) + interval '{{ days[-1] }} days'
    )
{%- endmacro %}

{# For `pre_hook` of int_pair_item_categories: the kept catalogues that are those of wanted moments. #}
{% macro find_catalogues_to_move() -%}
    {%- if is_incremental() -%}
        {%- set unchanged -%}
            with

            {{ pair_moves() }}

            select
                moves.kept_until,
                wanted.as_of_date,
                wanted.known_until
            from moves
            inner join {{ ref('int_pair_catalogues') }} as wanted
                on moves.as_of_date = wanted.as_of_date
            inner join (
                select distinct
                    known_until,
                    inputs_hash
                from {{ this }}
            ) as kept
                on
                    moves.kept_until = kept.known_until
                    and wanted.inputs_hash = kept.inputs_hash
        {%- endset -%}
        {{ put_aside('moved', unchanged) }}
    {%- else -%}
        select 1
    {%- endif -%}
{%- endmacro %}

{# Then: removes the others, and dates these on. #}
{% macro forget_catalogues_not_moved() -%}
    {%- if is_incremental() -%}
        delete from {{ this }}
        where known_until not in (select moved.kept_until from {{ aside('moved') }} as moved)
    {%- else -%}
        select 1
    {%- endif -%}
{%- endmacro %}

{% macro move_catalogues() -%}
    {%- if is_incremental() -%}
        update {{ this }}
        set
            as_of_date = moved.as_of_date,
            known_until = moved.known_until
        from {{ aside('moved') }} as moved
        where moved.kept_until = {{ this.identifier }}.known_until
            and moved.kept_until < moved.known_until
    {%- else -%}
        select 1
    {%- endif -%}
{%- endmacro %}
