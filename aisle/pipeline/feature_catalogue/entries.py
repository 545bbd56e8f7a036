"""What the catalogue says of a view and of a feature, before any of it is HTML."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

Shape = Literal["numbers", "categories", "lengths", "moments"]


@dataclass(frozen=True)
class Distribution:
    """How the values that are known spread.

    counts: values per bin, from the least to the greatest; of categories per value, the most
    frequent first. marks: least, middle and greatest value as text; of categories the top values.
    """

    shape: Shape
    counts: tuple[int, ...]
    marks: tuple[str, ...]
    distinct: int  # estimated


@dataclass(frozen=True)
class Measured:
    """One column of what holds now: how much of it is missing, and the rest."""

    null_share: float  # 0 to 1
    distribution: Distribution | None  # none where nothing is known


@dataclass(frozen=True)
class Worth:
    """What a feature is worth: how much a metric loses when its values are shuffled."""

    loss: float
    standard_error: float


@dataclass(frozen=True)
class Importance:
    """What the importances are of, and each by (view, feature)."""

    measure: str  # in words
    by_feature: Mapping[tuple[str, str], Worth]


@dataclass(frozen=True)
class Champion:
    """The model that serves, and what its recipe reads, if anybody measured it."""

    version: str
    recipe: str
    importance: Importance | None


@dataclass(frozen=True)
class Feature:
    """One feature of one view."""

    name: str
    view: str
    entity: str
    type: str  # Feast's, such as Int64
    meaning: str
    services: tuple[str, ...]
    measured: Measured | None  # none where there is no file yet


@dataclass(frozen=True)
class View:
    """One view with what its rows are and how new they are."""

    name: str
    description: str
    entity: str
    keys: tuple[str, ...]
    owner: str
    tags: Mapping[str, str]
    time_to_live: timedelta | None
    is_online: bool
    is_pushed: bool
    services: tuple[str, ...]
    table: str | None
    dbt_id: str | None  # of dbt's own page
    rows: int | None  # that hold now: the newest of each key
    newest_at: datetime | None
    features: tuple[Feature, ...]

    def is_stale(self, as_of: datetime) -> bool:
        """Return whether even the newest row has outlived the view's time to live."""
        if self.newest_at is None or not self.time_to_live:
            return False
        return as_of - self.newest_at > self.time_to_live


@dataclass(frozen=True)
class Links:
    """Where other pages are."""

    dbt_docs: str | None
    mlflow: str


@dataclass(frozen=True)
class Catalogue:
    """Everything on the page."""

    as_of: datetime
    build_id: str
    views: tuple[View, ...]
    champion: Champion | None
    selection: Importance | None  # of the last `aisle features select`
    links: Links

    @property
    def features(self) -> list[Feature]:
        """All features, view by view."""
        return [feature for view in self.views for feature in view.features]
