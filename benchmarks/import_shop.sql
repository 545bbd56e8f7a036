-- A shop's export: one row a line of an order, in no useful order.
-- Parameters: $rows, $broken (rows whose time cannot be read), $path.
copy (
    with lines as (
        select
            range as line,
            hash(range) as chance,
            hash(range // 4) as order_chance
        from range($rows::bigint)
    )

    select
        'c' || order_chance % 500000 as customer_id,
        'sku-' || (chance % 200000)::varchar as sku,
        case
            when line % ($rows // $broken) = 0 then 'soon'
            else strftime(timestamp '2024-01-01' + to_seconds(order_chance // 1000 % 63072000), '%Y-%m-%d %H:%M:%S')
        end as order_date,
        'o' || line // 4 as order_number,
        1 + chance // 7 % 3 as quantity,
        round((100 + chance // 11 % 9900) / 100, 2) as unit_price
    from lines
) to $path (format csv, header)
