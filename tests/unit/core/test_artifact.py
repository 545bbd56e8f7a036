"""A saved artifact comes back as it was, or not at all."""

from pathlib import Path

import numpy as np
import pytest

from aisle.core.artifact import load_artifact, save_artifact
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
    np.save(folder / "arrays" / "evil.npy", np.array([{}], dtype=object), allow_pickle=True)

    with pytest.raises(ValueError, match="allow_pickle"):
        load_artifact(folder)


def test_a_folder_without_an_artifact_is_named(tmp_path: Path) -> None:
    with pytest.raises(AisleError, match="nothing-here"):
        load_artifact(tmp_path / "nothing-here")
