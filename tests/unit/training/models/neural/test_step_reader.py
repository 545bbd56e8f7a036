"""A visit is read with numpy as PyTorch would read it as the last order, and lists follow it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from aisle.core.errors import AisleError
from training.dataset import Dataset
from training.models.base import Recommender
from training.models.families import build, load_recommender
from training.models.neural.fitting.sequences import SequenceCourse
from training.models.neural.histories import histories_of
from training.models.neural.kept_steps import KeptSteps
from training.models.neural.session import Session

Small = dict[str, dict[str, Any]]
CPU = Session(torch.device("cpu"), None)
NETS = [("gru4rec", {"cell": "gru"}), ("gru4rec", {"cell": "lstm"}), ("sasrec", {"layers": 2})]
ODD = {"session": ["i03", "i07"]}
VISIT = np.array([3, 8, 5])  # positions in the pool


@pytest.fixture(params=[3, 50])
def length(request: pytest.FixtureRequest) -> int:
    """How many steps are read: fewer than users have, and more."""
    return int(request.param)


@pytest.fixture(params=NETS, ids=lambda net: "-".join(map(str, (net[0], *net[1].values()))))
def course(
    request: pytest.FixtureRequest, length: int, weekly_checkerboard: Dataset, small: Small
) -> SequenceCourse:
    """A network after two epochs."""
    family, params = request.param
    stated = {**small[family], **params, "length": length, "components": 8}
    pool = np.arange(20)
    histories = histories_of(weekly_checkerboard, pool, stated)
    course = SequenceCourse(family, histories, pool, stated, CPU)
    course.run(2)
    return course


def test_without_a_visit_the_state_is_pytorch_s(course: SequenceCourse) -> None:
    expected, users = course.scorer(), np.arange(61)

    states = course.reader().states(users, VISIT[:0], expected.items)

    np.testing.assert_allclose(states, expected.users, atol=2e-5)


def test_a_visit_is_read_as_an_order_at_the_cutoff(
    course: SequenceCourse, weekly_checkerboard: Dataset
) -> None:
    users = np.arange(60)
    reader, vectors = course.reader(), course.scorer().items
    states = reader.states(users, VISIT, vectors)
    orders = weekly_checkerboard.interactions["order_index"].max() + 1 + users
    visits = pd.DataFrame(
        {
            "user_index": np.repeat(users, VISIT.size),
            "item_index": np.tile(VISIT, users.size),
            "order_index": np.repeat(orders, VISIT.size),
            "interacted_at": weekly_checkerboard.cutoff,
        }
    )
    known = pd.concat([weekly_checkerboard.interactions, visits], ignore_index=True)
    later = replace(weekly_checkerboard, interactions=known)
    course.histories = histories_of(later, course.pool, course.params)

    np.testing.assert_allclose(states, course.scorer().users[:60], atol=2e-5)


def test_a_stranger_is_known_by_the_visit_alone(course: SequenceCourse) -> None:
    reader, vectors = course.reader(), course.scorer().items

    states = reader.states(np.array([-1, 60]), VISIT, vectors)

    assert np.isfinite(states).all()
    np.testing.assert_array_equal(states[0], states[1])  # the last user has no history
    other = reader.states(np.array([-1]), VISIT[:1], vectors)
    assert not np.allclose(states[0], other[0])


def test_everybody_s_steps_are_looked_at_once_not_at_each_request(
    weekly_checkerboard: Dataset, small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    histories = histories_of(weekly_checkerboard, np.arange(20), small["gru4rec"])
    steps, vectors = KeptSteps.of(histories, 4), np.eye(20, dtype=np.float32)
    looks, median = list[int](), np.median
    monkeypatch.setattr(np, "median", lambda sizes: (looks.append(len(sizes)), median(sizes))[1])

    for user in range(3):
        steps.rows(np.array([user]), VISIT, vectors, 4)

    assert looks == [steps.starts.size - 1]


def test_clicks_are_steps_of_their_own_and_baskets_one(
    weekly_checkerboard: Dataset, small: Small
) -> None:
    baskets = histories_of(weekly_checkerboard, np.arange(20), small["gru4rec"])
    rows = weekly_checkerboard.interactions
    clicks = replace(weekly_checkerboard, interactions=rows.drop_duplicates("order_index"))
    single = histories_of(clicks, np.arange(20), small["gru4rec"])
    vectors = np.eye(20, dtype=np.float32)

    together = KeptSteps.of(baskets, 4).rows(np.array([-1]), VISIT, vectors, 4)
    apart = KeptSteps.of(single, 4).rows(np.array([-1]), VISIT, vectors, 4)

    assert together.is_step.tolist() == [[False, False, False, True]]
    np.testing.assert_allclose(together.vectors[0, 3, VISIT], 1 / 3)
    assert apart.is_step.tolist() == [[False, True, True, True]]
    np.testing.assert_array_equal(apart.vectors[0].argmax(axis=1)[1:], VISIT)
    two = KeptSteps.of(single, 2).rows(np.array([5]), VISIT, vectors, 2)
    np.testing.assert_array_equal(two.vectors[0].argmax(axis=1), VISIT[1:])


@pytest.mark.parametrize("family", ["gru4rec", "sasrec"])
def test_lists_follow_the_visit_and_say_so_of_strangers(
    family: str, checkerboard: Dataset, small: Small, tmp_path: Path
) -> None:
    model = fitted(family, checkerboard, small, "everybody")

    rows = model.recommend(["stranger", "u04"], 5, context=ODD)

    stranger, known = (rows[rows["user_id"] == user] for user in ("stranger", "u04"))
    assert stranger["source"].tolist() == ["session"] * 5
    assert known["source"].tolist() == ["collaborative"] * 5
    assert (stranger["item_id"].str[1:].astype(int) % 2).mean() >= 0.6
    alone = model.recommend(["u04"], 5)
    assert known["score"].tolist() != alone["score"].tolist()
    for nothing in ({"session": ["no-such-item"]}, {"session": []}, {}):
        pd.testing.assert_frame_equal(model.recommend(["u04"], 5, context=nothing), alone)
    loaded = load_recommender(model.save(tmp_path / "model"))
    pd.testing.assert_frame_equal(loaded.recommend(["stranger", "u04"], 5, context=ODD), rows)


def test_visits_of_known_users_alone_are_read_where_the_recipe_says_so(
    checkerboard: Dataset, small: Small
) -> None:
    model = fitted("gru4rec", checkerboard, small, "known")

    rows = model.recommend(["stranger", "u04"], 5, context=ODD)

    alone = model.recommend(["stranger", "u04"], 5)
    is_stranger = rows["user_id"] == "stranger"
    pd.testing.assert_frame_equal(rows[is_stranger], alone[is_stranger])
    assert set(rows.loc[is_stranger, "source"]) == {"popular"}
    assert rows["score"].tolist()[5:] != alone["score"].tolist()[5:]


def test_nobody_s_visit_is_read_unless_stated_and_no_steps_are_kept(
    checkerboard: Dataset, small: Small, tmp_path: Path
) -> None:
    model = build("gru4rec", small["gru4rec"]).fit(checkerboard)

    pd.testing.assert_frame_equal(
        model.recommend(["u04"], 5, context=ODD), model.recommend(["u04"], 5)
    )
    folder = model.save(tmp_path / "model")
    assert not list((folder / "arrays").glob("steps_*"))
    assert not list((folder / "arrays").glob("net_*"))


def test_whose_visits_are_read_is_said_in_one_of_three_words(
    checkerboard: Dataset, small: Small
) -> None:
    with pytest.raises(AisleError, match="`reads_visit` is True: it may say nobody, known, every"):
        build("sasrec", {**small["sasrec"], "reads_visit": True}).fit(checkerboard)


def test_heads_that_cannot_share_the_width_are_refused_before_a_fit(
    checkerboard: Dataset, small: Small
) -> None:
    with pytest.raises(AisleError, match="`components` is 33 and `heads` is 2: each head takes"):
        build("sasrec", {**small["sasrec"], "components": 33, "heads": 2}).fit(checkerboard)


def fitted(family: str, dataset: Dataset, small: Small, readers: str) -> Recommender:
    """Return a network that has learned who likes which colour."""
    params = {**small[family], "max_epochs": 12, "reads_visit": readers}
    return build(family, params).fit(dataset)
