with

visitors as (
    select * from {{ ref('int_identities') }}
    where id_kind = 'anonymous'
),

final as (
    select
        id as anonymous_id,
        linked_at,
        user_id,
        is_anonymous,
        valid_from,
        valid_to
    from visitors
)

select * from final
