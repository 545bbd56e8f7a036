"""Vectors of pictures: read within limits, hashed, encoded where new; broken ones are told."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from aisle.core.files import new_file
from aisle.embeddings.cache import VectorCache, as_keys, content_key
from aisle.embeddings.encoder import Encoder, Vectors
from aisle.embeddings.encoding import OnDone, Saving
from aisle.embeddings.image_source import BrokenImage, ImageSource
from aisle.embeddings.picture import open_picture

if TYPE_CHECKING:
    from PIL.Image import Image

BATCH = 8  # larger ones are no faster on a CPU
READERS = BATCH  # read at a time
SEEN = "seen.parquet"


@dataclass(frozen=True)
class EncodedImages:
    """The key of each location (empty when broken), vectors by key, and what was wrong."""

    keys: dict[str, bytes]
    vectors: dict[bytes, Vectors]
    computed: int
    broken: dict[str, str]


@dataclass
class ImageEncoding:
    """One run over pictures: what it works with, then what it has found so far."""

    encoder: "Encoder[Image]"
    source: ImageSource
    cache: VectorCache
    seen_file: Path
    keys: dict[str, bytes] = field(default_factory=dict)  # by location
    kept: dict[bytes, Vectors] = field(default_factory=dict)  # from the cache
    made: dict[bytes, Vectors] = field(default_factory=dict)
    broken: dict[str, str] = field(default_factory=dict)  # why, by location

    def run(self, stamps: dict[str, str], on_done: OnDone) -> EncodedImages:
        """Return the vectors of pictures by location; `stamps` says when each may have changed.

        One whose stamp is as before and whose vector is cached is not even read.
        """
        seen = _read_seen(self.seen_file)
        same = {
            place: seen[place][1]
            for place, stamp in stamps.items()
            if stamp and place in seen and seen[place][0] == stamp
        }
        self._look_up(set(same.values()))
        self.keys = {place: key for place, key in same.items() if key in self.kept}
        on_done(len(self.keys))
        saving = Saving(self.cache)
        for batch in _batches([place for place in stamps if place not in self.keys]):
            if self._read_and_encode(batch, saving):
                self._note_seen(stamps)
            on_done(len(batch))
        saving.write()
        self._note_seen(stamps)
        return EncodedImages(self.keys, self.kept | self.made, len(self.made), self.broken)

    def _read_and_encode(self, batch: Sequence[str], saving: Saving) -> bool:
        """Encode what is new in a batch; return whether vectors were written to the cache."""
        contents = dict(self._read(batch))
        keys = {place: content_key(content) for place, content in contents.items()}
        self._look_up(set(keys.values()) - self.kept.keys() - self.made.keys())
        pictures: dict[bytes, Image] = {}
        for place, key in keys.items():
            try:
                if key not in self.kept and key not in self.made and key not in pictures:
                    pictures[key] = open_picture(contents[place])
            except BrokenImage as error:
                self.broken[place] = str(error)
            else:
                self.keys[place] = key
        if not pictures:
            return False
        vectors = self.encoder.encode(list(pictures.values()))
        self.made.update(zip(pictures, vectors, strict=True))
        return saving.add(as_keys(list(pictures)), vectors)

    def _read(self, batch: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        """Yield location and bytes; note which cannot be read."""
        with ThreadPoolExecutor(READERS) as readers:
            for place, content in zip(batch, readers.map(self._content, batch), strict=True):
                if isinstance(content, BrokenImage):
                    self.broken[place] = str(content)
                else:
                    yield place, content

    def _content(self, place: str) -> bytes | BrokenImage:
        try:
            return self.source.read(place)
        except BrokenImage as error:
            return error

    def _note_seen(self, stamps: dict[str, str]) -> None:
        """Write which content each location had, so that the next run need not read it."""
        rows = pd.DataFrame(
            {
                "location": list(self.keys),
                "stamp": [stamps[place] for place in self.keys],
                "key": list(self.keys.values()),
            }
        )
        with new_file(self.seen_file) as draft:
            rows.to_parquet(draft, index=False)

    def _look_up(self, keys: set[bytes]) -> None:
        if not keys:
            return
        ordered = sorted(keys)
        vectors, found = self.cache.find(as_keys(ordered))
        self.kept.update({ordered[place]: vectors[place] for place in np.flatnonzero(found)})


def _batches(places: list[str]) -> Iterator[list[str]]:
    yield from (places[start : start + BATCH] for start in range(0, len(places), BATCH))


def _read_seen(file: Path) -> dict[str, tuple[str, bytes]]:
    if not file.exists():
        return {}
    rows = pd.read_parquet(file)
    pairs = zip(rows["stamp"], rows["key"], strict=True)
    return dict(zip(rows["location"], pairs, strict=True))
