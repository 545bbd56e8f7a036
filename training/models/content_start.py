"""What a shop learned of the words items are told in, for another shop's fits to begin with.

It names no user and no item: words of content, such as `category=tea`, and a vector for each.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from aisle.core.artifact import load_artifact, save_artifact
from aisle.core.errors import AisleError
from training.dataset import Dataset
from training.folds import TOLD_OF_ITEMS
from training.models.features import columns_of, feature_matrix
from training.models.lightfm_fit import Embeddings, Start
from training.models.lightfm_inputs import LightFMInputs
from training.models.transfer import ContentMap, fit_content_map
from training.preparation import fit_preparation, plan_columns

KIND = "content vectors"
FEWEST = 3  # items that share a word worth a vector
MOST_WORDS = 2000
PENALTY = 3.0
SHOWN = 5  # words that an error names


@dataclass(frozen=True)
class ContentVectors:
    """A vector of each word, and the mean of all items'; the last number of each is a bias."""

    family: str  # what was fitted
    words: Sequence[str]
    map: ContentMap

    @property
    def components(self) -> int:
        """How long a vector is, without the bias."""
        return int(self.map.mean.size) - 1

    @classmethod
    def learn(
        cls, family: str, dataset: Dataset, inputs: LightFMInputs, embeddings: Embeddings
    ) -> "ContentVectors":
        """Return what the active items' vectors say of the words that they are told in.

        Raises AisleError where no word is shared by three of them.
        """
        words, of_active = words_of(dataset.item_features.iloc[inputs.pool])
        shared = np.asarray(of_active.sum(axis=0)).ravel()
        common = np.argsort(-shared, kind="stable")[:MOST_WORDS]
        kept = np.sort(common[shared[common] >= FEWEST])
        if not kept.size:
            raise AisleError(
                f"No word of the catalogue is shared by {FEWEST} active items, so there is nothing "
                "that another shop could begin with: load products with categories, brands or "
                f"attributes ({', '.join(sorted(TOLD_OF_ITEMS))})."
            )
        items = embeddings.vectors(inputs.user_rows, inputs.pool_rows)
        known = np.column_stack([items.items, items.item_biases])
        mapped = fit_content_map(of_active[:, kept], known, PENALTY)
        return cls(family, [words[place] for place in kept], mapped)

    def start(self, dataset: Dataset, inputs: LightFMInputs, source: str) -> Start:
        """Return the start of a fit: active items with a word in common have a vector of it.

        Users begin at random, and so do features beside identities. Raises AisleError if no active
        item has such a word; `source` is what the message calls these vectors.
        """
        words, content = words_of(dataset.item_features.iloc[inputs.pool])
        place = {word: column for column, word in enumerate(words)}
        shared = [row for row, word in enumerate(self.words) if word in place]
        columns = [place[self.words[row]] for row in shared]
        of_active = sparse.csr_matrix(content[:, columns])
        is_told = np.diff(of_active.indptr) > 0
        if not is_told.any():
            raise AisleError(self._nothing_shared(words, source))
        part = ContentMap(self.map.weights[shared], self.map.mean)
        mapped = part.vectors(of_active)
        mapped[~is_told] = np.nan
        users, items = inputs.user_rows.shape[1], inputs.item_rows.shape[1]
        vectors = np.full((items, self.components), np.nan, dtype=np.float32)
        biases = np.full(items, np.nan, dtype=np.float32)
        vectors[: inputs.pool.size] = mapped[:, :-1]  # identities of the active come first
        biases[: inputs.pool.size] = mapped[:, -1]
        return Start(np.full((users, self.components), np.nan, dtype=np.float32), vectors, biases)

    def save(self, folder: Path) -> Path:
        """Write arrays and JSON to `folder`, atomically, and return it."""
        document = {"kind": KIND, "family": self.family}
        arrays = {
            "words": np.array(self.words, dtype=np.str_),
            "weights": self.map.weights,
            "mean": self.map.mean,
        }
        return save_artifact(folder, document, arrays)

    @classmethod
    def read(cls, folder: Path) -> "ContentVectors":
        """Return what `save` wrote; raise AisleError for anything else."""
        made_by = "make one in the other shop with `aisle train lend`"
        if not folder.is_dir():
            raise AisleError(f"There is no folder {folder}: {made_by}.")
        document, arrays = load_artifact(folder)
        if document.get("kind") != KIND:
            held = document.get("family", document.get("kind"))
            raise AisleError(f"{folder} holds {held!r}, not {KIND}: {made_by}.")
        found = ContentMap(arrays["weights"], arrays["mean"])
        return cls(str(document["family"]), arrays["words"].tolist(), found)

    def _nothing_shared(self, words: Sequence[str], source: str) -> str:
        ours, theirs = (", ".join(sorted(one)[:SHOWN]) or "nothing" for one in (words, self.words))
        return (
            f"{source} tells items by {len(self.words)} words ({theirs}, …), and no active item "
            f"here has one of them (here: {ours}, …): the two shops share no content. Give "
            "products the same columns and values, or remove start_from from the recipe."
        )


def words_of(item_features: pd.DataFrame) -> tuple[list[str], sparse.csr_matrix]:
    """Return words such as `category=tea`, and items x words, one where an item is told so.

    Words are of what is told of items; numbers, such as prices, are none.
    """
    told = [name for name in item_features if name in TOLD_OF_ITEMS]
    features: Any = item_features[told]
    plans = [plan for plan in plan_columns(features, min_count=1) if plan.kind == "category"]
    preparation = fit_preparation(features, plans, np.ones(len(features), dtype=bool))
    content = feature_matrix(preparation.apply(columns_of(features), len(features)))
    is_word = np.array(["=" in name for name in preparation.names], dtype=bool)
    names = [name for name in preparation.names if "=" in name]
    return names, sparse.csr_matrix(content[:, np.flatnonzero(is_word)])
