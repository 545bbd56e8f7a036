with

customers as (
    select * from {{ ref('int_customers_deduplicated') }}
),

renamed as (
    select
        id,
        user_id,
        known_at
    from {{ ref('int_identities') }}
    where id_kind = 'user'
),

named as (
    select
        coalesce(renamed.user_id, customers.user_id) as user_id,
        customers.attributes,
        customers.consent_personalization,
        greatest(customers.known_at, renamed.known_at) as known_at,
        row_number() over (
            partition by coalesce(renamed.user_id, customers.user_id)
            -- The record of the present name, else the newest.
            order by
                case when renamed.id is null then 0 else 1 end,
                customers.known_at desc,
                customers.user_id desc
        ) as best_first,
        -- Who said no under any name said no.
        bool_and(customers.consent_personalization) over (
            partition by coalesce(renamed.user_id, customers.user_id)
        ) as consent_of_all_names
    from customers
    left join renamed on customers.user_id = renamed.id
),

merged as (
    select
        user_id,
        attributes,
        consent_of_all_names as consent_personalization,
        known_at
    from named
    where best_first = 1
)

select * from merged
