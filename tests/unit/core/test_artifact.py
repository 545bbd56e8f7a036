"""A saved artifact comes back as it was, or not at all."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from aisle.core.artifact import file_checksum, load_artifact, save_artifact
from aisle.core.errors import AisleError


def test_what_was_saved_comes_back(tmp_path: Path) -> None:
    vectors = np.arange(6, dtype=np.float32).reshape(2, 3)
    ids = np.array(["b", "äpfel"], dtype=object)

    save_artifact(tmp_path / "model", {"family": "any"}, {"vectors": vectors, "ids": ids})
    document, arrays = load_artifact(tmp_path / "model")

    assert document == {"family": "any"}
    assert arrays["vectors"].dtype == np.float32
    np.testing.assert_array_equal(arrays["vectors"], vectors)
    assert arrays["ids"].tolist() == ["b", "äpfel"]


def test_saving_again_replaces_everything_and_leaves_nothing_beside(tmp_path: Path) -> None:
    save_artifact(tmp_path / "model", {"version": 1}, {"old": np.zeros(1)})
    save_artifact(tmp_path / "model", {"version": 2}, {"new": np.ones(1)})

    document, arrays = load_artifact(tmp_path / "model")

    assert document == {"version": 2}
    assert list(arrays) == ["new"]
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_a_failed_save_keeps_the_old_artifact(tmp_path: Path) -> None:
    save_artifact(tmp_path / "model", {"version": 1}, {})

    with pytest.raises(TypeError):
        save_artifact(tmp_path / "model", {"version": object()}, {})

    assert load_artifact(tmp_path / "model")[0] == {"version": 1}
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_python_objects_inside_an_array_file_are_refused(tmp_path: Path) -> None:
    folder = save_artifact(tmp_path / "model", {}, {"fine": np.zeros(1)})
    evil = folder / "arrays" / "fine.npy"
    np.save(evil, np.array([{}], dtype=object), allow_pickle=True)
    document = json.loads((folder / "artifact.json").read_text())
    document["sha256"]["fine"] = file_checksum(evil)
    (folder / "artifact.json").write_text(json.dumps(document))

    with pytest.raises(ValueError, match="allow_pickle"):
        load_artifact(folder)


def flip_last_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("damage", "named"),
    [
        (lambda folder: flip_last_byte(folder / "arrays" / "b.npy"), r"b\.npy.*checksum"),
        (lambda folder: (folder / "arrays" / "b.npy").write_bytes(b""), r"b\.npy.*checksum"),
        (lambda folder: (folder / "arrays" / "b.npy").unlink(), r"b\.npy.*missing"),
        (lambda folder: np.save(folder / "arrays" / "c.npy", np.ones(1)), r"c\.npy.*no such"),
        (lambda folder: (folder / "artifact.json").write_text("{"), r"artifact\.json.*not JSON"),
        (lambda folder: (folder / "artifact.json").write_bytes(b"\xff"), r"json.*not JSON"),
        (lambda folder: (folder / "artifact.json").write_text("[]"), r"json.*no JSON object"),
        (lambda folder: (folder / "artifact.json").write_text("{}"), r"json.*checksum"),
    ],
)
def test_a_damaged_file_is_named_and_not_loaded(
    tmp_path: Path, damage: Callable[[Path], object], named: str
) -> None:
    arrays = {"a": np.zeros(3), "b": np.ones(3)}
    folder = save_artifact(tmp_path / "model", {"family": "any"}, arrays)
    damage(folder)

    with pytest.raises(AisleError, match=f"(?s){named}.*restore it"):
        load_artifact(folder)


def test_a_changed_parameter_is_noticed(tmp_path: Path) -> None:
    folder = save_artifact(tmp_path / "model", {"params": {"weight": 1.5}}, {})
    path = folder / "artifact.json"
    path.write_text(path.read_text().replace("1.5", "2.5"))

    with pytest.raises(AisleError, match=r"artifact\.json is damaged"):
        load_artifact(folder)


def test_a_folder_without_an_artifact_is_named(tmp_path: Path) -> None:
    with pytest.raises(AisleError, match="nothing-here"):
        load_artifact(tmp_path / "nothing-here")
