"""The endpoints."""

import uuid
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request

from aisle.serving.answers import Health, Problem, Readiness, Recommendations
from aisle.serving.live import Live
from aisle.serving.problems import NoChampion
from aisle.serving.recommend import (
    POPULAR_NOTE,
    fallback_of,
    recommended_items,
    request_frame,
)
from aisle.serving.registry import Champion
from aisle.serving.titles import Titles

router = APIRouter()

UNAVAILABLE: dict[int | str, dict[str, Any]] = {
    503: {"model": Problem, "description": "There is no champion yet."}
}


def get_live(request: Request) -> Live:
    """Return what the application answers with."""
    live: Live = request.app.state.live
    return live


def get_champion(live: Annotated[Live, Depends(get_live)]) -> Champion:
    """Return the loaded champion; without one the request ends here."""
    if live.champion is None:
        raise NoChampion(live.trouble)
    return live.champion


def get_titles(live: Annotated[Live, Depends(get_live)]) -> Titles:
    """Return the titles of the published items."""
    return live.titles


CurrentChampion = Annotated[Champion, Depends(get_champion)]
CurrentTitles = Annotated[Titles, Depends(get_titles)]
UserId = Annotated[str, Query(min_length=1, max_length=256, description="The shop's user id.")]
Limit = Annotated[int, Query(ge=1, le=100, description="How many items to return at most.")]


@router.get("/v1/recommendations", responses=UNAVAILABLE)
def recommendations(
    champion: CurrentChampion, titles: CurrentTitles, user_id: UserId, limit: Limit = 10
) -> Recommendations:
    """Recommend items to a user. A user the model does not know gets what is popular."""
    rows = champion.model.predict(request_frame([user_id], limit))
    items = recommended_items(rows, titles)
    fallback = fallback_of(items)
    return Recommendations(
        recommendation_id=uuid.uuid4().hex,
        model_version=champion.version,
        fallback=fallback,
        note=POPULAR_NOTE if fallback else None,
        items=items,
    )


@router.get("/healthz")
def health() -> Health:
    """Say that the process lives."""
    return Health()


@router.get("/readyz", responses=UNAVAILABLE)
def readiness(champion: CurrentChampion) -> Readiness:
    """Say which champion answers; 503 when there is none."""
    return Readiness(model_version=champion.version)
