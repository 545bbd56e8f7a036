from pathlib import Path

import pytest

from aisle.core.landing import delivery, has_landed, landed_files


def test_a_delivery_appears_only_when_it_is_whole(tmp_path: Path) -> None:
    with delivery(tmp_path) as folder:
        (folder / "events").mkdir()
        (folder / "events" / "a.jsonl").write_text("{}\n")
        assert not has_landed(tmp_path)
    assert landed_files(tmp_path, "events") == [tmp_path / "events" / "a.jsonl"]


def test_a_failed_delivery_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), delivery(tmp_path) as folder:
        (folder / "events").mkdir()
        (folder / "events" / "a.jsonl").write_text("{}\n")
        raise RuntimeError("killed")
    assert list(tmp_path.iterdir()) == []


def test_only_json_lines_are_read(tmp_path: Path) -> None:
    (tmp_path / "events").mkdir()
    for name in ("a.jsonl", "b.jsonl.gz", "c.jsonl.part", "README.md"):
        (tmp_path / "events" / name).touch()
    names = [path.name for path in landed_files(tmp_path, "events")]
    assert names == ["a.jsonl", "b.jsonl.gz"]
