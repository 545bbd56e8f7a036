"""The cache: what was encoded once is found again, and a kill or a damage costs only time."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from aisle.embeddings import cache as module
from aisle.embeddings.cache import Keys, VectorCache, cache_folder, text_keys
from aisle.embeddings.encoder import Vectors
from aisle.embeddings.encoding import encode_texts


class Counting:
    """An encoder that counts what it is given: a vector holds a text's length and first letter."""

    name, revision, dimensions = "counting", "1", 2

    def __init__(self, ends_after: int = 10**9) -> None:
        self.encoded: list[str] = []
        self._ends_after = ends_after

    def encode(self, contents: list[str]) -> Vectors:
        if len(self.encoded) >= self._ends_after:
            raise KeyboardInterrupt
        self.encoded += contents
        return np.array([[len(text), ord(text[0])] for text in contents], dtype=np.float32)


def rows(texts: list[str]) -> tuple[Keys, Vectors]:
    return text_keys(texts), Counting().encode(texts)


def test_what_was_added_is_found_and_nothing_else(tmp_path: Path) -> None:
    VectorCache(tmp_path).add(*rows(["soap", "milk"]))
    VectorCache(tmp_path).add(*rows(["apple"]))
    vectors, found = VectorCache(tmp_path).find(text_keys(["milk", "bread", "apple"]))
    assert found.tolist() == [True, False, True]
    assert vectors.tolist() == [[4, ord("m")], [0, 0], [5, ord("a")]]


def test_an_empty_cache_finds_nothing(tmp_path: Path) -> None:
    vectors, found = VectorCache(tmp_path / "none").find(text_keys(["milk"]))
    assert (vectors.shape, found.tolist()) == ((1, 0), [False])


def test_only_new_texts_are_encoded(tmp_path: Path) -> None:
    cache = VectorCache(tmp_path)
    done: list[int] = []
    encode_texts(Counting(), ["soap", "milk"], cache, done.append)
    second = Counting()
    encoded = encode_texts(second, ["milk", "bread", "soap"], cache, done.append)
    assert second.encoded == ["bread"]
    assert encoded.computed == 1
    assert encoded.vectors[:, 0].tolist() == [4, 5, 4]
    assert sum(done) == 5


def test_a_killed_run_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aisle.embeddings.encoding.KEPT_AFTER_SECONDS", 0)
    texts = [f"text {number}" for number in range(600)]
    with pytest.raises(KeyboardInterrupt):
        encode_texts(Counting(ends_after=500), texts, VectorCache(tmp_path), lambda count: None)
    again = Counting()
    encoded = encode_texts(again, texts, VectorCache(tmp_path), lambda count: None)
    assert len(again.encoded) == 600 - 512
    assert encoded.vectors[:, 0].tolist() == [len(text) for text in texts]


def test_a_damaged_segment_is_computed_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    VectorCache(tmp_path).add(*rows(["soap"]))
    (file,) = tmp_path.glob("segment-*/arrays/vectors.npy")
    file.write_bytes(file.read_bytes()[:-1])
    again = Counting()
    encoded = encode_texts(again, ["soap"], VectorCache(tmp_path), lambda count: None)
    assert again.encoded == ["soap"]
    assert encoded.vectors.tolist() == [[4, ord("s")]]
    assert "damaged and will be computed again" in caplog.text


def test_tidying_joins_segments_drops_what_nobody_uses_and_what_a_kill_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_SEGMENTS", 3)
    texts = [f"text {number}" for number in range(6)]
    for text in texts:
        VectorCache(tmp_path).add(*rows([text]))
    shutil.copytree(next(tmp_path.glob("segment-*")), tmp_path / ".segment-half-written")
    VectorCache(tmp_path).tidy(text_keys(texts[:4]))
    assert len(list(tmp_path.iterdir())) == 1
    assert VectorCache(tmp_path).find(text_keys(texts))[1].tolist() == [True] * 4 + [False] * 2
    VectorCache(tmp_path).tidy(text_keys(texts[:4]))
    assert VectorCache(tmp_path).find(text_keys(texts))[1].sum() == 4


def test_tidying_keeps_a_segment_that_stays_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_SEGMENTS", 0)
    VectorCache(tmp_path).add(*rows(["soap", "milk"]))
    VectorCache(tmp_path).tidy(text_keys(["soap", "milk"]))
    assert VectorCache(tmp_path).find(text_keys(["soap", "milk"]))[1].all()


def test_encoders_and_revisions_do_not_share_vectors(tmp_path: Path) -> None:
    one, other = Counting(), Counting()
    other.revision = "2"
    assert cache_folder(tmp_path, one) != cache_folder(tmp_path, other)
    assert cache_folder(tmp_path, one) != cache_folder(tmp_path, one, "cropped")
