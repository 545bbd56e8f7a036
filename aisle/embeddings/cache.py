"""Vectors on disk by the hash of what was encoded, one folder per encoder and revision."""

import hashlib
import logging
import re
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aisle.core.artifact import load_artifact, save_artifact
from aisle.core.errors import AisleError
from aisle.embeddings.encoder import Encoder, Vectors

log = logging.getLogger(__name__)

Keys = NDArray[np.bytes_]  # 32 hexadecimal digits each
KEY_DIGITS = 32
SEGMENT_ROWS = 65_536  # 64 MB of 256 dimensions
MOST_SEGMENTS = 32
MOST_UNUSED = 2  # times as many vectors as are in use are kept, for what comes back


def content_key(content: bytes) -> bytes:
    """Return the name of a content: the first 128 bits of its SHA-256, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()[:KEY_DIGITS].encode()


def text_keys(texts: Sequence[str]) -> Keys:
    """Return the keys of texts."""
    return as_keys([content_key(text.encode()) for text in texts])


def as_keys(keys: Sequence[bytes]) -> Keys:
    """Return keys as an array."""
    return np.array(keys, dtype=f"S{KEY_DIGITS}")


def cache_folder(parent: Path, encoder: Encoder[Any], preparation: str = "") -> Path:
    """Return the folder of one encoder at one revision, and one way to prepare what it is given."""
    whole = hashlib.sha256(f"{encoder.name}\n{encoder.revision}\n{preparation}".encode())
    readable = re.sub(r"[^A-Za-z0-9._-]", "-", encoder.name)[:60]
    return parent / f"{readable}-{whole.hexdigest()[:16]}"


class VectorCache:
    """Segments of keys and vectors; each appears whole or not at all, and says its checksums."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._loaded: dict[Path, tuple[Keys, Vectors]] = {}  # each is read once

    def find(self, keys: Keys) -> tuple[Vectors, NDArray[np.bool_]]:
        """Return a row per key (zeros when it is not there) and whether it is there."""
        found = np.zeros(len(keys), dtype=bool)
        vectors = np.zeros((len(keys), 0), dtype=np.float32)
        for _, kept, rows in self._segments():
            if not vectors.shape[1]:
                vectors = np.zeros((len(keys), rows.shape[1]), dtype=np.float32)
            places = np.searchsorted(kept, keys).clip(max=len(kept) - 1)
            here = kept[places] == keys
            vectors[here] = rows[places[here]]
            found |= here
        return vectors, found

    def add(self, keys: Keys, vectors: Vectors) -> Path:
        """Keep vectors under their keys, as one segment; return its folder."""
        order = np.argsort(keys)
        arrays = {"keys": keys[order], "vectors": vectors[order]}
        name = hashlib.sha256(arrays["keys"].tobytes()).hexdigest()[:24]
        return save_artifact(self._folder / f"segment-{name}", {"rows": len(keys)}, arrays)

    def tidy(self, used: Keys) -> None:
        """Drop what a killed run left; rewrite many small segments, without what nobody uses.

        Only for the one process that writes: a key is never missing while its segment is rewritten.
        """
        for draft in self._folder.glob(".segment-*"):
            shutil.rmtree(draft)
        segments = [(path, len(kept)) for path, kept, _ in self._segments()]
        rows = sum(count for _, count in segments)
        if len(segments) <= MOST_SEGMENTS and rows <= MOST_UNUSED * max(len(used), SEGMENT_ROWS):
            return
        vectors, found = self.find(used)
        keys, vectors = used[found], vectors[found]
        starts = range(0, len(keys), SEGMENT_ROWS)
        parts = [slice(start, start + SEGMENT_ROWS) for start in starts]
        written = {self.add(keys[part], vectors[part]) for part in parts}
        for path, _ in segments:
            if path not in written:
                shutil.rmtree(path)

    def _segments(self) -> Iterator[tuple[Path, Keys, Vectors]]:
        """Yield segments with rows; one that is damaged is removed, and computed anew."""
        for path in sorted(self._folder.glob("segment-*")):
            try:
                if path not in self._loaded:
                    _, arrays = load_artifact(path)
                    self._loaded[path] = arrays["keys"], arrays["vectors"]
            except AisleError as error:
                log.warning("%s is damaged and will be computed again: %s", path, error)
                shutil.rmtree(path)
                continue
            yield path, *self._loaded[path]
