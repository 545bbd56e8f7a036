"""The text that stands for an item."""

import pandas as pd
import pytest

from aisle.embeddings.items import MOST_CHARACTERS, item_texts, texts_without_category


@pytest.mark.parametrize(
    ("title", "category", "description", "whole", "held_out"),
    [
        ("Greek YOGURT", "DAIRY", "Thick", "greek yogurt. dairy. thick", "greek yogurt. thick"),
        ("Soap", None, None, "soap", "soap"),
        (None, "DAIRY", None, "dairy", ""),
        ("DAIRY", "DAIRY", "Thick", "dairy. thick", ""),
        (None, None, "Thick", "thick", "thick"),
        (None, None, None, "", ""),
        ("A  <b>bold</b>\n soap", None, "<p></p>", "a bold soap", "a bold soap"),
        ("3 < 4 > 2", None, None, "3 2", "3 2"),
    ],
)
def test_texts(
    title: str | None,
    category: str | None,
    description: str | None,
    whole: str,
    held_out: str,
) -> None:
    items = pd.DataFrame([{"title": title, "category": category, "description": description}])
    assert item_texts(items).tolist() == [whole]
    assert texts_without_category(items).tolist() == [held_out]


def test_a_long_description_is_cut() -> None:
    items = pd.DataFrame([{"title": "x", "category": None, "description": "word " * 10**5}])
    assert len(item_texts(items)[0]) == MOST_CHARACTERS
