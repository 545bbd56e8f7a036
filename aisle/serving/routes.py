"""The endpoints."""

import uuid
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.exceptions import RequestValidationError

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
# Arrays of text drop a zero character at the end: two users would look like one.
ID_RULES: dict[str, Any] = {"min_length": 1, "max_length": 256, "pattern": r"^[^\x00]*$"}
UserId = Annotated[str | None, Query(**ID_RULES, description="The shop's user id.")]
AnonymousId = Annotated[
    str | None,
    Query(
        **ID_RULES,
        description="The anonymous id of the tracking client, for a visitor who is not logged in; "
        "answered for the known user of that device, if there is one.",
    ),
]
Limit = Annotated[int, Query(ge=1, le=100, description="How many items to return at most.")]


def get_user(shop: CurrentShop, user_id: UserId = None, anonymous_id: AnonymousId = None) -> str:
    """Return the one user that the ids of a request mean; a user's own id goes first."""
    if user_id is not None:
        return shop.identities.user(user_id)
    if anonymous_id is not None:
        return shop.identities.visitor(anonymous_id)
    missing = {"loc": ("query", "user_id"), "msg": "give a user_id or an anonymous_id"}
    raise RequestValidationError([missing])


CurrentUser = Annotated[str, Depends(get_user)]


@router.get("/v1/recommendations", responses=UNAVAILABLE)
def recommendations(
    champion: CurrentChampion, shop: CurrentShop, user: CurrentUser, limit: Limit = 10
) -> Recommendations:
    """Recommend items to a user or a visitor. Whom the model does not know gets what is popular."""
    rows = recommend(champion.model, [user], limit, shop)
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
