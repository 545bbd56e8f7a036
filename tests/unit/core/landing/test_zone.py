from pathlib import Path

import pytest

from aisle.core.landing import delivery, has_landed, landed_files
from aisle.core.landing import zone as landing


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


def test_events_appear_after_the_catalogue_they_speak_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kill_at_events(source: Path, target: Path) -> None:
        if "events" in target.parts:
            raise KeyboardInterrupt
        move(source, target)

    move = landing._move_durably
    monkeypatch.setattr(landing, "_move_durably", kill_at_events)
    with pytest.raises(KeyboardInterrupt), delivery(tmp_path) as folder:
        for kind in ("customers", "events", "products"):
            (folder / kind).mkdir()
            (folder / kind / "a.jsonl").write_text("{}\n")
    assert not has_landed(tmp_path)
    assert landed_files(tmp_path, "products")
    assert landed_files(tmp_path, "customers")


def test_a_folder_of_events_appears_whole_and_again_in_place_of_the_old_one(tmp_path: Path) -> None:
    for text in ("old\n", "new\n"):
        with delivery(tmp_path) as folder:
            for day in ("date=2026-01-01", "date=2026-01-02"):
                (folder / "events" / "shop" / day).mkdir(parents=True)
                (folder / "events" / "shop" / day / "a.jsonl").write_text(text)
            assert "new\n" not in [f.read_text() for f in landed_files(tmp_path, "events")]
        assert [f.read_text() for f in landed_files(tmp_path, "events")] == [text, text]
    assert [path.name for path in tmp_path.iterdir()] == ["events"]
    assert [path.name for path in (tmp_path / "events").iterdir()] == ["shop"]
