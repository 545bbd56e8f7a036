"""Whether events still arrive: their newest `received_at`, judged at a build's now."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from aisle.core.builds import BuildPlan, build_folder, read_plan
from aisle.core.errors import AisleError
from aisle.core.settings import Settings
from aisle.pipeline.build import dbt_environment, dbt_words
from aisle.pipeline.dbt_process import run_dbt

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Delivery:
    """The newest delivery of one raw table, its age at the build's now, and dbt's verdict."""

    table: str
    status: str  # pass, warn or error
    received_at: datetime
    age: timedelta

    def __str__(self) -> str:
        return (
            f"raw.{self.table}: {self.status}, the newest row was received at "
            f"{self.received_at:%Y-%m-%d %H:%M:%S}, {self.age / DAY:.1f} days before now"
        )


def check_freshness(settings: Settings, build_id: str) -> list[Delivery]:
    """Return the newest delivery of every raw table whose age is judged.

    Refused when one is older than `error_after` in dbt_project/models/staging/_sources.yml.
    """
    deliveries = _judged(settings, read_plan(settings, build_id))
    stale = [delivery for delivery in deliveries if delivery.status == "error"]
    if stale:
        raise AisleError(
            "Deliveries are stale.\n"
            + "\n".join(map(str, stale))
            + f"\nFind out why nothing arrives in {settings.landing}, then run `aisle load-raw`."
        )
    return deliveries


def _judged(settings: Settings, plan: BuildPlan) -> list[Delivery]:
    results = build_folder(settings, plan.build_id) / "freshness.json"
    results.unlink(missing_ok=True)
    words = dbt_words(settings, plan, ("source", "freshness", "--output", str(results)))
    ended = run_dbt(words, dbt_environment(settings), is_captured=True)
    answers = json.loads(results.read_text())["results"] if results.exists() else []
    if not answers or any("max_loaded_at" not in answer for answer in answers):
        raise AisleError(f"dbt could not tell how old the deliveries are:\n{ended.stdout.strip()}")
    return [_delivery(answer) for answer in answers]


def _delivery(answer: dict[str, object]) -> Delivery:
    return Delivery(
        table=str(answer["unique_id"]).rsplit(".", 1)[-1],
        status=str(answer["status"]),
        received_at=datetime.fromisoformat(str(answer["max_loaded_at"])).replace(tzinfo=None),
        age=timedelta(seconds=float(str(answer["max_loaded_at_time_ago_in_s"]))),
    )
