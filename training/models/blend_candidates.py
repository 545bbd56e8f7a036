"""Candidates of some users with all signals of the blend, to choose weights on."""

from collections.abc import Iterator, Mapping

import numpy as np

from aisle.core.ranking import top_k
from training.models.base import Params
from training.models.blend_sources import BlendSources
from training.models.stored import is_hiding_seen
from training.models.weights import CandidateTable
from training.split import Task, Truth

NEW_CANDIDATES = 200  # from LightFM, and as many from popularity
BATCH_USERS = 256


def candidate_table(
    sources: BlendSources, users: np.ndarray, truths: Mapping[Task, Truth], params: Params
) -> CandidateTable:
    """Return own items, LightFM's best and the most popular, for some users.

    Own items are no candidates where they are hidden.
    """
    if users.size == 0:
        return _nothing(sources.names)
    found = truths["next"].relevant
    rows = list(_candidates(sources, users))
    longest = max((row["items"].size for row in rows), default=1)
    padded = {name: _padded([row[name] for row in rows], longest) for name in rows[0]}
    relevant = [
        np.isin(row["items"], found[user].indices) for user, row in zip(users, rows, strict=True)
    ]
    is_shown = [row["is_new"] | (not is_hiding_seen(params)) for row in rows]
    return CandidateTable(
        signals={name: padded[name] for name in sources.names},
        is_candidate=_padded(is_shown, longest),
        is_new=padded["is_new"],
        is_relevant=_padded(relevant, longest),
        next_count=np.diff(found.indptr)[users],
        discovery_count=np.diff(truths["discovery"].relevant.indptr)[users],
    )


def _nothing(names: list[str]) -> CandidateTable:
    """Return the table of a shop without a user to choose by: it leaves weights as they are."""
    empty, nobody = np.zeros((0, 1)), np.zeros(0, dtype=int)
    mask = empty.astype(bool)
    return CandidateTable(dict.fromkeys(names, empty), mask, mask, mask, nobody, nobody)


def _candidates(sources: BlendSources, users: np.ndarray) -> Iterator[dict[str, np.ndarray]]:
    """Yield each user's candidate items, whether they are new, and their signals."""
    popular = top_k(sources.popularity, NEW_CANDIDATES)
    for start in range(0, users.size, BATCH_USERS):
        batch = users[start : start + BATCH_USERS]
        for user, hybrid in zip(batch, sources.hybrid.scores(batch), strict=True):
            own, repeat = sources.own(int(user))
            new = np.setdiff1d(np.union1d(top_k(hybrid, NEW_CANDIDATES), popular), own)
            items = np.concatenate([own, new])
            nothing = np.zeros(new.size, dtype=np.float32)
            yield {
                "items": items,
                "is_new": np.arange(items.size) >= own.size,
                "hybrid": hybrid[items],
                "popularity": sources.popularity[items],
                **{name: np.concatenate([value, nothing]) for name, value in repeat.items()},
            }


def _padded(rows: list[np.ndarray], width: int) -> np.ndarray:
    """Return rows of different lengths as one array, filled up with zeros."""
    table = np.zeros((len(rows), width), dtype=rows[0].dtype)
    for place, row in enumerate(rows):
        table[place, : row.size] = row
    return table
