"""The comparison of all rivals as it is printed and kept: tables, pairs, promises."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pandas as pd

from aisle.core.files import new_file
from benchmarks.quality_backtest import TASKS, Verdict
from benchmarks.quality_bars import promises
from benchmarks.quality_pages import show, write_page
from benchmarks.quality_tables import (
    NDCG,
    RivalPieces,
    Rows,
    judged_users,
    known_users,
    lists_and_costs,
    measured,
    new_users_and_items,
    of_task,
)
from benchmarks.results import report
from training.bootstrap import simultaneous_pairs
from training.dataset import Snapshot
from training.folds import FOLDS
from training.sessions import QUESTIONS


def report_quality(
    folder: Path,
    snapshot: Snapshot,
    rivals: Sequence[RivalPieces],
    verdicts: Sequence[Verdict],
) -> bool:
    """Print and keep the tables in `folder`; return whether every promise holds."""
    tables: dict[str, Rows] = {
        "Users with history": known_users(rivals, snapshot.windows.tests[-1].name),
        "Lists and costs": lists_and_costs(rivals),
        "New users and new items": new_users_and_items(rivals),
    }
    pairs = {task: all_pairs(rivals, task) for task in TASKS}
    for task, found in pairs.items():
        tables[f"Pairs: {task}"] = pairs_shown(found)
    for title, rows in tables.items():
        show(title, rows)
    write_page(folder / "quality.md", _intro(snapshot, rivals), tables)
    every = pd.concat([found.assign(task=task) for task, found in pairs.items()])
    with new_file(folder / "quality_pairs.csv") as draft:
        every.to_csv(draft, index=False, float_format="%.5f")
    return report("quality", promises(rivals, verdicts), folder=folder)


def all_pairs(rivals: Sequence[RivalPieces], task: str) -> pd.DataFrame:
    """Return the difference of each two rivals, the better one first, bounds that hold together."""
    values = measured(rivals, of_task(rivals, task), NDCG).values
    ordered = values.mean().sort_values(ascending=False, kind="stable").index
    return simultaneous_pairs(values[ordered])


def pairs_shown(pairs: pd.DataFrame) -> Rows:
    """Return how the best rival and each next one differ from those below them.

    Of most rivals only the pair with the next one: the file holds all.
    """
    names = list(dict.fromkeys([*pairs["rival"], *pairs["other"]]))
    is_shown = (pairs["rival"] == names[0]) | (
        pairs["other"] == pairs["rival"].map(dict(pairwise(names)))
    )
    return [
        {
            "rival": row.rival,
            "other": row.other,
            "difference in NDCG@10": f"{row.mean:+.4f}",
            "95% bounds of all pairs": f"{row.low:+.4f} … {row.high:+.4f}",
            "is above": "yes" if row.low > 0 else "no",
        }
        for row in pairs[is_shown].itertuples()
    ]


def _intro(snapshot: Snapshot, rivals: Sequence[RivalPieces]) -> str:
    """Return what a reader of the tables has to know."""
    windows = ", ".join(f"{one.name} from {one.cutoff}" for one in snapshot.windows.tests)
    users = ", ".join(f"{name}: {count:,}" for name, count in judged_users(rivals).items())
    left_out = [one.name for one in rivals if one.cold is None]
    dear = f" Left out there, as one fit is too dear: {', '.join(left_out)}." if left_out else ""
    made = [piece["identity"]["code"] for one in rivals for piece in one.pieces.values()]
    codes = ", ".join(sorted(set(made)))
    *earlier, last = (one.name for one in snapshot.windows.tests)
    tried = ", ".join(earlier)
    return f"""# {len(rivals)} rivals on the same windows

Made by `make benchmark-quality` on snapshot {snapshot.snapshot_id}, code {codes}.
Windows of {snapshot.windows.horizon.days} days: {windows}. Choices were made on the window before.
A user counts once, with the mean over the windows; bounds are 95% and hold for all pairs of rivals
at once (max-t bootstrap over users). A peer is any rival that is no two-stage model. Designs of the
two-stage models were tried on {tried} and before, never on {last}: of that window
nothing was known when they were chosen, the means over all windows may flatter them.

New users and items are one fold of {FOLDS} in each window, another one each time, users and items
held out in the same fit: a sample of {len(snapshot.windows.tests)} of
{FOLDS * len(snapshot.windows.tests)} fits.{dear} Sessions are up to {QUESTIONS} baskets of these
users in each window, with their first items shown.

Users judged: {users}."""
