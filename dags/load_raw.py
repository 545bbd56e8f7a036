"""Landing zone → raw tables, each message once.

**Runs** every 15 minutes when `AISLE_SCHEDULES=on`, otherwise when triggered by hand.

**Does** `aisle load-raw`: fetches new objects of the bucket (`AISLE_LANDING_URL`), completes what
killed collectors left, reads the files that arrived in the landing zone, loads every message once,
quarantines what cannot be read.

**Writes** `raw.*` in the warehouse, then the Asset RAW, which starts `build_warehouse`. Triggered
by hand it always writes RAW; a scheduled run without new rows ends skipped and starts nothing.

**Rerun** is safe: messages are known by `message_id`, a load is one transaction.

**When it fails**: the log names the file and line. A lock error means another process has the
warehouse open for writing; only tasks in the pool `warehouse` may do that.
"""

from airflow.sdk import DAG

from common.assets import RAW
from common.tasks import WAREHOUSE_POOL, aisle_task, dag_arguments
from common.trigger import timetable

ONLY_NEW_ROWS = "{{ ' --require-new' if dag_run.run_type == 'scheduled' else '' }}"

with DAG(
    "load_raw",
    description="Landing zone → raw tables",
    schedule=timetable("*/15 * * * *"),
    doc_md=__doc__,
    tags=["data"],
    **dag_arguments(owner="data-engineering"),
):
    aisle_task("load", f"load-raw{ONLY_NEW_ROWS}", pool=WAREHOUSE_POOL, outlets=[RAW])
