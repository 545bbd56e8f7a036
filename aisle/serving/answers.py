"""The shapes of the service's answers."""

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
        description="The link of the fallback chain that answered; null when it is personal."
    )
    note: str | None = Field(description="The same in words.")
    items: list[RecommendedItem]


class Health(BaseModel):
    """The process lives."""

    status: str = "ok"


class Readiness(BaseModel):
    """The service can recommend."""

    status: str = "ready"
    model_version: str


class Problem(BaseModel):
    """An error (RFC 9457)."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
