"""A new champion → lists of every user, for e-mail and CRM tools and for the online store.

**Runs** when `train_recommender` wrote the Asset CHAMPION. After `aisle promote` or
`aisle rollback`, trigger it by hand.

**Does** `aisle publish-recommendations` (the champion's best items on sale for each user of the
published marts; popular ones for a user who refused personalization) and
`aisle warm-recommendations` (the same lists into the online store).

**Writes** `recommendations/<run>/` and the pointer `recommendations/current` (columns in
`docs/reference/recommendation_lists.md`; the last three stay), the Feast view
`user_recommendations`, then the Asset LISTS, which a job that sends e-mail can wait for.

**Rerun** is safe: the same champion and marts give the same lists, the pointer moves in one step,
and warming again writes the same rows.

**When it fails**: readers go on with the previous lists, and the API with the champion. A model
that does not load is named with its damaged file; `warm` needs the view to be known
(`aisle apply-features`). Clear the failed task to go on.
"""

from airflow.sdk import DAG, chain

from common.assets import CHAMPION, LISTS
from common.tasks import RUN_ID, aisle_task, dag_arguments

with DAG(
    "publish_recommendations",
    description="Lists of every user → files and online store",
    schedule=[CHAMPION],
    doc_md=__doc__,
    tags=["serving"],
    **dag_arguments(owner="machine-learning"),
):
    chain(
        aisle_task("publish", f"publish-recommendations --run {RUN_ID}"),
        aisle_task("warm", "warm-recommendations", outlets=[LISTS]),
    )
