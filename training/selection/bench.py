"""Two windows prepared alike: probes are fitted on one and features judged on the other."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from training.selection.candidates import Candidates
from training.selection.importance import Importance, Shuffles, importances
from training.selection.joined import Feature, Joined
from training.selection.probe import Layout, Table, fit_probe, layout_of, prepared_table, user_ndcg
from training.selection.redundancy import clusters, rank_correlations, representatives
from training.selection.trees import raw_scores
from training.selection.verdicts import Request, Verdict

if TYPE_CHECKING:
    from lightgbm import Booster

Progress = Callable[[str], None]
NOTHING = Importance(0.0, 0.0)
CORRELATED_ROWS = 20_000
FEW = 2  # shuffles of a feature that another one stands for anyway


@dataclass(frozen=True)
class Bench:
    """The tables of both windows, and how probes are fitted."""

    fitted: Table
    judged: Table
    layout: Layout
    request: Request
    threads: int

    def probe(self, features: list[str]) -> "tuple[Booster, Table, Layout]":
        """Return a probe of some features, and the later window's table and layout for it."""
        columns, layout = self.layout.select(features)
        probe = fit_probe(
            self.fitted.select(columns),
            layout,
            trees=self.request.trees,
            seed=self.request.seed,
            threads=self.threads,
        )
        return probe, self.judged.select(columns), layout

    def groups(self) -> list[list[str]]:
        """Return the features that say the same, by their values in the earlier window."""
        names = list(self.layout.columns)
        matrix = self.fitted.matrix
        chance = np.random.default_rng(self.request.seed)
        rows = np.sort(chance.permutation(len(matrix))[:CORRELATED_ROWS])
        firsts = [self.layout.columns[name][0] for name in names]
        correlations = rank_correlations(matrix[rows][:, firsts])
        return clusters(names, correlations, self.request.redundant_at)


def gains(probe: "Booster", layout: Layout) -> dict[str, float]:
    """Return how much each feature helped to fit a probe."""
    found = probe.feature_importance("gain")
    return {feature: float(found[columns].sum()) for feature, columns in layout.columns.items()}


def mean_ndcg(probe: "Booster", table: Table) -> float:
    """Return the mean NDCG@10 of users' candidates as a probe ranks them."""
    return float(user_ndcg(raw_scores(probe, table.matrix), table).mean())


def judge_features(
    first: tuple[Candidates, Joined],
    later: tuple[Candidates, Joined],
    request: Request,
    threads: int,
    progress: Progress,
) -> tuple[list[Verdict], dict[str, float]]:
    """Return a verdict on each feature, the most important first, and the probes' NDCG@10.

    Of each group of features that say the same, the one with most gain in a probe of all stands
    for it: a probe of these says what they are worth, the first what the others add beside it.
    """
    layout = layout_of(first[1].values)
    known_later = later[1].values.reindex(columns=first[1].values.columns)
    bench = Bench(
        fitted=prepared_table(first[1].values, layout, first[0]),
        judged=prepared_table(known_later, layout, later[0]),
        layout=layout,
        request=request,
        threads=threads,
    )
    names = list(layout.columns)
    shuffles = Shuffles(request.repeats, request.seed)
    progress(f"probe of all {len(names)} features")
    probe, table, whole = bench.probe(names)
    stands_for = representatives(bench.groups(), gains(probe, whole))
    repeated = [name for name in names if stands_for[name] != name]
    fewer = Shuffles(min(FEW, request.repeats), request.seed)
    together = importances(probe, (table, whole), repeated, fewer, progress)
    quality = {"all": mean_ndcg(probe, table)}
    distinct = [name for name in names if stands_for[name] == name]
    progress(f"probe of the {len(distinct)} that do not repeat another")
    probe, table, layout = bench.probe(distinct)
    alone = importances(probe, (table, layout), distinct, shuffles, progress)
    quality["distinct"] = mean_ndcg(probe, table)
    kept = [name for name in distinct if alone[name].exceeds(request.noise)]
    progress(f"probe of the {len(kept)} that stay")
    quality["kept"] = mean_ndcg(*bench.probe(kept)[:2]) if kept else 0.0
    found = {**together, **alone}
    return _verdicts(first[1].features, found, stands_for, set(kept)), quality


def _verdicts(
    features: list[Feature],
    found: Mapping[str, Importance],
    stands_for: Mapping[str, str],
    kept: set[str],
) -> list[Verdict]:
    by_column = {feature.column: feature for feature in features}
    verdicts = []
    for column, feature in by_column.items():
        other = stands_for.get(column, column)
        verdicts.append(
            Verdict(
                feature=feature,
                importance=found.get(column, NOTHING),  # none: it has no value at the cutoff
                is_kept=column in kept,
                redundant_with=by_column[other].reference if other != column else None,
            )
        )
    return sorted(verdicts, key=lambda v: (-v.is_kept, -v.importance.mean, v.feature.reference))
