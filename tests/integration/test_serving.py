"""The service and the examples against a real MLflow registry on SQLite and published marts."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import httpx
import pytest
from fastapi.testclient import TestClient

from aisle.core.errors import AisleError
from aisle.core.settings import Settings
from aisle.serving.app import create_app
from aisle.serving.examples import Recommended, example_users
from tests.integration.serving_shop import MARTS, promote, publish

PATIENCE_SECONDS = 60


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
    assert "p3" not in {item["item_id"] for item in unknown["items"]}, "it is off sale"
    assert unknown["fallback"] == "popular"


def test_a_visitor_gets_what_the_user_of_the_device_gets(shop: Settings) -> None:
    with TestClient(create_app(shop)) as client:
        user = client.get("/v1/recommendations?user_id=u1").json()
        visitor = client.get("/v1/recommendations?anonymous_id=tablet").json()
    assert visitor["fallback"] is None
    assert visitor["items"] == user["items"]


def test_a_damaged_champion_leaves_the_one_before_answering(settings: Settings) -> None:
    publish(settings, "b1", MARTS)
    with TestClient(create_app(settings, poll_seconds=0.1)) as client:
        first = promote(settings)
        eventually(lambda: client.get("/readyz").status_code == 200)
        second = promote(settings, damage=lambda file: file.write_bytes(file.read_bytes()[:40]))
        eventually(lambda: client.get("/readyz").json()["status"] == "degraded")
        readiness = client.get("/readyz").json()
        assert readiness["model_version"] == first
        assert f"champion version {second} cannot be loaded" in readiness["trouble"]
        answer = client.get("/v1/recommendations?user_id=u1").json()
        assert answer["model_version"] == first

    with TestClient(create_app(settings)) as client:  # a new process has no older one
        detail = client.get("/readyz").json()["detail"]
        assert f"champion version {second} cannot be loaded" in detail


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


def test_examples_show_active_users_from_quiet_to_busy(shop: Settings) -> None:
    examples = example_users(shop, count=5)
    assert [example.user_id for example in examples] == ["u1", "u2", "u3", "u4", "u5"]
    assert examples == example_users(shop, count=5)
    first = examples[0]
    assert first.bought_lately == ["Title 1", "Title 2"]  # latest first
    assert first.recommended[:3] == [
        Recommended("Title 1", "personal", is_bought_before=True),
        Recommended("Title 2", "personal", is_bought_before=True),
        Recommended("Title 4", "personal", is_bought_before=False),
    ]
    assert [example.user_id for example in example_users(shop, count=1)] == ["u3"]


def test_examples_without_a_champion_say_what_to_run(settings: Settings) -> None:
    publish(settings, "b1", MARTS)
    with pytest.raises(AisleError, match="make run"):
        example_users(settings)
