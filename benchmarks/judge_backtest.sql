-- The sample's own purchases as a judge needs them, straight from the source file.
select
    household_id::varchar as user_id,
    product_id::varchar as item_id,
    bool_or(transaction_timestamp < $cutoff) as is_before,
    bool_or(transaction_timestamp >= $cutoff and transaction_timestamp < $truth_until)
        as is_in_truth,
from read_parquet($transactions)
group by household_id, product_id
