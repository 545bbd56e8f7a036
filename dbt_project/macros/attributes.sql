{# What a shop's customer records and traits say, by one name each. docs/reference/features.md lists
   the names; the first one with a value counts. A dot goes into an object. #}
{% macro attribute_names() -%}
    {{ return({
        'age': ['age_band', 'age_group', 'age_range', 'age'],
        'birth': ['birth_year', 'birthday', 'birth_date', 'date_of_birth', 'birthdate'],
        'gender': ['gender', 'sex'],
        'region': ['region', 'state', 'province', 'address.state', 'country', 'address.country'],
        'household_size': ['household_size', 'householdSize'],
        'household_type': ['household_type', 'household_comp', 'household'],
        'children': ['children', 'kids_count', 'number_of_children'],
        'income_band': ['income_band', 'income', 'household_income'],
        'marital_status': ['marital_status', 'maritalStatus'],
        'home_ownership': ['home_ownership', 'homeOwnership'],
        'language': ['language', 'locale'],
    }) }}
{%- endmacro %}

{# The first of `names` that has a value in a JSON object, as text. #}
{% macro first_attribute(document, names) -%}
    coalesce(
        {%- for name in names %}
        {{ json_path_text(document, name.split('.')) }}{{ "," if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}

{# The first whole number in a text of at most four digits, else null: 45 of "45-54", 65 of "65+". #}
{% macro first_number(text) -%}
    {{ adapter.dispatch('first_number', 'aisle')(text) }}
{%- endmacro %}

{% macro duckdb__first_number(text) -%}
    try_cast(nullif(regexp_extract({{ text }}, '^[^0-9]*([0-9]{1,4})($|[^0-9])', 1), '') as integer)
{%- endmacro %}

{% macro postgres__first_number(text) -%}
    cast(substring({{ text }} from '^[^0-9]*([0-9]{1,4})(?:$|[^0-9])') as integer)
{%- endmacro %}

{# The members of a JSON object whose names begin with `prefix`, as the text of an object. Names are
   whatever somebody sent: twice the same, with quotes, slashes or backslashes. #}
{% macro json_members(document, prefix) -%}
    {{ adapter.dispatch('json_members', 'aisle')(document, prefix) }}
{%- endmacro %}

{% macro duckdb__json_members(document, prefix) -%}
    nullif(cast(to_json(map_from_entries(list_transform(
        list_sort(list_distinct(list_filter(
            json_keys({{ document }}), lambda name: starts_with(name, '{{ prefix }}')
        ))),
        lambda name: struct_pack(
            k := name,
            v := json_extract_string(
                {{ document }}, '/' || replace(replace(name, '~', '~0'), '/', '~1')
            )
        )
    ))) as varchar), '{}')
{%- endmacro %}

{% macro postgres__json_members(document, prefix) -%}
    (
        select cast(jsonb_object_agg(member.key, member.value) as text)
        from jsonb_each_text(
            case
                when jsonb_typeof(cast({{ document }} as jsonb)) = 'object'
                    then cast({{ document }} as jsonb)
            end
        ) as member
        where starts_with(member.key, '{{ prefix }}')
    )
{%- endmacro %}

{# The kind of device of a text about it: its type, its system or a browser's user agent. #}
{% macro device_type(text) -%}
    case
        when lower({{ text }}) like '%ipad%' or lower({{ text }}) like '%tablet%' then 'tablet'
        when
            lower({{ text }}) like '%iphone%' or lower({{ text }}) like '%android%'
            or lower({{ text }}) like '%mobile%' or lower({{ text }}) like '%phone%'
            or lower({{ text }}) in ('ios', 'iphone os')
            then 'mobile'
        when lower({{ text }}) like '%smarttv%' or lower({{ text }}) like '%smart-tv%' then 'tv'
        when
            lower({{ text }}) like '%windows%' or lower({{ text }}) like '%mac%'
            or lower({{ text }}) like '%linux%' or lower({{ text }}) like '%desktop%'
            or lower({{ text }}) like '%cros%'
            then 'desktop'
    end
{%- endmacro %}
