"""The published files, looked at every night: are they whole, and do they keep up?"""

from aisle.core.builds import BuildPlan
from aisle.core.settings import Settings
from aisle.core.warehouse import published_folder, read_manifest
from expectations.border import Border, TableCheck
from expectations.rules import never
from expectations.thresholds import Thresholds

PUBLISH_AGAIN = "trigger build_warehouse: it publishes a new folder and moves the pointer"


def border(settings: Settings, plan: BuildPlan, thresholds: Thresholds) -> Border:
    """Return the rules of the published files; `plan` says how far the raw tables reach."""
    folder = published_folder(settings)
    manifest = read_manifest(folder)
    return Border(
        name="published",
        build_id=plan.build_id,
        meaning="published files",
        consequence="readers may meet files that are not whole, or old ones.",
        tables=(_files(), _age(thresholds)),
        parameters={
            "folder": str(folder),
            "names": list(manifest["tables"]),
            "promised_rows": [table["rows"] for table in manifest["tables"].values()],
            "published_until": manifest["as_of"],
            "as_of": plan.as_of,
            "max_hours_published_behind": thresholds.max_hours_published_behind,
        },
    )


def last_published_batch(settings: Settings) -> int | None:
    """Return the newest batch that the published marts hold; None before anything is published."""
    if not settings.current_marts.exists():
        return None
    newest = read_manifest(published_folder(settings)).get("max_batch_id")
    return None if newest is None else int(newest)


def _files() -> TableCheck:
    return TableCheck(
        table="published/current",
        part="files",
        query="published_files.sql",
        keys=("name", "promised_rows", "rows"),
        unit="files",
        rules=(
            never(
                "is_different",
                "every file holds as many rows as its manifest says",
                f"a file was changed or removed after publishing: {PUBLISH_AGAIN}",
            ),
        ),
    )


def _age(thresholds: Thresholds) -> TableCheck:
    return TableCheck(
        table="published/current",
        part="age",
        query="published_age.sql",
        keys=("published_until", "loaded_until", "hours_behind"),
        unit="publications",
        rules=(
            never(
                "is_behind",
                "the published marts lag at most "
                f"{thresholds.max_hours_published_behind:g} hours behind what is loaded",
                "look at the last runs of build_warehouse: they failed, or none was started",
            ),
        ),
    )
