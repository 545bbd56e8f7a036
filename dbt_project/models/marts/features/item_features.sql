{{ config(materialized='view') }}

{{ feature_columns('item_features', ref('int_item_feature_rows')) }}
