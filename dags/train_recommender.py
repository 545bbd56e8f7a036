"""Features → compared rivals → perhaps a new champion.

**Runs** when `refresh_features` wrote the Asset FEATURES; in a chain that a timetable started, at
most once a day (the Asset DECISION says when the gate decided last).

**Does** freeze the data, fit every recipe on what was known before each of three test windows (one
mapped task each, at most two at once, one thread each), judge them on what happened in it, and let
the gate decide. If the winner is better than the champion beyond doubt, its recipe is fitted on
everything and registered; else the champion's recipe is, if there is newer data. In between `cold`
judges the best three where users, items or a visit are new, for people and the model card only.

**Writes** `training/<run>/` (snapshot, results, `comparison.json`, `decision.json`), MLflow runs,
a version of `aisle-recommender` with the alias `champion`, then the Asset CHAMPION. When the
champion stays, `register` ends skipped and CHAMPION is not written.

**Rerun** is safe: the training's name is the run's id and each task replaces its own files. Clear
one failed recipe alone; `compare` and what follows run after it.

**When it fails**: the present champion goes on serving. Fits need about 1 GB each. `cold` alone may
fail: nothing is decided by it, so `register` and the run go on, and the card lacks its rows.
"""

import json

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG, chain

from common.assets import CHAMPION, DECISION, FEATURES
from common.tasks import RUN_ID, aisle_task, command_environment, dag_arguments, task_arguments
from common.trigger import skip_if_decided_today

ONE_THREAD = {"AISLE_THREADS": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def fit_environment(recipe: str) -> dict[str, str]:
    """Return the environment that carries the recipe: a mapped command would not be rendered."""
    return command_environment() | ONE_THREAD | {"AISLE_RECIPE": recipe}


with DAG(
    "train_recommender",
    description="snapshot → one task per recipe → compare → gate → cold → register",
    schedule=[FEATURES],
    doc_md=__doc__,
    tags=["training"],
    **dag_arguments(owner="machine-learning"),
):
    snapshot = aisle_task(
        "snapshot",
        f"train snapshot --run {RUN_ID}",
        inlets=[DECISION],
        pre_execute=skip_if_decided_today,
    )
    recipes = aisle_task("recipes", f"train recipes --run {RUN_ID}", output_processor=json.loads)
    fit = BashOperator.partial(
        task_id="fit",
        bash_command=f'aisle train fit --run {RUN_ID} --recipe "$AISLE_RECIPE"',
        max_active_tis_per_dag=2,
        map_index_template="{{ task.env['AISLE_RECIPE'] }}",
        **task_arguments(),
    ).expand(env=recipes.output.map(fit_environment))
    compare = aisle_task("compare", f"train compare --run {RUN_ID}")
    gate = aisle_task("gate", f"train gate --run {RUN_ID}", outlets=[DECISION])
    cold = aisle_task("cold", f"train cold --run {RUN_ID}")
    register = aisle_task(
        "register",
        f"train register --run {RUN_ID}",
        outlets=[CHAMPION],
        trigger_rule="all_done_min_one_success",  # after the gate, however `cold` ended
    )
    chain(snapshot, recipes, fit, compare, gate, cold, register)
    gate >> register
