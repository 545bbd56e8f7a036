"""A recipe is a family of models with its parameters; choices are made on the validation window."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from aisle.core.errors import AisleError
from training.dataset import Dataset
from training.models.base import CurvePoint
from training.models.families import family_named
from training.models.newcomers.choice import choose_newcomers
from training.models.occasion import NEWCOMERS, VISITS
from training.models.session.choice import choose_session_weights
from training.params import PARAMS, load_params
from training.seen import hides_seen
from training.split import Task, Truth

ALL, DEFAULT = "all", "default"  # line-ups that need no list of names


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
        family = family_named(settings["family"])
        if complaint := family.complaint(params):
            raise AisleError(f"Recipe {name!r} in {path}: {complaint}")
        recipes.append(Recipe(name, family.family, params))
    return recipes


def load_lineup(name: str, path: Path = PARAMS) -> list[Recipe]:
    """Return the recipes of a line-up of params.yaml, in the order of the recipes.

    `all` is every recipe; so is `default` where the file names no line-ups.
    """
    recipes = load_recipes(path)
    lineups: Mapping[str, list[str]] = load_params(path).get("lineups", {})
    if name == ALL or (name == DEFAULT and not lineups):
        return recipes
    if name not in lineups:
        known = ", ".join([*lineups, ALL])
        raise AisleError(f"No line-up is called {name!r}: {path.name} has {known}.")
    unknown = set(lineups[name]) - {recipe.name for recipe in recipes}
    if unknown:
        raise AisleError(
            f"The line-up {name!r} names {', '.join(sorted(unknown))}, and {path} has no such "
            "recipe: correct the name there."
        )
    return [recipe for recipe in recipes if recipe.name in lineups[name]]


def resolve(
    recipe: Recipe, dataset: Dataset, truths: Mapping[Task, Truth], *, threads: int = 1
) -> tuple[Recipe, list[CurvePoint]]:
    """Return the recipe with its choices under "chosen", and the curves that led to them.

    A recipe that is already resolved, such as the champion's, is chosen anew.
    """
    stated = {key: value for key, value in recipe.params.items() if key != "chosen"}
    shared: dict[str, Any] = {"hide_seen": hides_seen(dataset, truths)}
    if NEWCOMERS in stated:
        shared[NEWCOMERS] = choose_newcomers(dataset, truths["next"], stated[NEWCOMERS])
    if VISITS in stated:
        shared[VISITS] = choose_session_weights(
            dataset, stated[VISITS], hide_seen=shared["hide_seen"]
        )
    chosen, curves = family_named(recipe.family).choose(
        {**stated, "chosen": shared}, dataset, truths, threads=threads
    )
    return replace(recipe, params={**stated, "chosen": {**shared, **chosen}}), curves
