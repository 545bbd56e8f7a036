"""What a network learned is scored with numpy as PyTorch scores it."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from scipy import sparse

from tests.unit.training.models.neural.conftest import MakeCourse
from training.dataset import Dataset
from training.models.families import build, load_recommender
from training.models.neural.fitting.neumf import NeuMFCourse
from training.models.neural.fitting.softmax_loss import multinomial_loss, some_columns
from training.models.neural.session import Session
from training.models.neural.two_tower import TwoTower
from training.models.neural.vector_scores import Below

Small = dict[str, dict[str, Any]]
CPU = Session(torch.device("cpu"), None)


def test_numpy_scores_pairs_as_neumf_does(make_course: MakeCourse) -> None:
    course = make_course("neumf", CPU)
    assert isinstance(course, NeuMFCourse)
    course.run(2)
    users, items = np.array([0, 7]), course.pool.size

    scores = course.scorer().scores(users)

    pairs = (np.repeat(users, items), np.tile(np.arange(items), users.size))
    with torch.inference_mode():
        expected = course.net(*(torch.from_numpy(side) for side in pairs))
    np.testing.assert_allclose(scores.ravel(), expected.numpy(), atol=1e-5)


def test_the_multinomial_loss_is_the_cross_entropy_of_what_is_wanted() -> None:
    logits = torch.tensor([[1.0, 2.0, 0.5], [0.0, 0.0, 3.0], [9.0, 9.0, 9.0]])
    wanted = sparse.csr_matrix([[0, 1, 0], [2, 0, 2], [0, 0, 0]], dtype=np.float32)

    likelihood = torch.log_softmax(logits, dim=1)
    expected = -(likelihood[0, 1] + 2 * likelihood[1, 0] + 2 * likelihood[1, 2]) / 5
    assert multinomial_loss(logits, wanted).item() == pytest.approx(expected.item())


def test_a_batch_compares_all_items_or_as_many_as_fit() -> None:
    rng = np.random.default_rng(0)
    assert some_columns(4, 9, rng).tolist() == [0, 1, 2, 3]
    drawn = some_columns(100, 9, rng)
    assert len(set(drawn)) == 9
    assert (np.diff(drawn) > 0).all()


def test_items_outside_the_pool_stand_below_it_by_popularity() -> None:
    below = Below.of(np.array([1, 3]), np.array([5.0, 1, 9, 2, 5], dtype=np.float32))
    scores = below.everywhere(np.array([[-7.0, 3.0]], dtype=np.float32))
    assert np.argsort(-scores[0], kind="stable").tolist() == [3, 1, 2, 0, 4]


def test_a_newcomer_gets_the_scores_of_a_user_with_the_same_features_and_no_history(
    checkerboard: Dataset, small: Small, tmp_path: Path
) -> None:
    texts = [json.dumps({"colour": "odd" if user % 2 else "even"}) for user in range(41)]
    shop = replace(checkerboard, user_features=pd.DataFrame({"attributes": texts}))
    model = build("two_tower", small["two_tower"]).fit(shop)
    assert isinstance(model, TwoTower)

    for shown in (model, load_recommender(model.save(tmp_path / "model"))):
        context = {"attributes": {"colour": "even"}}
        rows = shown.recommend(["u40", "stranger"], 8, context=context)
        known, told = (rows[rows["user_id"] == user] for user in ("u40", "stranger"))
        assert known["item_id"].tolist() == told["item_id"].tolist()
        np.testing.assert_allclose(known["score"], told["score"], rtol=1e-5)
        assert (told["item_id"].str[1:].astype(int) % 2 == 0).all()
        assert set(told["source"]) == {"hybrid"}


def test_an_lstm_is_a_cell_too(checkerboard: Dataset, small: Small) -> None:
    model = build("gru4rec", {**small["gru4rec"], "cell": "lstm"}).fit(checkerboard)
    rows = model.recommend(["u04"], 5)
    assert (rows["item_id"].str[1:].astype(int) % 2 == 0).all()
