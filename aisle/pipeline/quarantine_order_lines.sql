-- Lines of orders that the last build did not accept; a line of an order has no file of its own.
select
    'order lines' as kind,
    reason,
    'order ' || order_id as source_file,
    rejected_number::bigint as line_number,
    original,
    'the last build' as refused_at
from intermediate.int_order_items_quarantined
