{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook="{{ forget_unseen_messages() }}",
) }}

with

messages as (
    {{ messages_to_unfold() }}
),

identified as (
    select
        message_id,
        batch_id,
        event_name,
        user_id,
        anonymous_id,
        occurred_at,
        received_at,
        source,
        case
            when event_name = 'Order Completed'
                then coalesce({{ json_text('properties', 'order_id') }}, message_id)
            else message_id
        end as order_id
    from messages
)

select * from identified
