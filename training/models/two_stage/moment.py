"""One moment of a shop: its sources and feature tables, and candidate rows batch by batch."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from scipy import sparse

from training.dataset import Dataset
from training.models.base import Params
from training.models.two_stage.als_source import als_source
from training.models.two_stage.candidates import Candidates, batch_candidates, seen_candidates
from training.models.two_stage.features import FeatureTables, feature_tables
from training.models.two_stage.groups import Groups
from training.models.two_stage.lightfm_source import lightfm_source
from training.models.two_stage.purchases import Purchases
from training.models.two_stage.segment_source import segment_source
from training.models.two_stage.source_list import active_pool, make_sources
from training.models.two_stage.source_names import ALS, LIGHTFM, SEGMENTS, WITH_SETTINGS
from training.models.two_stage.sources import Source, frequency

BATCH_USERS = 200
OWN_HALF_LIFE = 26.0  # weeks: which of very many own items are candidates


@dataclass(frozen=True)
class Moment:
    """What was known at one moment."""

    history: Purchases
    pool: np.ndarray  # item indices
    sources: Sequence[Source]
    tables: FeatureTables
    owned: sparse.csr_matrix  # users x items
    kept: sparse.csr_matrix  # of these the candidates

    @property
    def users(self) -> np.ndarray:
        """Who had bought anything."""
        return np.flatnonzero(np.diff(self.owned.indptr) > 0)

    def candidates(self, users: np.ndarray) -> Iterator[Candidates]:
        """Yield the candidates of some users, a batch at a time."""
        for start in range(0, users.size, BATCH_USERS):
            batch = users[start : start + BATCH_USERS]
            yield batch_candidates(batch, self.owned, self.kept, self.sources, self.pool)


@dataclass(frozen=True)
class Shop:
    """What all moments of one fit share."""

    dataset: Dataset
    history: Purchases
    groups: Sequence[Groups]
    params: Params
    threads: int

    def dataset_before(self, weeks: float) -> Dataset:
        """Return what was known so many weeks ago."""
        return self.dataset.before(self.dataset.cutoff - timedelta(weeks=weeks))


def moment_of(shop: Shop, weeks: float = 0.0) -> Moment:
    """Return the shop as it was so many weeks ago."""
    params = shop.params
    history = shop.history.before(weeks) if weeks else shop.history
    pool = active_pool(history, int(params["pool_items"]))
    depths = {name: int(depth) for name, depth in params["sources"].items()}
    counted = {name: depth for name, depth in depths.items() if name not in WITH_SETTINGS}
    sources = make_sources(history, shop.groups, pool, counted)
    if ALS in depths and pool.size:
        sources.append(als_source(history, pool, depths[ALS], params[ALS], shop.threads))
    if SEGMENTS in depths:
        earlier = shop.dataset_before(weeks)
        sources.append(segment_source(earlier, pool, params[SEGMENTS], depths[SEGMENTS]))
    if LIGHTFM in depths:
        earlier = shop.dataset_before(weeks)
        sources.append(lightfm_source(earlier, pool, params, shop.threads))
    owned = frequency(history, OWN_HALF_LIFE)
    return Moment(
        history=history,
        pool=pool,
        sources=sources,
        tables=feature_tables(history, shop.groups),
        owned=owned,
        kept=seen_candidates(owned, int(params["own_items"])),
    )
