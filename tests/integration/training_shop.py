"""A small shop in published marts, and the steps of a training on it; Feast is faked."""

import shutil
from datetime import datetime
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from aisle.core import feature_store
from aisle.core.files import write_json
from aisle.core.settings import Settings
from training.champion import standing
from training.compare import Comparison, compare
from training.dataset import read_snapshot
from training.fit import fit_rival
from training.folder import TrainingFolder, parent_run_id, training_folder
from training.gate import Decision, decide
from training.recipes import Recipe
from training.report import open_training, show_comparison, show_decision
from training.rivals import line_up, read_rivals, write_rivals
from training.snapshot import freeze
from training.starts import plan_starts

AS_OF = datetime(2018, 1, 1, 4)
RECIPES = [
    Recipe("recent_popularity", "popularity", {"window_days": 28}),
    Recipe("personal_frequency", "personal_frequency", {"half_life_weeks": 13, "window_days": 28}),
]
SHOP = Path(__file__).with_name("training_shop.sql")


class NoFeatures:
    """A Feast that knows one feature of each entity, always the same."""

    def get_feature_service(self, name: str) -> object:
        views = [type("View", (), {"name": key, "features": [self]}) for key in ("user", "item")]
        return type("Service", (), {"feature_view_projections": views})

    name = "constant"

    def get_feature_view(self, name: str) -> object:
        return type("View", (), {"join_keys": [f"{name}_id"]})

    def get_historical_features(
        self, entities: pd.DataFrame, features: list[str], *, filter_by_created_timestamp: bool
    ) -> object:
        return type("Job", (), {"to_df": lambda _: entities.assign(constant=1.0)})()


def with_database(settings: Settings, empty_mlflow: Path) -> Settings:
    """Give a workspace a copy of MLflow's empty database."""
    settings.mlflow.mkdir(parents=True)
    shutil.copyfile(empty_mlflow, settings.mlflow_database)
    return settings


def publish_shop(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Publish the marts of forty users who mostly buy their own few items again."""
    monkeypatch.setattr(feature_store, "open_store", lambda _: NoFeatures())
    build = settings.published / "b1"
    build.mkdir(parents=True)
    with duckdb.connect() as connection:
        connection.execute(SHOP.read_text())
        tables = [name for (name,) in connection.execute("show tables").fetchall()]
        for name in tables:
            connection.table(name).write_parquet(str(build / f"{name}.parquet"))
    manifest = {"build_id": "b1", "as_of": AS_OF.isoformat(), "tables": {t: {} for t in tables}}
    write_json(build / "manifest.json", manifest)
    settings.current_marts.symlink_to("b1", target_is_directory=True)
    return settings


def judge(
    settings: Settings, training_id: str, recipes: list[Recipe] = RECIPES
) -> tuple[TrainingFolder, Comparison, Decision]:
    """Run all steps up to the gate."""
    folder = training_folder(settings, training_id)
    freeze(settings, folder, horizon_days=21)
    open_training(settings, folder)
    if not folder.rivals.exists():
        now = standing(settings)
        barred = now.barred(read_snapshot(folder.snapshot).data_until)
        rivals = line_up(recipes, now.champion, barred)
        plan_starts(folder, rivals, read_snapshot(folder.snapshot).windows)
        write_rivals(folder, rivals)
    for recipe in read_rivals(folder).recipes:
        fit_rival(settings, folder, recipe.name)
    comparison = compare(folder, parent_run_id(folder))
    show_comparison(settings, folder, comparison)
    decision = decide(folder)
    show_decision(settings, folder, comparison, decision)
    return folder, comparison, decision
