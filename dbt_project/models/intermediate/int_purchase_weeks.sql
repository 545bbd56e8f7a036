with

{% for is_latest in [false, true] %}
    {{ 'latest' if is_latest else 'weekly' }} as (
        select
            cast({{ is_latest | lower }} as boolean) as is_latest,
            user_id,
            item_id,
            order_id,
            purchase_number,
            ordered_at,
            quantity,
            value,
            {{ week_number('ordered_at', is_latest) }} as week,
            {{ week_number('previous_ordered_at', is_latest) }} as previous_week,
            {{ week_number('next_ordered_at', is_latest) }} as next_week,
            {{ week_number(as_of(), is_latest) }} as current_week
        from {{ ref('int_purchases_sequenced') }}
    ),
{% endfor %}

unioned as (
    select * from weekly
    union all
    select * from latest
)

select * from unioned
