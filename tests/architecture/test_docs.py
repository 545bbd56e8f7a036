"""The docs speak of what there is: links lead somewhere, settings, DAGs, commands are in them."""

import re
from pathlib import Path

import pytest
import typer

from aisle.cli.main import app
from aisle.core.settings import REPOSITORY, Settings

SKIPPED = {".venv", ".git", "node_modules", ".aisle", "vendored"}
PAGES = [
    page
    for page in sorted(REPOSITORY.rglob("*.md"))
    if not SKIPPED & set(page.relative_to(REPOSITORY).parts)
]
LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]*)(#[^)\s]+)?\)")
ALL_TEXT = "\n".join(page.read_text() for page in PAGES)


def named(page: Path) -> str:
    return str(page.relative_to(REPOSITORY))


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_lead_to_files_and_headings_that_exist(page: Path) -> None:
    broken = [
        f"{target}{anchor}"
        for target, anchor in LINK.findall(page.read_text())
        if not leads_somewhere(page, target, anchor)
    ]
    assert broken == []


def leads_somewhere(page: Path, target: str, anchor: str) -> bool:
    file = (page.parent / target) if target else page
    if not file.exists():
        return False
    return not anchor or anchor[1:] in headings(file)


def headings(file: Path) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", file.read_text(), flags=re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", title.lower()) for title in titles)
    return {title.replace(" ", "-") for title in plain}


@pytest.mark.parametrize("folder", ["tutorial", "how-to", "reference", "explanation"])
def test_the_index_lists_every_page(folder: str) -> None:
    index = (REPOSITORY / "docs" / "README.md").read_text()
    pages = {f"{folder}/{page.name}" for page in (REPOSITORY / "docs" / folder).glob("*.md")}
    assert {page for page in pages if f"({page})" not in index} == set()


@pytest.mark.parametrize(
    "dag", sorted((REPOSITORY / "dags").glob("*.py")), ids=lambda dag: dag.stem
)
def test_the_runbook_and_the_map_of_dags_know_every_dag(dag: Path) -> None:
    for page in ("docs/runbook.md", "dags/README.md"):
        assert dag.stem in (REPOSITORY / page).read_text(), page


@pytest.mark.parametrize("setting", sorted(Settings.model_fields))
def test_every_setting_is_explained(setting: str) -> None:
    assert f"AISLE_{setting.upper()}=" in (REPOSITORY / ".env.example").read_text()


def test_every_command_is_in_some_page() -> None:
    commands = set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]
    spelled = {name: (f"aisle {name}", f"make {name}") for name in commands}
    unknown = {name for name, ways in spelled.items() if not any(way in ALL_TEXT for way in ways)}
    assert unknown == set()


def test_the_screenshots_are_shown() -> None:
    pictures = {picture.name for picture in (REPOSITORY / "docs" / "screenshots").glob("*.png")}
    assert pictures
    assert {name for name in pictures if name not in ALL_TEXT} == set()
