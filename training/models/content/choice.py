"""Which keys and vectors rank new items best: some items are hidden from history and asked for."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from aisle.core.ranking import top_k_rows
from training.dataset import Dataset
from training.metrics import hits, ndcg
from training.models.base import Params
from training.models.content.affinity import Part, liking
from training.models.content.keys import Columns, keys_of
from training.models.content.terms import Term, Terms, Vectors
from training.models.early_stopping import sample_users
from training.models.history import decayed_frequency
from training.split import Task, Truth, kept_entries

K = 10
SEED = 0
HIDDEN_SHARE = 0.2  # of the items that were sold
KEPT_COLUMNS = 5  # whose combinations are tried: the best alone
KEPT_KEYS = 8  # that are added up: the best alone
MOST_TERMS = 4
WEIGHTS = (0.5, 1.0, 2.0)  # of a term that joins
FACTORS = (0.5, 2.0)  # how a weight is changed once another has joined
LEAST_GAIN = 2e-4
SURE = 2.0  # standard errors that vectors gain at least: they cost a model far more than keys
DEALT = 39  # times that their scores are dealt out anew, to see what chance gives
MOST_CANDIDATES = 20_000  # bounds memory in a large catalogue

Signals = Mapping[Term, np.ndarray]  # users x hidden items
Weights = dict[Term, float]


@dataclass(frozen=True)
class HiddenItems:
    """Items taken out of history, and who bought them afterwards."""

    dataset: Dataset  # without any interaction with them
    frequency: sparse.csr_matrix  # users x items
    items: np.ndarray
    users: np.ndarray
    is_relevant: np.ndarray  # users x items

    def quality(self, scores: np.ndarray) -> float:
        """Return NDCG@10 among the hidden items."""
        return float(self.of_each(scores).mean())

    def of_each(self, scores: np.ndarray) -> np.ndarray:
        """Return each user's NDCG@10."""
        found = hits(top_k_rows(scores, K), self.is_relevant)
        return ndcg(found, self.is_relevant.sum(axis=1), K)

    def by_chance(self) -> np.ndarray:
        """Return each user's NDCG@10 to be expected of any order."""
        counts = self.is_relevant.sum(axis=1)
        places = min(K, self.items.size)
        return ndcg(np.tile(counts[:, None] / self.items.size, (1, places)), counts, K)

    def scores(self, part: Part) -> np.ndarray:
        """Return one term's scores, users x hidden items."""
        return part.scores(self.users, self.items)

    def liking(self, columns: Mapping[str, np.ndarray], term: Term) -> np.ndarray:
        """Return the scores of a term that the dataset knows."""
        part = liking(self.dataset, self.frequency, columns, term, self.items)
        assert part is not None, f"nothing is known of {term}"
        return self.scores(part)


def choose_terms(
    dataset: Dataset,
    columns: Mapping[str, np.ndarray],
    truths: Mapping[Task, Truth],
    params: Params,
) -> tuple[Terms, list[float]]:
    """Return terms with weights, the first with weight 1, and NDCG@10 after each that joined.

    Candidates are keys of `columns` and each kind of vectors that the dataset has. Nothing where
    neither says anything, or nobody bought a hidden item afterwards.
    """
    hidden = hide_items(dataset, truths["next"], params)
    if hidden is None:
        return [], []
    signals = {**_best_alone(hidden, columns), **_of_vectors(hidden)}
    terms: Weights = {}
    curve: list[float] = []
    while len(terms) < min(MOST_TERMS, len(signals)):
        better, quality = _joined(hidden, signals, terms)
        if not better or (curve and quality < curve[-1] + LEAST_GAIN):
            break
        terms, quality = _balanced(hidden, signals, better, quality)
        curve.append(quality)
    return list(terms.items()), curve


def hide_items(dataset: Dataset, truth: Truth, params: Params) -> HiddenItems | None:
    """Return a fifth of the sold items taken out of history; None if nobody bought any later."""
    sold = np.unique(dataset.interactions["item_index"].to_numpy())
    shuffled = np.random.default_rng(SEED).permutation(sold)
    items = np.sort(shuffled[: min(int(HIDDEN_SHARE * sold.size), MOST_CANDIDATES)])
    is_hidden = np.isin(np.arange(dataset.shape[1]), items)
    bought = kept_entries(truth.relevant, is_hidden[truth.relevant.indices])
    judged = replace(truth, relevant=bought)
    users = sample_users(dataset, judged, int(params["validation_users"]))
    if users.size == 0:
        return None
    is_left = ~is_hidden[dataset.interactions["item_index"].to_numpy()]
    left = replace(dataset, interactions=dataset.interactions[is_left])
    frequency = decayed_frequency(left, float(params["half_life_weeks"]))
    is_relevant = bought[users][:, items].toarray().astype(bool)
    return HiddenItems(left, frequency, items, users, is_relevant)


