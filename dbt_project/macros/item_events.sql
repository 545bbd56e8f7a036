{# Messages that name items, and how the tables that unfold them follow the raw rows. #}

{# The kinds of events that say something about an item, strongest first. A list that was viewed
   is not among them: it says what was shown, not what somebody wanted. #}
{% macro item_events() -%}
    (
        'Order Completed',
        'Product Added',
        'Product Added to Wishlist',
        'Product Reviewed',
        'Product Clicked',
        'Product Viewed'
    )
{%- endmacro %}

{# Unfolding JSON is the dear part of a build, so each message is unfolded once and kept. That is
   safe because each kept row depends on one raw row alone: no clock, no ceiling, no other message.
   What a build may see decides which rows are kept: those of messages it no longer sees go first
   (set aside, above a lower ceiling, ahead of an earlier now), then those it sees anew are added.
   So an incremental build holds what a full one would, whatever was built before it. #}

{# For `pre_hook`: removes what was kept of messages that this build does not see. `selected` is the
   model of the messages that are unfolded. #}
{% macro forget_unseen_messages(selected='int_item_events_selected') -%}
    {%- if is_incremental() -%}
        delete from {{ this }}
        where not exists (
            select 1
            from {{ ref(selected) }} as seen
            where seen.message_id = {{ this.identifier }}.message_id
                and seen.batch_id = {{ this.identifier }}.batch_id
        )
    {%- else -%}
        select 1
    {%- endif -%}
{%- endmacro %}

{# The messages of this build that are not kept yet, for a common table expression. #}
{% macro messages_to_unfold(selected='int_item_events_selected') -%}
    select * from {{ ref(selected) }}
    {%- if is_incremental() %} as seen
    where not exists (
        select 1
        from {{ this }} as kept
        where kept.message_id = seen.message_id
            and kept.batch_id = seen.batch_id
    )
    {%- endif %}
{%- endmacro %}

{# One row per item that a message names, as `line`: the elements of `properties.products`, and the
   properties themselves where an item stands beside no list, as in an import's row. Where `alone`
   holds they are also read beside a list, when they name an item, and when there is neither; elsewhere
   never. `columns` of `messages` come along, with `has_places` also `place`, from 1. #}
{% macro item_lines(messages, columns, alone=none, has_places=false) -%}
    select
        {{ columns | join(', ') }},
        {{ json_array_rows('properties', 'products') }} as line
        {%- if has_places %},
        {{ json_array_places('properties', 'products') }} as place
        {%- endif %}
    from {{ messages }}
    union all
    select
        {{ columns | join(', ') }},
        {{ json_document('properties') }} as line
        {%- if has_places %},
        1 as place
        {%- endif %}
    from {{ messages }}
    where
        {%- if alone %}
        {{ alone }}
        and (
            {{ json_text('properties', 'product_id') }} is not null
            or {{ json_text('properties', 'products') }} is null
        )
        {%- else %}
        {{ json_text('properties', 'product_id') }} is not null
        and {{ json_text('properties', 'products') }} is null
        {%- endif %}
{%- endmacro %}
