"""Who competes in a training: the recipes of params.yaml and the present champion's."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Protocol

from aisle.core.builds import checked_id
from aisle.core.errors import AisleError
from aisle.core.files import write_json
from training.folder import TrainingFolder, read_json
from training.recipes import Recipe
from training.results import canonical, stated_params

log = logging.getLogger(__name__)

CHAMPION = "champion"


@dataclass(frozen=True)
class Champion:
    """The registered version that serves now, and the recipe it was made by, as stated.

    `data_until` is the last interaction that this recipe was fitted on for good, None if the
    version does not say.
    """

    version: str
    recipe: Recipe
    data_until: datetime | None = None


class Barred(Protocol):
    """A recipe that may not compete on this data, and why."""

    @property
    def recipe(self) -> Recipe:
        """The recipe as stated."""
        ...

    @property
    def sentence(self) -> str:
        """Why it may not."""
        ...


@dataclass(frozen=True)
class Rivals:
    """The recipes of one training; `champion_as` names the one that stands for the champion."""

    recipes: list[Recipe]
    champion: Champion | None
    champion_as: str | None
    left_out: tuple[str, ...] = ()  # a sentence for each recipe that may not compete

    def recipe(self, name: str) -> Recipe:
        """Return the recipe called `name`."""
        for recipe in self.recipes:
            if recipe.name == name:
                return recipe
        names = ", ".join(recipe.name for recipe in self.recipes)
        raise AisleError(f"No recipe {name!r} competes in this training: choose one of {names}.")


def line_up(
    listed: list[Recipe], champion: Champion | None, barred: Sequence[Barred] = ()
) -> Rivals:
    """Return who competes; the champion's recipe is added unless an equal one is listed.

    Equal means the same family and stated parameters: what validation chose is chosen anew.
    A barred recipe is left out, unless it is the champion's own.
    """
    for recipe in listed:
        checked_id(recipe.name)
        if recipe.name == CHAMPION:
            raise AisleError(
                f"params.yaml names a recipe {CHAMPION!r}; that name is kept for the recipe of "
                "the present champion: choose another."
            )
    away = [one for one in barred if champion is None or not is_same(one.recipe, champion.recipe)]
    left_out = tuple(one.sentence for one in away)
    recipes = [
        _stated(recipe) for recipe in listed if not any(is_same(recipe, one.recipe) for one in away)
    ]
    if champion is None:
        return Rivals(recipes, None, None, left_out)
    for recipe in recipes:
        if is_same(recipe, champion.recipe):
            return Rivals(recipes, champion, recipe.name, left_out)
    extra = Recipe(CHAMPION, champion.recipe.family, stated_params(champion.recipe.params))
    return Rivals([*recipes, extra], champion, CHAMPION, left_out)


def _stated(recipe: Recipe) -> Recipe:
    return Recipe(recipe.name, recipe.family, canonical(stated_params(recipe.params)))


def is_same(one: Recipe, other: Recipe) -> bool:
    """Tell whether two recipes are of one family with the same stated parameters."""
    ours, theirs = (canonical(stated_params(recipe.params)) for recipe in (one, other))
    return one.family == other.family and bool(ours == theirs)


def write_rivals(folder: TrainingFolder, rivals: Rivals) -> None:
    """Keep who competes, so that every later step of this training means the same champion."""
    write_json(folder.rivals, asdict(rivals))


def read_rivals(folder: TrainingFolder) -> Rivals:
    """Return who competes in this training."""
    content = read_json(folder.rivals, made_by=f"aisle train recipes --run {folder.training_id}")
    return Rivals(
        recipes=[Recipe(**recipe) for recipe in content["recipes"]],
        champion=_champion(content["champion"]),
        champion_as=content["champion_as"],
        left_out=tuple(content["left_out"]),
    )


def _champion(content: Mapping[str, Any] | None) -> Champion | None:
    if content is None:
        return None
    until = content["data_until"]
    return Champion(
        content["version"],
        Recipe(**content["recipe"]),
        datetime.fromisoformat(until) if until else None,
    )
