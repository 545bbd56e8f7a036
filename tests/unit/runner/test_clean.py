"""Removing a workspace and never anything else."""

from pathlib import Path

import pytest

from aisle.core.errors import AisleError
from aisle.core.settings import REPOSITORY, Settings
from aisle.pipeline.importing.scratch import scratch
from aisle.runner.clean import known_entries, remove_workspace
from aisle.runner.lock import collecting, users_of


@pytest.mark.parametrize("name", ["thesis.docx", ".git", "photos"])
def test_a_folder_with_anything_else_in_it_stays(settings: Settings, name: str):
    settings.landing.mkdir(parents=True)
    (settings.root / name).mkdir()
    with pytest.raises(AisleError, match=f"it holds {name}(.|\n)*Nothing was removed"):
        remove_workspace(settings)
    assert settings.landing.exists()


@pytest.mark.parametrize("folder", [REPOSITORY, REPOSITORY.parent, Path.home(), Path("/")])
def test_the_repository_a_home_and_what_is_above_are_never_a_workspace(folder: Path):
    with pytest.raises(AisleError, match="Nothing was removed"):
        remove_workspace(Settings(home=folder))
    assert folder.exists()


def test_an_empty_home_is_not_removed_either(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(AisleError, match="Nothing was removed"):
        remove_workspace(Settings(home=tmp_path))
    assert tmp_path.exists()


def test_a_file_where_the_workspace_should_be_stays(tmp_path: Path):
    file = tmp_path / "notes"
    file.touch()
    with pytest.raises(ValueError, match="is a file, and a workspace is a folder"):
        remove_workspace(Settings(home=file))
    assert file.exists()


def test_a_workspace_with_an_import_is_removed_unless_the_import_still_runs(settings: Settings):
    with scratch(settings), pytest.raises(AisleError, match=r"`aisle import` \(process \d+\)"):
        remove_workspace(settings)
    assert remove_workspace(settings)
    assert not settings.root.exists()


def test_a_collector_that_was_started_by_hand_is_noticed(settings: Settings):
    with collecting(settings):
        with collecting(settings):  # several may land in one workspace
            pass
        with pytest.raises(AisleError, match=r"`aisle collect` \(process \d+\)"):
            remove_workspace(settings)
        assert users_of(settings)
    assert users_of(settings) == []
    assert remove_workspace(settings)


def test_a_collector_takes_events_also_where_it_cannot_say_so(settings: Settings):
    settings.root.mkdir(parents=True)
    settings.collector.write_text("no folder")
    with collecting(settings):
        assert users_of(settings) == []


def test_with_a_bucket_a_collector_leaves_the_workspace_alone(settings: Settings):
    with collecting(Settings(landing_url="s3://shop")):
        assert not settings.root.exists()


def test_the_shop_s_own_tracking_plan_stays(settings: Settings):
    settings.landing.mkdir(parents=True)
    (settings.root / "ui.json").touch()
    settings.tracking_plan.write_text("events: {}")
    assert remove_workspace(settings)
    assert [path.name for path in settings.root.iterdir()] == ["tracking_plan.yaml"]
    assert not remove_workspace(settings)


def test_everything_that_settings_name_is_known(settings: Settings):
    assert {"landing", "warehouse", "published", "dbt_docs", "run.lock", "ui.json"} <= (
        known_entries(settings)
    )
