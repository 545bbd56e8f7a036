{{ config(materialized='table') }}

{{ late_messages(ref('int_links_sent'), 'event_type') }}
union all
select
    message_id,
    known_at
from {{ ref('int_late_messages') }}