def _best_alone(hidden: HiddenItems, columns: Mapping[str, np.ndarray]) -> Signals:
    """Return the scores of the keys that rank best alone, best first."""
    single = _tried(hidden, columns, [(name,) for name in columns])
    names = [key[0] for key in list(single)[:KEPT_COLUMNS]]
    several = _tried(hidden, columns, keys_of(names))
    best = sorted({**single, **several}.items(), key=lambda entry: -entry[1])[:KEPT_KEYS]
    return {key: hidden.liking(columns, key) for key, _ in best}


def _of_vectors(hidden: HiddenItems) -> Signals:
    """Return the scores of each kind of vectors."""
    return {Vectors(kind): hidden.liking({}, Vectors(kind)) for kind in hidden.dataset.item_vectors}


def _tried(
    hidden: HiddenItems, columns: Mapping[str, np.ndarray], keys: list[Columns]
) -> dict[Columns, float]:
    """Return the quality of each key alone, best first."""
    quality = {key: hidden.quality(hidden.liking(columns, key)) for key in keys}
    return dict(sorted(quality.items(), key=lambda entry: -entry[1]))


def _joined(hidden: HiddenItems, signals: Signals, terms: Weights) -> tuple[Weights, float]:
    """Return the terms with the one more that ranks best, and how well; none where none may join.

    Vectors may join where they rank better than what there is, and than the best key that could
    join in their place, by more than chance.
    """
    weights = WEIGHTS if terms else (1.0,)
    to_beat = hidden.of_each(_sum(signals, terms)) if terms else hidden.by_chance()
    best: tuple[Weights, float] = ({}, -1.0)
    for term in sorted(signals, key=_is_vectors):  # keys first
        for weight in weights if term not in terms else ():
            tried = {**terms, term: weight}
            each = hidden.of_each(_sum(signals, tried))
            if each.mean() <= best[1]:
                continue
            if not _is_vectors(term):
                best = tried, float(each.mean())
                to_beat = max(to_beat, each, key=np.mean)
            elif _is_sure(each - to_beat) and _tells(hidden, signals, tried, term):
                best = tried, float(each.mean())
    return best


def _is_vectors(term: Term) -> bool:
    return isinstance(term, Vectors)


def _is_sure(gains: np.ndarray) -> bool:
    """Return whether users gain the least on average, and more than what chance may give them."""
    error = gains.std() / np.sqrt(gains.size)
    return bool(gains.mean() >= max(LEAST_GAIN, SURE * error))


def _tells(hidden: HiddenItems, signals: Signals, terms: Weights, term: Term) -> bool:
    """Return whether a term ranks better than if its scores were dealt out among the items.

    A permutation test (Good, "Permutation, parametric and bootstrap tests of hypotheses", 2005):
    users of one taste gain or lose together, which a standard error over users does not see.
    """
    quality = hidden.quality(_sum(signals, terms))
    random = np.random.default_rng(SEED)
    for _ in range(DEALT):
        dealt = signals[term][:, random.permutation(hidden.items.size)]
        if hidden.quality(_sum({**signals, term: dealt}, terms)) >= quality:
            return False
    return True


def _balanced(
    hidden: HiddenItems, signals: Signals, terms: Weights, quality: float
) -> tuple[Weights, float]:
    """Return the terms with weights changed where that ranks better."""
    for term in list(terms)[1:]:
        for factor in FACTORS:
            changed = {**terms, term: terms[term] * factor}
            reached = hidden.quality(_sum(signals, changed))
            if reached > quality:
                terms, quality = changed, reached
    return terms, quality


def _sum(signals: Signals, terms: Weights) -> np.ndarray:
    parts = [np.float32(weight) * signals[term] for term, weight in terms.items()]
    return np.asarray(sum(parts[1:], start=parts[0]), dtype=np.float32)
