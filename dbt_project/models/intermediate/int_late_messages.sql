{{ config(materialized='table') }}

{{ late_messages(ref('int_item_events_identified'), 'event_name') }}
