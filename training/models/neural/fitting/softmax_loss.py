"""The loss of the networks that rank items by vectors: a softmax over many of them at once."""

import numpy as np
import torch
from scipy import sparse
from torch import Tensor


def some_columns(count: int, most: int, rng: np.random.Generator) -> np.ndarray:
    """Return the items one batch compares: all, or as many as fit, drawn anew for each batch.

    A softmax over a random part of the items has what the whole one has at its best: what a user
    prefers among all items they prefer among some.
    """
    if count <= most:
        return np.arange(count)
    return np.sort(rng.choice(count, size=most, replace=False))


def multinomial_loss(logits: Tensor, wanted: sparse.csr_matrix) -> Tensor:
    """Return the mean negative log-likelihood of what is wanted, each by its weight.

    logits and wanted: rows x items. Rows that want nothing have no part in it.
    """
    entries = wanted.tocoo()
    weights = torch.from_numpy(entries.data.astype(np.float32)).to(logits.device)
    rows = torch.from_numpy(entries.row.astype(np.int64)).to(logits.device)
    columns = torch.from_numpy(entries.col.astype(np.int64)).to(logits.device)
    scores = logits.float()  # sums of exponentials need more digits than half precision has
    found = scores[rows, columns] - torch.logsumexp(scores, dim=1)[rows]
    return -(found * weights).sum() / weights.sum().clamp(min=1e-9)
