"""The endpoints."""

import uuid
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field

from aisle.serving.answers import Health, Problem, Readiness, Recommendations
from aisle.serving.live import Live
from aisle.serving.occasion import Occasion, context_of
from aisle.serving.problems import NoChampion
from aisle.serving.recommend import NOTES, fallback_of, recommend, recommended_items
from aisle.serving.registry import Champion
from aisle.serving.shop import Shop

router = APIRouter()

MOST_ATTRIBUTES = 100
MOST_ITEMS = 100

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
VisitId = Annotated[
    str | None, Query(**ID_RULES, description="Id of the visit under way; else the device's.")
]


def get_occasion(session_id: VisitId = None, anonymous_id: AnonymousId = None) -> Occasion:
    """Return what a request of no body says of its occasion."""
    return Occasion(session_id, anonymous_id)


CurrentOccasion = Annotated[Occasion, Depends(get_occasion)]


Id = Annotated[str, Field(**ID_RULES)]


class Asked(BaseModel):
    """A request with what the shop knows itself: nothing of it is kept."""

    user_id: Id | None = Field(None, description="The shop's user id.")
    anonymous_id: Id | None = Field(None, description="The device; else the user's id stands.")
    session_id: Id | None = Field(None, description="The visit under way; else the device's.")
    limit: int = Field(10, ge=1, le=100, description="How many items to return at most.")
    attributes: dict[str, Any] = Field(
        default_factory=dict,
        max_length=MOST_ATTRIBUTES,
        description="What is known of the user, in the names of the customer file; counts for "
        "somebody whom the model does not know.",
    )
    session: list[Id] = Field(
        default_factory=list,
        max_length=MOST_ITEMS,
        description="Ids of the items seen in this visit, the oldest first.",
    )


@router.get("/v1/recommendations", responses=UNAVAILABLE)
def recommendations(
    champion: CurrentChampion,
    live: CurrentLive,
    user: CurrentUser,
    occasion: CurrentOccasion,
    limit: Limit = 10,
) -> Recommendations:
    """Recommend items to a user or a visitor. Whom the model does not know gets what is popular.

    The items of the visit under way and the attributes of the user are read from the online store.
    """
    return _answer(champion, live, user, occasion, limit)


@router.post("/v1/recommendations", responses=UNAVAILABLE)
def recommendations_for(
    champion: CurrentChampion, live: CurrentLive, asked: Asked
) -> Recommendations:
    """Recommend items to somebody whom the request itself describes, or whose visit it tells."""
    user = get_user(live.shop, asked.user_id, asked.anonymous_id)
    occasion = Occasion(
        asked.session_id, asked.anonymous_id, asked.attributes, tuple(asked.session)
    )
    return _answer(champion, live, user, occasion, asked.limit)


def _answer(
    champion: Champion, live: Live, user: str, occasion: Occasion, limit: int
) -> Recommendations:
    context = context_of(live, user, occasion)
    rows = recommend(champion.model, [user], limit, live.shop, context)
    fallback = fallback_of(rows)
    return Recommendations(
        recommendation_id=uuid.uuid4().hex,
        model_version=champion.version,
        fallback=fallback,
        note=NOTES[fallback] if fallback else None,
        items=recommended_items(rows, live.shop),
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
