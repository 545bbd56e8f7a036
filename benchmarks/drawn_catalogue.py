"""A catalogue whose pictures are drawn: a form and a pattern per category, colours by chance."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

SIDE = 160
COLOURS = ["#b5332e", "#2f6db3", "#2c8a4b", "#d9a21b", "#7a4fa3", "#444444", "#d96a9a", "#3aa6a6"]

Draw = ImageDraw.ImageDraw
Box = tuple[int, int, int, int]
Form = Callable[[Draw, Box, str, str], None]


@dataclass(frozen=True)
class DrawnItem:
    """One item: its picture is `<item_id>.png`."""

    item_id: str
    category: str


def draw_catalogue(folder: Path, each: int, seed: int = 0) -> list[DrawnItem]:
    """Draw `each` items of every category into `folder`; return them.

    Size, place, colours and background differ by chance and tell nothing of the category.
    """
    chance = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    items = []
    for category, form in FORMS.items():
        for number in range(each):
            item = DrawnItem(f"{category.replace(' ', '-')}-{number:02}", category)
            _picture(form, chance).save(folder / f"{item.item_id}.png")
            items.append(item)
    return items


def _picture(form: Form, chance: np.random.Generator) -> Image.Image:
    background = tuple(int(value) for value in chance.integers(225, 256, size=3))
    picture = Image.new("RGB", (SIDE, SIDE), background)
    width, height = (int(value) for value in chance.integers(80, 130, size=2))
    left = int(chance.integers(10, SIDE - width - 9))
    top = int(chance.integers(10, SIDE - height - 9))
    first, second = chance.choice(COLOURS, size=2, replace=False)
    box = (left, top, left + width, top + height)
    form(ImageDraw.Draw(picture), box, str(first), str(second))
    return picture


def _at(box: Box, *places: tuple[float, float]) -> list[tuple[float, float]]:
    """Return places given as shares of the box's width and height."""
    left, top, right, bottom = box
    return [(left + x * (right - left), top + y * (bottom - top)) for x, y in places]


def _rectangle(draw: Draw, box: Box, corners: tuple[float, ...], colour: str) -> None:
    low, high = _at(box, (corners[0], corners[1]), (corners[2], corners[3]))
    draw.rectangle((*low, *high), fill=colour)


def _ellipse(draw: Draw, box: Box, corners: tuple[float, ...], colour: str) -> None:
    low, high = _at(box, (corners[0], corners[1]), (corners[2], corners[3]))
    draw.ellipse((*low, *high), fill=colour)


def _ball(draw: Draw, box: Box, first: str, second: str) -> None:
    _ellipse(draw, box, (0, 0, 1, 1), first)
    for x in (0.3, 0.5, 0.7):
        for y in (0.3, 0.5, 0.7):
            _ellipse(draw, box, (x - 0.06, y - 0.06, x + 0.06, y + 0.06), second)


def _towel(draw: Draw, box: Box, first: str, second: str) -> None:
    _rectangle(draw, box, (0, 0, 1, 1), first)
    for y in (0.1, 0.3, 0.5, 0.7, 0.9):
        _rectangle(draw, box, (0, y - 0.05, 1, y + 0.05), second)


def _bottle(draw: Draw, box: Box, first: str, second: str) -> None:
    _rectangle(draw, box, (0.42, 0, 0.58, 0.3), second)
    _ellipse(draw, box, (0.28, 0.22, 0.72, 0.5), first)
    _rectangle(draw, box, (0.28, 0.36, 0.72, 1), first)
    _rectangle(draw, box, (0.28, 0.55, 0.72, 0.8), second)


def _mug(draw: Draw, box: Box, first: str, second: str) -> None:
    low, high = _at(box, (0.5, 0.25), (1.0, 0.75))
    draw.ellipse((*low, *high), outline=second, width=9)
    _rectangle(draw, box, (0.1, 0.1, 0.72, 0.95), first)
    _ellipse(draw, box, (0.1, 0.02, 0.72, 0.2), second)


def _lamp(draw: Draw, box: Box, first: str, second: str) -> None:
    draw.polygon(_at(box, (0.3, 0.0), (0.7, 0.0), (0.95, 0.45), (0.05, 0.45)), fill=first)
    _rectangle(draw, box, (0.47, 0.45, 0.53, 0.92), second)
    _ellipse(draw, box, (0.25, 0.86, 0.75, 1), second)


def _shirt(draw: Draw, box: Box, first: str, second: str) -> None:
    outline = [(0.3, 0), (0.7, 0), (1, 0.25), (0.85, 0.42), (0.75, 0.32)]
    draw.polygon(
        _at(box, *outline, (0.75, 1), (0.25, 1), (0.25, 0.32), (0.15, 0.42), (0, 0.25)), first
    )
    _ellipse(draw, box, (0.4, -0.06, 0.6, 0.1), second)


def _star(draw: Draw, box: Box, first: str, second: str) -> None:
    angles = np.arange(10) * np.pi / 5 - np.pi / 2
    radii = np.where(np.arange(10) % 2, 0.2, 0.5)
    points = [
        (0.5 + r * np.cos(a), 0.5 + r * np.sin(a)) for r, a in zip(radii, angles, strict=True)
    ]
    draw.polygon(_at(box, *points), fill=first)
    _ellipse(draw, box, (0.42, 0.42, 0.58, 0.58), second)


def _chessboard(draw: Draw, box: Box, first: str, second: str) -> None:
    for row in range(6):
        for column in range(6):
            colour = first if (row + column) % 2 else second
            corners = (column / 6, row / 6, (column + 1) / 6, (row + 1) / 6)
            _rectangle(draw, box, corners, colour)


def _glasses(draw: Draw, box: Box, first: str, second: str) -> None:
    for x in (0.0, 0.56):
        low, high = _at(box, (x, 0.3), (x + 0.44, 0.7))
        draw.ellipse((*low, *high), outline=first, width=7)
    draw.line(_at(box, (0.44, 0.5), (0.56, 0.5)), fill=second, width=7)


def _chair(draw: Draw, box: Box, first: str, second: str) -> None:
    _rectangle(draw, box, (0.15, 0, 0.27, 1), second)
    _rectangle(draw, box, (0.15, 0.5, 0.85, 0.62), first)
    _rectangle(draw, box, (0.73, 0.6, 0.85, 1), second)


FORMS: dict[str, Form] = {
    "spotted ball": _ball,
    "striped towel": _towel,
    "bottle": _bottle,
    "mug": _mug,
    "lamp": _lamp,
    "shirt": _shirt,
    "star": _star,
    "chessboard": _chessboard,
    "glasses": _glasses,
    "chair": _chair,
}
