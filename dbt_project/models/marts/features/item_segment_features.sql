{{ config(materialized='view') }}

{{ rows_asked_for(ref('int_item_segment_rows')) }}
