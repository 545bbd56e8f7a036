{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook="{{ forget_unseen_messages('int_list_events_selected') }}",
) }}

with

messages as (
    {{ messages_to_unfold('int_list_events_selected') }}
),

lines as (
    {{ item_lines('messages', ['message_id', 'batch_id', 'properties'], has_places=true) }}
),

extracted as (
    select
        message_id,
        batch_id,
        line,
        cast(place as integer) as place,
        {{ json_text('line', 'product_id') }} as item_id,
        {{ json_number('line', 'position') }} as sent_position,
        {{ json_text('properties', 'list_id') }} as list_id,
        {{ json_text('properties', 'category') }} as category,
        coalesce(
            {{ json_text('line', 'recommendation_id') }},
            {{ json_text('properties', 'recommendation_id') }}
        ) as recommendation_id
    from lines
),

-- Positions that do not tell the items of a list apart are no positions.
counted as (
    select
        *,
        row_number() over (partition by message_id, sent_position order by place)
            as same_position,
        sent_position is not null
        and sent_position between 0 and 1e6
        and sent_position = floor(sent_position) as is_position
    from extracted
),

believed as (
    select
        *,
        min(case when is_position and same_position = 1 then 1 else 0 end)
            over (partition by message_id) as has_positions
    from counted
),

final as (
    select
        message_id,
        batch_id,
        case when has_positions = 1 then cast(sent_position as integer) else place end as position,
        item_id,
        list_id,
        category,
        recommendation_id,
        case when item_id is null then 'missing product_id' end as quarantine_reason,
        case when item_id is null then cast(line as varchar) end as original
    from believed
)

select * from final
