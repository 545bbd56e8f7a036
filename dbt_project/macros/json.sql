{# Reading JSON columns, the one thing DuckDB and Postgres spell differently. #}

{# A column that holds JSON, as the type whose elements are read. #}
{% macro json_document(document) -%}
    {{ adapter.dispatch('json_document', 'aisle')(document) }}
{%- endmacro %}

{% macro duckdb__json_document(document) -%}
    cast({{ document }} as json)
{%- endmacro %}

{% macro postgres__json_document(document) -%}
    cast({{ document }} as jsonb)
{%- endmacro %}

{# The text under `key` of a JSON object, null when missing or empty. #}
{% macro json_text(document, key) -%}
    nullif({{ adapter.dispatch('json_text', 'aisle')(document, key) }}, '')
{%- endmacro %}

{% macro duckdb__json_text(document, key) -%}
    json_extract_string({{ document }}, '$.{{ key }}')
{%- endmacro %}

{% macro postgres__json_text(document, key) -%}
    (cast({{ document }} as jsonb) ->> '{{ key }}')
{%- endmacro %}

{# The text at the end of a path of keys, null when missing or empty. #}
{% macro json_path_text(document, path) -%}
    nullif({{ adapter.dispatch('json_path_text', 'aisle')(document, path) }}, '')
{%- endmacro %}

{% macro duckdb__json_path_text(document, path) -%}
    json_extract_string({{ document }}, '$.{{ path | join(".") }}')
{%- endmacro %}

{% macro postgres__json_path_text(document, path) -%}
    (cast({{ document }} as jsonb) #>> '{ {{- path | join(",") -}} }')
{%- endmacro %}

{# The number under `key`, null when missing or unreadable. Takes `3`, `3.5` and `"3.5"`. #}
{% macro json_number(document, key) -%}
    {{ adapter.dispatch('json_number', 'aisle')(document, key) }}
{%- endmacro %}

{% macro duckdb__json_number(document, key) -%}
    try_cast(json_extract_string({{ document }}, '$.{{ key }}') as double)
{%- endmacro %}

{% macro postgres__json_number(document, key) -%}
    {%- set text = "(cast(" ~ document ~ " as jsonb) ->> '" ~ key ~ "')" -%}
    case
        when {{ text }} ~ '^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,2})?\s*$'
            then cast({{ text }} as double precision)
    end
{%- endmacro %}

{# One row per element of the array under `key`; use it as a column of a select list.
   (In DuckDB a lateral join does the same and takes eight times as long.) #}
{% macro json_array_rows(document, key) -%}
    {{ adapter.dispatch('json_array_rows', 'aisle')(document, key) }}
{%- endmacro %}

{% macro duckdb__json_array_rows(document, key) -%}
    unnest(from_json(json_extract({{ document }}, '$.{{ key }}'), '["JSON"]'))
{%- endmacro %}

{% macro postgres__json_array_rows(document, key) -%}
    jsonb_array_elements(
        case
            when jsonb_typeof(cast({{ document }} as jsonb) -> '{{ key }}') = 'array'
                then cast({{ document }} as jsonb) -> '{{ key }}'
            else '[]'
        end
    )
{%- endmacro %}

{# The place of each row of `json_array_rows` in its array, from 1; a column beside it. #}
{% macro json_array_places(document, key) -%}
    {{ adapter.dispatch('json_array_places', 'aisle')(document, key) }}
{%- endmacro %}

{% macro duckdb__json_array_places(document, key) -%}
    unnest(range(1, cast(json_array_length({{ document }}, '$.{{ key }}') as bigint) + 1))
{%- endmacro %}

{% macro postgres__json_array_places(document, key) -%}
    generate_series(
        1,
        case
            when jsonb_typeof(cast({{ document }} as jsonb) -> '{{ key }}') = 'array'
                then jsonb_array_length(cast({{ document }} as jsonb) -> '{{ key }}')
            else 0
        end
    )
{%- endmacro %}
