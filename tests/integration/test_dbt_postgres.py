"""The same raw rows give the same tables on a real Postgres as on DuckDB."""

import subprocess
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pgserver
import psycopg2
import pytest
from psycopg2.extras import execute_values

from aisle.core.builds import BuildPlan
from aisle.core.settings import REPOSITORY, Settings
from aisle.core.warehouse import reader_connection
from aisle.pipeline.build import BUILD, dbt_command, dbt_environment
from tests.integration.correcting_shop import FIRST_NOW, SECOND_NOW, load_shop

RAW = ("events", "products", "customers")
TABLES = (
    "marts.dim_users",
    "marts.dim_identities",
    "marts.dim_visitors",
    "intermediate.int_events_stitched",
    "marts.dim_items",
    "marts.fct_orders",
    "marts.fct_interactions",
    "marts.fct_sessions",
    "marts.fct_exposures",
    "intermediate.int_events_sessionized",
    "intermediate.int_order_refunds_allocated",
    "features.user_features",
    "features.item_features",
    "features.user_item_features",
    "features.user_category_features",
    "features.user_brand_features",
    "features.item_segment_features",
    "features.user_versions",
    "features.item_versions",
    "features.user_demographics",
    "features.user_profiles",
    "features.user_sequences",
    "features.session_features",
)
# Documents, which Postgres spells in its own way, and what is numbered by their spelling.
# Hashes are each database's own.
SPELLED_APART = (
    *("properties", "context", "original", "survey_answers", "rejected_number"),
    "inputs_hash",
)
PLAN = BuildPlan(
    build_id="b", max_batch_id=3, as_of=SECOND_NOW, pair_dates=(datetime(2017, 3, 13),)
)
EARLIER = BuildPlan(
    build_id="b", max_batch_id=2, as_of=FIRST_NOW, pair_dates=(datetime(2017, 2, 13),)
)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A shop built on DuckDB."""
    settings = Settings(home=tmp_path_factory.mktemp("shop") / "home", time_zone="Europe/Berlin")
    load_shop(settings, seed=4)
    run_dbt(settings, {}, "run")
    return settings


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[pgserver.PostgresServer]:
    """A Postgres of its own, reached through a socket."""
    with pgserver.get_server(tmp_path_factory.mktemp("pg") / "data", "delete") as started:
        yield started


def run_dbt(
    settings: Settings, environment: dict[str, str], *words: str, plan: BuildPlan = PLAN
) -> None:
    ended = subprocess.run(
        dbt_command(settings, plan, words),
        env={**dbt_environment(settings), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout


def copy_raw(settings: Settings, address: str) -> None:
    """Make the raw tables in Postgres and fill them with the rows that DuckDB holds."""
    schema = (REPOSITORY / "aisle" / "pipeline" / "raw_schema.sql").read_text()
    with psycopg2.connect(address) as postgres, postgres.cursor() as cursor:
        cursor.execute(schema)
        with reader_connection(settings) as warehouse:
            for table in RAW:
                rows = warehouse.table(f"raw.{table}").fetchall()
                if rows:
                    execute_values(cursor, f"insert into raw.{table} values %s", rows)


def test_postgres_builds_the_same_marts_and_features(
    shop: Settings, server: pgserver.PostgresServer
) -> None:
    copy_raw(shop, server.get_uri())
    environment = {
        "AISLE_DBT_TARGET": "postgres",
        "AISLE_POSTGRES_HOST": server.get_uri().split("host=")[1],
        "AISLE_POSTGRES_USER": "postgres",
        "AISLE_POSTGRES_DATABASE": "postgres",
    }
    # Filled at an earlier now already, so that the build also shows that an increment works there.
    run_dbt(shop, environment, "run", "--select", "+config.materialized:incremental", plan=EARLIER)
    run_dbt(shop, environment, *BUILD)
    with (
        psycopg2.connect(server.get_uri()) as postgres,
        postgres.cursor() as cursor,
        reader_connection(shop) as warehouse,
    ):
        for table in TABLES:
            columns = [name for name in warehouse.table(table).columns if name not in SPELLED_APART]
            cursor.execute(f"select {', '.join(columns)} from {table}")
            expected = comparable(warehouse.table(table).select(*columns).fetchall())
            assert len(expected) > 5, table
            assert comparable(cursor.fetchall()) == expected, table


def comparable(rows: list[tuple[Any, ...]]) -> list[str]:
    """Return rows as sorted text; the two databases add up floats in different orders."""
    return sorted(str([_rounded(value) for value in row]) for row in rows)


def _rounded(value: Any) -> Any:
    if isinstance(value, list):
        return [_rounded(each) for each in value]
    return round(value, 6) if isinstance(value, float) else value
