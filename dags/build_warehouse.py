"""Raw tables → audited, published marts.

**Runs** when `load_raw` wrote the Asset RAW.

**Does** write, audit, publish: fixes the batch up to which this build reads, checks the raw
tables, runs one `dbt build`, checks the marts, exports them and moves the pointer.

**Writes** `builds/<run>/` (plan, dbt artifacts, check results), `published/<run>/*.parquet` and
the pointer `published/current`, then the Asset MARTS, which starts `refresh_features`.

**Rerun** is safe: the build's name is the run's id and its ceiling is fixed once, so a rerun makes
the same tables; the pointer moves in one step, so readers see the old marts or the new ones.

**When it fails**: nothing was published and everyone goes on reading the previous marts. A failed
check names table, rule, numbers and example rows in its log, and Data Docs show it. Move events
that no build can use to `raw.quarantine` (`aisle set-aside MESSAGE_ID… --reason "…"`), deliver
corrected ones as a new file, then trigger `load_raw`.
"""

from airflow.sdk import DAG, chain

from common.assets import MARTS, RAW
from common.tasks import RUN_ID, WAREHOUSE_POOL, aisle_task, dag_arguments

with DAG(
    "build_warehouse",
    description="check raw → dbt build → check marts → publish",
    schedule=[RAW],
    doc_md=__doc__,
    tags=["data"],
    **dag_arguments(owner="data-engineering"),
):
    pool = {"pool": WAREHOUSE_POOL}
    chain(
        aisle_task("fix_ceiling", f"fix-ceiling --build {RUN_ID}", **pool),
        aisle_task("check_raw", f"check raw --build {RUN_ID}", **pool),
        aisle_task("transform", f"transform --build {RUN_ID}", **pool),
        aisle_task("check_marts", f"check marts --build {RUN_ID}", **pool),
        aisle_task("publish", f"publish --build {RUN_ID}", outlets=[MARTS], **pool),
    )
