"""The registered model as MLflow runs it: rows of requests in, rows of recommendations out."""

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from mlflow.models import set_model
from mlflow.pyfunc import PythonModel, PythonModelContext

from aisle.core.columns import RECOMMENDATION
from training.models.families import load_recommender

DEFAULT_K = 10
NO_CONTEXT = "{}"

log = logging.getLogger(__name__)


class RegisteredRecommender(PythonModel):  # type: ignore[misc]
    """Answers rows of `user_id[, k, exclude, context]` with the best items for each.

    `context` is JSON text; its `attributes` describe a user the model does not know.
    """

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
        answers = [self._answer(batch) for batch in batches(model_input)]
        if not answers:
            return pd.DataFrame(columns=RECOMMENDATION)
        rows = pd.concat(answers).sort_values(["request", "rank"], ignore_index=True)
        return rows[RECOMMENDATION]

    def _answer(self, batch: "Batch") -> pd.DataFrame:
        requests = batch.requests
        users = requests["user_id"].tolist()
        found = self.recommender.recommend(
            users, batch.k, exclude=exclusions(requests), context=batch.context
        )
        order = {user: number for user, number in zip(users, requests["request"], strict=True)}
        return found.assign(request=found["user_id"].map(order))


@dataclass(frozen=True)
class Batch:
    """Requests that can be answered together: one k, one context, and no user twice."""

    k: int
    context: dict[str, Any]
    requests: pd.DataFrame


def batches(model_input: pd.DataFrame) -> Iterator[Batch]:
    """Yield all requests, batch by batch."""
    requests = model_input.assign(
        user_id=model_input["user_id"].astype(str),
        k=_k(model_input),
        context=_contexts(model_input),
        request=range(len(model_input)),
    )
    requests["turn"] = requests.groupby(["k", "context", "user_id"]).cumcount()
    for _, group in requests.groupby(["k", "context", "turn"]):
        context = json.loads(group["context"].iloc[0])
        yield Batch(int(group["k"].iloc[0]), context, group)


def _contexts(model_input: pd.DataFrame) -> list[str]:
    """Return each request's context as JSON text; what is no JSON object says nothing."""
    given = model_input["context"] if "context" in model_input else [None] * len(model_input)
    return [_object_text(value) for value in given]


def _object_text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        return NO_CONTEXT
    try:
        is_object = isinstance(json.loads(value), dict)
    except (ValueError, RecursionError):
        is_object = False
    if not is_object:
        log.warning("a request's context is no JSON object and is ignored: %.80r", value)
    return value if is_object else NO_CONTEXT


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
