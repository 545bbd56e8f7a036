{{ config(materialized='view') }}

{{ category_ages(rows_asked_for(ref('int_user_category_rows'))) }}
