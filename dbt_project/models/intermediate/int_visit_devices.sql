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

described as (
    select
        message_id,
        batch_id,
        {{ json_path_text('context', ['device', 'type']) }} as device,
        {{ json_path_text('context', ['userAgent']) }} as user_agent,
        {{ json_path_text('context', ['os', 'name']) }} as system_name
    from messages
),

recognised as (
    select
        message_id,
        batch_id,
        coalesce(
            {{ device_type('device') }},
            {{ device_type('user_agent') }},
            {{ device_type('system_name') }}
        ) as device_type
    from described
)

select * from recognised
