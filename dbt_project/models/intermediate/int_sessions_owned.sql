with

sessions as (
    select
        session_id,
        -- A session has one user, and became theirs at one moment.
        min(user_id) as user_id,
        bool_and(is_anonymous) as is_anonymous,
        min(user_known_at) as user_known_at,
        min(former_user_id) as former_user_id,
        bool_and(was_anonymous) as was_anonymous,
        min(occurred_at) as started_at,
        -- From then on nothing can join it any more.
        max(occurred_at) + interval '{{ var("session_timeout_minutes") }} minutes' as closed_at
    from {{ ref('int_events_sessionized') }}
    group by session_id
),

owned as (
    select
        *,
        coalesce(user_known_at > started_at, false) as changes_owner,
        case when user_known_at >= closed_at then former_user_id else user_id end as owner_id,
        case when user_known_at >= closed_at then was_anonymous else is_anonymous end
            as is_owner_anonymous
    from sessions
),

placed as (
    select
        *,
        count(case when not changes_owner then 1 end) over earlier as settled_sessions,
        max(case when not changes_owner then started_at end) over earlier as settled_at
    from owned
    window earlier as (
        partition by owner_id order by started_at, session_id
        rows between unbounded preceding and 1 preceding
    )
),

owners as (
    select
        user_id as owner_id,
        session_id,
        started_at,
        user_known_at as known_at,
        cast(null as timestamp) as moved_at
    from owned
    where changes_owner
    union all
    select
        former_user_id as owner_id,
        session_id,
        started_at,
        started_at as known_at,
        user_known_at as moved_at
    from owned
    where changes_owner
),

-- Earlier ones that were known to be the owner's when this one was over.
changing as (
    select
        owned.session_id,
        count(*) as sessions,
        max(owners.started_at) as started_at
    from owned
    inner join owners
        on
            owned.owner_id = owners.owner_id
            and (
                owned.started_at > owners.started_at
                or (
                    owned.started_at = owners.started_at
                    and owned.session_id > owners.session_id
                )
            )
            and {{ is_known('owners', 'owned.closed_at') }}
    group by owned.session_id
),

final as (
    select
        placed.session_id,
        placed.owner_id as user_id,
        placed.is_owner_anonymous as is_anonymous,
        placed.closed_at,
        placed.settled_sessions + coalesce(changing.sessions, 0) as previous_sessions,
        {{ days_between(
            'greatest(placed.settled_at, changing.started_at)', 'placed.started_at'
        ) }} as days_since_previous_session
    from placed
    left join changing on placed.session_id = changing.session_id
)

select * from final
