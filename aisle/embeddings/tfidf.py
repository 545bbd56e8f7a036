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
        return len(self._fitted[1])

    def encode(self, contents: Sequence[str]) -> Vectors:
        """Return a row per text; zeros for one whose words the catalogue does not know."""
        words, rotation = self._fitted
        return unit_rows(words.transform(contents) @ rotation.T)

    @cached_property
    def _fitted(self) -> tuple[Any, Vectors]:
        """Return what weighs words, and the rotation (dimensions x words)."""
        from sklearn.decomposition import TruncatedSVD
        from sklearn.feature_extraction.text import TfidfVectorizer

        words = TfidfVectorizer(
            ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"(?u)\w+", dtype=np.float32
        )
        weighed = words.fit_transform(self._corpus)
        width = min(DIMENSIONS, *(side - 1 for side in weighed.shape))
        if width < 1:  # one text or one word: nothing to rotate
            return words, np.eye(weighed.shape[1], dtype=np.float32)
        fitted = TruncatedSVD(width, random_state=SEED).fit(weighed)
        return words, fitted.components_.astype(np.float32)
