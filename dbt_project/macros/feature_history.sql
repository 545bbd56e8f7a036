{# For `pre_hook` of a table of feature rows: removes what the build cannot keep. What is left are the
   Mondays of entities of which nothing changed up to the newest of them, so the table after an
   increment is what a full build makes of the same events. #}

{# First: the row of now, and dates that are no Monday of this build. #}
{% macro forget_other_dates() -%}
    {%- if is_incremental() -%}
        delete from {{ this }}
        where content is null
            or as_of_date not in (
                select as_of_date from {{ ref('int_feature_dates') }} where not is_latest
            )
    {%- else -%}
        select 1
    {%- endif -%}
{%- endmacro %}

{# Then: whoever's events up to the newest kept date are not those that the rows were made of
   (`content` is a hash of them, in no order), and whoever comes back after having been forgotten. #}
{% macro forget_changed_histories(entity) -%}
    {%- if is_incremental() -%}
        delete from {{ this }}
        where {{ entity }} not in (
            select kept.{{ entity }}
            from {{ this }} as kept
            inner join (
                select
                    {{ entity }},
                    max(as_of_date) as newest_date
                from {{ this }}
                group by {{ entity }}
            ) as newest
                on
                    kept.{{ entity }} = newest.{{ entity }}
                    and kept.as_of_date = newest.newest_date
            inner join (
                select
                    {{ entity }},
                    sum(
                        case
                            when occurred_at < (select max(as_of_date) from {{ this }})
                                then row_hash
                            else 0
                        end
                    ) as content,
                    max(occurred_at) as last_at
                from {{ events_of(entity) }} as told
                group by {{ entity }}
            ) as delivered on kept.{{ entity }} = delivered.{{ entity }}
            where kept.content = delivered.content
                and (
                    kept.as_of_date = (select max(as_of_date) from {{ this }})
                    or delivered.last_at < (select max(as_of_date) from {{ this }})
                )
        )
    {%- else -%}
        select 1
    {%- endif -%}
{%- endmacro %}
