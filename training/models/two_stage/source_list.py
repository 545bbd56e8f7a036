"""Which sources name candidates, made from one history; a recipe says how deep each one goes."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from training.models.two_stage.groups import Groups
from training.models.two_stage.lately_source import lately_source
from training.models.two_stage.purchases import Purchases
from training.models.two_stage.sources import (
    EaseSettings,
    Popular,
    Source,
    affinity,
    ease,
    frequency,
    logged,
    neighbours,
    popularity,
)

POOL_HALF_LIFE = 4.0  # weeks
LONGEST_MEMORY = 26.0
AFFINITY = "affinity"  # as many sources as there are groups of items
Depths = Mapping[str, int]


def active_pool(history: Purchases, most: int) -> np.ndarray:
    """Return the items bought most of late, in order of their index."""
    recent = popularity(history, POOL_HALF_LIFE)
    most = min(most, int((recent > 0).sum()))
    if most == 0:
        return np.empty(0, dtype=np.intp)
    return np.sort(np.argpartition(recent, recent.size - most)[recent.size - most :])


def make_sources(
    history: Purchases, groups: Sequence[Groups], pool: np.ndarray, depths: Depths
) -> list[Source]:
    """Return the sources named in `depths`, which says how many candidates each may name."""
    made: list[Source] = []
    for name, depth in depths.items():
        if name == AFFINITY:
            made += [
                affinity(f"{name}_{place}", int(depth), history, (one.codes, one.count), pool)
                for place, one in enumerate(groups)
            ]
        else:
            made.append(MAKERS[name](history, pool, int(depth)))
    return made


def _ease(history: Purchases, pool: np.ndarray, depth: int) -> Source:
    return ease("ease", depth, history, pool, EaseSettings(13, 13, 200))


def _ease_short(history: Purchases, pool: np.ndarray, depth: int) -> Source:
    """EASE asked with what the user bought in the last weeks only."""
    return ease("ease_short", depth, history, pool, EaseSettings(LONGEST_MEMORY, 2.5, 60))


def _neighbours(history: Purchases, pool: np.ndarray, depth: int) -> Source:
    profile, bought = logged(frequency(history, LONGEST_MEMORY)), logged(frequency(history, 6))
    return neighbours("neighbours", depth, profile, bought[:, pool], 150)


def _popular(history: Purchases, pool: np.ndarray, depth: int) -> Source:
    return Popular("popular", depth, np.log1p(popularity(history, 2)[pool]))


def _first_buyers(history: Purchases, pool: np.ndarray, depth: int) -> Source:
    """What people have begun to buy of late."""
    begun = np.exp2(-history.age[history.starts] / 3)
    count = np.bincount(history.item[history.starts], begun, minlength=history.shape[1])
    return Popular("first_buyers", depth, np.log1p(count[pool]).astype(np.float32))


MAKERS: dict[str, Callable[[Purchases, np.ndarray, int], Source]] = {
    "ease": _ease,
    "ease_short": _ease_short,
    "lately": lately_source,
    "neighbours": _neighbours,
    "popular": _popular,
    "first_buyers": _first_buyers,
}
