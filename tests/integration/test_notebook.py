"""The notebook of the docs runs from top to bottom on a shop that has just been trained."""

from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from aisle.core.settings import REPOSITORY, Settings
from tests.integration.training_shop import judge, publish_shop, with_database
from training.register import register_winner

NOTEBOOKS = REPOSITORY / "docs" / "notebooks"
NOTEBOOK = NOTEBOOKS / "explore_trainings.ipynb"


@pytest.fixture(scope="module")
def executed(
    tmp_path_factory: pytest.TempPathFactory, empty_mlflow: Path
) -> Iterator[nbformat.NotebookNode]:
    """The notebook after a run in a kernel of its own; an error in a cell fails it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AISLE_HOME", str(tmp_path_factory.mktemp("notebook") / "home"))
        settings = publish_shop(with_database(Settings(), empty_mlflow), patch)
        folder, _, _ = judge(settings, "t")
        register_winner(settings, folder)
        notebook = nbformat.read(NOTEBOOK, as_version=4)
        client = NotebookClient(
            notebook,
            timeout=300,
            startup_timeout=120,
            resources={"metadata": {"path": str(NOTEBOOKS)}},
        )
        yield client.execute()


def test_every_cell_of_it_shows_what_it_says(executed: nbformat.NotebookNode) -> None:
    cells = [cell for cell in executed.cells if cell.cell_type == "code"]
    shown = "\n".join(str(output) for cell in cells for output in cell.outputs)
    assert all(cell.execution_count for cell in cells)
    for told in ("personal_frequency", "Promoted personal_frequency", "next_ndcg_at_10_light"):
        assert told in shown, told
    assert "someone-new" in shown and "popular" in shown
    assert "image/png" in shown


def test_it_is_kept_without_what_it_showed() -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert "mlflow.search_runs" in code[0].source
    assert not any(cell.outputs or cell.execution_count for cell in code)
