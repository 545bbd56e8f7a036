"""Embed the published items beside the former vectors, then move the pointer `current`."""

import logging
from pathlib import Path
from typing import Any

from aisle.core.builds import checked_id
from aisle.core.clock import wall_clock
from aisle.core.files import new_folder, point_to, write_json
from aisle.core.publications import MANIFEST, POINTER, free_folder, remove_old
from aisle.core.settings import Settings
from aisle.core.warehouse import published_connection, published_folder, read_manifest
from aisle.embeddings.encoding import OnDone
from aisle.embeddings.image_table import image_table
from aisle.embeddings.items import read_items
from aisle.embeddings.publication import IMAGE_VECTORS, TEXT_VECTORS, write_no_vectors
from aisle.embeddings.text_table import text_table
from aisle.embeddings.workplace import Workplace, only_embedding, workplace

log = logging.getLogger(__name__)


def embed_items(
    settings: Settings,
    run: str,
    on_texts: OnDone = lambda count: None,
    on_images: OnDone = lambda count: None,
) -> Path:
    """Write the vectors of all items to `embeddings/<run>/` and point `current` at them.

    Only new or changed texts and pictures are encoded; whatever is encoded stays in the cache,
    so a killed run goes on where it was. Readers keep their folder: the last few stay.
    """
    checked_id(run)
    with only_embedding(settings):
        target = free_folder(settings.embeddings, run)
        with new_folder(target) as folder:
            manifest = _write_folder(settings, workplace(settings, folder), on_texts, on_images)
            write_json(folder / MANIFEST, manifest)
        point_to(settings.embeddings / POINTER, target)
        remove_old(settings.embeddings)
    log.info("published the vectors %s of build %s", target.name, manifest["build_id"])
    return target


def _write_folder(
    settings: Settings, work: Workplace, on_texts: OnDone, on_images: OnDone
) -> dict[str, Any]:
    """Write all files of a publication; return its manifest."""
    marts_folder = published_folder(settings)
    built = read_manifest(marts_folder)
    with published_connection(settings, marts_folder) as marts:
        items = read_items(marts)
        text = text_table(work, items, marts, on_texts)
    image = image_table(work, items, on_images)
    for name in (TEXT_VECTORS, IMAGE_VECTORS):
        if not (work.folder / name).exists():
            write_no_vectors(work.folder / name)
    return {
        "build_id": built["build_id"],
        "as_of": built["as_of"],
        "embedded_at": wall_clock().isoformat(),
        "text": text,
        "image": image,
    }
