"""The tree keeps the shape that the style guide promises to a newcomer."""

import ast
from pathlib import Path

import pytest

from aisle.core.settings import REPOSITORY

FOLDERS = ("aisle", "training", "expectations", "feature_repo", "dags")
MODULES = [path for folder in FOLDERS for path in sorted((REPOSITORY / folder).rglob("*.py"))]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_a_module_says_what_it_is_and_stays_one_job(path: Path) -> None:
    text = path.read_text()
    assert ast.get_docstring(ast.parse(text)), "opens without a sentence saying what it is"
    assert len(text.splitlines()) <= 300, "over 300 lines: is it still one job?"
    assert path.stem not in {"utils", "helpers", "misc", "common_utils"}, "named after nothing"


@pytest.mark.parametrize(
    "name", ["dags", "dbt_project", "expectations", "feature_repo", "training"]
)
def test_a_folder_of_the_design_introduces_itself(name: str) -> None:
    first_line = (REPOSITORY / name / "README.md").read_text().splitlines()[0]
    assert first_line.startswith("# ")
    assert len(first_line) > len(f"# {name}"), "the first line says which job the folder does"


def test_the_readme_maps_every_top_level_folder() -> None:
    readme = (REPOSITORY / "README.md").read_text()
    folders = {path.parent.name for path in REPOSITORY.glob("*/*.*") if path.is_file()}
    tracked = {name for name in folders if not name.startswith(".")} | {"docs", "tests"}
    assert {name for name in tracked if f"`{name}/`" not in readme} == set()


def test_feature_repo_and_dags_import_nothing_of_ours_but_what_they_may() -> None:
    forbidden = ("aisle", "training", "expectations")
    for path in MODULES:
        if path.relative_to(REPOSITORY).parts[0] not in {"feature_repo", "dags"}:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module:
                names.append(node.module)
            ours = [name for name in names if name.split(".")[0] in forbidden]
            assert not ours, f"{path} imports {ours}"


def test_the_lock_of_the_javascript_clients_names_no_host() -> None:
    lock = (REPOSITORY / "tests" / "browser" / "package-lock.json").read_text()
    assert '"integrity"' in lock
    assert '"resolved"' not in lock, "every machine asks the registry of its own settings"
