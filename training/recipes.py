"""A recipe is a family of models with its parameters; choices are made on the validation window."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.dataset import Dataset
from training.split import Task, Truth

PARAMS = Path(__file__).with_name("params.yaml")


@dataclass(frozen=True)
class Recipe:
    """How to make one rival. `params["chosen"]` holds what validation decided, once resolved."""

    name: str
    family: str
    params: Mapping[str, Any]


@dataclass(frozen=True)
class CurvePoint:
    """One value of a curve, such as validation NDCG after an epoch."""

    name: str
    step: int
    value: float


def load_params(path: Path = PARAMS) -> dict[str, Any]:
    """Return everything params.yaml says: windows, evaluation, recipes."""
    raise NotImplementedError


def load_recipes(path: Path = PARAMS) -> list[Recipe]:
    """Return the recipes of params.yaml in their order."""
    raise NotImplementedError


def resolve(
    recipe: Recipe, dataset: Dataset, truths: Mapping[Task, Truth]
) -> tuple[Recipe, list[CurvePoint]]:
    """Return the recipe with its choices under "chosen", and the curves that led to them.

    A recipe that is already resolved, such as the champion's, is chosen anew.
    """
    raise NotImplementedError
