with

moments as (
    {% for moment in pair_moments() %}
        select
            {{ moment.as_of_date }} as as_of_date,
            cast({{ moment.is_latest | lower }} as boolean) as is_latest,
            {{ pair_until(moment) }} as known_until
        {{ "union all" if not loop.last }}
    {% endfor %}
)

select * from moments
