import os
from pathlib import Path

from aisle.core.files import point_to
from aisle.core.publications import free_folder, remove_old


def test_a_name_that_is_taken_gets_a_number(tmp_path: Path) -> None:
    assert free_folder(tmp_path, "run").name == "run"
    (tmp_path / "run").mkdir()
    assert free_folder(tmp_path, "run").name == "run.2"
    (tmp_path / "run.2").mkdir()
    assert free_folder(tmp_path, "run").name == "run.3"


def test_the_newest_and_the_one_in_use_stay(tmp_path: Path) -> None:
    for age, name in enumerate(["newest", "newer", "old", "in-use"]):
        (tmp_path / name).mkdir()
        (tmp_path / name / "manifest.json").write_text("{}")
        os.utime(tmp_path / name, (1000 - age, 1000 - age))
    (tmp_path / "no-publication").mkdir()
    point_to(tmp_path / "current", tmp_path / "in-use")

    remove_old(tmp_path, keep=2)

    kept = {path.name for path in tmp_path.iterdir()}
    assert kept == {"newest", "newer", "in-use", "current", "no-publication"}


def test_old_builds_and_trainings_go_by_what_they_hold(tmp_path: Path) -> None:
    for age, name in enumerate(["newest", "older", "oldest"]):
        (tmp_path / name).mkdir()
        (tmp_path / name / "plan.json").write_text("{}")
        os.utime(tmp_path / name, (1000 - age, 1000 - age))

    remove_old(tmp_path, keep=2, marker="plan.json")
    remove_old(tmp_path / "nothing was made here yet", keep=2)

    assert {path.name for path in tmp_path.iterdir()} == {"newest", "older"}
