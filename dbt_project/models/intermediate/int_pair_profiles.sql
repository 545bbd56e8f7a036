{{ config(materialized='table') }}

with

histories as (
    select
        as_of_date,
        sum({{ row_hash(['user_id', 'inputs_hash']) }}) as inputs_hash
    from {{ ref('int_pair_users_catalogued') }}
    group by as_of_date
),

segments as (
    select
        as_of_date,
        sum({{ row_hash(['user_id', 'segment']) }}) as inputs_hash
    from {{ ref('int_user_segments') }}
    group by as_of_date
),

orders as (
    select
        as_of_date,
        sum({{ row_hash([
            'user_id', 'main_channel_364d', 'main_channel_share_364d',
            'channels_364d', 'discount_order_share_364d', 'discount_rate_364d',
        ]) }}) as inputs_hash
    from {{ ref('int_profile_orders') }}
    group by as_of_date
),

sessions as (
    select
        as_of_date,
        sum({{ row_hash([
            'user_id', 'sessions_91d', 'mean_session_seconds_91d', 'mean_session_events_91d',
            'days_since_last_session', 'main_device_type_91d',
        ]) }}) as inputs_hash
    from {{ ref('int_profile_sessions') }}
    group by as_of_date
),

unioned as (
    select * from histories
    union all
    select * from segments
    union all
    select * from orders
    union all
    select * from sessions
),

final as (
    select
        as_of_date,
        {{ summed_hash('inputs_hash') }} as inputs_hash
    from unioned
    group by as_of_date
)

select * from final
