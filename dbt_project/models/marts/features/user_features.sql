{{ config(materialized='view') }}

{{ feature_columns('user_features', ref('int_user_feature_rows')) }}
