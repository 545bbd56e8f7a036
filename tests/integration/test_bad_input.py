"""Walks docs/reference/bad_input.md: each row happens for real and says what the page says."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from aisle.core.settings import REPOSITORY
from tests.integration.bad_input_rows import SCENARIOS
from tests.integration.bad_input_shop import BadInputShop, build_shop

PAGE = REPOSITORY / "docs" / "reference" / "bad_input.md"
ROW = re.compile(r"^\| `(?P<key>[a-z0-9-]+)` \|(?P<cells>.+)\|$", re.MULTILINE)
USAGE = 2  # the option parser draws a box around its message


@dataclass(frozen=True)
class Row:
    """One line of the page: how the command ends and what a person reads."""

    key: str
    code: int
    message: str

    @property
    def pattern(self) -> str:
        """The message as a regular expression; `…` stands for anything."""
        return ".*?".join(re.escape(part) for part in self.message.split("…"))


def rows() -> list[Row]:
    """Return the rows of the page."""
    found = []
    for match in ROW.finditer(PAGE.read_text(encoding="utf-8")):
        cells = [cell.strip() for cell in match["cells"].split(" | ")]
        found.append(Row(match["key"], int(cells[2].split()[-1]), cells[3].strip("` ")))
    return found


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BadInputShop]:
    """The workspace that all rows share."""
    with pytest.MonkeyPatch.context() as patch:
        yield build_shop(tmp_path_factory.mktemp("bad"), patch)


def test_every_row_of_the_page_has_a_scenario_and_the_other_way_round() -> None:
    keys = [row.key for row in rows()]
    assert len(keys) == len(set(keys))
    assert set(keys) == set(SCENARIOS)


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.key)
def test_bad_input_ends_as_the_page_says(row: Row, shop: BadInputShop) -> None:
    outcome = SCENARIOS[row.key](shop)
    told = " ".join(outcome.text.split())
    assert outcome.code == row.code, told
    assert "Traceback" not in told
    lines = [line for line in outcome.text.splitlines() if line.startswith("Error: ")]
    assert len(lines) <= 1, told
    is_whole_message = told.startswith("Error: ")
    matches = re.fullmatch if is_whole_message else re.search
    assert matches(row.pattern, told), f"the page says: {row.message}\nprinted was: {told}"
