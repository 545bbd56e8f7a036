"""LightFM's training loop, epoch by epoch, and the vectors that come out of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from training.models.base import Params
from training.models.fold_in import FoldIn
from training.models.lightfm_inputs import LightFMInputs

START = "start"  # in "chosen": what the fits begin with, where a recipe lets them start warm
NOTHING = "nothing"


@dataclass(frozen=True)
class Vectors:
    """A user's score of an item is users[u] @ items[i] + item_biases[i]; all float32.

    LightFM's bias of a user is left out: it is the same for all items.
    """

    users: np.ndarray  # users x components
    items: np.ndarray  # items x components
    item_biases: np.ndarray  # items

    def scores(self, user_index: np.ndarray) -> np.ndarray:
        """Return users x items."""
        scores: np.ndarray = self.users[user_index] @ self.items.T
        scores += self.item_biases
        return scores


@dataclass(frozen=True)
class Embeddings:
    """What LightFM learned about each feature after some epoch."""

    user_features: np.ndarray  # user features x components
    item_features: np.ndarray  # item features x components
    item_biases: np.ndarray  # item features
    # Adagrad's sums of squared gradients, shaped alike: the larger, the smaller is the next step.
    gradients: "Embeddings | None" = None

    def fold_in(self, inputs: LightFMInputs) -> FoldIn:
        """Return what makes vectors of newcomers: the features that follow the identities."""
        count = len(inputs.user_preparation.names)
        shared = self.user_features[self.user_features.shape[0] - count :]
        return FoldIn(inputs.user_preparation, shared.copy())

    def vectors(self, user_rows: sparse.csr_matrix, item_rows: sparse.csr_matrix) -> Vectors:
        """Return users and items as the sums of their features' embeddings."""
        return Vectors(
            users=np.asarray(user_rows @ self.user_features, dtype=np.float32),
            items=np.asarray(item_rows @ self.item_features, dtype=np.float32),
            item_biases=np.asarray(item_rows @ self.item_biases, dtype=np.float32),
        )


@dataclass(frozen=True)
class Start:
    """Where a fit begins, NaN where it begins at random (training/models/transfer.py)."""

    users: np.ndarray  # user features x components
    items: np.ndarray  # item features x components
    item_biases: np.ndarray  # item features
    # Without these the first steps are as wide as a cold fit's and undo much of what was learned.
    gradients: "Start | None" = None

    def put_into(self, model: Any) -> None:
        """Overwrite LightFM's random beginning by what is known."""
        model._initialize(self.users.shape[1], self.items.shape[0], self.users.shape[0])
        self._overwrite(_embeddings(model))
        if self.gradients is not None:
            self.gradients._overwrite(_gradients(model))

    def _overwrite(self, state: Embeddings) -> None:
        for known, held in (
            (self.users, state.user_features),
            (self.items, state.item_features),
            (self.item_biases, state.item_biases),
        ):
            held[~np.isnan(known)] = known[~np.isnan(known)]


def _embeddings(model: Any) -> Embeddings:
    """Return a fitted LightFM's own arrays, which its next epoch overwrites."""
    learned = (model.user_embeddings, model.item_embeddings, model.item_biases)
    return Embeddings(*learned, gradients=_gradients(model))


def _gradients(model: Any) -> Embeddings:
    return Embeddings(
        model.user_embedding_gradients, model.item_embedding_gradients, model.item_bias_gradients
    )


def fit_epochs(
    inputs: LightFMInputs, params: Params, *, threads: int = 1, start: Start | None = None
) -> Iterator[Embeddings]:
    """Yield the embeddings after each epoch, without end; the next epoch overwrites them.

    One thread gives the same numbers every time; more update each other's vectors as they please.
    """
    # Only fitting needs LightFM; a saved model is scored without it.
    from lightfm import LightFM

    model = LightFM(
        no_components=int(params["components"]),
        loss="warp",
        learning_rate=float(params["learning_rate"]),
        max_sampled=int(params["max_sampled"]),
        random_state=int(params["seed"]),
    )
    if start is not None:
        start.put_into(model)
    positions = (inputs.weights.row, inputs.weights.col)
    ones = np.ones_like(inputs.weights.data)
    positives = sparse.coo_matrix((ones, positions), shape=inputs.weights.shape)
    while True:
        model.fit_partial(
            positives,
            user_features=inputs.user_rows,
            item_features=inputs.pool_rows,
            sample_weight=inputs.weights,
            num_threads=threads,
        )
        yield _embeddings(model)


def fit_chosen(
    inputs: LightFMInputs, params: Params, *, threads: int = 1, start: Start | None = None
) -> Embeddings:
    """Return the embeddings after the chosen number of epochs, `max_epochs` if none was chosen.

    Epochs that were chosen for a warm start are too few for a fit that begins with nothing: so
    is none chosen for it.
    """
    chosen = params.get("chosen", {})
    is_for_this = start is not None or chosen.get(START, NOTHING) == NOTHING
    count = int(chosen["epochs"] if "epochs" in chosen and is_for_this else params["max_epochs"])
    epochs = fit_epochs(inputs, params, threads=threads, start=start)
    for _ in range(count - 1):
        next(epochs)
    return next(epochs)
