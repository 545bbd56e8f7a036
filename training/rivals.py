"""Who competes in a training: the recipes of params.yaml and the present champion's."""

import logging
from dataclasses import asdict, dataclass

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
    """The registered version that serves now, and the recipe it was made by, as stated."""

    version: str
    recipe: Recipe


@dataclass(frozen=True)
class Rivals:
    """The recipes of one training; `champion_as` names the one that stands for the champion."""

    recipes: list[Recipe]
    champion: Champion | None
    champion_as: str | None

    def recipe(self, name: str) -> Recipe:
        """Return the recipe called `name`."""
        for recipe in self.recipes:
            if recipe.name == name:
                return recipe
        names = ", ".join(recipe.name for recipe in self.recipes)
        raise AisleError(f"No recipe {name!r} competes in this training: choose one of {names}.")


def line_up(listed: list[Recipe], champion: Champion | None) -> Rivals:
    """Return who competes; the champion's recipe is added unless an equal one is listed.

    Equal means the same family and stated parameters: what validation chose is chosen anew.
    """
    for recipe in listed:
        checked_id(recipe.name)
        if recipe.name == CHAMPION:
            raise AisleError(
                f"params.yaml names a recipe {CHAMPION!r}; that name is kept for the recipe of "
                "the present champion: choose another."
            )
    recipes = [_stated(recipe) for recipe in listed]
    if champion is None:
        return Rivals(recipes, None, None)
    for recipe in recipes:
        if _same(recipe, champion.recipe):
            return Rivals(recipes, champion, recipe.name)
    extra = Recipe(CHAMPION, champion.recipe.family, stated_params(champion.recipe.params))
    return Rivals([*recipes, extra], champion, CHAMPION)


def _stated(recipe: Recipe) -> Recipe:
    return Recipe(recipe.name, recipe.family, canonical(stated_params(recipe.params)))


def _same(one: Recipe, other: Recipe) -> bool:
    ours, theirs = (canonical(stated_params(recipe.params)) for recipe in (one, other))
    return one.family == other.family and bool(ours == theirs)


def write_rivals(folder: TrainingFolder, rivals: Rivals) -> None:
    """Keep who competes, so that every later step of this training means the same champion."""
    write_json(folder.rivals, asdict(rivals))


def read_rivals(folder: TrainingFolder) -> Rivals:
    """Return who competes in this training."""
    content = read_json(folder.rivals, made_by=f"aisle train recipes --run {folder.training_id}")
    champion = content["champion"]
    return Rivals(
        recipes=[Recipe(**recipe) for recipe in content["recipes"]],
        champion=champion and Champion(champion["version"], Recipe(**champion["recipe"])),
        champion_as=content["champion_as"],
    )
