"""The endpoints that show features, and what reading them counted."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import BaseModel, Field

from aisle.core.clock import as_of
from aisle.serving.answers import Problem
from aisle.serving.features import FeatureReader, State, ViewValues
from aisle.serving.metrics import CONTENT_TYPE
from aisle.serving.neighbours import VIEWS
from aisle.serving.problems import NoFeatures
from aisle.serving.routes import ID_RULES, CurrentLive, CurrentShop, Limit

router = APIRouter()

USER, SESSION = "user_id", "session_id"  # join keys of the entities
WITHHELD = "no_consent"
UNAVAILABLE: dict[int | str, dict[str, Any]] = {
    503: {"model": Problem, "description": "No features are registered yet."}
}


class View(BaseModel):
    """The features of one online view."""

    view: str
    keys: dict[str, str] = Field(description="Whose they are: the id of the user, of the visit.")
    state: State = Field(
        description="`fresh`; else every value is null: `stale` (older than the view's time to "
        "live), `missing` (nothing is online) or `unavailable` (the store did not answer)."
    )
    event_at: datetime | None = Field(description="From when the values are (UTC).")
    values: dict[str, Any] = Field(description="Features by name; null where nothing is known.")


class UserFeatures(BaseModel):
    """What a model would be told of a user now."""

    user_id: str = Field(description="The present id of the user.")
    as_of: datetime = Field(description="The moment that freshness was judged at (UTC).")
    withheld: str | None = Field(
        description="Null; or `no_consent`: the user wants nothing personal, so nothing is read."
    )
    views: list[View]


class ItemViews(BaseModel):
    """What a model would be told of an item now."""

    item_id: str
    as_of: datetime | None = Field(
        description="The moment that freshness was judged at (UTC); null: nothing is published."
    )
    views: dict[str, dict[str, Any]] = Field(
        description="Features by name; null where nothing is known or still holds."
    )
    states: dict[str, State] = Field(
        description="By view: `fresh`; `stale`: older than the view's time to live by now; "
        "`missing`: nothing of the item held when this process read the marts."
    )


class SimilarItem(BaseModel):
    """One item near another."""

    item_id: str
    title: str
    cosine: float = Field(description="1 for the same direction.")


class SimilarItems(BaseModel):
    """The items nearest to one, nearest first."""

    item_id: str
    items: list[SimilarItem]


def get_features(live: CurrentLive) -> FeatureReader:
    """Return what reads features; without views in Feast's registry the request ends here."""
    if live.features is None:
        raise NoFeatures(live.trouble)
    return live.features


def get_now(live: CurrentLive) -> datetime:
    """Return the moment that freshness is judged at: by the one clock (`AISLE_NOW`)."""
    if live.shop.as_of is None:
        raise NoFeatures(live.trouble)
    return as_of(live.settings.now, live.shop.as_of)


CurrentFeatures = Annotated[FeatureReader, Depends(get_features)]
Now = Annotated[datetime, Depends(get_now)]
UserId = Annotated[str, Path(**ID_RULES, description="The shop's user id.")]
SessionId = Annotated[
    str | None, Query(**ID_RULES, description="Id of a visit, to read its live features too.")
]
DeviceId = Annotated[
    str | None,
    Query(
        **ID_RULES,
        description="The anonymous id of the tracking client: the visit that the device is in.",
    ),
]
ComparedBy = Annotated[
    Literal["text", "image"], Query(description="What is compared: what is written, or pictures.")
]
ItemId = Annotated[str, Path(**ID_RULES, description="The shop's item id.")]


def get_session(
    reader: CurrentFeatures, now: Now, session_id: SessionId = None, anonymous_id: DeviceId = None
) -> str | None:
    """Return the visit that a request means: the one it names, else the one its device is in."""
    if session_id is None and anonymous_id is not None:
        return reader.session_of(anonymous_id, now)
    return session_id


CurrentSession = Annotated[str | None, Depends(get_session)]


@router.get("/v1/users/{user_id:path}/features", responses=UNAVAILABLE)
def features(
    reader: CurrentFeatures,
    shop: CurrentShop,
    now: Now,
    user_id: UserId,
    session_id: CurrentSession,
) -> UserFeatures:
    """Show what is known of a user, and of a visit, at this moment, with how fresh it is."""
    user = shop.identities.user(user_id)
    if not shop.may_be_personal(user):
        return UserFeatures(user_id=user, as_of=now, withheld=WITHHELD, views=[])
    entities = {USER: user} | ({SESSION: session_id} if session_id is not None else {})
    views = [_view(found) for found in reader.read(entities, now)]
    return UserFeatures(user_id=user, as_of=now, withheld=None, views=views)


@router.get("/v1/items/{item_id:path}/features")
def item_features(live: CurrentLive, item_id: ItemId) -> ItemViews:
    """Show what this process holds of an item, by view, and whether it still holds."""
    if live.shop.as_of is None:
        return ItemViews(item_id=item_id, as_of=None, views={}, states={})
    now = as_of(live.settings.now, live.shop.as_of)
    found = live.items.of_item(item_id, now)
    for one in found:
        live.metrics.count_read(one.view, one.state)
    return ItemViews(
        item_id=item_id,
        as_of=now,
        views={one.view: dict(one.values) for one in found},
        states={one.view: one.state for one in found},
    )


@router.get("/v1/items/{item_id:path}/similar")
def similar_items(
    live: CurrentLive, item_id: ItemId, by: ComparedBy = "text", limit: Limit = 10
) -> SimilarItems:
    """Show the items on sale whose words mean, or whose pictures show, nearly the same.

    None for an item that has no words, or no picture.
    """
    vectors, shop = live.vectors.get(VIEWS[by]), live.shop
    near = [] if vectors is None else vectors.near_item(item_id, limit, shop.off_sale)
    items = [
        SimilarItem(item_id=other, title=shop.title_of(other), cosine=cosine)
        for other, cosine in near
    ]
    return SimilarItems(item_id=item_id, items=items)


@router.get("/metrics", include_in_schema=False)
def metrics(live: CurrentLive) -> Response:
    """Return what the service counted, for Prometheus."""
    return Response(live.metrics.page(), media_type=CONTENT_TYPE)


def _view(found: ViewValues) -> View:
    return View(
        view=found.view,
        keys=dict(found.keys),
        state=found.state,
        event_at=found.event_at,
        values=dict(found.values),
    )
