"""The plan of one warehouse build: which batches it may read and what "now" is for it."""

import json
import re
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from aisle.core.errors import AisleError
from aisle.core.files import write_json
from aisle.core.settings import Settings

PLAN = "plan.json"
ID_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


@dataclass(frozen=True)
class BuildPlan:
    """A build reads raw rows of batches ≤ `max_batch_id` and takes `as_of` (naive UTC) as now.

    `pair_dates` are the moments besides now at which rows of pairs are wanted (user and item, …).
    """

    build_id: str
    max_batch_id: int
    as_of: datetime
    pair_dates: tuple[datetime, ...] = ()


def checked_id(value: str) -> str:
    """Return `value` if it can name a folder; refuse anything else."""
    if ID_PATTERN.fullmatch(value) is None:
        raise AisleError(
            f"{value!r} cannot be an id: use up to 128 letters, digits, '.', '_' or '-', "
            "starting with a letter or digit."
        )
    return value


def build_folder(settings: Settings, build_id: str) -> Path:
    """Return the folder of one build."""
    return settings.builds / checked_id(build_id)


def marts_verdict(settings: Settings, build_id: str) -> Path:
    """Return the file in which `aisle check marts` says whether the build may be published."""
    return build_folder(settings, build_id) / "checks" / "marts.json"


def built_by(settings: Settings) -> Path:
    """Return the file that names the build whose marts the warehouse holds now."""
    return settings.warehouse.with_name("built_by")


def built_with(settings: Settings) -> Path:
    """Return the file that holds the fingerprint of the code which filled the warehouse."""
    return settings.warehouse.with_name("built_with")


def write_plan(settings: Settings, plan: BuildPlan) -> Path:
    """Write the plan into the build's folder, atomically; return the file."""
    path = build_folder(settings, plan.build_id) / PLAN
    moments = {
        "as_of": plan.as_of.isoformat(),
        "pair_dates": [moment.isoformat() for moment in plan.pair_dates],
    }
    write_json(path, {**asdict(plan), **moments})
    return path


def read_plan(settings: Settings, build_id: str) -> BuildPlan:
    """Return the plan of a build."""
    path = build_folder(settings, build_id) / PLAN
    if not path.exists():
        raise AisleError(
            f"Build {build_id} has no plan: run `aisle fix-ceiling --build {build_id}`."
        )
    plan = json.loads(path.read_text())
    return BuildPlan(
        build_id=plan["build_id"],
        max_batch_id=plan["max_batch_id"],
        as_of=datetime.fromisoformat(plan["as_of"]),
        pair_dates=tuple(map(datetime.fromisoformat, plan.get("pair_dates", ()))),
    )
