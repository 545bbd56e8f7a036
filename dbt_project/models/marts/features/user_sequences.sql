{{ config(materialized='view') }}

{{ rows_asked_for(ref('int_user_sequence_rows')) }}
