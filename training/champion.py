"""The champion as a training needs it: its recipe, the data it has seen, and whom to leave out.

A version that a person took out of service (a rollback, or a promotion of another by hand) must
not come back by itself on the evidence it won by: its recipe does not compete again until there
is newer data.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from aisle.core.errors import AisleError
from aisle.core.settings import Settings
from training.moves import Move, all_moves, withdrawn
from training.recipes import Recipe
from training.rivals import Champion, is_same
from training.tracking import open_tracker
from training.versions import CHAMPION, version_at, versions

if TYPE_CHECKING:
    from mlflow.entities.model_registry import ModelVersion

DATA_UNTIL = "data_until"  # tag: when the last interaction happened that the version has seen


@dataclass(frozen=True)
class Withdrawn:
    """A version taken out of service, the recipe it was made by and the data it has seen."""

    version: str
    recipe: Recipe
    data_until: datetime
    move: Move

    @property
    def sentence(self) -> str:
        """Why its recipe does not compete."""
        return (
            f"{self.recipe.name} does not compete: version {self.version}, made by it on the same "
            f"data, was taken out of service on {self.move.at:%Y-%m-%d %H:%M} UTC "
            f"({self.move.action}: {self.move.reason}). It competes again on newer data."
        )


@dataclass(frozen=True)
class Standing:
    """Who serves now, and which versions a person has taken out of service."""

    champion: Champion | None
    withdrawn: tuple[Withdrawn, ...]

    def barred(self, data_until: datetime) -> list[Withdrawn]:
        """Return the withdrawn versions that had seen all data up to `data_until`."""
        return [version for version in self.withdrawn if version.data_until >= data_until]


def standing(settings: Settings) -> Standing:
    """Return what the registry says now."""
    tracker = open_tracker(settings)
    registered = versions(tracker)
    taken_out = withdrawn(all_moves(registered))
    away = tuple(found for item in registered if (found := _withdrawn(item, taken_out)))
    number = version_at(tracker, CHAMPION)
    present = next((item for item in registered if str(item.version) == number), None)
    return Standing(_champion(present, away) if present else None, away)


def _withdrawn(version: "ModelVersion", taken_out: Mapping[str, Move]) -> Withdrawn | None:
    number = str(version.version)
    recipe, data_until = _recipe(version.tags), _data_until(version.tags)
    if number not in taken_out or recipe is None or data_until is None:
        return None
    return Withdrawn(number, recipe, data_until, taken_out[number])


def _champion(version: "ModelVersion", away: tuple[Withdrawn, ...]) -> Champion:
    """Return the champion; what a withdrawn refit of its recipe has seen counts as seen."""
    recipe = _recipe(version.tags)
    if recipe is None:
        raise AisleError(
            f"Version {version.version} is champion but has no tag `recipe`, so it cannot be "
            "compared: set the tag, or make a version champion that Aisle registered "
            "(`aisle history`, `aisle promote VERSION`)."
        )
    seen = [_data_until(version.tags)]
    seen += [other.data_until for other in away if is_same(other.recipe, recipe)]
    known = [moment for moment in seen if moment]
    return Champion(str(version.version), recipe, max(known) if known else None)


def _recipe(tags: Mapping[str, str]) -> Recipe | None:
    return Recipe(**json.loads(tags["recipe"])) if "recipe" in tags else None


def _data_until(tags: Mapping[str, str]) -> datetime | None:
    return datetime.fromisoformat(tags[DATA_UNTIL]) if DATA_UNTIL in tags else None
