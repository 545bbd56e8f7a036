"""What lists are like apart from their hits: how novel to the shop, how unlike each other."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from aisle.core.columns import BRAND, CATEGORY
from training.dataset import Dataset
from training.metrics import CUTOFFS

MISSING = -1
LIST_METRICS = [f"{name}_at_{k}" for name in ("novelty", "diversity") for k in CUTOFFS]


@dataclass(frozen=True)
class ItemTraits:
    """What is known of each item before a cutoff."""

    self_information: np.ndarray  # items, bits: 0 for one that every user has met
    labels: np.ndarray  # items x labels (category, brand): codes, -1 where there is none


def item_traits(dataset: Dataset) -> ItemTraits:
    """Return self-information by training popularity, and the labels that tell items apart."""
    met = dataset.interactions[["user_index", "item_index"]].drop_duplicates()
    users = np.bincount(met["item_index"], minlength=dataset.item_ids.size)
    everyone = met["user_index"].nunique()
    known = [name for name in (CATEGORY, BRAND) if name in dataset.item_features]
    codes = [pd.factorize(dataset.item_features[name])[0] for name in known]
    return ItemTraits(
        # One more of each keeps an item that nobody has met finite.
        self_information=np.log2((everyone + 1) / (users + 1)),
        labels=np.stack(codes, axis=1) if codes else np.empty((dataset.item_ids.size, 0), int),
    )


def list_metrics(ranked: np.ndarray, traits: ItemTraits) -> dict[str, np.ndarray]:
    """Return each metric of LIST_METRICS for every list (users x k item indices, -1: shorter)."""
    measured = {}
    for k in CUTOFFS:
        first = ranked[:, :k]
        measured[f"novelty_at_{k}"] = novelty(first, traits.self_information)
        measured[f"diversity_at_{k}"] = diversity(first, traits.labels)
    return measured


def novelty(ranked: np.ndarray, self_information: np.ndarray) -> np.ndarray:
    """Return the mean self-information of the items of each list, in bits.

    After Zhou et al., "Solving the apparent diversity-accuracy dilemma", PNAS 107(10), 2010.
    """
    return _mean(self_information[ranked], ranked >= 0)


def diversity(ranked: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return one minus the mean Jaccard similarity of the labels of any two items of a list.

    A pair without any label tells nothing and is left out; a list without any such pair is not a
    number. After Ziegler et al., "Improving recommendation lists through topic diversification",
    WWW 2005.
    """
    one, other = np.triu_indices(ranked.shape[1], 1)
    codes = np.where((ranked >= 0)[:, :, None], labels[ranked], MISSING)  # users x k x labels
    has_label = codes != MISSING
    is_shared = (codes[:, one] == codes[:, other]) & has_label[:, one]
    shared = is_shared.sum(axis=2)
    counts = has_label.sum(axis=2)
    union = counts[:, one] + counts[:, other] - shared
    is_pair = (union > 0) & (ranked[:, one] >= 0) & (ranked[:, other] >= 0)
    return 1 - _mean(shared / np.maximum(union, 1), is_pair)


def _mean(values: np.ndarray, is_counted: np.ndarray) -> np.ndarray:
    """Return the mean of the counted values of each row, not a number where none is."""
    counts = is_counted.sum(axis=1)
    sums = np.where(is_counted, values, 0).sum(axis=1)
    means: np.ndarray = np.divide(sums, counts, out=np.full(counts.size, np.nan), where=counts > 0)
    return means
