{# What the hooks of one model find out and its query uses, in a table that only this connection
   sees. Hooks and query are one transaction: killed in between, the next build finds out anew. #}

{# The name of such a table of the model that is being built. #}
{% macro aside(name) -%}
    aside_{{ this.identifier }}_{{ name }}
{%- endmacro %}

{# A statement for `pre_hook` that fills it. #}
{% macro put_aside(name, query) -%}
    {{ adapter.dispatch('put_aside', 'aisle')(name, query) }}
{%- endmacro %}

{% macro duckdb__put_aside(name, query) -%}
    create or replace temporary table {{ aside(name) }} as {{ query }}
{%- endmacro %}

{% macro postgres__put_aside(name, query) -%}
    drop table if exists pg_temp.{{ aside(name) }};
    create temporary table {{ aside(name) }} as {{ query }};
    analyze {{ aside(name) }}
{%- endmacro %}
