"""What every rule of every border has to carry, whatever it checks."""

from datetime import datetime

import pytest

from aisle.core.builds import BuildPlan
from expectations.border import QUERIES, Border
from expectations.run import BORDERS

PLAN = BuildPlan("b1", 1, datetime(2018, 1, 1))
ALL = pytest.mark.parametrize("border", [make(PLAN) for make in BORDERS.values()], ids=BORDERS)


@ALL
def test_every_rule_has_a_sentence_of_its_own(border: Border) -> None:
    for table in border.tables:
        sentences = [rule.description for rule in table.rules]
        assert all(sentences)
        assert len(set(sentences)) == len(sentences)


@ALL
def test_every_severity_is_one_that_the_results_know(border: Border) -> None:
    severities = {str(rule.severity.value) for table in border.tables for rule in table.rules}
    assert severities == {"critical", "warning"}


def test_every_query_belongs_to_a_table() -> None:
    borders = [make(PLAN) for make in BORDERS.values()]
    used = {table.query for border in borders for table in border.tables}
    assert {path.name for path in QUERIES.glob("*.sql")} == used | {"required_columns.sql"}
