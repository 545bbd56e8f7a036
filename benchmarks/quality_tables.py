"""From the pieces of all rivals to tables: users with history, new users and items, pairs."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.quality_rival import CHOICE, OURS, PER_USER, PIECE, SESSIONS, is_too_dear
from training.bootstrap import simultaneous_differences
from training.recipes import Recipe

Rows = list[dict[str, Any]]
NDCG = "ndcg_at_10"
MIB = 2**20


@dataclass(frozen=True)
class RivalPieces:
    """What one rival's process left behind."""

    name: str
    family: str
    pieces: Mapping[str, Mapping[str, Any]]  # choice, test_1 …, cold_test_1 …
    per_user: pd.DataFrame  # task, user_id, segment, metrics, window
    cold: pd.DataFrame | None  # of new users and items, and is_told; None: fits are too dear
    sessions: pd.DataFrame | None  # user_id, metrics, window

    @property
    def is_ours(self) -> bool:
        """Whether this is a two-stage model, to be held against its peers."""
        return self.family.startswith(OURS)

    @property
    def windows(self) -> list[Mapping[str, Any]]:
        """The pieces of the test windows."""
        return [piece for name, piece in self.pieces.items() if name.startswith("test_")]

    @property
    def seconds(self) -> float:
        """All its time."""
        return float(sum(piece["seconds"] for piece in self.pieces.values()))

    @property
    def processor_seconds(self) -> float:
        """The same on the processor: on a busy machine far less."""
        return float(sum(piece["processor_seconds"] for piece in self.pieces.values()))

    @property
    def peak_bytes(self) -> int:
        """The most memory its process held."""
        return int(max(piece["peak_memory_bytes"] for piece in self.pieces.values()))

    def mean_of(self, key: str) -> float:
        """Return the mean over the test windows of what their pieces say."""
        return float(sum(piece[key] for piece in self.windows) / len(self.windows))


def read_rival(
    folder: Path, recipe: Recipe, windows: Sequence[str], cold_limit: float
) -> RivalPieces | None:
    """Return the pieces of one rival, None while some are missing."""
    names, cold = [CHOICE, *windows], [f"cold_{window}" for window in windows]
    if not all((folder / name / PIECE).is_file() for name in names):
        return None
    pieces = {name: json.loads((folder / name / PIECE).read_text()) for name in names}
    has_cold = not is_too_dear(recipe.family, [pieces[one] for one in windows], cold_limit)
    if has_cold:
        if not all((folder / name / PIECE).is_file() for name in cold):
            return None
        pieces |= {name: json.loads((folder / name / PIECE).read_text()) for name in cold}
    return RivalPieces(
        name=recipe.name,
        family=recipe.family,
        pieces=pieces,
        per_user=_rows([folder / window / PER_USER for window in windows]),
        cold=_rows([folder / name / PER_USER for name in cold]) if has_cold else None,
        sessions=_rows([folder / name / SESSIONS for name in cold]) if has_cold else None,
    )


def _rows(paths: list[Path]) -> pd.DataFrame:
    return pd.concat([pd.read_parquet(path) for path in paths], ignore_index=True)


@dataclass(frozen=True)
class Measured:
    """Users x rivals of one measure: each user's mean over the windows they were judged in."""

    values: pd.DataFrame
    peer: str  # the best rival that is none of ours

    @property
    def best(self) -> str:
        """The best rival of all."""
        return str(self.values.mean().idxmax())

    def best_of(self, rivals: Sequence[RivalPieces]) -> str | None:
        """Return the best of ours, None if there is none."""
        ours = [rival.name for rival in rivals if rival.is_ours and rival.name in self.values]
        return str(self.values[ours].mean().idxmax()) if ours else None

    def against_peer(self) -> dict[str, str]:
        """Return each rival's difference to the best peer, as text with its common bounds."""
        found = simultaneous_differences(self.values, self.peer)
        return {
            name: "best peer"
            if name == self.peer
            else f"{v.mean:+.4f} [{v.low:+.4f}, {v.high:+.4f}]"
            for name, v in found.items()
        }


def measured(
    rivals: Sequence[RivalPieces], rows: Mapping[str, pd.DataFrame], metric: str
) -> Measured:
    """Return one measure of all rivals; `rows` are the rows of theirs that count."""
    columns = {name: table.groupby("user_id")[metric].mean() for name, table in rows.items()}
    values = pd.DataFrame(columns).dropna()
    peers = [rival.name for rival in rivals if not rival.is_ours and rival.name in values]
    peers = peers or list(values)
    return Measured(values, str(values[peers].mean().idxmax()))


def of_task(rivals: Sequence[RivalPieces], task: str, window: str = "") -> dict[str, pd.DataFrame]:
    """Return each rival's rows of one task, of one window if it is named."""
    return {
        rival.name: rival.per_user[
            (rival.per_user["task"] == task) & ((rival.per_user["window"] == window) | (not window))
        ]
        for rival in rivals
    }


