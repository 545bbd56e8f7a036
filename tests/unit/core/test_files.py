import json
from pathlib import Path

import pytest

from aisle.core.files import new_file, new_folder, point_to, write_json


def test_json_that_cannot_be_written_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_json(path, {"n": 1})
    with pytest.raises(ValueError, match="JSON compliant"):
        write_json(path, {"n": float("nan")})
    assert json.loads(path.read_text()) == {"n": 1}
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_fails_half_way_leaves_the_old_one(tmp_path: Path) -> None:
    target = tmp_path / "marts"
    with new_folder(target) as folder:
        (folder / "a").write_text("old")
    with pytest.raises(RuntimeError, match="killed"), new_folder(target) as folder:
        (folder / "a").write_text("half")
        raise RuntimeError("killed")
    assert (target / "a").read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_new_folder_replaces_the_old_one_whole(tmp_path: Path) -> None:
    target = tmp_path / "marts"
    for name in ("a", "b"):
        with new_folder(target) as folder:
            (folder / name).write_text(name)
    assert [path.name for path in target.iterdir()] == ["b"]


def test_the_pointer_moves_from_one_folder_to_the_next(tmp_path: Path) -> None:
    pointer = tmp_path / "current"
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        point_to(pointer, tmp_path / name)
        assert pointer.resolve() == (tmp_path / name).resolve()


def test_a_file_that_fails_half_way_leaves_the_old_one(tmp_path: Path) -> None:
    target = tmp_path / "lists.csv"
    with new_file(target) as draft:
        draft.write_text("old")
    with pytest.raises(RuntimeError, match="killed"), new_file(target) as draft:
        draft.write_text("half")
        raise RuntimeError("killed")
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]
