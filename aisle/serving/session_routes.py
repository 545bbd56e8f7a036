"""The endpoint that counts an event into the visit under way, for the very next request."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field, model_validator

from aisle.core.clock import wall_clock
from aisle.core.live_sessions import LiveSessions
from aisle.core.online_features import store_failures
from aisle.core.sessions import TRACK, VisitEvent
from aisle.serving.feature_routes import UNAVAILABLE, WITHHELD
from aisle.serving.problems import NoFeatures
from aisle.serving.routes import CurrentLive, CurrentShop

router = APIRouter()

Text = Annotated[str, Field(min_length=1, max_length=256, pattern=r"^[^\x00]*$")]
MOST_ITEMS = 100


class SentEvent(BaseModel):
    """An event in the words of the tracking clients, with what a visit needs of it."""

    message_id: Text = Field(description="Names the event: a second one of this name is ignored.")
    type: Text = Field(TRACK, description="`track`, `page` or `screen`; others change nothing.")
    event: Text | None = Field(None, description="Such as `Product Viewed`; null for pages.")
    anonymous_id: Text | None = Field(None, description="The device; else the user's id stands.")
    user_id: Text | None = Field(None, description="Who signed in.")
    timestamp: datetime | None = Field(None, description="When it happened; null: just now.")
    source: str = Field("", max_length=256, description="Who sends, as in the collector's key.")
    item_ids: list[Text] = Field(default_factory=list, max_length=MOST_ITEMS)

    @model_validator(mode="after")
    def _of_somebody(self) -> "SentEvent":
        if self.anonymous_id is None and self.user_id is None:
            raise ValueError("give an anonymous_id or a user_id")
        return self


class Visit(BaseModel):
    """The visit that an event was counted into."""

    session_id: str | None = Field(description="Null while nobody has browsed in it.")
    withheld: str | None = Field(
        description="Null; or `no_consent`: the user wants nothing personal, so nothing is kept."
    )


def get_sessions(live: CurrentLive) -> LiveSessions:
    """Return what counts events; without views in Feast's registry the request ends here."""
    if live.sessions is None:
        raise NoFeatures(live.trouble)
    return live.sessions


CurrentSessions = Annotated[LiveSessions, Depends(get_sessions)]


@router.post("/v1/sessions/events", responses=UNAVAILABLE)
def count_event(sessions: CurrentSessions, shop: CurrentShop, sent: SentEvent) -> Visit:
    """Count an event into the visit under way; when this answers, a read finds it counted.

    The event itself is not kept: send it to the collector as well.
    """
    known = shop.identities
    user = known.user(sent.user_id) if sent.user_id else known.visitor(str(sent.anonymous_id))
    if not shop.may_be_personal(user):
        return Visit(session_id=None, withheld=WITHHELD)
    try:
        # As in the warehouse, a device that is known to be somebody's is theirs without a login.
        signed_in = user if sent.user_id else known.owners.get(str(sent.anonymous_id))
        return Visit(session_id=sessions.count(_visit_event(sent, signed_in)), withheld=None)
    except store_failures() as error:
        raise NoFeatures(f"the online store does not answer ({type(error).__name__})") from error


def _visit_event(sent: SentEvent, user_id: str | None) -> VisitEvent:
    received_at = wall_clock()
    return VisitEvent(
        message_id=sent.message_id,
        event_type=sent.type,
        event_name=sent.event,
        # A clock that is ahead would keep the visit fresh for as long.
        occurred_at=min(_naive(sent.timestamp or received_at), received_at),
        received_at=received_at,
        device_id=sent.anonymous_id or str(sent.user_id),
        source=sent.source,
        user_id=user_id,
        items=tuple((item, None) for item in sent.item_ids),
    )


def _naive(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
