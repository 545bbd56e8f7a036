"""Item vectors by what is known: TF-IDF of features, embeddings of texts and pictures."""

import logging
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from scipy import sparse

from aisle.core.errors import AisleError
from aisle.core.feature_values import Counts, Values, expanded, read_texts
from training.dataset import Dataset
from training.models.features import columns_of
from training.preparation import is_numeric

log = logging.getLogger(__name__)

TFIDF = "tfidf"
KINDS = (TFIDF, "text", "image")
MIN_ITEMS = 2  # a word of one item alone likens it to none
Rows: TypeAlias = Any  # np.ndarray or sparse.csr_matrix; scipy states no types


def content_vectors(dataset: Dataset, kind: str) -> Rows:
    """Return items x dimensions, float32, zeros where nothing is known; dense for embeddings.

    Where the dataset has no embeddings of this kind, those of TF-IDF.
    """
    if kind not in KINDS:
        raise AisleError(f"vectors is {kind!r}: params.yaml may say {', '.join(KINDS)}.")
    if kind == TFIDF:
        return tfidf_vectors(dataset)
    if kind in dataset.item_vectors:
        return dataset.item_vectors[kind]
    log.warning("the snapshot holds no %s vectors of items: TF-IDF stands for them", kind)
    return tfidf_vectors(dataset)


def tfidf_vectors(dataset: Dataset) -> sparse.csr_matrix:
    """Return items x words of all feature values that are texts, each with its column's name."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    documents = item_words(dataset)
    vectoriser = TfidfVectorizer(analyzer=str.split, min_df=MIN_ITEMS, dtype=np.float32)
    try:
        return sparse.csr_matrix(vectoriser.fit_transform(documents))
    except ValueError:  # scikit-learn's way to say that no word is left
        return sparse.csr_matrix((len(documents), 1), dtype=np.float32)


def item_words(dataset: Dataset) -> list[str]:
    """Return the words of each item: `column=value`, and every single word of the value."""
    documents: list[list[str]] = [[] for _ in dataset.item_ids]
    for name, values in expanded(columns_of(dataset.item_features), Counts()).items():
        if not _is_text(values):
            continue
        cache: dict[str, list[str]] = {}
        for document, text in zip(documents, read_texts(values, name, Counts()), strict=True):
            if text is not None:
                if text not in cache:
                    cache[text] = _words(name, text)
                document.extend(cache[text])
    return [" ".join(words) for words in documents]


def text_columns(features: pd.DataFrame) -> list[str]:
    """Return the columns whose words are counted; one of JSON stands for all its keys."""
    return [str(name) for name in features.columns if _is_text(features[name])]


def _is_text(values: Values) -> bool:
    column = values if isinstance(values, pd.Series) else pd.Series(values)
    is_moment = pd.api.types.is_datetime64_any_dtype(column)
    return not (is_numeric(column) or is_moment)


def _words(name: str, text: str) -> list[str]:
    words = "".join(letter if letter.isalnum() else " " for letter in text.lower()).split()
    return [f"{name}={'_'.join(words)}", *words]
