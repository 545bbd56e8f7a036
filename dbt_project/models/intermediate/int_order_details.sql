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

details as (
    select
        message_id,
        batch_id,
        {{ json_text('properties', 'channel') }} as channel,
        abs({{ json_number('properties', 'discount') }}) as discount
    from messages
    where event_name = 'Order Completed'
),

final as (
    select
        message_id,
        batch_id,
        channel,
        -- As of lines; not-a-number and infinity compare as greater than any number.
        case when discount <= 1e12 then discount end as discount
    from details
)

select * from final
