{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook=[
        "{{ forget_other_dates() }}",
        "{{ forget_changed_histories('item_id') }}",
    ],
) }}

{{ feature_rows('item_features') }}
