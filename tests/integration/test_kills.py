"""Commands killed at random moments of their life: nothing half-written, and a rerun mends it."""

import json
import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from aisle.core.builds import BuildPlan, build_folder, built_by, write_plan
from aisle.core.feature_store import open_store
from aisle.core.files import point_to, write_json, write_text
from aisle.core.settings import Settings
from aisle.core.warehouse import reader_connection, writer_connection
from aisle.serving.publish_lists import ONLINE, current_lists
from tests.integration import killed_commands as commands
from tests.integration.feature_shop import SECOND_NOW, land, orders
from tests.integration.serving_shop import MARTS, promote, publish

LISTS = ("recommendations.parquet", "popular.parquet", "by_user.csv")
USERS = [f"u{number}" for number in range(1, 7)]


@pytest.fixture(scope="module")
def server() -> commands.Server:
    """Starts and kills commands."""
    return commands.Server()


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A workspace with published marts and a champion."""
    settings = Settings(home=tmp_path_factory.mktemp("kills") / "home", mlflow_uri="")
    publish(settings, "b1", MARTS)
    promote(settings)
    return settings


def moments(seconds: float) -> Iterator[float]:
    """Yield seeded moments, early to late in the life of a command that takes so long."""
    chance = random.Random(7)
    for fraction in commands.FRACTIONS:
        yield (fraction + chance.uniform(-commands.SPREAD, commands.SPREAD)) * seconds


def test_a_killed_load_has_loaded_a_delivery_whole_or_not(
    settings: Settings, server: commands.Server
) -> None:
    delivered = orders()
    size = len(delivered) // (1 + len(commands.FRACTIONS))
    land(settings, delivered[:size], "d0")
    seconds = server.run(commands.load, settings.root)
    for number, moment in enumerate(moments(seconds), start=1):
        land(settings, delivered[number * size : (number + 1) * size], f"d{number}")
        server.kill(moment, commands.load, settings.root)
        assert loaded_messages(settings) in (number * size, (number + 1) * size)
        server.run(commands.load, settings.root)
        assert loaded_messages(settings) == (number + 1) * size


def loaded_messages(settings: Settings) -> int:
    """Return how many messages are loaded; fail when one is there twice."""
    with reader_connection(settings) as connection:
        ids = [row[0] for row in connection.sql("select message_id from raw.events").fetchall()]
        batches = connection.sql("select sum(rows_loaded) from raw.batches").fetchall()[0][0]
    assert len(ids) == len(set(ids)) == batches
    return len(ids)


def test_a_killed_publication_leaves_the_tables_before_it_or_its_own(
    settings: Settings, server: commands.Server
) -> None:
    build(settings, "b0", users=1000)
    seconds = server.run(commands.publish_marts, settings.root, "b0")
    for number, moment in enumerate(moments(seconds), start=1):
        before = marts(settings)
        build(settings, f"b{number}", users=1000 + number)
        server.kill(moment, commands.publish_marts, settings.root, f"b{number}")
        assert marts(settings) in (before, [(1000 + number, 1000)])
        server.run(commands.publish_marts, settings.root, f"b{number}")
        assert marts(settings) == [(1000 + number, 1000)]


def build(settings: Settings, build_id: str, users: int) -> None:
    """Make two marts of so many users and of 1000 items, checked and ready to be published."""
    with writer_connection(settings) as connection:
        connection.execute("create schema if not exists marts")
        for table, rows in {"dim_users": users, "dim_items": 1000}.items():
            connection.execute(
                f"create or replace table marts.{table} as "
                f"select i::varchar as id from range({rows}) as t(i)"
            )
    write_plan(settings, BuildPlan(build_id, 1, SECOND_NOW))
    write_text(built_by(settings), build_id)
    write_json(build_folder(settings, build_id) / "checks" / "marts.json", {"passed": True})


def marts(settings: Settings) -> list[tuple[int, int]]:
    """Return the rows of both published marts; fail when a file or the manifest is not whole."""
    folder = settings.current_marts.resolve()
    stated = json.loads((folder / "manifest.json").read_text())["tables"]
    counts = [
        duckdb.read_parquet(str(folder / f"{table}.parquet")).shape[0]
        for table in ("dim_users", "dim_items")
    ]
    assert counts == [stated[table]["rows"] for table in ("dim_users", "dim_items")]
    return [(counts[0], counts[1])]


def test_a_killed_apply_is_mended_by_the_next(shop: Settings, server: commands.Server) -> None:
    seconds = server.run(commands.apply, shop.root)
    expected = registered(shop)
    assert expected
    for moment in moments(seconds):
        shutil.rmtree(shop.feast)
        server.kill(moment, commands.apply, shop.root)
        server.run(commands.apply, shop.root)
        assert registered(shop) == expected


def registered(settings: Settings) -> dict[str, list[str]]:
    """Return the views that Feast's registry knows, with their fields."""
    views = open_store(settings).list_feature_views()
    return {view.name: sorted(field.name for field in view.schema) for view in views}


def test_killed_lists_are_those_before_or_whole_and_a_rerun_makes_the_same(
    shop: Settings, server: commands.Server
) -> None:
    server.run(commands.publish_recommendations, shop.root, "long", 4)
    long = published_lists(shop)
    seconds = server.run(commands.publish_recommendations, shop.root, "short", 3)
    short = published_lists(shop)
    turns = [(4, short, long), (3, long, short)] * 2
    for (k, before, after), moment in zip(turns, moments(seconds), strict=True):
        server.kill(moment, commands.publish_recommendations, shop.root, "killed", k)
        assert published_lists(shop) in (before, after)
        server.run(commands.publish_recommendations, shop.root, "killed", k)
        assert published_lists(shop) == after


def published_lists(settings: Settings) -> list[bytes]:
    """Return the content of each file of lists that is published now."""
    folder = current_lists(settings)
    assert folder is not None
    return [(folder / name).read_bytes() for name in LISTS]


def test_killed_warming_is_mended_by_the_next(shop: Settings, server: commands.Server) -> None:
    server.run(commands.apply, shop.root)
    publications = [publication(shop, server, name, k) for name, k in (("two", 2), ("five", 5))]
    seconds = server.run(commands.warm, shop.root)
    for folder, moment in zip(publications * 2, moments(seconds), strict=True):
        (folder / ONLINE).unlink(missing_ok=True)
        point_to(shop.recommendations / "current", folder)
        server.kill(moment, commands.warm, shop.root)
        assert not (folder / ONLINE).exists() or online_lists(shop) == lists_in_file(shop)
        server.run(commands.warm, shop.root)
        assert online_lists(shop) == lists_in_file(shop)


def publication(settings: Settings, server: commands.Server, name: str, k: int) -> Path:
    """Return the folder of new lists of k items."""
    server.run(commands.publish_recommendations, settings.root, name, k)
    folder = current_lists(settings)
    assert folder is not None
    return folder


def online_lists(settings: Settings) -> list[list[str]]:
    """Return the items of each user as the online store has them."""
    rows = [{"user_id": user} for user in USERS]
    answer = open_store(settings).get_online_features(["user_recommendations:item_ids"], rows)
    return list(answer.to_dict()["item_ids"])


def lists_in_file(settings: Settings) -> list[list[str]]:
    """Return the same as the published file has them."""
    folder = current_lists(settings)
    assert folder is not None
    rows = pd.read_parquet(folder / LISTS[0]).sort_values(["user_id", "rank"])
    return [rows[rows["user_id"] == user]["item_id"].tolist() for user in USERS]
