"""What is searched: the recipes, how, how often, and for how long; a place for each trial."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import zip_longest
from typing import Any

from aisle.core.errors import AisleError
from aisle.core.files import write_json
from training.folder import read_json
from training.gate_rules import MEASURES
from training.recipes import Recipe
from training.results import canonical
from training.tuning.folder import TuningFolder
from training.tuning.spaces import Space, searchable

GRID, RANDOM, TPE = SAMPLERS = ("grid", "random", "tpe")
MAY_GROW = ("trials", "minutes")


@dataclass(frozen=True)
class Request:
    """What a person asks of a tuning."""

    sampler: str = TPE
    trials: int = 20  # of each recipe, besides the parameters it has now
    minutes: float = 60.0  # of work, all workers together, after which no trial starts
    windows: int = 2  # before the tests, on which trials are judged
    metric: str = "next_ndcg_at_10"
    seed: int = 7
    users: int = 0  # of each window and task that trials are judged on, a stratified sample; 0: all

    def __post_init__(self) -> None:
        if self.sampler not in SAMPLERS:
            raise AisleError(f"--sampler {self.sampler!r}: choose one of {', '.join(SAMPLERS)}.")
        if self.metric not in MEASURES:
            raise AisleError(
                f"--metric {self.metric!r} is nothing a rival is judged by: take one such as "
                "next_ndcg_at_10 or discovery_ndcg_at_10."
            )
        least = {"trials": self.trials, "windows": self.windows, "minutes": self.minutes}
        for name, value in least.items():
            if not value > 0:
                raise AisleError(f"--{name} {value:g}: give more than 0.")
        if self.users < 0:
            raise AisleError(f"--users {self.users}: give a number of users, or 0 for all of them.")


@dataclass(frozen=True)
class Plan:
    """A tuning as it was begun. Place 0 of a recipe is for what it says now."""

    tuning_id: str
    request: Request
    recipes: list[Recipe]
    snapshot_id: str

    def recipe(self, name: str) -> Recipe:
        """Return the recipe called `name`."""
        for recipe in self.recipes:
            if recipe.name == name:
                return recipe
        names = ", ".join(recipe.name for recipe in self.recipes)
        raise AisleError(f"Tuning {self.tuning_id} is not about {name!r}: choose one of {names}.")

    @property
    def spaces(self) -> dict[str, Space]:
        """The search space of each recipe."""
        return searchable(self.recipes)

    @property
    def places(self) -> list[str]:
        """Every trial as `recipe:number`, the recipes by turns, so that time is spent on all."""
        by_recipe = [
            [f"{name}:{number}" for number in range(self._count(space) + 1)]
            for name, space in self.spaces.items()
        ]
        return [place for turn in zip_longest(*by_recipe) for place in turn if place]

    def fixed(self, recipe: str, number: int) -> dict[str, Any]:
        """Return what a trial has to try, by dotted name; empty if the sampler decides."""
        space = self.spaces[recipe]
        if number == 0:
            return space.present(self.recipe(recipe))
        if self.request.sampler == GRID:
            return _shuffled(space.grid(), self.request.seed)[number - 1]
        return {}

    def _count(self, space: Space) -> int:
        if self.request.sampler == GRID:
            return min(len(space.grid()), self.request.trials)
        return self.request.trials


def chosen(listed: Sequence[Recipe], names: Sequence[str]) -> list[Recipe]:
    """Return the recipes to tune: those named, else all of the list that have a search space."""
    spaces = searchable(listed)
    known = [recipe.name for recipe in listed]
    for name in names:
        if name not in known:
            raise AisleError(f"No recipe {name!r} in params.yaml: choose of {', '.join(known)}.")
        if name not in spaces:
            raise AisleError(
                f"The family of {name} has no search space: add one to search_spaces.yaml, or "
                f"choose of {', '.join(spaces)}."
            )
    return [recipe for recipe in listed if recipe.name in (names or spaces)]


def place_of(text: str) -> tuple[str, int]:
    """Return recipe and number of a place such as `hybrid_blend:3`."""
    recipe, _, number = text.rpartition(":")
    if not recipe or not number.isdecimal():
        raise AisleError(f"--trial {text!r} is no place of a plan: write it like hybrid_blend:3.")
    return recipe, int(number)


def write_plan(folder: TuningFolder, plan: Plan) -> Plan:
    """Keep a plan; one that is there may only get more trials and more time."""
    if folder.plan.is_file():
        plan = _continued(read_plan(folder), plan)
    recipes = [{**asdict(recipe), "params": canonical(recipe.params)} for recipe in plan.recipes]
    write_json(folder.plan, {**asdict(plan), "recipes": recipes})
    return plan


def read_plan(folder: TuningFolder) -> Plan:
    """Return the plan of a tuning."""
    content = read_json(folder.plan, made_by=f"aisle tune plan --run {folder.tuning_id}")
    request = Request(**content.pop("request"))
    return Plan(request=request, recipes=[Recipe(**r) for r in content.pop("recipes")], **content)


def _continued(there: Plan, asked: Plan) -> Plan:
    """Return the plan that is there with the trials and the time that are asked for now."""
    grown = {name: getattr(asked.request, name) for name in MAY_GROW}
    wanted = replace(there.request, **grown)
    others = [recipe.name for recipe in asked.recipes] != [recipe.name for recipe in there.recipes]
    if wanted != asked.request or others:
        raise AisleError(
            f"Tuning {there.tuning_id} was begun with {_told(there)}, and is now asked for "
            f"{_told(asked)}: only trials and minutes may change; else take another --run."
        )
    return replace(there, request=wanted)


def _told(plan: Plan) -> str:
    said: Mapping[str, Any] = asdict(plan.request)
    names = ", ".join(recipe.name for recipe in plan.recipes)
    kept = ", ".join(f"{name} {value}" for name, value in said.items() if name not in MAY_GROW)
    return f"{names} ({kept})"


def _shuffled(points: list[dict[str, Any]], seed: int) -> list[dict[str, Any]]:
    """Return the points in an order of chance, so that a part of them is spread over the grid."""
    return random.Random(seed).sample(points, len(points))
