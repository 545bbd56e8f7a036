"""What one run of embedding works with: settings that matter to it, folders, one run at a time."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from aisle.core.errors import AisleError
from aisle.core.settings import Settings
from aisle.embeddings.image_source import ImageSource
from aisle.embeddings.publication import current_embeddings

CACHE, LOCK = "cache", "lock"


@dataclass(frozen=True)
class Workplace:
    """`folder` is written to; `before` is the publication before, if there is one."""

    folder: Path
    before: Path | None
    cache: Path
    text_encoder: str
    image_encoder: str
    images: ImageSource


def workplace(settings: Settings, folder: Path) -> Workplace:
    """Return what a run that writes to `folder` works with."""
    hosts = {host.strip().lower() for host in settings.image_hosts.split(",") if host.strip()}
    folder_name = settings.image_folder
    return Workplace(
        folder,
        current_embeddings(settings),
        settings.embeddings / CACHE,
        settings.text_encoder,
        settings.image_encoder,
        ImageSource(Path(folder_name) if folder_name else None, frozenset(hosts)),
    )


@contextmanager
def only_embedding(settings: Settings) -> Iterator[None]:
    """Hold the lock of the one process that may write vectors and their cache."""
    settings.embeddings.mkdir(parents=True, exist_ok=True)
    with (settings.embeddings / LOCK).open("a", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AisleError(
                f"Another `aisle embed-items` is at work in {settings.embeddings}: wait until it "
                "has finished. What is published stays as it is."
            ) from None
        yield
