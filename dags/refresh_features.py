"""Published marts → feature store.

**Runs** when `build_warehouse` wrote the Asset MARTS.

**Does** `aisle apply-features` (registers what `feature_repo/` defines) and
`aisle materialize-features` (newest values into the online store).

**Writes** Feast's registry and online store, then the Asset FEATURES, which starts
`train_recommender`.

**Rerun** is safe: both write the same values again.

**When it fails**: serving goes on with the values it has. `apply` fails on a definition that does
not match the published marts; the log names the view.
"""

from airflow.sdk import DAG, chain

from common.assets import FEATURES, MARTS
from common.tasks import aisle_task, dag_arguments

with DAG(
    "refresh_features",
    description="Feast apply and materialize",
    schedule=[MARTS],
    doc_md=__doc__,
    tags=["features"],
    **dag_arguments(owner="machine-learning"),
):
    chain(
        aisle_task("apply", "apply-features"),
        aisle_task("materialize", "materialize-features", outlets=[FEATURES]),
    )
