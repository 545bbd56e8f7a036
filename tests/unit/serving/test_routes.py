from collections.abc import Iterator

import pandas as pd
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from aisle.core.settings import Settings
from aisle.serving.identities import Identities
from aisle.serving.live import Live
from aisle.serving.problems import add_problem_handlers
from aisle.serving.registry import Champion
from aisle.serving.routes import router
from aisle.serving.shop import Shop

KNOWN = frozenset({"ada", "refuser"})


class FixedModel:
    """Recommends items p1, p2, … to ada, popular ones to everyone else, and fails for eve."""

    def predict(self, data: pd.DataFrame) -> pd.DataFrame:
        user, k = data["user_id"].iloc[0], int(data["k"].iloc[0])
        if user == "eve":
            raise RuntimeError("secret of the model")
        source = "personal" if user == "ada" else "popular"
        ranks = range(1, k + 1)
        return pd.DataFrame(
            {
                "user_id": [user] * k,
                "item_id": [f"p{rank}" for rank in ranks],
                "score": [1 / rank for rank in ranks],
                "rank": list(ranks),
                "source": [source] * k,
            }
        )


@pytest.fixture
def live(settings: Settings) -> Live:
    live = Live(settings)
    live.champion = Champion("3", FixedModel())
    live.shop = Shop(
        "b1",
        {"p1": "Milk"},
        refused=frozenset({"refuser"}),
        identities=Identities({"tablet": "ada", "phone": "refuser"}, {"eva": "ada"}, KNOWN),
    )
    return live


@pytest.fixture
def client(live: Live) -> Iterator[TestClient]:
    app = FastAPI()
    app.include_router(router)
    add_problem_handlers(app)
    app.state.live = live
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def test_a_known_user_gets_a_personal_answer(client: TestClient) -> None:
    answer = client.get("/v1/recommendations", params={"user_id": "ada", "limit": 2}).json()
    assert answer["model_version"] == "3"
    assert answer["fallback"] is None
    assert answer["items"] == [
        {"item_id": "p1", "title": "Milk", "score": 1.0, "rank": 1, "source": "personal"},
        {"item_id": "p2", "title": "Item p2", "score": 0.5, "rank": 2, "source": "personal"},
    ]


@pytest.mark.parametrize(
    ("query", "fallback"),
    [
        ("anonymous_id=tablet", None),  # ada's
        ("anonymous_id=phone", "no_consent"),
        ("anonymous_id=stranger", "popular"),
        ("anonymous_id=ada", "popular"),  # a new visitor whose id is a user's
        ("anonymous_id=eva", "popular"),  # or was a user's
        ("user_id=eva", None),  # ada's earlier name
        ("user_id=bob&anonymous_id=tablet", "popular"),
        ("user_id=ada&anonymous_id=phone", None),
    ],
)
def test_an_id_is_answered_for_the_user_it_means(
    client: TestClient, query: str, fallback: str | None
) -> None:
    response = client.get(f"/v1/recommendations?{query}")
    assert response.status_code == 200
    assert response.json()["fallback"] == fallback


def test_every_answer_has_an_id_of_its_own(client: TestClient) -> None:
    ids = {
        client.get("/v1/recommendations?user_id=ada").json()["recommendation_id"] for _ in range(3)
    }
    assert len(ids) == 3


def test_an_unknown_user_is_told_that_the_answer_is_what_is_popular(client: TestClient) -> None:
    answer = client.get("/v1/recommendations?user_id=nobody").json()
    assert answer["fallback"] == "popular"
    assert "popular" in answer["note"]
    assert len(answer["items"]) == 10


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("", "user_id"),
        ("user_id=", "user_id"),
        (f"user_id={'x' * 257}", "user_id"),
        ("user_id=ada&limit=0", "limit"),
        ("user_id=ada&limit=101", "limit"),
        ("user_id=ada&limit=many", "limit"),
        ("user_id=ada&limit=-1", "limit"),
        ("user_id=ada&limit=1000000000", "limit"),
        ("user_id=ada&limit=1e1", "limit"),
        ("user_id=ada&limit=", "limit"),
        (f"user_id=ada&limit={'9' * 5000}", "limit"),
        (f"user_id={'x' * 50_000}", "user_id"),
        ("user_id=ada%00", "user_id"),
        ("user_id=a%0A%00b", "user_id"),
        ("limit=3", "user_id"),
        ("anonymous_id=", "anonymous_id"),
        (f"anonymous_id={'x' * 257}", "anonymous_id"),
        ("anonymous_id=a%00", "anonymous_id"),
        ("user_id=ada&anonymous_id=", "anonymous_id"),
    ],
)
def test_a_request_out_of_bounds_is_refused_and_says_which_part(
    client: TestClient, query: str, named: str
) -> None:
    response = client.get(f"/v1/recommendations?{query}")
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["detail"].startswith(f"{named}: ")


@pytest.mark.parametrize("query", ["user_id=" + "x" * 256, "user_id=ada&limit=100"])
def test_a_request_at_the_bounds_is_answered(client: TestClient, query: str) -> None:
    assert client.get(f"/v1/recommendations?{query}").status_code == 200


def test_without_a_champion_the_answer_says_what_to_run(live: Live, client: TestClient) -> None:
    live.champion = None
    for path in ("/readyz", "/v1/recommendations?user_id=ada"):
        response = client.get(path)
        assert response.status_code == 503
        assert "make run" in response.json()["detail"]
    assert client.get("/healthz").json() == {"status": "ok"}


def test_a_champion_that_does_not_load_is_not_called_missing(
    live: Live, client: TestClient
) -> None:
    live.champion, live.trouble = None, "champion version 4 cannot be loaded (OSError)"
    detail = client.get("/readyz").json()["detail"]
    assert "champion version 4 cannot be loaded (OSError)" in detail
    assert "make run" not in detail


def test_readiness_tells_of_a_newer_champion_that_does_not_load(
    live: Live, client: TestClient
) -> None:
    assert client.get("/readyz").json() == {
        "status": "ready",
        "model_version": "3",
        "trouble": None,
    }
    live.trouble = "champion version 4 cannot be loaded (DamagedModel)"
    response = client.get("/readyz")
    assert response.status_code == 200, "version 3 goes on answering"
    assert response.json() == {
        "status": "degraded",
        "model_version": "3",
        "trouble": "champion version 4 cannot be loaded (DamagedModel)",
    }


def test_a_user_who_refused_is_told_why_the_answer_is_not_personal(client: TestClient) -> None:
    answer = client.get("/v1/recommendations?user_id=refuser").json()
    assert answer["fallback"] == "no_consent"
    assert "does not want" in answer["note"]


def test_a_failing_model_gives_a_problem_without_its_traceback(client: TestClient) -> None:
    response = client.get("/v1/recommendations?user_id=eve")
    assert response.status_code == 500
    assert response.json()["title"] == "Internal Server Error"
    assert "secret" not in response.text


def test_an_unknown_path_is_a_problem_too(client: TestClient) -> None:
    response = client.get("/v1/recommendation")
    assert response.status_code == 404
    assert response.json()["detail"] == "GET /v1/recommendation: Not Found"


def test_the_openapi_page_lists_the_endpoints(client: TestClient) -> None:
    assert client.get("/docs").status_code == 200
    paths = client.get("/openapi.json").json()["paths"]
    assert {"/v1/recommendations", "/healthz", "/readyz"} == set(paths)
