-- One Segment-spec "Order Completed" event per basket of the Complete Journey year.
-- Parameters: $transactions, $users (0 = all households).
with transactions as (
    select *
    from read_parquet($transactions)
),

households as (
    select household_id
    from (select distinct household_id from transactions)
    order by md5(household_id::varchar)
    limit case when $users > 0 then $users else 1000000 end
),

baskets as (
    select
        basket_id,
        household_id,
        store_id,
        transaction_timestamp,
        round(sum(sales_value), 2) as total,
        round(sum(retail_disc + coupon_disc + coupon_match_disc), 2) as discount,
        list(
            {
                'product_id': product_id::varchar,
                'quantity': quantity,
                'price': round(
                    case when quantity > 0 then sales_value / quantity else sales_value end, 4
                ),
                'line_total': sales_value
            }
            order by product_id
        ) as products
    from transactions
    semi join households using (household_id)
    group by basket_id, household_id, store_id, transaction_timestamp
)

select
    'cj-' || basket_id as message_id,
    'track' as type,
    'Order Completed' as event,
    household_id::varchar as user_id,
    null::varchar as anonymous_id,
    strftime(transaction_timestamp, '%Y-%m-%dT%H:%M:%SZ') as timestamp,
    strftime(transaction_timestamp, '%Y-%m-%dT%H:%M:%SZ') as received_at,
    {
        'order_id': basket_id::varchar,
        'store_id': store_id::varchar,
        'currency': 'USD',
        'total': total,
        'discount': discount,
        'products': products
    } as properties,
    'complete-journey' as source,
    strftime(transaction_timestamp, '%Y-%m-%d') as date
from baskets
order by transaction_timestamp, basket_id
