"""Search better parameters for the recipes; people decide whether they become the recipes'.

**Runs** on Saturdays at 03:00 UTC when `AISLE_SCHEDULES=on`, otherwise when triggered by hand, then
with other recipes, another sampler, more trials or minutes if wanted.

**Does** freeze the shop as it was when the first test window of a training begins, and give every
trial a mapped task, at most `AISLE_TRIALS_AT_ONCE` at the same time, which Celery shares among its
workers. A trial takes its parameters from the Optuna storage that all share, is fitted and judged
on the windows before that moment, and is left early when it is behind. When the minutes are used
up, the trials that are left are skipped. Then the best of each recipe is compared with what the
recipe says now.

**Writes** `tuning/<run>/` (snapshot, plan, trials, `findings/` with plots and `params.patch`),
studies in `AISLE_TUNING_STORAGE`, nested MLflow runs in the experiment `aisle-tuning`. It changes
no parameters: a person reviews the patch and applies it. Nothing waits for it.

**Rerun** is safe: each trial has a place that it takes once, and a killed one is tried again with
the same parameters.

**When it fails**: nothing else stops. A failed trial is one that was not tried: `finish` says how
many there were, and goes on with the others.
"""

import json
import os

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG, Param, chain

from common.tasks import RUN_ID, aisle_task, command_environment, dag_arguments, task_arguments
from common.trigger import timetable

ONE_THREAD = {"AISLE_THREADS": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
PLAN = (
    f"tune plan --run {RUN_ID} --recipes '{{{{ params.recipes }}}}' "
    "--sampler {{ params.sampler }} --trials {{ params.trials }} --minutes {{ params.minutes }} "
    "--users {{ params.users }}"
)


def trial_environment(place: str) -> dict[str, str]:
    """Return the environment that carries the place: a mapped command would not be rendered."""
    return command_environment() | ONE_THREAD | {"AISLE_TRIAL": place}


with DAG(
    "tune_recommender",
    description="plan → one task per trial → finish: a patch of params.yaml for review",
    schedule=timetable("0 3 * * 6"),
    doc_md=__doc__,
    tags=["training"],
    params={
        "recipes": Param("", type="string", pattern=r"^[A-Za-z0-9_., -]*$"),
        "sampler": Param("tpe", enum=["grid", "random", "tpe"]),
        "trials": Param(12, type="integer", minimum=1),
        "minutes": Param(120, type="number", exclusiveMinimum=0),
        "users": Param(0, type="integer", minimum=0),
    },
    **dag_arguments(owner="machine-learning"),
):
    plan = aisle_task("plan", PLAN, output_processor=json.loads)
    trial = BashOperator.partial(
        task_id="trial",
        bash_command=f'aisle tune trial --run {RUN_ID} --trial "$AISLE_TRIAL"',
        max_active_tis_per_dag=int(os.environ.get("AISLE_TRIALS_AT_ONCE", "2")),
        map_index_template="{{ task.env['AISLE_TRIAL'] }}",
        **task_arguments(),
    ).expand(env=plan.output.map(trial_environment))
    # Skipped and failed trials are no reason not to look at the others.
    finish = aisle_task("finish", f"tune finish --run {RUN_ID}", trigger_rule="all_done")
    chain(plan, trial, finish)
