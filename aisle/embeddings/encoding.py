"""Vectors of contents: from the cache, or encoded in batches that are kept as they are made."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from aisle.embeddings.cache import Keys, VectorCache, text_keys
from aisle.embeddings.encoder import Encoder, Vectors

BATCH = 256
KEPT_AFTER_SECONDS = 10  # a killed run loses no more than this of its work

OnDone = Callable[[int], None]


@dataclass(frozen=True)
class Encoded:
    """A vector per content, under its key; how many had to be computed."""

    keys: Keys
    vectors: Vectors
    computed: int


class Saving:
    """Gathers vectors as they are made and keeps them in the cache every few seconds."""

    def __init__(self, cache: VectorCache) -> None:
        self._cache = cache
        self._keys: list[Keys] = []
        self._vectors: list[Vectors] = []
        self._kept_at = time.monotonic()

    def add(self, keys: Keys, vectors: Vectors) -> bool:
        """Take vectors; when their time has come write those gathered, and return True."""
        self._keys.append(keys)
        self._vectors.append(vectors)
        is_time = time.monotonic() - self._kept_at > KEPT_AFTER_SECONDS
        if is_time:
            self.write()
        return is_time

    def write(self) -> None:
        """Write what was gathered."""
        if self._keys:
            self._cache.add(np.concatenate(self._keys), np.concatenate(self._vectors))
        self._keys, self._vectors = [], []
        self._kept_at = time.monotonic()


def encode_texts(
    encoder: Encoder[str], texts: Sequence[str], cache: VectorCache, on_done: OnDone
) -> Encoded:
    """Return a vector per different text; only those that the cache lacks are encoded."""
    keys = text_keys(texts)
    vectors, found = cache.find(keys)
    on_done(int(found.sum()))
    missing = sorted(np.flatnonzero(~found).tolist(), key=lambda place: len(texts[place]))
    if missing:
        contents = [texts[place] for place in missing]
        fresh = _encode(encoder, contents, keys[missing], cache, on_done)
        vectors = vectors if vectors.shape[1] else np.zeros((len(keys), fresh.shape[1]), np.float32)
        vectors[missing] = fresh
    return Encoded(keys, vectors, len(missing))


def _encode(
    encoder: Encoder[str],
    texts: Sequence[str],
    keys: Keys,
    cache: VectorCache,
    on_done: OnDone,
) -> Vectors:
    saving, made = Saving(cache), []
    for start in range(0, len(texts), BATCH):
        batch = slice(start, start + BATCH)
        made.append(encoder.encode(texts[batch]))
        saving.add(keys[batch], made[-1])
        on_done(len(made[-1]))
    saving.write()
    return np.concatenate(made)
