"""The nightly check: all rules on all tables, kept night by night; it stops and publishes nothing.

The warehouse holds the marts of its newest build, so those are judged by that build's plan; raw
tables are judged by the night's own. Verdicts, by which `aisle publish` decides, are not written.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import asdict, replace
from pathlib import Path

import duckdb

from aisle.core.builds import built_by, read_plan
from aisle.core.clock import wall_clock
from aisle.core.errors import CheckFailed
from aisle.core.files import write_json
from aisle.core.settings import Settings
from aisle.core.warehouse import published_connection, reader_connection
from expectations import marts, published, raw
from expectations.border import Border, Occasion
from expectations.data_docs import HISTORY, write_front_page
from expectations.report import stop_message
from expectations.results import BorderResult
from expectations.run import check_border, tell
from expectations.thresholds import read_thresholds

CONSEQUENCE = "the nightly check found what a person has to look at; it stopped nothing."

Opener = Callable[[Settings], AbstractContextManager[duckdb.DuckDBPyConnection]]


def check_all(settings: Settings, night: str) -> list[BorderResult]:
    """Check every border there is something of; raise CheckFailed when a critical rule fails."""
    results, complaints = [], []
    for border, opener in _borders(settings, night):
        with opener(settings) as connection:
            result = check_border(settings, border, connection)
        tell(result)
        results.append(result)
        if not result.passed:
            complaints.append(stop_message(border, result))
    _keep(settings.data_docs, night, results)
    if complaints:
        raise CheckFailed("\n".join([CONSEQUENCE, *complaints]))
    return results


def _borders(settings: Settings, night: str) -> Iterator[tuple[Border, Opener]]:
    """Yield what can be checked: marts and published files only once a build has made them."""
    plan = read_plan(settings, night)
    thresholds = read_thresholds()
    since = published.last_published_batch(settings)
    border = raw.border(plan, Occasion.NIGHT, thresholds, since)
    yield _by_night(border, night), reader_connection
    builder = built_by(settings)
    if builder.exists():
        built = read_plan(settings, builder.read_text())
        border = marts.border(built, Occasion.NIGHT, thresholds)
        yield _by_night(border, night), reader_connection
    if settings.current_marts.exists():
        border = published.border(settings, plan, thresholds)
        yield _by_night(border, night), published_connection


def _by_night(border: Border, night: str) -> Border:
    return replace(border, build_id=night, consequence=f"At the {border.name} border:")


def _keep(data_docs: Path, night: str, results: list[BorderResult]) -> None:
    record = {
        "night": night,
        "checked_at": f"{wall_clock():%Y-%m-%d %H:%M} UTC",
        "passed": all(result.passed for result in results),
        "borders": [asdict(result) for result in results],
    }
    write_json(data_docs / HISTORY / f"{night}.json", record)
    write_front_page(data_docs)
