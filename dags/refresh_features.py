"""Published marts → feature store.

**Runs** when `build_warehouse` wrote the Asset MARTS.

**Does** `aisle embed-items` (texts and pictures of items as vectors; only new or changed ones are
computed), `aisle apply-features` (registers what `feature_repo/` defines),
`aisle materialize-features` (newest values into the online store) and `aisle check-features` (the
parity gate: a random sample of what is served, of the point-in-time join for now and of the marts
must be the same values, and lists of a batch and of the API the same items). Beside it
`aisle feature-catalogue` writes the page of all features; nothing waits for it.

**Writes** `embeddings/<run>/` and its pointer `embeddings/current`, Feast's registry and online
store, `feature_catalogue/index.html`, then the Asset FEATURES, which starts `train_recommender`.

**Rerun** is safe: the same values are written again, and the same sample is compared. A killed
`embed` goes on where it was.

**When it fails**: serving goes on with the values it has. `embed` fails when an encoder's weights
cannot be loaded (AISLE_TEXT_ENCODER, AISLE_IMAGE_ENCODER; the message says which), never for a
broken picture: those are in `embeddings/current/broken_images.parquet`. `apply` fails on a
definition that does not match the published marts; the log names the view. `check` fails when
training and serving would see different values: its message names view, feature, entity and the
three values, all of them are in `feast/parity.json`. No training starts then. Mend the view in
`feature_repo/` or whoever writes online, then clear from `apply`. It fails as well when
`dbt_project/` was changed and features say something else of the past: undo that, or, if it is
meant, `aisle check-features --accept-changes` and clear `check`. `check` is skipped (99) when newer
marts were published meanwhile: the run that they started checks them.
"""

from airflow.sdk import DAG, chain

from common.assets import FEATURES, MARTS
from common.tasks import RUN_ID, aisle_task, dag_arguments

with DAG(
    "refresh_features",
    description="Vectors of items, Feast apply and materialize, parity check",
    schedule=[MARTS],
    doc_md=__doc__,
    tags=["features"],
    **dag_arguments(owner="machine-learning"),
):
    apply = aisle_task("apply", "apply-features")
    chain(
        aisle_task("embed", f"embed-items --run {RUN_ID}"),
        apply,
        aisle_task("materialize", "materialize-features"),
        aisle_task("check", "check-features", outlets=[FEATURES]),
    )
    chain(apply, aisle_task("catalogue", "feature-catalogue"))
