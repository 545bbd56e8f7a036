"""The trees of a LightGBM that ask for some columns: with these shuffled only they answer anew."""

import re
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from lightgbm import Booster

END = "\nend of trees"
SPLITS = re.compile(r"^split_feature=(.*)$", re.MULTILINE)


class Forest:
    """A fitted LightGBM taken apart into its trees (its text format), to ask some of them."""

    def __init__(self, booster: "Booster") -> None:
        text = booster.model_to_string()
        head, *trees = text.split("\nTree=")
        last, self._rest = trees[-1].split(END, 1)
        # Sizes of trees speed up reading; without them trees may be left out.
        self._head = re.sub(r"^tree_sizes=.*\n", "", head, flags=re.MULTILINE)
        self._trees = [*trees[:-1], last]
        self._asked = [_columns(tree) for tree in self._trees]

    def asking(self, columns: list[int]) -> "Booster | None":
        """Return the trees that ask for any of the columns, as a model; None if there is none."""
        from lightgbm import Booster

        wanted = set(columns)
        pairs = zip(self._trees, self._asked, strict=True)
        chosen = [tree for tree, asked in pairs if asked & wanted]
        if not chosen:
            return None
        numbered = [re.sub(r"^\d+", str(place), tree) for place, tree in enumerate(chosen)]
        return Booster(model_str="\nTree=".join([self._head, *numbered]) + END + self._rest)


def _columns(tree: str) -> set[int]:
    found = SPLITS.search(tree)
    return set(map(int, found.group(1).split())) if found else set()


def raw_scores(booster: "Booster", matrix: np.ndarray) -> np.ndarray:
    """Return the sum of the trees' answers for each row, before any link function."""
    scores: np.ndarray = booster.predict(matrix, raw_score=True)
    return scores
