"""The search finds weights that help, and the table measures what evaluation measures."""

import numpy as np
import pytest

from training.metrics import ndcg
from training.models.weights import CandidateTable, search_weights


def table(signals: dict[str, list[list[float]]], relevant: list[list[int]]) -> CandidateTable:
    found = np.array(relevant, dtype=bool)
    return CandidateTable(
        signals={name: np.array(rows, dtype=np.float32) for name, rows in signals.items()},
        is_candidate=np.ones_like(found),
        is_new=np.arange(found.shape[1]) >= 2 + np.zeros_like(found, dtype=int),
        is_relevant=found,
        next_count=found.sum(axis=1) + 1,
        discovery_count=found[:, 2:].sum(axis=1),
    )


def test_quality_is_ndcg_over_all_that_was_bought() -> None:
    candidates = table({"good": [[4, 3, 2, 1]]}, [[0, 1, 1, 0]])

    following, discovery = candidates.quality({"good": 1})

    ranked = np.array([[False, True, True, False]])
    assert following == pytest.approx(ndcg(ranked, np.array([3]), k=10).item())
    assert discovery == pytest.approx(1)


def test_the_search_turns_up_what_helps_and_never_ends_worse() -> None:
    random = np.random.default_rng(0)
    relevant = (random.random((40, 30)) < 0.2).astype(int)
    signals = {
        "help": (relevant + random.normal(0, 0.7, relevant.shape)).tolist(),
        "noise": random.normal(0, 1, relevant.shape).tolist(),
    }
    candidates = table(signals, relevant.tolist())
    start = {"help": 0.1, "noise": 1.0}

    weights, curve = search_weights(candidates, start)

    assert weights["help"] / weights["noise"] > 1
    assert sum(candidates.quality(weights)) > sum(candidates.quality(start))
    values = [point.value for point in curve if "next" in point.name]
    assert values[-1] >= values[0]
    assert start == {"help": 0.1, "noise": 1.0}
