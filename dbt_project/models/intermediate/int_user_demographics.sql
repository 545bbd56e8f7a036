{{ config(materialized='table') }}

{% set fields = attribute_names().keys() | list + ['survey_answers'] %}

with

told as (
    select
        *,
        -- Of one moment the weightier word is the newer one.
        told_at + weight * interval '1 microsecond' as said_at
    from {{ ref('int_attributes_told') }}
),

-- A word that turns out to be the user's later than a newer one does not replace it.
standing as (
    select
        user_id,
        known_at,
        {% for field in fields -%}
            case
                when said_at >= coalesce(
                    max(case when {{ field }} is not null then said_at end) over earlier, said_at
                ) then {{ field }}
            end as {{ field }},
        {% endfor -%}
        said_at
    from told
    window earlier as (
        partition by user_id
        order by known_at, said_at
        rows between unbounded preceding and 1 preceding
    )
),

-- What is not said again is not taken back: of each field the newest word counts.
numbered as (
    select
        *,
        {% for field in fields -%}
            count({{ field }}) over so_far as {{ field }}_number,
        {% endfor -%}
        row_number() over so_far as place
    from standing
    window so_far as (
        partition by user_id
        order by known_at, said_at, {{ fields | join(', ') }}
        rows unbounded preceding
    )
),

filled as (
    select
        user_id,
        known_at,
        {% for field in fields -%}
            max({{ field }}) over (partition by user_id, {{ field }}_number) as {{ field }},
        {% endfor -%}
        place = max(place) over (partition by user_id, known_at) as is_last
    from numbered
),

read as (
    select
        *,
        {{ first_number('age') }} as age_number,
        {{ first_number('birth') }} as birth_number,
        lower(trim(gender)) as gender_word
    from filled
    where is_last
),

aged as (
    select
        *,
        case
            when age_number between 1900 and 2100
                then extract(year from known_at) - age_number
            when age is not null and lower(age) like '%under%' or age like '<%'
                then age_number - 1
            when age_number is not null then age_number
            when birth_number between 1900 and 2100
                then extract(year from known_at) - birth_number
        end as age_years
    from read
),

final as (
    select
        known_at as as_of_date,
        user_id,
        case
            when age_years < 0 or age_years > 120 then null
            when age_years < 18 then 'under 18'
            when age_years < 25 then '18-24'
            when age_years < 35 then '25-34'
            when age_years < 45 then '35-44'
            when age_years < 55 then '45-54'
            when age_years < 65 then '55-64'
            when age_years >= 65 then '65+'
        end as age_band,
        case
            when gender_word in ('f', 'female', 'w', 'woman') then 'female'
            when gender_word in ('m', 'male', 'man') then 'male'
            when gender_word in ('u', 'unknown', 'none', 'n/a', 'na', '-') then null
            when gender_word is not null then 'other'
        end as gender,
        region,
        cast({{ first_number('household_size') }} as bigint) as household_size,
        household_type,
        cast({{ first_number('children') }} as bigint) as children,
        income_band,
        marital_status,
        home_ownership,
        language,
        survey_answers
    from aged
)

select * from final
