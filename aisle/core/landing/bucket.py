"""A landing zone in a bucket: one immutable object for each group of lines, fetched once."""

from dataclasses import dataclass, field
from typing import Any

from fsspec.core import url_to_fs

from aisle.core.errors import AisleError
from aisle.core.landing.sinks import partition


def open_bucket(url: str) -> tuple[Any, str]:
    """Return the file system of a URL such as `s3://bucket/prefix`, and the path in it."""
    try:
        system, root = url_to_fs(url, skip_instance_cache=True, use_listings_cache=False)
    except (ImportError, ValueError) as error:
        raise AisleError(
            f"AISLE_LANDING_URL={url} cannot be opened ({error}): `s3://` needs the extra `s3` "
            "(`pip install 'aisle[s3]'`); other stores need their fsspec package."
        ) from error
    return system, root.rstrip("/")


@dataclass
class BucketSink:
    """Puts each group of lines as one object; nothing grows and nothing is rotated."""

    url: str
    kind: str
    name: str
    _sequence: int = 0
    _opened: tuple[Any, str] | None = field(default=None, init=False)

    def write(self, block: bytes, now: float) -> None:
        """Put the lines; a name is never used twice, also not after a put that failed."""
        self._opened = self._opened or open_bucket(self.url)
        system, root = self._opened
        self._sequence += 1
        folder = partition(self.kind, now)
        system.pipe_file(f"{root}/{folder}/{self.name}-{self._sequence:06d}.jsonl", block)

    def seconds_left(self, now: float) -> float | None:
        """Return nothing: an object is complete at once."""
        return None

    def rotate(self) -> None:
        """Do nothing: an object is complete at once."""
