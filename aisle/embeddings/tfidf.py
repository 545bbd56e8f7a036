"""The baseline for texts: TF-IDF and truncated SVD, fitted on the catalogue."""

import hashlib
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from aisle.embeddings.encoder import Vectors, unit_rows

DIMENSIONS = 256
SEED = 0


class TfidfEncoder:
    """Words and pairs of words, weighed and rotated. Each catalogue has a revision of its own."""

    name = f"tfidf-svd-{DIMENSIONS}"

    def __init__(self, corpus: Sequence[str]) -> None:
        self._corpus = sorted(set(corpus))

    @cached_property
    def revision(self) -> str:
        """A hash of the texts it is fitted on."""
        return hashlib.sha256("\n".join(self._corpus).encode()).hexdigest()

    @cached_property
    def dimensions(self) -> int:
        """256, or fewer for a catalogue of few words."""
        return int(self._fitted[1].components_.shape[0])

    def encode(self, contents: Sequence[str]) -> Vectors:
        """Return a row per text; zeros for one whose words the catalogue does not know."""
        words, rotation = self._fitted
        return unit_rows(rotation.transform(words.transform(contents)))

    @cached_property
    def _fitted(self) -> tuple[Any, Any]:
        from sklearn.decomposition import TruncatedSVD
        from sklearn.feature_extraction.text import TfidfVectorizer

        words = TfidfVectorizer(
            ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"(?u)\w+", dtype=np.float32
        )
        counted = words.fit_transform(self._corpus)
        width = max(1, min(DIMENSIONS, *(side - 1 for side in counted.shape)))
        return words, TruncatedSVD(width, random_state=SEED).fit(counted)
