import codecs
from typing import Any

import pytest

from aisle.core.errors import AisleError

FRENCH = "item_id,title\na,Crème brûlée à l'orange\nb,Gâteau « maison » à 5 €\n"
POLISH = "item_id,title\na,Masło śmietankowe\nb,Żółty ser, wędzony łosoś\n"
RUSSIAN = "item_id,title\na,Сливочное масло высшего сорта\nb,Хлеб ржаной и пшеничный\n"


@pytest.mark.parametrize(
    "content",
    [
        FRENCH.encode(),
        codecs.BOM_UTF8 + FRENCH.encode(),
        FRENCH.encode("utf-16"),
        codecs.BOM_UTF16_BE + FRENCH.encode("utf-16-be"),
        FRENCH.encode("utf-16-le"),
        FRENCH.encode("utf-16-be"),
    ],
)
def test_unicode_is_recognised_with_and_without_a_mark(shop: Any, content: bytes) -> None:
    imported = shop.imports(products=content)
    assert [item["title"] for item in shop.landed("products")] == [
        "Crème brûlée à l'orange", "Gâteau « maison » à 5 €",
    ]  # fmt: skip
    assert not any("read as" in note for note in imported.notes)


def test_western_text_is_read_and_said_so(shop: Any) -> None:
    imported = shop.imports(products=FRENCH.encode("cp1252"))
    assert shop.landed("products")[1]["title"] == "Gâteau « maison » à 5 €"
    assert any("read as cp1252" in note for note in imported.notes)


@pytest.mark.parametrize(("text", "encoding"), [(RUSSIAN, "cp1251"), (POLISH, "cp1250")])
def test_another_code_page_is_not_guessed_but_can_be_said(
    shop: Any, text: str, encoding: str
) -> None:
    content = text.encode(encoding)
    with pytest.raises(AisleError, match=rf"not text in utf-8 .* may be {encoding}.*`encoding"):
        shop.imports(products=content)
    shop.imports({"products": {"encoding": encoding}}, products=content)
    assert shop.landed("products")[0]["title"] in text


def test_an_encoding_that_is_wrong_is_said_so(shop: Any) -> None:
    with pytest.raises(AisleError, match="not text in utf-8"):
        shop.imports({"products": {"encoding": "utf-8"}}, products=FRENCH.encode("cp1252"))


def test_refused_rows_keep_their_letters(shop: Any) -> None:
    shop.imports(products=(FRENCH + ",Pâté\n").encode("utf-16"))
    assert shop.refused() == [(4, "no item_id", ",Pâté")]
