"""Bytes into a picture that an encoder takes; refuses what is no picture, or a bomb of pixels."""

from io import BytesIO
from typing import TYPE_CHECKING

from aisle.embeddings.image_source import BrokenImage
from aisle.embeddings.pixels import on_white_square

if TYPE_CHECKING:
    from PIL.Image import Image

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")  # never one that starts a program
MOST_PIXELS = 50_000_000


def open_picture(content: bytes) -> "Image":
    """Return the picture on its white square. Raises BrokenImage."""
    from PIL import Image

    try:
        with Image.open(BytesIO(content), formats=FORMATS) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise BrokenImage(f"{picture.width} x {picture.height} pixels are too many")
            picture.draft("RGB", (512, 512))  # a JPEG need not be read at its full size
            return on_white_square(picture)
    except BrokenImage:
        raise
    except Exception as error:  # decoders of broken files raise errors of any class
        raise BrokenImage(f"no picture: {type(error).__name__}: {error}") from error