def by_window(rows: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Return users x windows of one measure; missing where a user was not judged."""
    return rows.pivot_table(index="user_id", columns="window", values=metric)


def of_cold(
    rivals: Sequence[RivalPieces], task: str, *, told_only: bool = False
) -> dict[str, pd.DataFrame]:
    """Return each rival's rows of new users or of new items."""
    return {
        rival.name: rows[(rows["task"] == task) & (rows["is_told"] | (not told_only))]
        for rival in rivals
        if (rows := rival.cold) is not None
    }


def known_users(rivals: Sequence[RivalPieces], last_window: str) -> Rows:
    """Return table 1: users with history, best first on the next purchases."""
    following = measured(rivals, of_task(rivals, "next"), NDCG)
    discovery = measured(rivals, of_task(rivals, "discovery"), NDCG)
    last = {
        task: measured(rivals, of_task(rivals, task, last_window), NDCG).values.mean()
        for task in ("next", "discovery")
    }
    against = following.against_peer(), discovery.against_peer()
    ordered = sorted(rivals, key=lambda rival: -following.values[rival.name].mean())
    rows = []
    for rival in ordered:
        means = rival.per_user.groupby(["task", "user_id"]).mean(numeric_only=True)
        means = means.groupby("task").mean()
        rows.append(
            {
                "rival": rival.name,
                "next N@10": _short(following.values[rival.name].mean()),
                "against the best peer": against[0][rival.name],
                f"N@10 {last_window}": _short(last["next"][rival.name]),
                "R@10": _short(means.loc["next", "recall_at_10"]),
                "MAP@10": _short(means.loc["next", "map_at_10"]),
                "MRR@10": _short(means.loc["next", "mrr_at_10"]),
                "AUC": _short(means.loc["next", "auc"]),
                "discovery N@10": _short(discovery.values[rival.name].mean()),
                "against its best peer": against[1][rival.name],
                f"discovery N@10 {last_window}": _short(last["discovery"][rival.name]),
                "R@20": _short(means.loc["discovery", "recall_at_20"]),
            }
        )
    return rows


def lists_and_costs(rivals: Sequence[RivalPieces]) -> Rows:
    """Return table 1 continued: what lists are like, and what they cost."""
    rows = []
    for rival in rivals:
        shown = rival.per_user[rival.per_user["task"] == "next"]
        by_segment = shown.groupby("segment")[NDCG].mean()
        mean = shown.groupby("user_id").mean(numeric_only=True).mean()
        coverage = [piece["coverage"]["next_coverage_at_10"] for piece in rival.windows]
        fit, score = rival.mean_of("fit_seconds"), rival.mean_of("score_seconds")
        rows.append(
            {
                "rival": rival.name,
                "light": _short(by_segment.get("light", float("nan"))),
                "heavy": _short(by_segment.get("heavy", float("nan"))),
                "coverage@10": _short(sum(coverage) / len(coverage)),
                "novelty@10": f"{mean['novelty_at_10']:.2f}",
                "diversity@10": _short(mean["diversity_at_10"]),
                "popularity bias@10": f"{mean['popularity_bias_at_10']:+.3f}",
                "miscalibration@10": f"{mean['miscalibration_at_10']:.2f}",
                "choose s": f"{rival.pieces[CHOICE]['seconds']:.1f}",
                "fit s": f"{fit:.1f}",
                "score s": f"{score:.1f}",
                "next N@10 per second": f"{mean[NDCG] / (fit + score):.4f}",
                "peak MiB": f"{rival.peak_bytes / MIB:.0f}",
                "model MiB": f"{rival.windows[-1]['artifact_bytes'] / MIB:.1f}",
            }
        )
    return rows


def cold_measures(rivals: Sequence[RivalPieces]) -> dict[str, Measured]:
    """Return the measures of table 2 by their names."""
    sessions = {rival.name: rows for rival in rivals if (rows := rival.sessions) is not None}
    return {
        "new users N@10": measured(rivals, of_cold(rivals, "cold_users"), NDCG),
        "who told something N@10": measured(
            rivals, of_cold(rivals, "cold_users", told_only=True), NDCG
        ),
        "new items N@10": measured(rivals, of_cold(rivals, "cold_items"), NDCG),
        "next in session MRR@20": measured(rivals, sessions, "mrr_at_20"),
        "rest of session N@10": measured(rivals, sessions, NDCG),
    }


def new_users_and_items(rivals: Sequence[RivalPieces]) -> Rows:
    """Return table 2, each figure with its difference to the best peer."""
    measures = cold_measures(rivals)
    against = {name: found.against_peer() for name, found in measures.items()}
    first = next(iter(measures.values())).values.mean()
    rows = []
    for rival in first.sort_values(ascending=False, kind="stable").index:
        row = {"rival": str(rival)}
        for name, found in measures.items():
            row[name] = _short(found.values[rival].mean())
            row[f"{name}: against the best peer"] = against[name][str(rival)]
        rows.append(row)
    return rows


def judged_users(rivals: Sequence[RivalPieces]) -> dict[str, int]:
    """Return how many users each measure is a mean over."""
    tasks = {
        task: len(measured(rivals, of_task(rivals, task), NDCG).values)
        for task in ("next", "discovery")
    }
    return tasks | {name: len(found.values) for name, found in cold_measures(rivals).items()}


def _short(value: float) -> str:
    text = f"{value:.4f}"
    return text[1:] if text.startswith("0.") else text
