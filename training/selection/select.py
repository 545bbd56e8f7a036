"""Select features: what each is worth for ranking on a later window, and which repeat another."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from aisle.core.errors import AisleError
from aisle.core.settings import Settings
from aisle.core.warehouse import published_connection, published_folder, read_manifest
from training.params import load_params
from training.readiness import ready_supply
from training.selection.bench import judge_features
from training.selection.candidates import Candidates, Sampling, sample_candidates
from training.selection.joined import Joined, join_features
from training.selection.verdicts import FEWEST_USERS, Request, Selection, Verdict
from training.snapshot import read_interactions

if TYPE_CHECKING:
    import pandas as pd
    from feast import FeatureStore

    from aisle.core.windows import Window

Progress = Callable[[str], None]
OWN, POPULAR, RANDOM = 60, 30, 30  # candidates of each kind, per user


@dataclass(frozen=True)
class KnownWindows:
    """The candidates of two adjacent windows, with all features as of each one's cutoff."""

    kind: str
    as_of: datetime
    first: tuple[Candidates, Joined]
    later: tuple[Candidates, Joined]

    def selection(
        self, request: Request, verdicts: list[Verdict], quality: dict[str, float]
    ) -> Selection:
        """Return verdicts with what they rest on."""
        return Selection(
            request=request,
            kind=self.kind,
            as_of=self.as_of,
            windows=(self.first[0].window, self.later[0].window),
            verdicts=verdicts,
            quality=quality,
            rows=(len(self.first[0].rows), len(self.later[0].rows)),
            left_out=self.first[1].left_out,
        )


def select_features(settings: Settings, request: Request, progress: Progress) -> Selection:
    """Return what each feature of the store is worth: fitted on validation, judged one window on.

    The same for the same published marts, features and seed.
    """
    known = known_windows(settings, request, progress)
    found = judge_features(known.first, known.later, request, settings.threads, progress)
    return known.selection(request, *found)


def known_windows(settings: Settings, request: Request, progress: Progress) -> KnownWindows:
    """Return what the published marts and Feast know about the validation window and the next."""
    from aisle.core.feature_store import open_store

    as_of = datetime.fromisoformat(read_manifest(published_folder(settings))["as_of"])
    with published_connection(settings) as marts:
        supply = ready_supply(marts, as_of, load_params()["horizon_days"])
    with published_connection(settings) as marts:  # a new one: the supply was not read to its end
        interactions = read_interactions(marts, as_of, supply.kind)
    store, windows = open_store(settings), supply.windows
    return KnownWindows(
        supply.kind,
        as_of,
        _known_at(store, interactions, windows.validation, (request.users, request.seed), progress),
        _known_at(
            store,
            interactions,
            windows.tests[0],
            (request.judged_users, request.seed + 1),
            progress,
        ),
    )


def _known_at(
    store: "FeatureStore",
    interactions: "pd.DataFrame",
    window: "Window",
    users_and_seed: tuple[int, int],
    progress: Progress,
) -> tuple[Candidates, Joined]:
    """Return the candidates of a window, and all features as they were known at its cutoff."""
    users, seed = users_and_seed
    sampling = Sampling(users, OWN, POPULAR, RANDOM)
    candidates = sample_candidates(interactions, window, sampling, seed)
    _refuse_too_few(candidates)
    progress(_counted(candidates))
    return candidates, join_features(store, candidates.rows, window.cutoff, progress)


def _refuse_too_few(candidates: Candidates) -> None:
    users = candidates.group_starts.size if len(candidates.rows) else 0
    if users < FEWEST_USERS:
        window = candidates.window
        raise AisleError(
            f"Too little to tell features apart: {users} users with history bought any of their "
            f"candidates from {window.cutoff} to {window.end}, {FEWEST_USERS} are needed. Import "
            "more history."
        )


def _counted(candidates: Candidates) -> str:
    return (
        f"{len(candidates.rows):,} candidates of {candidates.group_starts.size:,} users at "
        f"{candidates.window.cutoff}, {candidates.is_bought.sum():,} of them bought by "
        f"{candidates.window.end}"
    )
