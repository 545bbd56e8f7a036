"""Propose features: synthesize many on a sample, and say which are worth more than there are."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from aisle.core.columns import ITEM_ID, USER_ID
from aisle.core.settings import Settings
from aisle.core.warehouse import published_connection
from training.selection.bench import judge_features
from training.selection.candidates import Candidates
from training.selection.grid_entries import Wish
from training.selection.joined import Feature, Joined
from training.selection.select import known_windows
from training.selection.synthesis import (
    Recipe,
    ShopTables,
    read_tables,
    require_featuretools,
    synthesize,
)
from training.selection.verdicts import Request, Selection

Progress = Callable[[str], None]
PROPOSED = "proposed"  # what stands for the view
PART = 4  # a quarter of the ids is synthesized first, to see how time grows
WEEKS_A_YEAR = 52


@dataclass(frozen=True)
class Growth:
    """Seconds of a synthesis of some ids at one date, and of a part of them."""

    key: str
    ids: int
    seconds: float
    part_ids: int
    part_seconds: float
    all_ids: int  # of the shop

    @property
    def hours_for_all(self) -> float:
        """Hours for every id at each Monday of a year, were time to go on growing as it did."""
        per_id = (self.seconds - self.part_seconds) / max(self.ids - self.part_ids, 1)
        return max(per_id, 0.0) * self.all_ids * WEEKS_A_YEAR / 3600


@dataclass(frozen=True)
class Proposals:
    """A selection among features there are and synthesized ones, and what the latter cost."""

    selection: Selection
    recipes: dict[str, Recipe]  # by the name of a synthesized feature
    growth: list[Growth]

    @property
    def wishes(self) -> list[Wish]:
        """The synthesized features that stay."""
        kept = [v.feature for v in self.selection.verdicts if v.is_kept]
        return [
            Wish(recipe.key, recipe.name, recipe.window_days)
            for recipe in (self.recipes[f.column] for f in kept if f.view == PROPOSED)
        ]


def propose_features(settings: Settings, request: Request, progress: Progress) -> Proposals:
    """Return what synthesized features are worth beside those of the store, on a sample of users.

    Each is computed at the cutoffs from what happened before them.
    """
    require_featuretools()
    known = known_windows(settings, request, progress)
    with published_connection(settings) as marts:
        tables = read_tables(marts, known.as_of)
    first, recipes, growth = _with_synthesized(tables, known.first, progress)
    later, _, _ = _with_synthesized(tables, known.later, progress)
    found = judge_features(first, later, request, settings.threads, progress)
    known = replace(known, first=first, later=later)
    return Proposals(known.selection(request, *found), recipes, growth)


def _with_synthesized(
    tables: ShopTables, window: tuple[Candidates, Joined], progress: Progress
) -> tuple[tuple[Candidates, Joined], dict[str, Recipe], list[Growth]]:
    """Return a window with synthesized features of its users and items beside the others."""
    candidates, joined = window
    recipes: dict[str, Recipe] = {}
    growth = []
    for key in (USER_ID, ITEM_ID):
        columns, made, cost = _synthesized(tables, key, candidates, progress)
        joined = _extended(joined, columns, key)
        recipes |= made
        growth.append(cost)
    return (candidates, joined), recipes, growth


def _synthesized(
    tables: ShopTables, key: str, candidates: Candidates, progress: Progress
) -> tuple[pd.DataFrame, dict[str, Recipe], Growth]:
    """Return the synthesized columns for the candidates' rows, how they are made, and the cost."""
    cutoff = candidates.window.cutoff
    ids = np.unique(candidates.rows[key].to_numpy(dtype=object))
    part = ids[::PART]
    started = time.perf_counter()
    synthesize(tables, key, part, cutoff)
    between = time.perf_counter()
    made = synthesize(tables, key, ids, cutoff)
    ended = time.perf_counter()
    shop = tables.orders[USER_ID] if key == USER_ID else tables.lines[ITEM_ID]
    growth = Growth(key, ids.size, ended - between, part.size, between - started, shop.nunique())
    progress(
        f"{made.values.shape[1]} features of {ids.size:,} {key}s synthesized as of {cutoff} in "
        f"{growth.seconds:.1f} s ({part.size:,} took {growth.part_seconds:.1f} s)"
    )
    values = made.values.reindex(candidates.rows[key].to_numpy(dtype=object))
    recipes = {Feature(PROPOSED, _name(key, n), key).column: r for n, r in made.recipes.items()}
    return values.reset_index(drop=True), recipes, growth


def _name(key: str, name: str) -> str:
    """Return a synthesized feature's name: users and items have equal ones otherwise."""
    return f"{key.removesuffix('_id')} {name}"


def _extended(joined: Joined, columns: pd.DataFrame, key: str) -> Joined:
    """Return the features there are with synthesized ones beside them."""
    features = [Feature(PROPOSED, _name(key, str(name)), key) for name in columns]
    columns = columns.set_axis([feature.column for feature in features], axis=1)
    values = pd.concat([joined.values, columns], axis=1)
    return replace(joined, features=[*joined.features, *features], values=values)


def sentences(proposals: Proposals) -> list[str]:
    """Return what the synthesis cost, and what it would cost for everyone."""
    return [
        f"Synthesis of {cost.ids:,} of {cost.all_ids:,} {cost.key}s at one date took "
        f"{cost.seconds:.1f} s; all of them at each Monday of a year would take about "
        f"{cost.hours_for_all:.1f} h."
        for cost in proposals.growth
    ]
