"""The course of one fit, the same for all networks: epochs, kept after each, judged or not."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from training.models.base import Params
from training.models.early_stopping import PoolScorer
from training.models.neural.checkpoint import Checkpoint, identity_of
from training.models.neural.session import Session

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

LARGEST_GRADIENT = 5.0
FEWEST_STEPS = 20  # of an epoch, where there are as many examples

Judge = Callable[[], Sequence[float]]


class Course(ABC):
    """A network and how it learns; a family says what its batches and their losses are."""

    family: str
    net: "nn.Module"
    pool: np.ndarray  # indices of the items that are ranked

    def __init__(self, params: Params, session: Session) -> None:
        self.params = params
        self.session = session

    @abstractmethod
    def examples(self) -> int:
        """Return how many examples an epoch shows."""

    @abstractmethod
    def loss(self, chosen: np.ndarray, rng: np.random.Generator) -> "Tensor":
        """Return the mean loss of the chosen examples; all that is random comes from `rng`."""

    @abstractmethod
    def arrays(self) -> Iterator[np.ndarray]:
        """Yield all that is learned from, by which a checkpoint knows its fit."""

    @abstractmethod
    def scorer(self) -> PoolScorer:
        """Return what has been learned so far; training may go on."""

    def run(
        self, epochs: int, *, judge: Judge | None = None, patience: int = 0
    ) -> list[list[float]]:
        """Train for so many epochs, or until `judge` saw no better one for `patience` of them.

        Return what `judge` said after each epoch; the first number of it decides.
        """
        import torch

        self.net.to(self.session.device)
        optimizer = torch.optim.Adam(self.net.parameters(), lr=float(self.params["learning_rate"]))
        scaler = self.session.scaler()
        checkpoint = Checkpoint(self._identity())
        kept: dict[str, Any] = {"net": self.net, "optimizer": optimizer, "scaler": scaler}
        done, judged = _restored(kept, checkpoint.read())
        for epoch in range(done + 1, epochs + 1):
            if judge is not None and is_over(judged, patience):
                break
            self._epoch(epoch, optimizer, scaler)
            if judge is not None:
                self.net.eval()
                judged.append([float(value) for value in judge()])
            states = {name: part.state_dict() for name, part in kept.items()}
            checkpoint.write({**states, "epoch": epoch, "judged": judged})
        self.net.eval()
        return judged

    def _epoch(
        self, epoch: int, optimizer: "torch.optim.Optimizer", scaler: "torch.amp.GradScaler"
    ) -> None:
        """Show every example once. The epoch's number is its seed, so any epoch can come first."""
        import torch

        seed = (int(self.params["seed"]), epoch)
        rng = np.random.default_rng(seed)
        torch.manual_seed(int(rng.integers(2**31)))  # of dropout
        self.net.train()
        for chosen in batches(rng.permutation(self.examples()), int(self.params["batch_size"])):
            optimizer.zero_grad(set_to_none=True)
            with self.session.autocast():
                loss = self.loss(chosen, rng)
            scaler.scale(loss).backward()  # type: ignore[no-untyped-call]
            scaler.unscale_(optimizer)
            torch.nn.utils.clip_grad_norm_(self.net.parameters(), LARGEST_GRADIENT)
            scaler.step(optimizer)
            scaler.update()

    def _identity(self) -> str:
        """Return the name of this fit's checkpoint."""
        shapes = {name: list(weight.shape) for name, weight in self.net.state_dict().items()}
        half = str(self.session.half)
        stated = {"family": self.family, "params": self.params, "shapes": shapes, "half": half}
        return identity_of(stated, self.arrays())


def batches(order: np.ndarray, size: int) -> Iterator[np.ndarray]:
    """Yield the examples in parts of `size`, smaller where there would be very few of them."""
    size = max(1, min(size, order.size // FEWEST_STEPS))
    for start in range(0, order.size, size):
        yield order[start : start + size]


def is_over(judged: Sequence[Sequence[float]], patience: int) -> bool:
    """Tell whether the best epoch so far lies `patience` epochs back."""
    return bool(judged) and len(judged) - best_epoch(judged) >= patience


def best_epoch(judged: Sequence[Sequence[float]]) -> int:
    """Return the first epoch, counted from one, whose deciding number is the highest."""
    return int(np.argmax([first for first, *_ in judged])) + 1


def _restored(
    parts: Mapping[str, Any], state: Mapping[str, Any] | None
) -> tuple[int, list[list[float]]]:
    """Give the parts their kept states back; return the epochs done and what was said of them."""
    if state is None:
        return 0, []
    for name, part in parts.items():
        part.load_state_dict(state[name])
    return int(state["epoch"]), list(state["judged"])
