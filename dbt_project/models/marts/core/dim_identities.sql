with

identities as (
    select * from {{ ref('int_identities') }}
),

final as (
    select
        cast(id_kind as varchar) as id_kind,
        id,
        valid_from,
        valid_to,
        user_id,
        is_anonymous,
        cast(how as varchar) as how,
        cast(reason as varchar) as reason,
        message_id,
        linked_at
    from identities
)

select * from final
