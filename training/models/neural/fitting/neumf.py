"""NeuMF (He et al., WWW 2017): a factorisation and a network of two layers, added up."""

from collections.abc import Iterator

import numpy as np
import torch
from scipy import sparse
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, relu

from training.models.base import Params
from training.models.neural.course import Course
from training.models.neural.mixed_scores import MixedScores
from training.models.neural.session import Session, as_numpy
from training.models.neural.vector_scores import starting_biases


class NeuMFNet(nn.Module):
    """Users and items have vectors of their own in each of the two parts."""

    def __init__(self, shape: tuple[int, int], params: Params, biases: np.ndarray) -> None:
        super().__init__()
        factors, inner = int(params["components"]), int(params["hidden"])
        scale = float(params["start_scale"])
        self.user_factors = nn.Parameter(torch.randn(shape[0], factors) * scale)
        self.item_factors = nn.Parameter(torch.randn(shape[1], factors) * scale)
        self.user_vectors = nn.Parameter(torch.randn(shape[0], factors) * scale)
        self.item_vectors = nn.Parameter(torch.randn(shape[1], factors) * scale)
        self.product = nn.Parameter(torch.ones(factors))
        self.first = nn.Linear(2 * factors, inner)
        self.second = nn.Linear(inner, inner // 2)
        self.last = nn.Linear(inner // 2, 1, bias=False)
        self.biases = nn.Parameter(torch.from_numpy(biases))
        self.dropout = nn.Dropout(float(params["dropout"]))

    def forward(self, users: Tensor, items: Tensor) -> Tensor:
        """Return the logit of each pair."""
        product = (self.user_factors[users] * self.item_factors[items]) @ self.product
        pair = torch.cat([self.user_vectors[users], self.item_vectors[items]], dim=1)
        deep = relu(self.second(relu(self.first(self.dropout(pair)))))
        logits: Tensor = product + self.last(deep)[:, 0] + self.biases[items]
        return logits


class NeuMFCourse(Course):
    """Learns to tell what a user bought from items drawn at random."""

    family = "neumf"

    def __init__(
        self, bought: sparse.coo_matrix, pool: np.ndarray, params: Params, session: Session
    ) -> None:
        super().__init__(params, session)
        self.bought, self.pool = bought, pool
        biases = starting_biases(np.asarray(bought.sum(axis=0)).ravel())
        self.net: NeuMFNet = NeuMFNet(bought.shape, params, biases)

    def examples(self) -> int:
        """Return how many pairs of user and item were bought."""
        count: int = self.bought.nnz
        return count

    def loss(self, chosen: np.ndarray, rng: np.random.Generator) -> Tensor:
        """Return the cross-entropy of the chosen pairs and of so many random items for each."""
        negatives = int(self.params["negatives"])
        users = np.repeat(self.bought.row[chosen], 1 + negatives).astype(np.int64)
        items = rng.integers(self.pool.size, size=(chosen.size, 1 + negatives))
        items[:, 0] = self.bought.col[chosen]
        wanted = np.zeros(items.shape, dtype=np.float32)
        wanted[:, 0] = 1
        weights = np.repeat(self.bought.data[chosen], 1 + negatives).astype(np.float32)
        tensor = self.session.tensor
        logits = self.net(tensor(users), tensor(items.ravel()))
        return binary_cross_entropy_with_logits(
            logits.float(), tensor(wanted.ravel()), tensor(weights)
        )

    def arrays(self) -> Iterator[np.ndarray]:
        """Yield what was bought."""
        yield from (self.bought.row, self.bought.col, self.bought.data)

    @torch.inference_mode()
    def scorer(self) -> MixedScores:
        """Return what has been learned, the first layer already applied to either side."""
        net = self.net
        factors = net.user_vectors.shape[1]
        for_user, for_item = net.first.weight[:, :factors], net.first.weight[:, factors:]
        return MixedScores(
            user_factors=as_numpy(net.user_factors),
            item_factors=as_numpy(net.item_factors * net.product),
            user_inner=as_numpy(net.user_vectors @ for_user.T),
            item_inner=as_numpy(net.item_vectors @ for_item.T + net.first.bias),
            second_weight=as_numpy(net.second.weight),
            second_bias=as_numpy(net.second.bias),
            last_weight=as_numpy(net.last.weight)[0],
            item_biases=as_numpy(net.biases),
        )
