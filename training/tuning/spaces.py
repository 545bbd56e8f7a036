"""What a search may change: search_spaces.yaml, read and checked against a recipe."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aisle.core.errors import AisleError
from training.recipes import Recipe
from training.yaml_files import read_yaml

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

SPACES = Path(__file__).parents[1] / "search_spaces.yaml"
KINDS = ("int", "float", "choice")
DIGITS = 3  # of a number that is tried: what is judged is what the patch will say


@dataclass(frozen=True)
class Dimension:
    """One parameter of a recipe and the values it may take."""

    name: str  # dotted where it is nested
    kind: str  # of KINDS
    values: tuple[Any, ...]  # low and high, or the choices
    is_log: bool = False
    grid: tuple[Any, ...] = ()  # empty: low, middle and high

    @property
    def distribution(self) -> "BaseDistribution":
        """The dimension as Optuna samples it."""
        from optuna import distributions

        if self.kind == "choice":
            return distributions.CategoricalDistribution(self.values)
        low, high = self.values
        if self.kind == "int":
            return distributions.IntDistribution(int(low), int(high), log=self.is_log)
        return distributions.FloatDistribution(float(low), float(high), log=self.is_log)

    @property
    def points(self) -> tuple[Any, ...]:
        """The values of a grid search."""
        if self.kind == "choice":
            return self.values
        if self.grid:
            return self.grid
        low, high = self.values
        middle = math.sqrt(low * high) if self.is_log else (low + high) / 2
        return tuple(dict.fromkeys(self.plain(value) for value in (low, middle, high)))

    def plain(self, value: Any) -> Any:
        """Return a sampled value as a person would write it."""
        if self.kind == "int":
            return round(value)
        return float(f"{value:.{DIGITS}g}") if self.kind == "float" else value

    def holding(self, present: Any) -> "Dimension":
        """Return the dimension made wide enough for the value a recipe has now."""
        if self.kind == "choice":
            known = any(present == value for value in self.values)
            return self if known else replace(self, values=(*self.values, present))
        low, high = self.values
        return replace(self, values=(min(low, present), max(high, present)))


@dataclass(frozen=True)
class Space:
    """Everything that may change of one recipe."""

    dimensions: tuple[Dimension, ...]

    @property
    def distributions(self) -> dict[str, "BaseDistribution"]:
        """The space as Optuna samples it."""
        return {dimension.name: dimension.distribution for dimension in self.dimensions}

    def plain(self, sampled: Mapping[str, Any]) -> dict[str, Any]:
        """Return sampled values as a person would write them."""
        return {one.name: one.plain(sampled[one.name]) for one in self.dimensions}

    def present(self, recipe: Recipe) -> dict[str, Any]:
        """Return what the recipe says now, by dotted name."""
        return {one.name: value_at(recipe.params, one.name) for one in self.dimensions}

    def grid(self) -> list[dict[str, Any]]:
        """Return every point of a grid search."""
        names = [one.name for one in self.dimensions]
        combined = product(*(one.points for one in self.dimensions))
        return [dict(zip(names, values, strict=True)) for values in combined]


def space_of(recipe: Recipe, path: Path = SPACES) -> Space | None:
    """Return the search space of a recipe's family, holding what it says now; None if none is."""
    stated = read_yaml(path).get(recipe.family)
    if stated is None:
        return None
    if not isinstance(stated, Mapping) or not stated:
        raise AisleError(f"{path}: {recipe.family} lists no parameters: name some, or remove it.")
    found = []
    for name, text in stated.items():
        dimension = _dimension(str(name), text, f"{path}: {recipe.family}.{name}")
        present = value_at(recipe.params, dimension.name)
        _require_number(dimension, present, recipe)
        found.append(dimension.holding(present))
    return Space(tuple(found))


def value_at(params: Mapping[str, Any], name: str) -> Any:
    """Return a parameter by its dotted name."""
    value: Any = params
    for part in name.split("."):
        if not isinstance(value, Mapping) or part not in value:
            raise AisleError(
                f"The search space names {name!r}, which the recipe does not state: add it to the "
                "recipe in params.yaml, or remove it from search_spaces.yaml."
            )
        value = value[part]
    return value


def with_values(params: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return parameters in which those with dotted names have other values."""
    changed = dict(params)
    for name, value in values.items():
        first, _, rest = name.partition(".")
        changed[first] = with_values(changed[first], {rest: value}) if rest else value
    return changed


def _dimension(name: str, stated: Any, where: str) -> Dimension:
    """Return one line of the file, checked."""
    kinds = [kind for kind in KINDS if isinstance(stated, Mapping) and kind in stated]
    if len(kinds) != 1 or set(stated) - {kinds[0], "log", "grid"}:
        raise AisleError(
            f"{where} is {json.dumps(stated, default=str)}: write {{int: [low, high]}}, "
            "{float: [low, high]} or {choice: [a, b]}, perhaps with `log: true` and `grid: [a, b]`."
        )
    kind, values = kinds[0], stated[kinds[0]]
    dimension = Dimension(
        name, kind, tuple(values), bool(stated.get("log")), tuple(stated.get("grid", ()))
    )
    for problem in _problems(dimension):
        raise AisleError(f"{where} is {json.dumps(stated, default=str)}: {problem}.")
    return dimension


def _problems(dimension: Dimension) -> Iterator[str]:
    """Yield what is wrong with the values of a dimension."""
    if dimension.kind == "choice":
        if not dimension.values or not all(_is_plain(value) for value in dimension.values):
            yield "choices are texts, numbers or true and false, at least one"
        return
    if len(dimension.values) != 2 or not all(map(_is_number, dimension.values)):
        yield "give two numbers, the lowest and the highest"
        return
    low, high = dimension.values
    if low >= high:
        yield f"{low} is not below {high}"
    if dimension.is_log and low <= 0:
        yield "with `log: true` all values are above 0"
    if not all(_is_number(value) and low <= value <= high for value in dimension.grid):
        yield f"each value of the grid lies from {low} to {high}"


def _require_number(dimension: Dimension, present: Any, recipe: Recipe) -> None:
    if dimension.kind == "choice" or _is_number(present):
        return
    raise AisleError(
        f"The recipe {recipe.name} says {dimension.name}: {present!r}, which is no number, as the "
        "search space of its family expects: change one of them."
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, str | int | float | bool)


def searchable(recipes: Sequence[Recipe], path: Path = SPACES) -> dict[str, Space]:
    """Return the search space of each recipe that has one, by the recipe's name."""
    spaces = {recipe.name: space_of(recipe, path) for recipe in recipes}
    return {name: space for name, space in spaces.items() if space}
