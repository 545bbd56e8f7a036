"""Where one tuning keeps its files."""

from dataclasses import dataclass
from pathlib import Path

from aisle.core.builds import checked_id
from aisle.core.settings import Settings


@dataclass(frozen=True)
class TuningFolder:
    """The files of one tuning, named by the caller's ID (the DAG derives it from its run)."""

    tuning_id: str
    root: Path

    @property
    def snapshot(self) -> Path:
        """The frozen data: nothing in it is of the windows that trainings are judged on."""
        return self.root / "snapshot"

    @property
    def plan(self) -> Path:
        """What is searched, and how."""
        return self.root / "plan.json"

    @property
    def queue_lock(self) -> Path:
        """Held for the moment in which a trial takes its parameters."""
        return self.root / "queue.lock"

    @property
    def parent_run(self) -> Path:
        """Id of the MLflow run that stands for this tuning."""
        return self.root / "mlflow_run_id"

    @property
    def findings(self) -> Path:
        """What the search found: findings.json, plots, the table of trials, params.patch."""
        return self.root / "findings"

    def per_user(self, recipe: str, number: int) -> Path:
        """Return the file with what each user was worth to a trial."""
        return self.root / "trials" / checked_id(recipe) / f"{number}.parquet"


def tuning_folder(settings: Settings, tuning_id: str) -> TuningFolder:
    """Return the folder of one tuning; it need not exist yet."""
    return TuningFolder(tuning_id, settings.tunings / checked_id(tuning_id))
