"""A picture as the image encoders want it: upright, whole, on a white square, normalised."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from aisle.embeddings.encoder import Vectors

if TYPE_CHECKING:
    from PIL.Image import Image

SIDE = 224
PREPARATION = "white-224-1"  # part of what names a cached vector: change it with the code below
# Of ImageNet, as both encoders were trained.
MEANS = np.array([0.485, 0.456, 0.406], dtype=np.float32)
DEVIATIONS = np.array([0.229, 0.224, 0.225], dtype=np.float32)


def on_white_square(picture: "Image") -> "Image":
    """Return the whole picture on a white square of 224 pixels: a crop would cut a bottle's cap."""
    from PIL import Image, ImageOps

    upright = ImageOps.exif_transpose(picture).convert("RGBA")
    upright.thumbnail((SIDE, SIDE), Image.Resampling.BICUBIC)
    if max(upright.size) < SIDE:
        upright = ImageOps.contain(upright, (SIDE, SIDE), Image.Resampling.BICUBIC)
    square = Image.new("RGBA", (SIDE, SIDE), "white")
    corner = ((SIDE - upright.width) // 2, (SIDE - upright.height) // 2)
    square.alpha_composite(upright, corner)
    return square.convert("RGB")


def as_pixels(pictures: Sequence["Image"]) -> Vectors:
    """Return squares as n x 3 x 224 x 224, normalised."""
    stacked = np.stack([np.asarray(picture, dtype=np.float32) for picture in pictures])
    normalised: Vectors = (stacked / np.float32(255) - MEANS) / DEVIATIONS
    return normalised.transpose(0, 3, 1, 2).copy()
