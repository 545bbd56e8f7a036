"""Recipes that cannot be fitted here, because a package that only they need is not installed."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec

from training.models.families import family_named
from training.recipes import Recipe


@dataclass(frozen=True)
class Unfittable:
    """A recipe and the packages it misses."""

    recipe: Recipe
    missing: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """Why it does not compete, and what would let it."""
        return (
            f"{self.recipe.name} is left out: fitting it takes {', '.join(self.missing)}, not "
            "installed here. Run `make install` to have everything."
        )


def unfittable(recipes: Sequence[Recipe]) -> list[Unfittable]:
    """Return the recipes whose family needs a package that is not installed."""
    found = []
    for recipe in recipes:
        needs = family_named(recipe.family).needs
        missing = tuple(package for package in needs if find_spec(package) is None)
        if missing:
            found.append(Unfittable(recipe, missing))
    return found
