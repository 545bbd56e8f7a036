"""Which keys rank new items best: some items are hidden from history and then asked for."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from aisle.core.ranking import top_k_rows
from training.dataset import Dataset
from training.metrics import hits, ndcg
from training.models.base import Params
from training.models.content.affinity import Affinity, affinity
from training.models.content.keys import Columns, keys_of
from training.models.early_stopping import sample_users
from training.models.history import decayed_frequency
from training.split import Task, Truth, kept_entries

K = 10
SEED = 0
HIDDEN_SHARE = 0.2  # of the items that were sold
KEPT_COLUMNS = 5  # whose combinations are tried: the best alone
KEPT_KEYS = 8  # that are added up: the best alone
MOST_TERMS = 4
WEIGHTS = (0.5, 1.0, 2.0)  # of a key that joins
FACTORS = (0.5, 2.0)  # how a weight is changed once another has joined
LEAST_GAIN = 2e-4
MOST_CANDIDATES = 20_000  # bounds memory in a large catalogue

Terms = list[tuple[Columns, float]]


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
        found = hits(top_k_rows(scores, K), self.is_relevant)
        return float(ndcg(found, self.is_relevant.sum(axis=1), K).mean())

    def scores(self, part: Affinity) -> np.ndarray:
        """Return one key's scores, users x hidden items."""
        return part.scores(self.users, self.items)


def choose_terms(
    dataset: Dataset,
    columns: Mapping[str, np.ndarray],
    truths: Mapping[Task, Truth],
    params: Params,
) -> tuple[Terms, list[float]]:
    """Return keys with weights, the first with weight 1, and NDCG@10 after each that joined.

    Nothing where no column says anything, or nobody bought a hidden item afterwards.
    """
    hidden = hide_items(dataset, truths["next"], params)
    if hidden is None or not columns:
        return [], []
    signals = _best_alone(hidden, columns)
    terms: dict[Columns, float] = {}
    curve: list[float] = []
    while len(terms) < MOST_TERMS:
        better, quality = _joined(hidden, signals, terms)
        if curve and quality < curve[-1] + LEAST_GAIN:
            break
        terms, quality = _balanced(hidden, signals, better, quality)
        curve.append(quality)
        if len(terms) == len(signals):
            break
    return list(terms.items()), curve


def hide_items(dataset: Dataset, truth: Truth, params: Params) -> HiddenItems | None:
    """Return a fifth of the sold items taken out of history; None if nobody bought any later."""
    sold = np.unique(dataset.interactions["item_index"].to_numpy())
    shuffled = np.random.default_rng(SEED).permutation(sold)
    items = np.sort(shuffled[: min(int(HIDDEN_SHARE * sold.size), MOST_CANDIDATES)])
    is_hidden = np.isin(np.arange(dataset.shape[1]), items)
    bought = kept_entries(truth.relevant, is_hidden[truth.relevant.indices])
    users = sample_users(replace(truth, relevant=bought), int(params["validation_users"]))
    if users.size == 0:
        return None
    is_left = ~is_hidden[dataset.interactions["item_index"].to_numpy()]
    left = replace(dataset, interactions=dataset.interactions[is_left])
    frequency = decayed_frequency(left, float(params["half_life_weeks"]))
    is_relevant = bought[users][:, items].toarray().astype(bool)
    return HiddenItems(left, frequency, items, users, is_relevant)


def _best_alone(
    hidden: HiddenItems, columns: Mapping[str, np.ndarray]
) -> dict[Columns, np.ndarray]:
    """Return the scores of the keys that rank best alone, best first."""
    single = _tried(hidden, columns, [(name,) for name in columns])
    names = [key[0] for key in list(single)[:KEPT_COLUMNS]]
    several = _tried(hidden, columns, keys_of(names))
    best = sorted({**single, **several}.items(), key=lambda entry: -entry[1])[:KEPT_KEYS]
    return {
        key: hidden.scores(affinity(hidden.dataset, hidden.frequency, columns, key))
        for key, _ in best
    }


def _tried(
    hidden: HiddenItems, columns: Mapping[str, np.ndarray], keys: list[Columns]
) -> dict[Columns, float]:
    """Return the quality of each key alone, best first."""
    quality = {
        key: hidden.quality(hidden.scores(affinity(hidden.dataset, hidden.frequency, columns, key)))
        for key in keys
    }
    return dict(sorted(quality.items(), key=lambda entry: -entry[1]))


def _joined(
    hidden: HiddenItems, signals: Mapping[Columns, np.ndarray], terms: Mapping[Columns, float]
) -> tuple[dict[Columns, float], float]:
    """Return the terms with the one key more that ranks best, and how well."""
    weights = WEIGHTS if terms else (1.0,)
    tried = [{**terms, key: weight} for key in signals if key not in terms for weight in weights]
    qualities = [hidden.quality(_sum(signals, one)) for one in tried]
    best = int(np.argmax(qualities))
    return tried[best], qualities[best]


def _balanced(
    hidden: HiddenItems,
    signals: Mapping[Columns, np.ndarray],
    terms: dict[Columns, float],
    quality: float,
) -> tuple[dict[Columns, float], float]:
    """Return the terms with weights changed where that ranks better."""
    for key in list(terms)[1:]:
        for factor in FACTORS:
            changed = {**terms, key: terms[key] * factor}
            reached = hidden.quality(_sum(signals, changed))
            if reached > quality:
                terms, quality = changed, reached
    return terms, quality


def _sum(signals: Mapping[Columns, np.ndarray], terms: Mapping[Columns, float]) -> np.ndarray:
    parts = [np.float32(weight) * signals[key] for key, weight in terms.items()]
    return np.asarray(sum(parts[1:], start=parts[0]), dtype=np.float32)
