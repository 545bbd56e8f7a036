"""`aisle features select` on a small shop with a real MLflow; Feast is faked."""

import csv
import json
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from typer.testing import CliRunner

from aisle.cli.main import app
from aisle.core import feature_store
from aisle.core.errors import AisleError
from aisle.core.settings import Settings
from tests.integration.training_shop import publish_shop, with_database
from tests.unit.training.selection.feature_stand_in import Store, View
from training.selection.show import EXPERIMENT
from training.tracking import open_tracker

QUICK = ["features", "select", "--users", "30", "--judged-users", "30", "--trees", "20"]
VIEWS = (
    View("item_number", ["item_id"], {"number": lambda row, _: float(row["item_id"][1:])}),
    View("user_number", ["user_id"], {"number": lambda row, _: float(row["user_id"][1:])}),
    View("lists", ["user_id"], {"items": lambda row, _: 1.0}, tags={"kind": "lists"}),
)


@pytest.fixture
def shop(settings: Settings, monkeypatch: pytest.MonkeyPatch, empty_mlflow: Path) -> Settings:
    """Published marts of forty users, and a feature store that knows three views."""
    publish_shop(with_database(settings, empty_mlflow), monkeypatch)
    monkeypatch.setattr(feature_store, "open_store", lambda _: Store(*VIEWS))
    return settings


def test_the_verdicts_are_in_files_and_in_one_run_however_often_it_is_asked(shop: Settings) -> None:
    first = CliRunner().invoke(app, QUICK, catch_exceptions=False)
    document = json.loads((shop.feature_selection / "features.json").read_text())
    again = CliRunner().invoke(app, QUICK, catch_exceptions=False)

    assert first.exit_code == again.exit_code == 0
    assert json.loads((shop.feature_selection / "features.json").read_text()) == document
    by_view = {row["view"]: row for row in document["features"]}
    assert set(by_view) == {"item_number", "user_number"}
    assert by_view["item_number"]["kept"] is True
    assert set(by_view["item_number"]) == {
        "feature",
        "view",
        "entity",
        "importance",
        "standard_error",
        "kept",
        "redundant_with",
    }
    assert document["left_out"]["lists"]
    assert document["fitted_on"][1] == document["measured_on"][0]
    tracker = open_tracker(shop, EXPERIMENT)
    (run,) = tracker.client.search_runs([tracker.experiment_id])
    assert run.info.status == "FINISHED"
    assert run.data.metrics["features"] == 2
    assert run.data.params["seed"] == "7"
    names = {file.path for file in tracker.client.list_artifacts(run.info.run_id)}
    assert names == {"features.json", "features.csv", "features_table.json", "importance.png"}
    with (shop.feature_selection / "features.csv").open() as file:
        assert [row["view"] for row in csv.DictReader(file)] == [
            row["view"] for row in document["features"]
        ]


def test_a_shop_with_too_little_is_told_what_is_missing(shop: Settings) -> None:
    path = shop.current_marts / "fct_interactions.parquet"
    with duckdb.connect() as connection:
        rows = connection.execute(f"from '{path}' where user_id in ('u1', 'u2')").df()
    pd.DataFrame(rows).to_parquet(path)

    with pytest.raises(AisleError, match="users: 2, needed 10"):
        CliRunner().invoke(app, QUICK, catch_exceptions=False)


def test_the_old_names_of_commands_and_the_new_ones_are_both_there() -> None:
    for name in (["apply-features"], ["features", "apply"], ["materialize-features"]):
        assert CliRunner().invoke(app, [*name, "--help"]).exit_code == 0


def test_proposals_are_weighed_beside_the_features_there_are(shop: Settings) -> None:
    pytest.importorskip("featuretools")
    _with_baskets(shop)

    asked = ["features", "propose", "--users", "30", "--judged-users", "30", "--repeats", "1"]
    told = CliRunner().invoke(app, asked, catch_exceptions=False)

    assert told.exit_code == 0
    assert "Synthesis of" in told.output
    folder = shop.feature_proposals
    document = json.loads((folder / "features.json").read_text())
    by_view = {row["view"] for row in document["features"]}
    assert by_view == {"item_number", "user_number", "proposed"}
    names = {row["feature"] for row in document["features"]}
    assert {"user SUM(orders.revenue) 91d", "item COUNT(lines) 28d"} <= names
    assert (folder / "grid_entries.yml").is_file()
    tracker = open_tracker(shop, EXPERIMENT)
    (run,) = tracker.client.search_runs([tracker.experiment_id])
    assert run.data.tags["kind"] == "feature_proposal"


def _with_baskets(shop: Settings) -> None:
    """Give the published marts what only a synthesis reads: baskets, and what lines were worth."""
    folder = shop.current_marts
    lines = "select *, 1.0 as quantity, 2.0 as value from fct_interactions"
    items = "select *, 'food' as category, 'own' as brand from dim_items"
    orders = (
        "select order_id, user_id, min(interacted_at) as ordered_at, count(*) as item_count, "
        "sum(quantity) as quantity, sum(value) as revenue from lines group by all"
    )
    with duckdb.connect() as connection:
        for name in ("fct_interactions", "dim_items"):
            connection.execute(f"create table {name} as from '{folder}/{name}.parquet'")
        connection.execute(f"create table lines as {lines}")
        for name, query in (
            ("fct_interactions", "from lines"),
            ("dim_items", items),
            ("fct_orders", orders),
        ):
            connection.sql(query).write_parquet(str(folder / f"{name}.parquet"))
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["tables"]["fct_orders"] = {}
    (folder / "manifest.json").write_text(json.dumps(manifest))
