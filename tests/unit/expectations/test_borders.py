"""What every rule of every border has to carry, whatever it checks."""

import re
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from aisle.core.builds import BuildPlan
from aisle.core.files import write_json
from aisle.core.settings import REPOSITORY, Settings
from expectations import published
from expectations.border import QUERIES, Border, Occasion, TableCheck
from expectations.item_lines import newest_item_lines
from expectations.run import BORDERS
from expectations.thresholds import read_thresholds

PLAN = BuildPlan("b1", 1, datetime(2018, 1, 1))
THRESHOLDS = read_thresholds()
README = REPOSITORY / "expectations" / "README.md"


def made(name: str, occasion: Occasion = Occasion.BUILD) -> Border:
    return BORDERS[name](PLAN, occasion, THRESHOLDS)


def published_border(home: Path) -> Border:
    settings = Settings(home=home)
    folder = settings.published / "b1"
    write_json(folder / "manifest.json", {"as_of": "2018-01-01", "tables": {"a": {"rows": 1}}})
    settings.current_marts.symlink_to("b1")
    return published.border(settings, PLAN, THRESHOLDS)


@pytest.fixture
def tables(tmp_path: Path) -> list[TableCheck]:
    borders = [*map(made, BORDERS), published_border(tmp_path)]
    borders.append(replace(made("raw"), tables=(newest_item_lines(THRESHOLDS, 1),)))
    return [table for border in borders for table in border.tables]


def test_every_rule_has_a_sentence_of_its_own_and_a_next_step(tables: list[TableCheck]) -> None:
    for table in tables:
        sentences = [rule.description for rule in table.rules]
        assert all(sentences)
        assert len(set(sentences)) == len(sentences)
        assert all(rule.notes for rule in table.rules), table.label


def test_every_severity_is_one_that_the_results_know(tables: list[TableCheck]) -> None:
    severities = {str(rule.severity.value) for table in tables for rule in table.rules}
    assert severities == {"critical", "warning"}


def test_every_query_belongs_to_a_table(tables: list[TableCheck]) -> None:
    used = {table.query for table in tables}
    assert {path.name for path in QUERIES.glob("*.sql")} == used | {"required_columns.sql"}


def test_no_two_tables_share_a_page(tables: list[TableCheck]) -> None:
    labels = [table.label for table in tables]
    assert len(set(labels)) == len(labels)


@pytest.mark.parametrize("name", BORDERS)
def test_a_query_asks_only_with_what_the_border_gives(name: str) -> None:
    border = made(name)
    for table in border.tables:
        asked = set(re.findall(r"\$(\w+)", re.sub(r"'\$[^']*'", "", table.sql())))
        assert asked <= {*border.parameters, *table.parameters}, table.query


def test_only_what_a_person_has_to_judge_is_stricter_at_night() -> None:
    by_day = {(t.label, r.description): r.severity for t in made("raw").tables for r in t.rules}
    by_night = {
        (t.label, r.description): r.severity
        for t in made("raw", Occasion.NIGHT).tables
        for r in t.rules
    }
    changed = {
        label for (label, rule), severity in by_day.items() if by_night[label, rule] != severity
    }
    assert changed == {"raw.events (volume)", "raw.events (newest delivery)"}


def test_the_readme_names_every_table_and_every_threshold(tables: list[TableCheck]) -> None:
    text = README.read_text()
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    for table in tables:
        assert any(f"`{table.table}`" in row and table.part in row for row in rows), table.label
    for name in type(THRESHOLDS).model_fields:
        assert f"`{name}`" in text, name
