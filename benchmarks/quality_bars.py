"""What the comparison of all rivals promises: figures, their bars, and whether they hold."""

from collections.abc import Iterator, Mapping, Sequence

import pandas as pd

from benchmarks.quality_backtest import Verdict
from benchmarks.quality_tables import (
    NDCG,
    Measured,
    RivalPieces,
    by_window,
    cold_measures,
    measured,
    of_task,
)
from benchmarks.results import Row, at_least, at_most
from training.bootstrap import crossed_interval, simultaneous_differences

AT_ONCE = 2  # rivals at a time, on two cores
MOST_MINUTES = 40.0  # for all rivals together
MOST_GIB = 8.0
LEAST = {"next": 0.395, "discovery": 0.045}
LEAST_COLD_ITEMS = 0.020
LEAST_ERRORS = 2.0  # standard errors above the best peer
SEGMENT_POPULARITY = "segment_popularity"  # family that new users are not to fall below
TOLD = "who told something N@10"
GIB = 2**30


def promises(rivals: Sequence[RivalPieces], verdicts: Sequence[Verdict]) -> list[Row]:
    """Return every promised figure, and every rival's own."""
    minutes = sum(rival.seconds for rival in rivals) / 60 / AT_ONCE
    heaviest = max(rivals, key=lambda rival: rival.peak_bytes)
    return [
        *(row for one in verdicts for row in _backtest_rows(one)),
        *_window_rows(rivals),
        *_cold_rows(rivals),
        at_most(f"all {len(rivals)} rivals, {AT_ONCE} at a time", minutes, "min", MOST_MINUTES),
        Row("all rivals: processor", sum(one.processor_seconds for one in rivals) / 60, "min"),
        at_most(
            f"peak memory of any rival ({heaviest.name})",
            heaviest.peak_bytes / GIB,
            "GiB",
            MOST_GIB,
        ),
        *_every_rival(rivals),
    ]


def _backtest_rows(found: Verdict) -> Iterator[Row]:
    what = f"{found.task} NDCG@10, backtest"
    yield at_least(f"{what}: {found.ours}", found.ours_mean, "", LEAST[found.task])
    yield Row(f"{what}: best peer, {found.peer}", found.peer_mean, "")
    yield Row(f"{what}: difference", found.difference, "")
    yield Row(f"{what}: its standard error", found.standard_error, "")
    yield at_least(f"{what}: standard errors above", found.errors_above, "", LEAST_ERRORS)


def _window_rows(rivals: Sequence[RivalPieces]) -> Iterator[Row]:
    """Yield the best of ours against its best peer over all windows, bounds that hold together."""
    for task in ("next", "discovery"):
        found = measured(rivals, of_task(rivals, task), NDCG)
        ours = found.best_of(rivals)
        if ours is None:
            continue
        what = f"{task} NDCG@10, all windows"
        yield Row(f"{what}: {ours}", float(found.values[ours].mean()), "")
        yield from _against_peer(what, found, ours)
        difference = found.values[ours] - found.values[found.peer]
        above = float(difference.mean() / difference.sem()) if difference.any() else 0.0
        yield at_least(f"{what}: standard errors above {found.peer}", above, "", LEAST_ERRORS)
        yield from _by_window(f"{task} NDCG@10", of_task(rivals, task), ours, found.peer)


def _by_window(what: str, rows: Mapping[str, pd.DataFrame], ours: str, peer: str) -> Iterator[Row]:
    """Yield the difference in each window, and bounds for other users and other windows."""
    difference = by_window(rows[ours], NDCG) - by_window(rows[peer], NDCG)
    for window, values in difference.items():
        yield Row(f"{what}, {window}: {ours} - {peer}", float(values.mean()), "")
    found = crossed_interval(difference.to_numpy())
    for bound in ("low", "high"):
        bounds = f"{what}: {ours} - {peer}, over users and windows, {bound}"
        yield Row(bounds, getattr(found, bound), "")


def _against_peer(what: str, found: Measured, ours: str) -> Iterator[Row]:
    """Yield the difference to the best peer and bounds that hold for all pairs of rivals."""
    bounds = simultaneous_differences(found.values, found.peer)[ours]
    for bound in ("mean", "low", "high"):
        yield Row(f"{what}: {ours} - {found.peer}, {bound}", getattr(bounds, bound), "")


def _cold_rows(rivals: Sequence[RivalPieces]) -> Iterator[Row]:
    """Yield the best of ours where users or items are new."""
    segments = next((one.name for one in rivals if one.family == SEGMENT_POPULARITY), None)
    for name, found in cold_measures(rivals).items():
        ours = found.best_of(rivals)
        if ours is None:
            continue
        mean = float(found.values[ours].mean())
        if name == "new items N@10":
            yield at_least(f"{name}: {ours}", mean, "", LEAST_COLD_ITEMS)
        else:
            yield Row(f"{name}: {ours}", mean, "")
        if name == TOLD and segments in found.values:
            above = float((found.values[ours] - found.values[segments]).mean())
            yield at_least(f"{name}: above {segments}", above, "", 0.0)
        yield from _against_peer(name, found, ours)


def _every_rival(rivals: Sequence[RivalPieces]) -> Iterator[Row]:
    for task in ("next", "discovery"):
        means = measured(rivals, of_task(rivals, task), NDCG).values.mean()
        yield from (Row(f"{name}: {task} NDCG@10", float(mean), "") for name, mean in means.items())
    for rival in rivals:
        yield Row(f"{rival.name}: all its pieces", rival.seconds, "s")
        yield Row(f"{rival.name}: peak memory", rival.peak_bytes / GIB, "GiB")
