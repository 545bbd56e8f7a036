"""The plan: who takes which place, what may change later, and what a person may ask."""

from dataclasses import replace
from pathlib import Path

import pytest

from aisle.core.errors import AisleError
from training.recipes import Recipe, load_recipes
from training.tuning.folder import TuningFolder
from training.tuning.plan import Plan, Request, chosen, place_of, read_plan, write_plan

RECIPES = chosen(load_recipes(), ["recent_popularity", "personal_frequency"])


def plan(**asked: object) -> Plan:
    return Plan("t", Request(**asked), RECIPES, "s")  # type: ignore[arg-type]


@pytest.fixture
def folder(tmp_path: Path) -> TuningFolder:
    return TuningFolder("t", tmp_path)


def test_recipes_take_turns_and_what_there_is_comes_first() -> None:
    assert plan(trials=2).places == [
        "recent_popularity:0",
        "personal_frequency:0",
        "recent_popularity:1",
        "personal_frequency:1",
        "recent_popularity:2",
        "personal_frequency:2",
    ]


def test_the_first_place_is_for_what_the_recipe_says_now() -> None:
    assert plan().fixed("personal_frequency", 0) == {"half_life_weeks": 13, "window_days": 28}
    assert plan().fixed("personal_frequency", 1) == {}


def test_a_grid_has_a_place_for_each_point_each_once() -> None:
    grid = plan(sampler="grid", trials=1000)
    count = len(grid.spaces["personal_frequency"].grid())

    points = [grid.fixed("personal_frequency", place) for place in range(1, count + 1)]

    assert f"personal_frequency:{count}" in grid.places
    assert f"personal_frequency:{count + 1}" not in grid.places
    assert len({tuple(point.items()) for point in points}) == count


def test_a_plan_may_get_more_trials_and_time(folder: TuningFolder) -> None:
    write_plan(folder, plan(trials=2))

    grown = write_plan(folder, plan(trials=5, minutes=90))

    assert grown == read_plan(folder)
    assert (grown.request.trials, grown.request.minutes) == (5, 90)


@pytest.mark.parametrize("other", [{"seed": 8}, {"sampler": "grid"}, {"windows": 1}])
def test_a_plan_does_not_become_another_one(folder: TuningFolder, other: dict) -> None:
    write_plan(folder, plan())
    with pytest.raises(AisleError, match="take another --run"):
        write_plan(folder, plan(**other))


def test_a_plan_is_about_the_recipes_it_was_begun_with(folder: TuningFolder) -> None:
    write_plan(folder, plan())
    with pytest.raises(AisleError, match="take another --run"):
        write_plan(folder, replace(plan(), recipes=RECIPES[:1]))


def test_a_plan_keeps_the_parameters_it_was_begun_with(folder: TuningFolder) -> None:
    write_plan(folder, plan())
    changed = [Recipe(one.name, one.family, {**one.params, "window_days": 9}) for one in RECIPES]

    kept = write_plan(folder, replace(plan(), recipes=changed))

    assert kept.recipes == RECIPES


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"sampler": "luck"}, "choose one of grid, random, tpe"),
        ({"metric": "next_ndcg_at_7"}, "next_ndcg_at_10"),
        ({"trials": 0}, "--trials 0"),
        ({"minutes": 0}, "--minutes 0"),
        ({"minutes": float("nan")}, "--minutes nan"),
        ({"windows": -1}, "--windows -1"),
    ],
)
def test_what_cannot_be_done_is_refused(asked: dict, message: str) -> None:
    with pytest.raises(AisleError, match=message):
        plan(**asked)


def test_recipes_are_asked_for_by_name() -> None:
    assert [recipe.name for recipe in chosen(load_recipes(), ["hybrid_blend"])] == ["hybrid_blend"]
    with pytest.raises(AisleError, match="No recipe 'nobody'"):
        chosen(load_recipes(), ["nobody"])


@pytest.mark.parametrize("text", ["", "hybrid_blend", "hybrid_blend:", ":3", "a:b", "a:-1"])
def test_a_place_is_a_recipe_and_a_number(text: str) -> None:
    assert place_of("hybrid_blend:12") == ("hybrid_blend", 12)
    with pytest.raises(AisleError, match="hybrid_blend:3"):
        place_of(text)
