"""The figure of the docs: drawn items, and the nearest of each by its picture."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from aisle.core.settings import REPOSITORY
from aisle.embeddings.encoder import Vectors
from aisle.embeddings.neighbours import nearest
from benchmarks.drawn_catalogue import DrawnItem

FIGURE = REPOSITORY / "docs" / "how-to" / "embeddings_drawn.png"
SHOWN = 5
RIGHT, WRONG = "#2c8a4b", "#b5332e"


def draw_figure(
    folder: Path, items: Sequence[DrawnItem], vectors: Vectors, target: Path = FIGURE
) -> None:
    """Write a row per category: one item, then its five nearest, framed by whether they belong."""
    places, cosines = nearest(vectors, vectors, SHOWN, own=np.arange(len(items)))
    first = list(dict.fromkeys(item.category for item in items))
    rows = [[item.category for item in items].index(category) for category in first]
    figure, axes = plt.subplots(
        len(rows), SHOWN + 1, figsize=(6.6, 1.06 * len(rows)), layout="constrained"
    )
    for line, query in zip(axes, rows, strict=True):
        _show(line[0], folder, items[query], "black")
        line[0].set_ylabel(items[query].category, rotation=0, ha="right", va="center", fontsize=9)
        for axis, place, cosine in zip(line[1:], places[query], cosines[query], strict=True):
            is_right = items[place].category == items[query].category
            _show(axis, folder, items[place], RIGHT if is_right else WRONG)
            axis.set_title(f"{cosine:.2f}", fontsize=7, pad=2)
    axes[0][0].set_title("item", fontsize=8, pad=2)
    figure.savefig(target, dpi=110)
    plt.close(figure)


def _show(axis: plt.Axes, folder: Path, item: DrawnItem, frame: str) -> None:
    axis.imshow(plt.imread(folder / f"{item.item_id}.png"))
    axis.set_xticks([])
    axis.set_yticks([])
    for side in axis.spines.values():
        side.set_color(frame)
        side.set_linewidth(1.6)
