{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook="{{ forget_unseen_messages('int_visit_events_selected') }}",
) }}

with

messages as (
    {{ messages_to_unfold('int_visit_events_selected') }}
),

extracted as (
    select
        message_id,
        batch_id,
        event_type,
        {{ json_path_text('context', ['page', 'url']) }} as page_url,
        {{ json_path_text('context', ['page', 'referrer']) }} as page_referrer,
        -- Page and screen messages say it in their properties too.
        case when event_type <> 'track' then {{ json_text('properties', 'url') }} end as own_url,
        case when event_type <> 'track' then {{ json_text('properties', 'name') }} end as own_name,
        page_name,
        case when event_type <> 'track' then {{ json_text('properties', 'referrer') }} end
            as own_referrer,
        {{ json_path_text('context', ['campaign', 'source']) }} as campaign_source,
        {{ json_path_text('context', ['campaign', 'medium']) }} as campaign_medium,
        {{ json_path_text('context', ['campaign', 'name']) }} as campaign_name,
        case when source = 'import' then {{ json_text('properties', 'session_id') }} end
            as shop_session_id
    from messages
),

located as (
    select
        message_id,
        batch_id,
        coalesce(page_url, own_url, own_name, nullif(page_name, '')) as place,
        -- RudderStack's word for nobody who referred.
        nullif(coalesce(page_referrer, own_referrer), '$direct') as referrer,
        campaign_source,
        campaign_medium,
        campaign_name,
        shop_session_id
    from extracted
)

select * from located
