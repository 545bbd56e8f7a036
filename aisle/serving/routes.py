"""The endpoints."""

import uuid
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request

from aisle.serving.answers import Health, Problem, Readiness, Recommendations
from aisle.serving.live import Live
from aisle.serving.problems import NoChampion
from aisle.serving.recommend import NOTES, fallback_of, recommend, recommended_items
from aisle.serving.registry import Champion
from aisle.serving.shop import Shop

router = APIRouter()

UNAVAILABLE: dict[int | str, dict[str, Any]] = {
    503: {"model": Problem, "description": "There is no champion yet."}
}


def get_live(request: Request) -> Live:
    """Return what the application answers with."""
    live: Live = request.app.state.live
    return live


CurrentLive = Annotated[Live, Depends(get_live)]


def get_champion(live: CurrentLive) -> Champion:
    """Return the loaded champion; without one the request ends here."""
    if live.champion is None:
        raise NoChampion(live.trouble)
    return live.champion


def get_shop(live: CurrentLive) -> Shop:
    """Return what the published marts say."""
    return live.shop


CurrentChampion = Annotated[Champion, Depends(get_champion)]
CurrentShop = Annotated[Shop, Depends(get_shop)]
UserId = Annotated[
    str,
    # Arrays of text drop a zero character at the end: two users would look like one.
    Query(min_length=1, max_length=256, pattern=r"^[^\x00]*$", description="The shop's user id."),
]
Limit = Annotated[int, Query(ge=1, le=100, description="How many items to return at most.")]


@router.get("/v1/recommendations", responses=UNAVAILABLE)
def recommendations(
    champion: CurrentChampion, shop: CurrentShop, user_id: UserId, limit: Limit = 10
) -> Recommendations:
    """Recommend items to a user. A user the model does not know gets what is popular."""
    rows = recommend(champion.model, [user_id], limit, shop)
    fallback = fallback_of(rows)
    return Recommendations(
        recommendation_id=uuid.uuid4().hex,
        model_version=champion.version,
        fallback=fallback,
        note=NOTES[fallback] if fallback else None,
        items=recommended_items(rows, shop),
    )


@router.get("/healthz")
def health() -> Health:
    """Say that the process lives."""
    return Health()


@router.get("/readyz", responses=UNAVAILABLE)
def readiness(champion: CurrentChampion, live: CurrentLive) -> Readiness:
    """Say which champion answers, and what is wrong if something is; 503 when none answers."""
    return Readiness(
        status="degraded" if live.trouble else "ready",
        model_version=champion.version,
        trouble=live.trouble,
    )
