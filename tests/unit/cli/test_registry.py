"""After a move by hand a person reads what changed and what does not follow by itself."""

from datetime import datetime

import pytest

from aisle.cli.registry import what_moved
from training.moves import BY_HAND, ROLLBACK, Move


@pytest.mark.parametrize("action", [BY_HAND, ROLLBACK])
def test_a_move_says_who_waits_and_how_the_lists_follow(action: str) -> None:
    text = what_moved(Move("1", action, datetime(2018, 1, 1), "ann", "bad prices", "2"))
    assert text.startswith(f"Version 1 is champion now, in place of version 2 ({action}: bad")
    assert "the recipe of version 2 does not compete again until there is newer data" in text
    assert "trigger the DAG `publish_recommendations`" in text
    assert "`aisle publish-recommendations --run NAME` and `aisle warm-recommendations`" in text


def test_where_there_was_no_champion_no_recipe_waits() -> None:
    text = what_moved(Move("1", BY_HAND, datetime(2018, 1, 1), "ann", "first", None))
    assert "where there was none" in text
    assert "does not compete" not in text
