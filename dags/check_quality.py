"""All rules on all tables, every night.

**Runs** at 02:30 UTC when `AISLE_SCHEDULES=on`, otherwise when triggered by hand.

**Does** `aisle check all`: the raw tables up to the newest batch, the marts of the newest build and
the published files. Beside what every build checks, it is critical here when nothing was delivered
for long, when far less came in than usual, and when the published marts lag behind. Beside it dbt
judges how fresh its sources are (`aisle freshness`), and the page of all tables is made anew
(`aisle dbt-docs`). A new champion's features are weighed (`aisle feature-importance`: a fit for
each feature it reads), and the page of all features is made anew (`aisle feature-catalogue`).

**Writes** `data_docs/`: every table's page, `history/<night>.json` with all results, and
`index.html`, which leads to both; `dbt_docs/index.html`, `feature_importance/<version>.json`,
`feature_catalogue/index.html`. It publishes nothing, stops no build and
touches no verdict.

**Rerun** is safe: the night is named after its run, so a rerun replaces its own results.

**When it fails**, the log names table, rule, numbers, example rows and the next step, and everyone
goes on reading what is published. Volume: see whether the shop was closed; else its tracking or its
delivery is broken. Newest delivery: is the sender sending, does `load_raw` run? Published files:
look at the last runs of `build_warehouse`. A *broken check* says nothing about the data: mend the
rule in `expectations/`. A number that does not fit the shop is changed in
`expectations/thresholds.yaml`.
"""

from airflow.sdk import DAG, chain

from common.tasks import WAREHOUSE_POOL, aisle_task, dag_arguments
from common.trigger import timetable

NIGHT = "{{ ('night-' ~ run_id) | safe_id }}"

with DAG(
    "check_quality",
    description="all expectations on all tables, freshness, Data Docs, dbt docs",
    schedule=timetable("30 2 * * *"),
    doc_md=__doc__,
    tags=["data"],
    **dag_arguments(owner="data-engineering"),
):
    pool = {"pool": WAREHOUSE_POOL}  # a reader must not meet the writer
    chain(
        aisle_task("fix_ceiling", f"fix-ceiling --build {NIGHT}", **pool),
        [
            aisle_task("check_all", f"check all --build {NIGHT}", **pool),
            aisle_task("freshness", f"freshness --build {NIGHT}", **pool),
            aisle_task("dbt_docs", "dbt-docs", **pool),
        ],
    )
    # Both read published files only, and the first may take long: builds need not wait for them.
    chain(
        aisle_task("feature_importance", "feature-importance"),
        aisle_task("feature_catalogue", "feature-catalogue"),
    )
