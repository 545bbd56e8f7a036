"""`aisle train …` with an id that names no training here."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from aisle.cli.main import app
from aisle.core.errors import AisleError

STEPS = ["recipes", "fit --recipe ease", "compare", "gate", "cold", "register"]


@pytest.mark.parametrize("step", [*STEPS, "lend --recipe ease --to away"])
def test_a_step_of_no_training_names_those_there_are_and_how_to_begin(
    step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AISLE_HOME", str(tmp_path))
    (tmp_path / "training" / "monday").mkdir(parents=True)

    ended = CliRunner().invoke(app, ["train", *step.split(), "--run", "mnday"])

    assert isinstance(ended.exception, AisleError)
    told = str(ended.exception)
    assert f"There is no training 'mnday' in {tmp_path / 'training'} (monday)" in told
    assert "`aisle train snapshot --run mnday` begins it" in told
    assert [path.name for path in (tmp_path / "training").iterdir()] == ["monday"]
