"""The registered model as MLflow runs it: rows of requests in, rows of recommendations out."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
from mlflow.models import set_model
from mlflow.pyfunc import PythonModel, PythonModelContext

from aisle.core.columns import RECOMMENDATION
from training.models.families import load_recommender

DEFAULT_K = 10


class RegisteredRecommender(PythonModel):  # type: ignore[misc]
    """Answers rows of `user_id[, k, exclude, context]` with the best items for each."""

    def load_context(self, context: PythonModelContext) -> None:
        """Read the arrays once."""
        self.recommender = load_recommender(Path(context.artifacts["model"]))

    def predict(
        self,
        context: PythonModelContext,
        model_input: pd.DataFrame,
        params: dict[str, Any] | None = None,
    ) -> pd.DataFrame:
        """Return up to k rows per request, in the order of the requests."""
        answers = [self._answer(k, requests) for k, requests in batches(model_input)]
        if not answers:
            return pd.DataFrame(columns=RECOMMENDATION)
        rows = pd.concat(answers).sort_values(["request", "rank"], ignore_index=True)
        return rows[RECOMMENDATION]

    def _answer(self, k: int, requests: pd.DataFrame) -> pd.DataFrame:
        users = requests["user_id"].tolist()
        found = self.recommender.recommend(users, k, exclude=exclusions(requests))
        order = {user: number for user, number in zip(users, requests["request"], strict=True)}
        return found.assign(request=found["user_id"].map(order))


def batches(model_input: pd.DataFrame) -> Iterator[tuple[int, pd.DataFrame]]:
    """Yield requests that can be answered together: one k, and no user twice."""
    requests = model_input.assign(
        user_id=model_input["user_id"].astype(str),
        k=_k(model_input),
        request=range(len(model_input)),
    )
    requests["turn"] = requests.groupby(["k", "user_id"]).cumcount()
    for _, group in requests.groupby(["k", "turn"]):
        yield int(group["k"].iloc[0]), group


def _k(model_input: pd.DataFrame) -> "pd.Series[int]":
    if "k" not in model_input:
        return pd.Series(DEFAULT_K, index=model_input.index)
    return pd.to_numeric(model_input["k"]).fillna(DEFAULT_K).astype(int)


def exclusions(requests: pd.DataFrame) -> dict[str, list[str]]:
    """Return the items not to show, for the users that have any."""
    if "exclude" not in requests:
        return {}
    pairs = zip(requests["user_id"], requests["exclude"], strict=True)
    return {user: [str(item) for item in items] for user, items in pairs if _is_list(items)}


def _is_list(items: Any) -> bool:
    return hasattr(items, "__len__") and not isinstance(items, str) and len(items) > 0


set_model(RegisteredRecommender())
