"""The shapes of the service's answers."""

from typing import Literal

from pydantic import BaseModel, Field


class RecommendedItem(BaseModel):
    """One recommended item."""

    item_id: str
    title: str
    score: float = Field(description="Comparable within one answer only.")
    rank: int = Field(description="1 is the best.")
    source: str = Field(description="What proposed the item, such as personal, hybrid or popular.")


class Recommendations(BaseModel):
    """The answer to one request."""

    recommendation_id: str = Field(description="Names this answer; send it back with events.")
    model_version: str = Field(description="Version of the registered model that answered.")
    fallback: str | None = Field(
        description="Null when the answer is personal; else why it is not: `popular` (the model "
        "has nothing personal for the user), `no_consent` (the user wants nothing personal)."
    )
    note: str | None = Field(description="The same in words.")
    items: list[RecommendedItem]


class Health(BaseModel):
    """The process lives."""

    status: str = "ok"


class Readiness(BaseModel):
    """The service can recommend."""

    status: Literal["ready", "degraded"] = Field(
        description="Degraded: it answers, but not with the newest or not personally; "
        "`trouble` says why."
    )
    model_version: str = Field(description="Version of the registered model that answers.")
    trouble: str | None = Field(description="What is wrong; null when all is well.")


class Problem(BaseModel):
    """An error (RFC 9457)."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
