"""Moves of the champion are kept as tags, and tell who was taken out of service."""

from dataclasses import replace
from datetime import datetime, timedelta
from types import SimpleNamespace

from training.moves import (
    BY_HAND,
    PROMOTE,
    REFRESH,
    ROLLBACK,
    Move,
    all_moves,
    moves_in,
    rolled_back,
    withdrawn,
)

START = datetime(2018, 1, 1, 4)


def move(version: str, action: str, replaced: str | None, day: int) -> Move:
    """Return a move made some days after the start."""
    return Move(version, action, START + timedelta(days=day), "ann", "why", replaced)


def test_a_move_comes_back_from_its_tag_as_it_was() -> None:
    made = replace(move("2", ROLLBACK, "3", 0), reason='he said "no"; {so}')
    assert moves_in("2", {**made.tag, "recipe": "{}"}) == [made]


def test_a_version_may_have_several_moves_even_within_a_second() -> None:
    first = move("2", PROMOTE, "1", 0)
    second = replace(first, action=BY_HAND, at=first.at + timedelta(microseconds=1))
    assert moves_in("2", {**second.tag, **first.tag}) == [first, second]


def test_moves_of_all_versions_are_told_in_the_order_of_time() -> None:
    first, second, third = (
        move("1", PROMOTE, None, 0),
        move("2", PROMOTE, "1", 1),
        move("1", BY_HAND, "2", 2),
    )
    registered = [
        SimpleNamespace(version=2, tags=second.tag),
        SimpleNamespace(version=1, tags={**third.tag, **first.tag}),
    ]
    assert all_moves(registered) == [first, second, third]  # type: ignore[arg-type]


def test_only_a_person_withdraws_a_version() -> None:
    by_the_gate = [move("1", PROMOTE, None, 0), move("2", REFRESH, "1", 1)]
    assert withdrawn(by_the_gate) == {}
    by_hand, back = move("1", BY_HAND, "2", 2), move("3", ROLLBACK, "1", 3)
    assert withdrawn([*by_the_gate, by_hand, back]) == {"2": by_hand, "1": back}
    assert rolled_back([*by_the_gate, by_hand, back]) == {"1": back}


def test_a_version_that_is_champion_again_is_not_withdrawn_any_more() -> None:
    there, back = move("1", ROLLBACK, "2", 0), move("2", BY_HAND, "1", 1)
    assert withdrawn([there, back]) == {"1": back}
    assert rolled_back([there, back]) == {}
