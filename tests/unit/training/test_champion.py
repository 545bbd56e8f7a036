"""A withdrawn recipe waits for newer data than it had seen, and for no longer."""

from datetime import datetime

from training.champion import Standing, Withdrawn
from training.moves import ROLLBACK, Move
from training.recipes import Recipe

SEEN_UNTIL = datetime(2018, 1, 1, 4)
MOVE = Move("1", ROLLBACK, datetime(2018, 1, 2, 9, 30), "ann", "prices are wrong", "2")
AWAY = Withdrawn("2", Recipe("blend", "blend", {}), SEEN_UNTIL, MOVE)


def test_a_withdrawn_version_is_barred_on_the_data_it_has_seen_and_on_older() -> None:
    standing = Standing(None, (AWAY,))
    assert standing.barred(SEEN_UNTIL) == [AWAY]
    assert standing.barred(datetime(2017, 12, 31)) == [AWAY]


def test_one_newer_interaction_lets_its_recipe_compete_again() -> None:
    assert Standing(None, (AWAY,)).barred(datetime(2018, 1, 1, 4, 0, 1)) == []


def test_the_reason_names_recipe_version_move_and_when_it_ends() -> None:
    assert AWAY.sentence == (
        "blend does not compete: version 2, made by it on the same data, was taken out of service "
        "on 2018-01-02 09:30 UTC (rollback: prices are wrong). It competes again on newer data."
    )
