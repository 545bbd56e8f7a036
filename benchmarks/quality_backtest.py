"""The finalists once more as `aisle backtest` writes them down, judged by trec_eval alone.

Nothing that trained or chose a model takes part in judging: lists are files, what was bought comes
from the source's own file.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytrec_eval

from benchmarks.judge_backtest import runs, source_purchases, transactions, truth

MEASURE = "ndcg_cut_10"
TASKS = ("next", "discovery")


@dataclass(frozen=True)
class Verdict:
    """One of ours against the best of its peers on one task."""

    task: str
    ours: str
    peer: str
    ours_mean: float
    peer_mean: float
    difference: float
    standard_error: float

    @property
    def errors_above(self) -> float:
        """By how many standard errors ours is better."""
        return self.difference / self.standard_error if self.standard_error else 0.0


def per_user(out: Path, models: Sequence[str]) -> dict[str, pd.DataFrame]:
    """Return for each task users x models: NDCG@10 of every list in a backtest's folder."""
    document = json.loads((out / "metrics.json").read_text())
    purchases = source_purchases(transactions(), document)
    found = {}
    for task in TASKS:
        evaluator = pytrec_eval.RelevanceEvaluator(truth(purchases, task), {"ndcg_cut.10"})
        columns = {
            model: pd.Series(
                {
                    user: values[MEASURE]
                    for user, values in evaluator.evaluate(
                        runs(pd.read_parquet(out / model / f"{task}.parquet"))
                    ).items()
                }
            )
            for model in models
        }
        found[task] = pd.DataFrame(columns)
    return found


def verdict(task: str, values: pd.DataFrame, ours: list[str]) -> Verdict:
    """Return the best of `ours` against the best of the others, user by user."""
    means = values.mean()
    best = str(means[ours].idxmax())
    peer = str(means.drop(ours).idxmax())
    difference = values[best] - values[peer]
    return Verdict(
        task=task,
        ours=best,
        peer=peer,
        ours_mean=float(means[best]),
        peer_mean=float(means[peer]),
        difference=float(difference.mean()),
        standard_error=float(difference.std(ddof=1) / np.sqrt(len(difference))),
    )
