"""A small shop as the service meets it: published marts and a registered stand-in champion."""

from collections.abc import Callable
from pathlib import Path

import duckdb
import mlflow

from aisle.core.files import point_to, write_json
from aisle.core.settings import Settings
from training.packaging import signature
from training.tracking import open_tracker
from training.versions import CHAMPION, point_alias, register_version

AS_OF = "2018-01-01T00:00:00"
STAND_IN = Path(__file__).with_name("stand_in_recommender.py")

# User u1 bought twice, u2 three times and so on; u6 stopped long ago and refused what is personal.
# Item p3 is off sale.
MARTS = {
    "dim_users": """
        select 'u' || i as user_id, case when i = 6 then false end as consent_personalization,
            false as is_anonymous
        from range(1, 7) as t(i)
    """,
    "dim_identities": """
        select 'anonymous' as id_kind, 'tablet' as id, 'u1' as user_id,
            null::timestamp as valid_to
    """,
    "dim_items": """
        select 'p' || i as item_id, 'Title ' || i as title, i <> 3 as is_available
        from range(1, 40) as t(i)
    """,
    "fct_interactions": """
        select 'u' || i as user_id, 'p' || (i + j) as item_id, 'o' || i || j as order_id,
            timestamp '2018-01-01' - interval (j) day - interval (i // 6 * 365) day
                as interacted_at, 1.0 as value, 'Order Completed' as event
        from range(1, 7) as t(i), range(6) as s(j)
        where j <= i
    """,
}


def publish(settings: Settings, build: str, marts: dict[str, str]) -> None:
    folder = settings.published / build
    folder.mkdir(parents=True)
    for table, query in marts.items():
        duckdb.sql(query).write_parquet(str(folder / f"{table}.parquet"))
    write_json(
        folder / "manifest.json",
        {"build_id": build, "as_of": AS_OF, "tables": dict.fromkeys(marts)},
    )
    point_to(settings.current_marts, folder)


def promote(settings: Settings, damage: Callable[[Path], object] = lambda file: None) -> str:
    """Register the stand-in as training does and make it champion; return its version.

    `damage` is done to the model's code file before anyone hears of the version.
    """
    tracker = open_tracker(settings)
    run = tracker.client.create_run(tracker.experiment_id)
    with mlflow.start_run(run_id=run.info.run_id):
        model = mlflow.pyfunc.log_model(
            name="model", python_model=str(STAND_IN), signature=signature(), pip_requirements=[]
        )
    version = register_version(tracker, run.info.run_id, str(model.model_uri), {}, "")
    damage(next(settings.mlflow.rglob(f"{model.model_id}/**/{STAND_IN.name}")))
    point_alias(tracker, CHAMPION, version)
    return version
