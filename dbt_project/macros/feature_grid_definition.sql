{# Made from features.yml by `aisle expand-features`: change that file, not this one. #}
{% macro feature_grid_definition() %}
{% set definition %}{% raw %}
{
 "user_features": {
  "entity": "user_id",
  "active_days": 364,
  "measures": [
   {
    "name": "orders",
    "aggregate": "count",
    "condition": "event = 'Order Completed' and is_first_line",
    "value": "1",
    "previous": "previous_None_at",
    "next": "next_None_at",
    "windows": [
     1,
     7,
     28,
     91,
     364
    ],
    "half_lives": [
     7,
     28,
     91,
     182
    ],
    "ever": "orders_ever"
   },
   {
    "name": "spend",
    "aggregate": "sum",
    "condition": "event = 'Order Completed' and value is not null",
    "value": "value",
    "previous": "previous_None_at",
    "next": "next_None_at",
    "windows": [
     1,
     7,
     28,
     91,
     364
    ],
    "half_lives": [
     7,
     28,
     91,
     182
    ],
    "ever": null
   },
   {
    "name": "items",
    "aggregate": "count_distinct",
    "condition": "event = 'Order Completed' and item_id is not null",
    "value": "1",
    "previous": "previous_item_at",
    "next": "next_item_at",
    "windows": [
     1,
     7,
     28,
     91,
     364
    ],
    "half_lives": [
     7,
     28,
     91,
     182
    ],
    "ever": null
   },
   {
    "name": "categories",
    "aggregate": "count_distinct",
    "condition": "event = 'Order Completed' and category is not null",
    "value": "1",
    "previous": "previous_category_at",
    "next": "next_category_at",
    "windows": [
     1,
     7,
     28,
     91,
     364
    ],
    "half_lives": [
     7,
     28,
     91,
     182
    ],
    "ever": null
   },
   {
    "name": "order_lines",
    "aggregate": "count",
    "condition": "event = 'Order Completed'",
    "value": "1",
    "previous": "previous_None_at",
    "next": "next_None_at",
    "windows": [
     28,
     91,
     364
    ],
    "half_lives": [],
    "ever": null
   },
   {
    "name": "repeat_lines",
    "aggregate": "count",
    "condition": "event = 'Order Completed' and purchase_number > 1",
    "value": "1",
    "previous": "previous_None_at",
    "next": "next_None_at",
    "windows": [
     28,
     91,
     364
    ],
    "half_lives": [],
    "ever": null
   },
   {
    "name": "views",
    "aggregate": "count",
    "condition": "event = 'Product Viewed'",
    "value": "1",
    "previous": "previous_None_at",
    "next": "next_None_at",
    "windows": [
     1,
     7,
     28,
     91
    ],
    "half_lives": [
     7,
     28
    ],
    "ever": null
   },
   {
    "name": "viewed_items",
    "aggregate": "count_distinct",
    "condition": "event = 'Product Viewed' and item_id is not null",
    "value": "1",
    "previous": "previous_item_at",
    "next": "next_item_at",
    "windows": [
     1,
     7,
     28,
     91
    ],
    "half_lives": [],
    "ever": null
   },
   {
    "name": "clicks",
    "aggregate": "count",
    "condition": "event = 'Product Clicked'",
    "value": "1",
    "previous": "previous_None_at",
    "next": "next_None_at",
    "windows": [
     1,
     7,
     28,
     91
    ],
    "half_lives": [
     7,
     28
    ],
    "ever": null
   },
   {
    "name": "adds",
    "aggregate": "count",
    "condition": "event = 'Product Added'",
    "value": "1",
    "previous": "previous_None_at",
    "next": "next_None_at",
    "windows": [
     1,
     7,
     28,
     91
    ],
    "half_lives": [
     7,
     28
    ],
    "ever": null
   },
   {
    "name": "last_ordered_at",
    "aggregate": "max",
    "condition": "event = 'Order Completed' and occurred_at is not null",
    "value": "occurred_at",
    "previous": "previous_None_at",
    "next": "next_None_at",
    "windows": [],
    "half_lives": [],
    "ever": "last_ordered_at"
   },
   {
    "name": "order_gaps",
    "aggregate": "count",
    "condition": "event = 'Order Completed' and is_first_line and order_gap_days is not null",
    "value": "1",
    "previous": "previous_None_at",
    "next": "next_None_at",
    "windows": [],
    "half_lives": [],
    "ever": "order_gaps"
   },
   {
    "name": "order_gap_days",
    "aggregate": "sum",
    "condition": "event = 'Order Completed' and is_first_line and order_gap_days is not null",
    "value": "order_gap_days",
    "previous": "previous_None_at",
    "next": "next_None_at",
    "windows": [],
    "half_lives": [],
    "ever": "order_gap_days"
   },
   {
    "name": "order_gap_squares",
    "aggregate": "sum",
    "condition": "event = 'Order Completed' and is_first_line and order_gap_squares is not null",
    "value": "order_gap_squares",
    "previous": "previous_None_at",
    "next": "next_None_at",
    "windows": [],
    "half_lives": [],
    "ever": "order_gap_squares"
   }
  ],
  "derived": [
   {
    "name": "orders_trend_7d_28d",
    "expression": "coalesce(cast(orders_7d as double precision) * 28 / nullif(orders_28d * 7, 0), 0)"
   },
   {
    "name": "orders_trend_28d_91d",
    "expression": "coalesce(cast(orders_28d as double precision) * 91 / nullif(orders_91d * 28, 0), 0)"
   },
   {
    "name": "orders_trend_91d_364d",
    "expression": "coalesce(cast(orders_91d as double precision) * 364 / nullif(orders_364d * 91, 0), 0)"
   },
   {
    "name": "spend_trend_28d_91d",
    "expression": "coalesce(cast(spend_28d as double precision) * 91 / nullif(spend_91d * 28, 0), 0)"
   },
   {
    "name": "items_trend_28d_91d",
    "expression": "coalesce(cast(items_28d as double precision) * 91 / nullif(items_91d * 28, 0), 0)"
   },
   {
    "name": "categories_trend_28d_91d",
    "expression": "coalesce(cast(categories_28d as double precision) * 91 / nullif(categories_91d * 28, 0), 0)"
   },
   {
    "name": "views_trend_7d_28d",
    "expression": "coalesce(cast(views_7d as double precision) * 28 / nullif(views_28d * 7, 0), 0)"
   },
   {
    "name": "mean_basket_size_364d",
    "expression": "cast(order_lines_364d as double precision) / nullif(orders_364d, 0)"
   },
   {
    "name": "mean_basket_value_364d",
    "expression": "spend_364d / nullif(orders_364d, 0)"
   },
   {
    "name": "repeat_line_share_364d",
    "expression": "cast(repeat_lines_364d as double precision) / nullif(order_lines_364d, 0)"
   },
   {
    "name": "days_since_last_order",
    "expression": "extract(epoch from (as_of_date - last_ordered_at)) / 86400"
   },
   {
    "name": "mean_days_between_orders",
    "expression": "order_gap_days / nullif(order_gaps, 0)"
   },
   {
    "name": "variance_days_between_orders",
    "expression": "cast(cast(greatest(order_gap_squares - order_gap_days * order_gap_days / nullif(order_gaps, 0), 0) / nullif(greatest(order_gaps - 1, 0), 0) as decimal(38, 4)) as double precision)"
   },
   {
    "name": "order_gap_ratio",
    "expression": "cast(extract(epoch from (as_of_date - last_ordered_at)) / 86400 as double precision) / nullif(order_gap_days / nullif(order_gaps, 0), 0)"
   }
  ],
  "published": [
   "orders_1d",
   "orders_7d",
   "orders_28d",
   "orders_91d",
   "orders_364d",
   "orders_ever",
   "orders_hl7d",
   "orders_hl28d",
   "orders_hl91d",
   "orders_hl182d",
   "spend_1d",
   "spend_7d",
   "spend_28d",
   "spend_91d",
   "spend_364d",
   "spend_hl7d",
   "spend_hl28d",
   "spend_hl91d",
   "spend_hl182d",
   "items_1d",
   "items_7d",
   "items_28d",
   "items_91d",
   "items_364d",
   "items_hl7d",
   "items_hl28d",
   "items_hl91d",
   "items_hl182d",
   "categories_1d",
   "categories_7d",
   "categories_28d",
   "categories_91d",
   "categories_364d",
   "categories_hl7d",
   "categories_hl28d",
   "categories_hl91d",
   "categories_hl182d",
   "order_lines_28d",
   "order_lines_91d",
   "order_lines_364d",
   "repeat_lines_28d",
   "repeat_lines_91d",
   "repeat_lines_364d",
   "views_1d",
   "views_7d",
   "views_28d",
   "views_91d",
   "views_hl7d",
   "views_hl28d",
   "viewed_items_1d",
   "viewed_items_7d",
   "viewed_items_28d",
   "viewed_items_91d",
   "clicks_1d",
   "clicks_7d",
   "clicks_28d",
   "clicks_91d",
   "clicks_hl7d",
   "clicks_hl28d",
   "adds_1d",
   "adds_7d",
   "adds_28d",
   "adds_91d",
   "adds_hl7d",
   "adds_hl28d",
   "orders_trend_7d_28d",
   "orders_trend_28d_91d",
   "orders_trend_91d_364d",
   "spend_trend_28d_91d",
   "items_trend_28d_91d",
   "categories_trend_28d_91d",
   "views_trend_7d_28d",
   "mean_basket_size_364d",
   "mean_basket_value_364d",
   "repeat_line_share_364d",
   "days_since_last_order",
   "mean_days_between_orders",
   "variance_days_between_orders",
   "order_gap_ratio"
  ]
 },
 "item_features": {
  "entity": "item_id",
  "active_days": 182,
  "measures": [
   {
    "name": "orders",
    "aggregate": "count",
    "condition": "event = 'Order Completed'",
    "value": "1",
    "previous": "previous_None_at",
    "next": "next_None_at",
    "windows": [
     1,
     7,
     28,
     91,
     364
    ],
    "half_lives": [
     7,
     28,
     91,
     182
    ],
    "ever": null
   },
   {
    "name": "users",
    "aggregate": "count_distinct",
    "condition": "event = 'Order Completed' and user_id is not null",
    "value": "1",
    "previous": "previous_told_at",
    "next": "next_told_at",
    "windows": [
     1,
     7,
     28,
     91,
     364
    ],
    "half_lives": [
     7,
     28,
     91,
     182
    ],
    "ever": null
   },
   {
    "name": "quantity",
    "aggregate": "sum",
    "condition": "event = 'Order Completed' and quantity is not null",
    "value": "quantity",
    "previous": "previous_None_at",
    "next": "next_None_at",
    "windows": [
     7,
     28,
     91,
     364
    ],
    "half_lives": [],
    "ever": null
   },
   {
    "name": "value",
    "aggregate": "sum",
    "condition": "event = 'Order Completed' and value is not null",
    "value": "value",
    "previous": "previous_None_at",
    "next": "next_None_at",
    "windows": [
     1,
     7,
     28,
     91,
     364
    ],
    "half_lives": [
     7,
     28,
     91,
     182
    ],
    "ever": null
   },
   {
    "name": "views",
    "aggregate": "count",
    "condition": "event = 'Product Viewed'",
    "value": "1",
    "previous": "previous_None_at",
    "next": "next_None_at",
    "windows": [
     1,
     7,
     28,
     91
    ],
    "half_lives": [
     7,
     28
    ],
    "ever": null
   },
   {
    "name": "viewers",
    "aggregate": "count_distinct",
    "condition": "event = 'Product Viewed' and user_id is not null",
    "value": "1",
    "previous": "previous_told_at",
    "next": "next_told_at",
    "windows": [
     1,
     7,
     28,
     91
    ],
    "half_lives": [],
    "ever": null
   },
   {
    "name": "clicks",
    "aggregate": "count",
    "condition": "event = 'Product Clicked'",
    "value": "1",
    "previous": "previous_None_at",
    "next": "next_None_at",
    "windows": [
     1,
     7,
     28,
     91
    ],
    "half_lives": [
     7,
     28
    ],
    "ever": null
   },
   {
    "name": "adds",
    "aggregate": "count",
    "condition": "event = 'Product Added'",
    "value": "1",
    "previous": "previous_None_at",
    "next": "next_None_at",
    "windows": [
     1,
     7,
     28,
     91
    ],
    "half_lives": [
     7,
     28
    ],
    "ever": null
   },
   {
    "name": "last_sold_at",
    "aggregate": "max",
    "condition": "event = 'Order Completed' and occurred_at is not null",
    "value": "occurred_at",
    "previous": "previous_None_at",
    "next": "next_None_at",
    "windows": [],
    "half_lives": [],
    "ever": "last_sold_at"
   },
   {
    "name": "buyers",
    "aggregate": "count",
    "condition": "event = 'Order Completed' and told_number = 1",
    "value": "1",
    "previous": "previous_None_at",
    "next": "next_None_at",
    "windows": [],
    "half_lives": [],
    "ever": "buyers"
   },
   {
    "name": "rebuyers",
    "aggregate": "count",
    "condition": "event = 'Order Completed' and told_number = 2",
    "value": "1",
    "previous": "previous_None_at",
    "next": "next_None_at",
    "windows": [],
    "half_lives": [],
    "ever": "rebuyers"
   },
   {
    "name": "purchase_gaps",
    "aggregate": "count",
    "condition": "event = 'Order Completed' and purchase_gap_days is not null",
    "value": "1",
    "previous": "previous_None_at",
    "next": "next_None_at",
    "windows": [],
    "half_lives": [],
    "ever": "purchase_gaps"
   },
   {
    "name": "purchase_gap_days",
    "aggregate": "sum",
    "condition": "event = 'Order Completed' and purchase_gap_days is not null",
    "value": "purchase_gap_days",
    "previous": "previous_None_at",
    "next": "next_None_at",
    "windows": [],
    "half_lives": [],
    "ever": "purchase_gap_days"
   },
   {
    "name": "purchase_gap_squares",
    "aggregate": "sum",
    "condition": "event = 'Order Completed' and purchase_gap_squares is not null",
    "value": "purchase_gap_squares",
    "previous": "previous_None_at",
    "next": "next_None_at",
    "windows": [],
    "half_lives": [],
    "ever": "purchase_gap_squares"
   }
  ],
  "derived": [
   {
    "name": "orders_trend_7d_28d",
    "expression": "coalesce(cast(orders_7d as double precision) * 28 / nullif(orders_28d * 7, 0), 0)"
   },
   {
    "name": "orders_trend_91d_364d",
    "expression": "coalesce(cast(orders_91d as double precision) * 364 / nullif(orders_364d * 91, 0), 0)"
   },
   {
    "name": "users_trend_28d_91d",
    "expression": "coalesce(cast(users_28d as double precision) * 91 / nullif(users_91d * 28, 0), 0)"
   },
   {
    "name": "value_trend_28d_91d",
    "expression": "coalesce(cast(value_28d as double precision) * 91 / nullif(value_91d * 28, 0), 0)"
   },
   {
    "name": "views_trend_7d_28d",
    "expression": "coalesce(cast(views_7d as double precision) * 28 / nullif(views_28d * 7, 0), 0)"
   },
   {
    "name": "order_trend_28d",
    "expression": "coalesce(cast(orders_28d * 91 as double precision) / nullif(orders_91d * 28, 0), 0)"
   },
   {
    "name": "mean_unit_value_364d",
    "expression": "value_364d / nullif(quantity_364d, 0)"
   },
   {
    "name": "days_since_last_sale",
    "expression": "extract(epoch from (as_of_date - last_sold_at)) / 86400"
   },
   {
    "name": "rebuy_rate",
    "expression": "cast(rebuyers as double precision) / nullif(buyers, 0)"
   },
   {
    "name": "mean_days_between_purchases",
    "expression": "purchase_gap_days / nullif(purchase_gaps, 0)"
   },
   {
    "name": "variance_days_between_purchases",
    "expression": "cast(cast(greatest(purchase_gap_squares - purchase_gap_days * purchase_gap_days / nullif(purchase_gaps, 0), 0) / nullif(greatest(purchase_gaps - 1, 0), 0) as decimal(38, 4)) as double precision)"
   },
   {
    "name": "purchase_gap_ratio",
    "expression": "cast(extract(epoch from (as_of_date - last_sold_at)) / 86400 as double precision) / nullif(purchase_gap_days / nullif(purchase_gaps, 0), 0)"
   }
  ],
  "published": [
   "orders_1d",
   "orders_7d",
   "orders_28d",
   "orders_91d",
   "orders_364d",
   "orders_hl7d",
   "orders_hl28d",
   "orders_hl91d",
   "orders_hl182d",
   "users_1d",
   "users_7d",
   "users_28d",
   "users_91d",
   "users_364d",
   "users_hl7d",
   "users_hl28d",
   "users_hl91d",
   "users_hl182d",
   "quantity_7d",
   "quantity_28d",
   "quantity_91d",
   "quantity_364d",
   "value_1d",
   "value_7d",
   "value_28d",
   "value_91d",
   "value_364d",
   "value_hl7d",
   "value_hl28d",
   "value_hl91d",
   "value_hl182d",
   "views_1d",
   "views_7d",
   "views_28d",
   "views_91d",
   "views_hl7d",
   "views_hl28d",
   "viewers_1d",
   "viewers_7d",
   "viewers_28d",
   "viewers_91d",
   "clicks_1d",
   "clicks_7d",
   "clicks_28d",
   "clicks_91d",
   "clicks_hl7d",
   "clicks_hl28d",
   "adds_1d",
   "adds_7d",
   "adds_28d",
   "adds_91d",
   "adds_hl7d",
   "adds_hl28d",
   "orders_trend_7d_28d",
   "orders_trend_91d_364d",
   "users_trend_28d_91d",
   "value_trend_28d_91d",
   "views_trend_7d_28d",
   "order_trend_28d",
   "mean_unit_value_364d",
   "days_since_last_sale",
   "rebuy_rate",
   "mean_days_between_purchases",
   "variance_days_between_purchases",
   "purchase_gap_ratio"
  ]
 }
}
{% endraw %}{% endset %}
{{ return(fromjson(definition)) }}
{% endmacro %}
