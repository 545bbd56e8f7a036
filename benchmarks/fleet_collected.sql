-- How many of the events that the proof sent to the collector are loaded.
select count(*)
from raw.events
where starts_with(message_id, 'fleet-') and source = 'shop'
