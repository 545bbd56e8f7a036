"""Two towers: one makes a vector of a user's identity and features, one of an item's."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import torch
from scipy import sparse
from torch import Tensor, nn
from torch.nn.functional import embedding_bag, relu

from training.models.base import Params
from training.models.lightfm_fit import Vectors
from training.models.lightfm_inputs import LightFMInputs
from training.models.neural.course import Course
from training.models.neural.fitting.softmax_loss import multinomial_loss, some_columns
from training.models.neural.session import Session, as_numpy
from training.models.neural.vector_scores import starting_biases


class Tower(nn.Module):
    """Sums the vectors of a row's features and sends the sum through a hidden layer and past it."""

    def __init__(self, features: int, components: int, hidden: int) -> None:
        super().__init__()
        self.features = nn.Parameter(torch.randn(features, components) * components**-0.5)
        self.inner = nn.Linear(components, hidden)
        self.outer = nn.Linear(hidden, components)
        nn.init.zeros_(self.outer.weight)  # at first a plain factorisation

    def forward(self, rows: "FeatureRows") -> Tensor:
        """Return rows x components."""
        summed = embedding_bag(
            rows.features,
            self.features,
            rows.starts,
            per_sample_weights=rows.weights,
            mode="sum",
        )
        deep: Tensor = self.outer(relu(self.inner(summed)))
        return summed + deep


class FeatureRows:
    """Rows of a sparse matrix as what a tower takes."""

    def __init__(self, matrix: sparse.csr_matrix, session: Session) -> None:
        self.features = session.tensor(matrix.indices.astype(np.int64))
        self.weights = session.tensor(matrix.data.astype(np.float32))
        self.starts = session.tensor(matrix.indptr[:-1].astype(np.int64))


class TwoTowerNet(nn.Module):
    """Both towers, and a bias of each item."""

    def __init__(self, shape: tuple[int, int], params: Params, biases: np.ndarray) -> None:
        super().__init__()
        components, hidden = int(params["components"]), int(params["hidden"])
        self.user = Tower(shape[0], components, hidden)
        self.item = Tower(shape[1], components, hidden)
        self.biases = nn.Parameter(torch.from_numpy(biases))
        self.dropout = nn.Dropout(float(params["dropout"]))

    def forward(self, users: FeatureRows, items: FeatureRows, columns: Tensor) -> Tensor:
        """Return users x columns."""
        vectors: Tensor = self.dropout(self.user(users)) @ self.item(items).T
        return vectors + self.biases[columns]


class TwoTowerCourse(Course):
    """Learns what each user bought among the active items, all at once."""

    family = "two_tower"

    def __init__(self, inputs: LightFMInputs, params: Params, session: Session) -> None:
        super().__init__(params, session)
        self.inputs = inputs
        self.bought = inputs.weights.tocsr()
        self.users = np.flatnonzero(np.diff(self.bought.indptr))
        self.pool, self.pool_rows = inputs.pool, inputs.pool_rows
        shape = (inputs.user_rows.shape[1], inputs.item_rows.shape[1])
        popularity = np.asarray(self.bought.sum(axis=0)).ravel()
        self.net: TwoTowerNet = TwoTowerNet(shape, params, starting_biases(popularity))

    def examples(self) -> int:
        """Return how many users bought anything."""
        return self.users.size

    def loss(self, chosen: np.ndarray, rng: np.random.Generator) -> Tensor:
        """Return how unlikely what the chosen users bought is."""
        users = self.users[chosen]
        columns = some_columns(self.pool_rows.shape[0], int(self.params["max_candidates"]), rng)
        logits = self.net(
            FeatureRows(self.inputs.user_rows[users], self.session),
            FeatureRows(self.pool_rows[columns], self.session),
            self.session.tensor(columns),
        )
        return multinomial_loss(logits, self.bought[users][:, columns])

    def arrays(self) -> Iterator[np.ndarray]:
        """Yield what was bought and the feature rows."""
        for matrix in (self.bought, self.inputs.user_rows, self.inputs.item_rows):
            yield from (matrix.data, matrix.indices, matrix.indptr)

    @torch.inference_mode()
    def vectors(self, item_rows: sparse.csr_matrix) -> Vectors:
        """Return the vectors of all users and of the items with these rows; no item's bias."""
        self.net.eval()
        return Vectors(
            users=as_numpy(self.net.user(FeatureRows(self.inputs.user_rows, self.session))),
            items=as_numpy(self.net.item(FeatureRows(item_rows, self.session))),
            item_biases=np.zeros(item_rows.shape[0], dtype=np.float32),
        )

    def scorer(self) -> Vectors:
        """Return the vectors of all users and of the active items."""
        return replace(self.vectors(self.pool_rows), item_biases=as_numpy(self.net.biases))
