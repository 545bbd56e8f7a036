with

demographics as (
    select * from {{ ref('int_user_demographics') }}
),

final as (
    select
        as_of_date,
        user_id,
        cast(age_band as varchar) as age_band,
        cast(gender as varchar) as gender,
        region,
        household_size,
        household_type,
        children,
        income_band,
        marital_status,
        home_ownership,
        "language",
        survey_answers
    from demographics
)

select * from final
