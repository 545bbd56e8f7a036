"""A recipe is a family of models with its parameters; choices are made on the validation window."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from aisle.core.errors import AisleError
from training.dataset import Dataset
from training.models.base import CurvePoint
from training.models.families import family_named
from training.params import PARAMS, load_params
from training.seen import hides_seen
from training.split import Task, Truth


@dataclass(frozen=True)
class Recipe:
    """How to make one rival. `params["chosen"]` holds what validation decided, once resolved."""

    name: str
    family: str
    params: Mapping[str, Any]


def load_recipes(path: Path = PARAMS) -> list[Recipe]:
    """Return the recipes of params.yaml in their order."""
    recipes = []
    for name, settings in load_params(path)["recipes"].items():
        if "family" not in settings:
            raise AisleError(f"Recipe {name!r} in {path} has no family: add `family: …` to it.")
        params = {key: value for key, value in settings.items() if key != "family"}
        recipes.append(Recipe(name, family_named(settings["family"]).family, params))
    return recipes


def resolve(
    recipe: Recipe, dataset: Dataset, truths: Mapping[Task, Truth], *, threads: int = 1
) -> tuple[Recipe, list[CurvePoint]]:
    """Return the recipe with its choices under "chosen", and the curves that led to them.

    A recipe that is already resolved, such as the champion's, is chosen anew.
    """
    stated = {key: value for key, value in recipe.params.items() if key != "chosen"}
    shared = {"hide_seen": hides_seen(dataset, truths)}
    chosen, curves = family_named(recipe.family).choose(
        {**stated, "chosen": shared}, dataset, truths, threads=threads
    )
    return replace(recipe, params={**stated, "chosen": {**shared, **chosen}}), curves
