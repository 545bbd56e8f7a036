{# Who did it: one user for the several ids of one person. `int_identities` is the map; an id that
   it does not list stands for itself. #}

{# The beginning of time: an id's first meaning holds for whatever came before it too. #}
{% macro beginning() -%}
    timestamp '1970-01-01 00:00:00'
{%- endmacro %}

{# A visitor whose id is also that of a known user. #}
{% macro visitor_named(id) -%}
    {{ id }} || ' (visitor)'
{%- endmacro %}

{# Joins `relation` (with user_id, anonymous_id, occurred_at) to what its two ids mean. Only the
   rows without a user_id look for who had the device, so a busy device costs little. #}
{% macro with_identities(relation) -%}
    {{ relation }}
    left join {{ ref('int_identities') }} as known
        on
            known.id_kind = 'user'
            and {{ relation }}.user_id = known.id
    left join {{ ref('int_identities') }} as visitors
        on
            visitors.id_kind = 'anonymous'
            and case when {{ relation }}.user_id is null then {{ relation }}.anonymous_id end
            = visitors.id
            and {{ relation }}.occurred_at >= visitors.valid_from
            and {{ relation }}.occurred_at < coalesce(visitors.valid_to, {{ end_of_time() }})
{%- endmacro %}

{% macro end_of_time() -%}
    timestamp '9999-12-31 00:00:00'
{%- endmacro %}

{# The canonical user of a row of `with_identities`; null only for a row that has no id. #}
{% macro canonical_user(relation) -%}
    coalesce(
        known.user_id, {{ relation }}.user_id, visitors.user_id, {{ relation }}.anonymous_id
    )
{%- endmacro %}

{# Since when it was known that the canonical user did it, and for whom it was taken before; null
   where the row itself says who, or nobody knows. #}
{% macro linked_at() -%}
    greatest(known.known_at, visitors.known_at)
{%- endmacro %}

{% macro former_user() -%}
    coalesce(known.former_user_id, visitors.former_user_id)
{%- endmacro %}
