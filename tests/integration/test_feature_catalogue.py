"""The catalogue of a real Feast registry: whatever is in feature_repo is on the page."""

import json
import re
from html import unescape
from pathlib import Path

import pytest
from typer.testing import CliRunner

from aisle.cli.main import app
from aisle.core.builds import build_folder
from aisle.core.errors import AisleError, NothingToDo
from aisle.core.feature_store import open_store
from aisle.core.files import write_json
from aisle.core.settings import Settings
from aisle.pipeline.feature_catalogue.catalogue import gather, write_catalogue
from aisle.pipeline.features import apply_features
from tests.integration.published_features import publish_features
from tests.integration.training_shop import judge, publish_shop, with_database
from training.feature_importance import measure_champion
from training.register import register_winner

MEANING = "Orders as dbt <b>describes</b> them."


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A workspace whose registry and files hold every view, and dbt's manifest of one column."""
    settings = Settings(home=tmp_path_factory.mktemp("catalogue") / "home", mlflow_uri="")
    publish_features(settings, "b1")
    apply_features(settings)
    columns = {"orders_28d": {"description": MEANING}, "user_id": {"description": "who"}}
    model = {
        "resource_type": "model",
        "alias": "user_features",
        "description": "One row per user.",
        "columns": columns,
    }
    nodes = {"model.aisle.user_features": model, "test.aisle.x": {"resource_type": "test"}}
    write_json(build_folder(settings, "b1") / "dbt" / "manifest.json", {"nodes": nodes})
    return settings


def test_every_feature_of_every_view_is_on_the_page_with_its_meaning(shop: Settings) -> None:
    page = unescape(write_catalogue(shop, None).read_text(encoding="utf-8"))
    store = open_store(shop)
    views = store.list_feature_views()
    assert len(views) > 5
    for view in views:
        assert f'data-view="{view.name}"' in page
        for feature in view.features:
            assert f'data-name="{feature.name}" data-view="{view.name}"' in page
            assert feature.description in page or feature.name == "orders_28d"
    assert MEANING in page
    assert all(service.name in page for service in store.list_feature_services())


def test_what_is_published_is_measured_and_what_is_not_is_said(shop: Settings) -> None:
    catalogue = gather(shop, None)
    views = {view.name: view for view in catalogue.views}
    activity = views["user_activity"]
    assert (activity.rows, activity.newest_at) == (3, catalogue.as_of)
    assert activity.table == "user_features"
    assert activity.dbt_id == "model.aisle.user_features"
    orders = next(each for each in activity.features if each.name == "orders_28d")
    assert orders.meaning == MEANING
    assert orders.measured is not None and orders.measured.distribution is not None
    lists = views["user_recommendations"]
    assert (lists.rows, lists.newest_at, lists.is_pushed) == (None, None, True)
    assert {feature.measured for feature in lists.features} == {None}


def test_importances_come_from_the_champion_and_from_the_selection(shop: Settings) -> None:
    row = {"view": "user_activity", "importance": 0.25, "standard_error": 0.01}
    champions = [{**row, "feature": "orders_28d"}]
    write_json(shop.feature_importance / "7.json", {"measure": "loss", "features": champions})
    selected = [{**row, "feature": "orders_91d", "importance": 0.125}]
    write_json(shop.feature_selection / "features.json", {"measure": "loss", "features": selected})
    page = write_catalogue(shop, ("7", "blend")).read_text(encoding="utf-8")
    rows = {
        found["name"]: found["row"]
        for found in re.finditer(
            r'<article class="feature" data-name="(?P<name>[^"]*)" data-view="user_activity"'
            r"(?P<row>.*?)</article>",
            page,
        )
    }
    assert "+0.2500" in rows["orders_28d"]
    assert "+0.1250" in rows["orders_91d"] and "not read by the champion" in rows["orders_91d"]
    assert "not read by the champion" in rows["orders_364d"]


def test_before_anything_is_applied_the_command_says_what_to_run(settings: Settings) -> None:
    with pytest.raises(AisleError, match="Nothing is published"):
        write_catalogue(settings, None)
    publish_features(settings, "b1")
    with pytest.raises(AisleError, match="aisle apply-features"):
        write_catalogue(settings, None)


def test_the_command_writes_the_page_of_the_workspace(
    shop: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AISLE_HOME", str(shop.root))
    ended = CliRunner().invoke(app, ["feature-catalogue"])
    assert ended.exit_code == 0, ended.output
    assert str(shop.feature_catalogue / "index.html") in ended.output


def test_a_champion_is_measured_once_and_before_there_is_one_nothing_is(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, empty_mlflow: Path
) -> None:
    trained = publish_shop(with_database(settings, empty_mlflow), monkeypatch)
    with pytest.raises(NothingToDo, match="no champion yet"):
        measure_champion(trained)
    folder, _, _ = judge(trained, "t")
    register_winner(trained, folder)
    found = json.loads(measure_champion(trained).read_text())
    # Its recipe counts purchases and reads no features.
    assert (found["version"], found["recipe"], found["features"]) == ("1", "personal_frequency", [])
    written = (trained.feature_importance / "1.json").stat().st_mtime_ns
    measure_champion(trained)
    assert (trained.feature_importance / "1.json").stat().st_mtime_ns == written
