"""The service and the examples against a real MLflow registry on SQLite and published marts."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import httpx
import mlflow
import pytest
from fastapi.testclient import TestClient

from aisle.core.errors import AisleError
from aisle.core.files import point_to, write_json
from aisle.core.settings import Settings
from aisle.serving.app import create_app
from aisle.serving.examples import Recommended, example_households
from training.packaging import signature
from training.tracking import move_champion, open_tracker, register_version

STAND_IN = Path(__file__).with_name("stand_in_recommender.py")
PATIENCE_SECONDS = 60

# Household u1 has one order, u2 two and so on; u6 stopped buying long ago.
MARTS = {
    "dim_users": """
        select 'u' || i as user_id, i::bigint as order_count,
            case when i = 6 then timestamp '2017-01-01' else timestamp '2018-01-01' end
                as last_order_at
        from range(1, 7) as t(i)
    """,
    "dim_items": "select 'p' || i as item_id, 'Title ' || i as title from range(1, 9) as t(i)",
    "fct_interactions": """
        select 'u' || i as user_id, 'p' || (i + j) as item_id, 'o' || i || j as order_id,
            timestamp '2018-01-01' - interval (j) day as interacted_at, 1.0 as value
        from range(1, 7) as t(i), range(2) as s(j)
    """,
}


def publish(settings: Settings, build: str, marts: dict[str, str]) -> None:
    folder = settings.published / build
    folder.mkdir(parents=True)
    for table, query in marts.items():
        duckdb.sql(query).write_parquet(str(folder / f"{table}.parquet"))
    write_json(folder / "manifest.json", {"build_id": build, "tables": dict.fromkeys(marts)})
    point_to(settings.current_marts, folder)


def promote(settings: Settings) -> str:
    """Register the stand-in as training does and make it champion; return its version."""
    tracker = open_tracker(settings)
    run = tracker.client.create_run(tracker.experiment_id)
    with mlflow.start_run(run_id=run.info.run_id):
        model = mlflow.pyfunc.log_model(
            name="model", python_model=str(STAND_IN), signature=signature(), pip_requirements=[]
        )
    version = register_version(tracker, run.info.run_id, str(model.model_uri), {})
    move_champion(tracker, version)
    return version


def eventually(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A workspace with published marts and a champion."""
    settings = Settings(home=tmp_path_factory.mktemp("serving") / "home", mlflow_uri="")
    publish(settings, "b1", MARTS)
    promote(settings)
    return settings


def test_a_service_without_a_champion_picks_it_up_and_follows_it(settings: Settings) -> None:
    with TestClient(create_app(settings, poll_seconds=0.1)) as client:
        unready = client.get("/readyz")
        assert unready.status_code == 503
        assert "make run" in unready.json()["detail"]
        assert not settings.mlflow.exists(), "waiting must not make the registry's database"

        first = promote(settings)
        eventually(lambda: client.get("/readyz").status_code == 200)
        answer = client.get("/v1/recommendations?user_id=u1&limit=2").json()
        assert answer["model_version"] == first
        assert [item["title"] for item in answer["items"]] == ["Item p1", "Item p2"]

        publish(settings, "b1", MARTS)
        second = promote(settings)
        assert second != first
        eventually(lambda: client.get("/readyz").json()["model_version"] == second)

        def first_title() -> str:
            items = client.get("/v1/recommendations?user_id=u1").json()["items"]
            return str(items[0]["title"])

        eventually(lambda: first_title() == "Title 1")


def test_known_and_unknown_users_are_told_apart(shop: Settings) -> None:
    with TestClient(create_app(shop)) as client:
        known = client.get("/v1/recommendations?user_id=u1&limit=3").json()
        unknown = client.get("/v1/recommendations?user_id=stranger").json()
    assert [item["source"] for item in known["items"]] == ["personal"] * 3
    assert known["fallback"] is None
    assert len(unknown["items"]) == 10
    assert unknown["fallback"] == "popular"


def test_the_command_listens_answers_and_ends_with_ctrl_c(shop: Settings) -> None:
    workspace = {"AISLE_HOME": str(shop.root), "AISLE_MLFLOW_URI": "", "AISLE_SERVING_PORT": "0"}
    command = [sys.executable, "-c", "from aisle.cli.main import main; main()", "serve"]
    server = subprocess.Popen(
        command, env={**os.environ, **workspace}, stdout=subprocess.PIPE, text=True
    )
    try:
        assert server.stdout is not None
        address = server.stdout.readline().split()[3]
        answer = httpx.get(
            f"{address}/v1/recommendations", params={"user_id": "u2"}, timeout=PATIENCE_SECONDS
        )
        assert answer.json()["items"][0]["title"] == "Title 1"
        server.send_signal(signal.SIGINT)
        assert server.wait(PATIENCE_SECONDS) == 0
    finally:
        server.kill()
        server.wait()


def test_examples_show_active_households_from_quiet_to_busy(shop: Settings) -> None:
    examples = example_households(shop, count=5)
    assert [example.user_id for example in examples] == ["u1", "u2", "u3", "u4", "u5"]
    assert examples == example_households(shop, count=5)
    first = examples[0]
    assert first.bought_lately == ["Title 1", "Title 2"]  # latest first
    assert first.recommended[:3] == [
        Recommended("Title 1", "personal", is_bought_before=True),
        Recommended("Title 2", "personal", is_bought_before=True),
        Recommended("Title 3", "personal", is_bought_before=False),
    ]
    assert [example.user_id for example in example_households(shop, count=1)] == ["u3"]


def test_examples_without_a_champion_say_what_to_run(settings: Settings) -> None:
    publish(settings, "b1", MARTS)
    with pytest.raises(AisleError, match="make run"):
        example_households(settings)
